"""Uploads in pieces by the tus protocol: cut off anywhere they end with the same bytes, and nothing of them is left."""

from __future__ import annotations

import base64
import hashlib
import random
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.utils import timezone

from gifweb.accounts import data_owners, identity
from gifweb.accounts.models import Account
from gifweb.errors import OutOfSpace
from gifweb.renders.models import Render
from gifweb.studio import upload_parts, upload_stream
from gifweb.studio.fetch_url import Fetched
from gifweb.studio.models import Media, Piece, Upload

from . import media_made, needs

pytestmark = pytest.mark.django_db(transaction=True)
LEAST = upload_parts.LEAST_PIECE


def tus(client: Client, method: str, path: str, body: bytes = b"", **headers: Any) -> Any:
    """One request of the protocol; header names with underscores."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    kind = "application/offset+octet-stream" if method == "PATCH" or body else ""
    headers = {"Tus-Resumable": "1.0.0", "Accept": "*/*"} | named
    return client.generic(method, path, body, kind, headers=headers, CONTENT_TYPE=kind)  # also without a body


def begun(client: Client, length: int, name: str = "a.gif") -> str:
    meta = f"filename {base64.b64encode(name.encode()).decode()},filetype aW1hZ2UvZ2lm"
    answer = tus(client, "POST", "/uploads", Upload_Length=length, Upload_Metadata=meta)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def sent(client: Client, content: bytes, name: str = "a.gif") -> str:
    """A whole upload; its id."""
    path = begun(client, len(content), name)
    assert tus(client, "PATCH", path, content, Upload_Offset=0).status_code == 204
    return path.rpartition("/")[2]


def stored_pieces() -> list[str]:
    return needs.stored("pieces")


@pytest.fixture(autouse=True)
def _no_pieces() -> Iterator[None]:
    yield
    for key in stored_pieces():
        default_storage.delete(key)


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def gif(tmp_path: Path) -> bytes:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 3)).read_bytes()


def test_cut_twenty_times_it_ends_with_the_same_bytes(client: Client) -> None:
    dice = random.Random(5)
    content = dice.randbytes(3_000_000)
    path = begun(client, len(content))
    offset = 0
    for _ in range(20):  # each piece is sent, and its answer may be lost
        end = min(len(content), offset + LEAST + dice.randrange(LEAST))
        tus(client, "PATCH", path, content[offset:end], Upload_Offset=offset)
        told = tus(client, "HEAD", path)
        assert (told.status_code, told["Upload-Length"], told["Cache-Control"]) == (200, "3000000", "no-store")
        offset = int(told["Upload-Offset"])
        assert offset == end
    last = tus(client, "PATCH", path, content[offset:], Upload_Offset=offset)
    assert last["Upload-Offset"] == "3000000"
    part = upload_parts.whole(Upload.objects.get())
    assert part.sha256 == hashlib.sha256(content).hexdigest()
    part.close()


def test_a_wrong_offset_is_refused_and_nothing_is_kept(client: Client) -> None:
    path = begun(client, 4 * LEAST)
    tus(client, "PATCH", path, b"a" * LEAST, Upload_Offset=0)
    before = stored_pieces()
    for offset in (0, LEAST - 1, LEAST + 1, 2 * LEAST):
        assert tus(client, "PATCH", path, b"b" * LEAST, Upload_Offset=offset).status_code == 409
    assert tus(client, "PATCH", path, b"b" * (3 * LEAST + 1), Upload_Offset=LEAST).status_code == 413
    assert tus(client, "PATCH", path, b"b" * 9, Upload_Offset=LEAST).status_code == 400, "not a million tiny pieces"
    assert tus(client, "PATCH", path, b"b", Upload_Offset="x").status_code == 400
    assert client.generic("PATCH", path, b"b", "image/gif", headers={"Tus-Resumable": "1.0.0"}).status_code == 415
    assert stored_pieces() == before
    assert tus(client, "HEAD", path)["Upload-Offset"] == str(LEAST)


def test_an_empty_piece_adds_nothing(client: Client) -> None:
    path = begun(client, LEAST)
    tus(client, "PATCH", path, b"a" * LEAST, Upload_Offset=0)
    until = Upload.objects.get().expires_at
    for _ in range(3):  # the second one was a 500, and each could have kept the upload for ever
        assert tus(client, "PATCH", path, b"", Upload_Offset=LEAST)["Upload-Offset"] == str(LEAST)
    assert tus(client, "PATCH", path, b"", Upload_Offset=0).status_code == 400
    assert (Piece.objects.count(), Upload.objects.get().expires_at) == (1, until)


def test_of_two_pieces_at_one_offset_one_is_kept() -> None:
    path = begun(Client(), 2 * LEAST)
    statuses: list[int] = []
    together = threading.Barrier(6)

    def send(letter: bytes) -> None:
        try:
            together.wait()
            other = Client(raise_request_exception=False)
            statuses.append(tus(other, "PATCH", path, letter * LEAST, Upload_Offset=0).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=(bytes([65 + n]),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [204, *[409] * 5]
    assert len(stored_pieces()) == Piece.objects.count() == 1
    upload_parts.drop(Upload.objects.get())


def test_the_protocols_small_print(client: Client) -> None:
    able = client.options("/uploads")
    assert able.status_code == 204
    assert able["Tus-Version"] == "1.0.0"
    assert int(able["Tus-Max-Size"]) == site_settings.MAX_UPLOAD_BYTES
    assert {"creation", "termination", "checksum", "expiration"} <= set(able["Tus-Extension"].split(","))
    other = client.post("/uploads", headers={"Upload-Length": "5"})
    assert (other.status_code, other["Tus-Version"]) == (412, "1.0.0"), "a form of another site cannot begin one"
    assert tus(client, "POST", "/uploads").status_code == 400
    assert tus(client, "POST", "/uploads", Upload_Length=site_settings.MAX_UPLOAD_BYTES + 1).status_code == 413
    assert tus(client, "POST", "/uploads", Upload_Length=5, Upload_Metadata="filename %%%").status_code == 400
    at_once = tus(client, "POST", "/uploads", b"hello", Upload_Length=5)
    assert (at_once.status_code, at_once["Upload-Offset"]) == (201, "5")
    assert at_once["Upload-Expires"].endswith("GMT")
    path = begun(client, 5)
    wrong = f"sha1 {base64.b64encode(bytes(20)).decode()}"
    assert tus(client, "PATCH", path, b"hello", Upload_Offset=0, Upload_Checksum=wrong).status_code == 460
    right = f"sha256 {base64.b64encode(hashlib.sha256(b'hello').digest()).decode()}"
    overridden = tus(
        client, "POST", path, b"hello", Upload_Offset=0, Upload_Checksum=right, X_HTTP_Method_Override="PATCH"
    )
    assert overridden.status_code == 204
    assert tus(client, "DELETE", path).status_code == 204
    assert tus(client, "HEAD", path).status_code == 404
    assert len(stored_pieces()) == 1, "of the one that was not given up"


def test_an_accepted_file_begins_the_account_and_ends_the_upload(client: Client, gif: bytes) -> None:
    junk = sent(client, b"junk")
    html = {"accept": "text/html"}
    assert client.post("/", {"upload": junk, "words": "small"}, headers=html).status_code == 415
    assert not Account.objects.exists()
    upload = sent(client, gif, "../x/<b>.gif")
    made = client.post("/", {"upload": upload, "words": "under 20KB", "key": "k"}, headers=html)
    assert made.status_code == 302
    media = Media.objects.get()
    assert (media.name, media.sha256) == ("<b>.gif", hashlib.sha256(gif).hexdigest())
    assert not Upload.objects.filter(public_id=upload).exists()
    assert len(stored_pieces()) == 1, "the junk alone, until its time is up"
    # The answer was lost, and the form comes again: the same render.
    again = client.post("/", {"upload": upload, "words": "under 20KB", "key": "k"}, headers=html)
    assert again["Location"] == made["Location"]
    assert Render.objects.count() == 1
    assert client.post("/", {"upload": "nothing", "words": "x", "key": "other"}, headers=html).status_code == 404
    half = begun(client, 10 * LEAST).rpartition("/")[2]
    assert client.post("/", {"upload": half, "words": "x", "key": "o"}, headers=html).status_code == 409


def test_an_upload_of_an_account_is_nobody_elses(client: Client, gif: bytes) -> None:
    mine = identity.make()
    client.cookies["visitor"] = identity.cookie_for(mine)
    upload = sent(client, gif)
    for other in (Client(raise_request_exception=False), Client(raise_request_exception=False)):
        assert tus(other, "HEAD", f"/uploads/{upload}").status_code == 404
        assert tus(other, "DELETE", f"/uploads/{upload}").status_code == 404
        assert tus(other, "PATCH", f"/uploads/{upload}", b"x", Upload_Offset=0).status_code == 404
        assert other.post("/", {"upload": upload, "words": "x"}, headers={"accept": "text/html"}).status_code == 404
        other.cookies["visitor"] = identity.cookie_for(identity.make())
    for kind in data_owners.kinds():
        if kind.name == "projects":
            kind.erase(mine)
    assert not Upload.objects.exists()


def test_what_is_left_alone_is_swept(client: Client) -> None:
    paths = [begun(client, 2 * LEAST) for _ in range(2)]
    for path in paths:
        tus(client, "PATCH", path, b"x" * LEAST, Upload_Offset=0)
    Upload.objects.filter(public_id=paths[0].rpartition("/")[2]).update(
        expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert tus(client, "HEAD", paths[0]).status_code == 410
    upload_parts.sweep()
    assert len(stored_pieces()) == Upload.objects.count() == 1
    assert tus(client, "HEAD", paths[1]).status_code == 200


def test_one_address_and_one_disk_have_limits(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.OPEN_UPLOADS_PER_IP = 2
    path = begun(client, 1000)
    begun(client, 1000)
    refused = tus(client, "POST", "/uploads", Upload_Length=5)
    assert (refused.status_code, refused["Retry-After"]) == (429, "600")
    tus(client, "DELETE", path)
    begun(client, 1000)
    settings.OPEN_UPLOADS_PER_IP = 0
    asked: list[int] = []

    def room(count: int) -> None:
        asked.append(count)
        if count > 5000:
            raise OutOfSpace

    monkeypatch.setattr(upload_parts.stored_files, "check_room", room)
    begun(client, 2500)
    assert tus(client, "POST", "/uploads", Upload_Length=1000).status_code == 507, "what others were promised counts"
    assert asked == [4500, 5500]


def test_a_batch_begins_with_an_accepted_file(client: Client, gif: bytes) -> None:
    json = {"accept": "application/json"}
    assert client.post("/b", {"words": "gif"}, headers=json).status_code == 400
    assert client.post("/b", {"words": "gif", "upload": sent(client, b"junk")}, headers=json).status_code == 415
    assert not Account.objects.exists()
    told = client.post("/b", {"words": "gif", "upload": sent(client, gif), "whole_bytes": "99"}, headers=json)
    assert told.status_code == 201
    more = client.post(told.json()["add"], {"upload": sent(client, gif, "b.gif")}, headers=json)
    assert more.status_code == 201
    bad = client.post(told.json()["add"], {"upload": sent(client, b"junk", "bad.gif")}, headers=json)
    assert bad.status_code == 415
    assert Render.objects.count() == 2
    assert Upload.objects.count() == 1, "the junk that began nothing"


def test_a_file_by_its_address(client: Client, gif: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    page = client.get("/?url=https://example.org/%22%3E%3Cb%3Ea.gif").content.decode()
    assert 'value="https://example.org/&quot;&gt;&lt;b&gt;a.gif"' in page, "shown, and not fetched before it is sent"

    def fetch(url: str, write: Any, **limits: Any) -> Any:
        write(gif)
        return Fetched("a.gif", len(gif))

    closed = client.post("/", {"url": "http://127.0.0.1/a.gif", "words": "gif"}, headers={"accept": "text/html"})
    assert closed.status_code == 400
    assert "may not be reached" in closed.content.decode()
    assert not Account.objects.exists()
    monkeypatch.setattr(upload_stream, "fetch", fetch)
    made = client.post("/", {"url": "https://example.org/a.gif", "words": "gif"}, headers={"accept": "text/html"})
    assert made.status_code == 302
    assert Media.objects.get().name == "a.gif"
