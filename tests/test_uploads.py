"""Files on their way in: bounded before they are taken, looked at in the sandbox, kept whole or not at all."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from gifweb import stored_files
from gifweb.accounts import identity
from gifweb.errors import BadInput, TooLarge, UnsupportedFile
from gifweb.renders.models import Render
from gifweb.studio import store_uploads
from gifweb.studio.models import Media, Project
from gifweb.studio.upload_stream import PartWriter, clean_name

from . import media_made, needs
from .live import Site, wait_until


@pytest.fixture
def gif(tmp_path: Path) -> bytes:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 6)).read_bytes()


def stored() -> list[str]:
    return needs.stored("uploads", "results")


def incoming() -> list[Path]:
    return list(stored_files.work_folder("incoming").iterdir())


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    """Whatever a test sends: afterwards no part of it lies about."""
    yield
    assert incoming() == []


def send(client: Client, *parts: tuple[str, bytes], words: str = "under 500KB", **more: str):  # type: ignore[no-untyped-def]
    uploads = [SimpleUploadedFile(name, content) for name, content in parts]
    return client.post("/", {"file": uploads, "words": words} | more, headers={"accept": "application/json"})


@pytest.mark.django_db
def test_a_file_is_kept_under_a_random_key_with_its_hash_and_facts(client: Client, gif: bytes) -> None:
    before = stored()
    answer = send(client, ("../../etc/passwd.gif", gif))
    assert answer.status_code == 201, answer.content
    media = Media.objects.get()
    assert media.sha256 == hashlib.sha256(gif).hexdigest()
    assert (media.name, media.bytes) == ("passwd.gif", len(gif))
    assert (media.info.format, media.info.width, media.info.height, media.info.frames) == ("gif", 64, 48, 6)
    assert [k for k in stored() if k not in before] == [media.key]
    assert "passwd" not in media.key
    assert Render.objects.get().sources == [media.public_id]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("empty.gif", b"", 400),
        ("text.gif", b"this is no picture, whatever its name says" * 50, 415),
        ("cut.gif", b"GIF89a\x40", 415),
        ("page.gif", b"<html><script>alert(1)</script></html>" * 20, 415),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415),
        (
            "bomb.gif",
            media_made.gif_bytes(
                [media_made.Block(np.zeros((1, 1), np.uint8), width=65535, height=65535)],
                width=65535,
                height=65535,
                palette=[(0, 0, 0), (9, 9, 9)],
            ),
            413,
        ),
    ],
)
def test_a_bad_file_is_refused_in_words_and_nothing_of_it_stays(
    client: Client, name: str, content: bytes, status: int
) -> None:
    before = stored()
    answer = send(client, (name, content))
    assert answer.status_code == status, answer.content
    assert name in answer.json()["message"]
    assert stored() == before
    assert not Media.objects.exists()
    assert not Project.objects.exists()
    assert not Render.objects.exists()


@pytest.mark.django_db
def test_a_refused_form_comes_back_with_its_words_and_the_reason(client: Client) -> None:
    answer = client.post("/", {"file": SimpleUploadedFile("a.gif", b"nothing"), "words": "under 3MB <b>"})
    assert answer.status_code == 415
    page = answer.content.decode()
    assert "under 3MB &lt;b&gt;" in page
    assert "a.gif" in page


@pytest.mark.django_db
def test_a_form_without_a_file(client: Client) -> None:
    assert client.post("/", {"words": "x"}).status_code == 400
    assert client.put("/").status_code == 405


@pytest.mark.django_db
def test_all_files_of_a_request_are_kept_or_none(gif: bytes) -> None:
    account = identity.make()
    project = Project.objects.create(account=account)
    before = stored()
    parts = [part("good.gif", gif), part("bad.gif", b"x" * 500), part("worse.png", b"y")]
    with pytest.raises(UnsupportedFile) as refused:
        store_uploads.keep_all(account, project, parts)
    for one in parts:
        one.close()
    assert refused.value.data["names"] == ["bad.gif", "worse.png"]
    assert stored() == before
    assert len(store_uploads.keep_all(account, project, [part("one.gif", gif), part("two.gif", gif)])) == 2


@pytest.mark.django_db
def test_the_same_form_sent_twice_makes_one_render(client: Client, gif: bytes) -> None:
    first = send(client, ("a.gif", gif), key="k1")
    again = send(client, ("a.gif", gif), key="k1")
    other = send(client, ("a.gif", gif), key="k2")
    assert first.json()["id"] == again.json()["id"] != other.json()["id"]
    assert Render.objects.count() == 2


@pytest.mark.django_db
def test_a_file_over_the_limit_ends_while_it_is_written(client: Client, gif: bytes) -> None:
    before = stored()
    with override_settings(MAX_UPLOAD_BYTES=len(gif) - 1):
        answer = send(client, ("a.gif", gif))
    assert answer.status_code == 413
    assert stored() == before


def test_a_part_writer_stops_at_its_limit() -> None:
    writer = PartWriter(10)
    assert writer.write(b"12345")
    assert not writer.write(b"678901")
    assert writer.size == 5
    path = writer.path
    writer.close()
    assert not path.exists()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../x.gif", "x.gif"),
        ("C:\\Users\\me\\funny.gif", "funny.gif"),
        ("a\r\nSet-Cookie: x.gif", "aSet-Cookie: x.gif"),
        ("exe.\u202egif.mp4", "exe.gif.mp4"),
        ('"><svg onload=1>.gif', '"><svg onload=1>.gif'),
        ("\x00\x01", "file"),
        ("", "file"),
        ("…/", "file"),
        ("x" * 4000 + ".gif", "x" * 112 + ".gif"),
        ("猫.gif", "猫.gif"),
    ],
)
def test_names_are_text_and_never_paths(given: str, shown: str) -> None:
    assert clean_name(given) == shown


def test_content_disposition_keeps_any_name_in_its_place() -> None:
    header = stored_files.disposition('"; filename=x.exe\r\nA: b 猫.gif', attachment=True)
    assert "\r" not in header
    assert "\n" not in header
    assert header.startswith("attachment; filename=\"__ filename_x.exe__A_ b _.gif\"; filename*=UTF-8''%22%3B")
    assert "%E7%8C%AB.gif" in header


@pytest.mark.django_db
def test_ones_own_source_is_shown_and_nobody_elses(client: Client, gif: bytes) -> None:
    send(client, ("a.gif", gif))
    url = f"/m/{Media.objects.get().public_id}"
    answer = client.get(url)
    assert b"".join(answer.streaming_content) == gif  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/gif"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    middle = client.get(url, headers={"range": "bytes=10-19"})
    assert (middle.status_code, b"".join(middle.streaming_content)) == (206, gif[10:20])  # type: ignore[attr-defined]
    assert middle["Content-Range"] == f"bytes 10-19/{len(gif)}"
    tail = client.get(url, headers={"range": "bytes=-5"})
    assert b"".join(tail.streaming_content) == gif[-5:]  # type: ignore[attr-defined]
    assert client.get(url, headers={"range": f"bytes={len(gif)}-"}).status_code == 416
    assert client.get(url, headers={"if-none-match": answer["ETag"]}).status_code == 304
    assert client.head(url)["Content-Length"] == str(len(gif))
    assert client.post(url).status_code == 405
    stranger = Client()
    assert stranger.get(url).status_code == stranger.get("/m/nothing").status_code == 404
    send(stranger, ("b.gif", gif))  # now with an account of its own
    assert stranger.get(url).status_code == 404


def test_the_declared_length_is_refused_before_the_body(site: Site) -> None:
    # No byte of the body is ever sent: an answer that waited for one would not come.
    status, head = raw(site, b"POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: 300000000\r\n\r\n" % host(site))
    assert status == 413
    assert b"content-security-policy" in head.lower()
    assert b'"code":4002' in head
    status, _ = raw(site, b"POST /r/x/cancel HTTP/1.1\r\nHost: %s\r\nContent-Length: 3000000\r\n\r\n" % host(site))
    assert status == 413


def test_an_expect_header_gets_no_continue_after_a_refusal(site: Site) -> None:
    request = b"POST / HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: 300000000\r\n\r\n" % host(site)
    _, head = raw(site, request)
    assert b"100 Continue" not in head


def test_an_undeclared_length_is_refused_as_soon_as_it_passes(site: Site) -> None:
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    request = b"POST /r/x/cancel HTTP/1.1\r\nHost: %s\r\nTransfer-Encoding: chunked\r\n\r\n" % host(site)
    status, _ = raw(site, request, [chunk] * 10)
    assert status == 413


def test_a_large_upload_is_never_whole_in_memory(site: Site) -> None:
    (pid,) = site.pids("serve")
    with site.client() as visitor:
        token = visitor.token()
        wait_until(lambda: "language tables are loaded" in site.log.read_text(), 120, "the language tables")
        before = peak_kb(pid)
        answer = visitor.http.post(
            "/",
            data={"csrfmiddlewaretoken": token, "words": "x"},
            files={"file": ("big.gif", os.urandom(60_000_000))},
            headers={"Referer": site.url, "Accept": "application/json"},
        )
    assert answer.status_code == 415
    assert peak_kb(pid) - before < 30_000
    # The request is closed, and its file removed, after its answer was sent.
    wait_until(lambda: not list((site.data / "work" / "incoming").iterdir()), 20, "no file left over")


def peak_kb(pid: int) -> int:
    """The most memory that a process has had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def host(site: Site) -> bytes:
    return f"127.0.0.1:{site.port}".encode()


def raw(site: Site, request: bytes, chunks: list[bytes] | None = None) -> tuple[int, bytes]:
    """Send bytes as they are; the status, and everything that came back."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=60) as connection:
        connection.sendall(request)
        sent = 0
        try:
            for chunk in chunks or ():
                connection.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass  # they closed, as they may
        answer = connection.recv(65536)
        try:
            while more := connection.recv(65536):
                answer += more
        except OSError:
            pass
    return int(answer.split()[1]), answer


def part(name: str, content: bytes):  # type: ignore[no-untyped-def]
    writer = PartWriter(10**9)
    assert writer.write(content)
    return writer.done(name)


def test_an_empty_part_is_named() -> None:
    with part("nothing.gif", b"") as empty, pytest.raises(BadInput, match=r"nothing\.gif is empty"):
        store_uploads.probe(empty)


def test_a_part_over_the_limit_is_too_large(gif: bytes) -> None:
    with override_settings(MAX_UPLOAD_BYTES=10), part("a.gif", gif) as large, pytest.raises(TooLarge):
        store_uploads.probe(large)
