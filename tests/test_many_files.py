"""Many files under one sentence: bad ones are told, the rest go on, and one archive holds the results."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from gifweb import stored_files
from gifweb.renders.models import Render, State
from gifweb.studio import batch
from gifweb.studio.models import Media, Project
from tests import media_made

from .test_pages import Page, sound

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


def upload(path: Path, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, path.read_bytes())


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 3))


def finish(render: Render, content: bytes, **changes: object) -> None:
    key = default_storage.save(f"results/t/{render.public_id}", ContentFile(content))
    facts = {"format": "gif", "kind": "video", "codec": "gif", "bytes": len(content), "width": 48, "height": 32}
    Render.objects.filter(pk=render.pk).update(
        state=State.FINISHED, result_key=key, result_bytes=len(content), result_facts=facts, result_name="a.gif",
        report={"quality": {"mean": 81.5}}, fits=True, **changes,
    )  # fmt: skip


def test_a_bad_file_among_good_ones_is_told_and_the_rest_go_on(client: Client, source: Path) -> None:
    files = [upload(source, "one.gif"), SimpleUploadedFile("bad.gif", b"a letter"), upload(source, "two.gif")]
    answer = client.post("/", {"file": files, "words": "under 20KB"}, headers=HTML)
    project = Project.objects.get()
    assert answer["Location"] == f"/b/{project.public_id}"
    assert Render.objects.count() == 2
    text = sound(client, answer["Location"])
    for part in ("one.gif", "two.gif", "bad.gif", "Refused", "0 of 3 ready", "under 20KB"):
        assert part in text, part
    assert 'http-equiv="refresh"' in text, "without scripts it reloads itself"
    assert client.get(f"/b/{project.public_id}/zip").status_code == 409
    assert Client().get(f"/b/{project.public_id}").status_code == 404


def test_the_archive_has_every_result_and_a_true_manifest(client: Client, source: Path) -> None:
    files = [upload(source, "a.gif"), SimpleUploadedFile("bad.gif", b"a letter"), upload(source, "sub/a.gif")]
    client.post("/", {"file": files, "words": "gif, 12 fps"}, headers=HTML)
    first, second = Render.objects.order_by("pk")
    finish(first, b"one")
    finish(second, b"four")
    project = Project.objects.get()
    with override_settings(MIN_FREE_BYTES=10**18):  # it is made while it is read, and takes no disk
        data = client.get(f"/b/{project.public_id}/zip").getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        assert made.namelist() == ["a.gif", "a-2.gif", "manifest.json"]
        assert batch._free('c:..\\a "b"|.gif', set()) == "c_.._a _b__.gif"
        assert made.testzip() is None
        assert made.read("a-2.gif") == b"four"
        about = json.loads(made.read("manifest.json"))
    with pytest.MonkeyPatch.context() as patch:  # a HEAD made all of it, for the length alone
        patch.setattr(stored_files, "open_stored", lambda key: pytest.fail("a file was read"))
        assert client.head(f"/b/{project.public_id}/zip")["Content-Type"] == "application/zip"
        assert client.get(f"/b/{project.public_id}/zip").streaming, "nothing is read before it is asked for"
    assert about["words"] == "gif, 12 fps"
    good, other, bad = about["files"]
    assert good["bytes_before"] == source.stat().st_size
    assert good["bytes_after"] == 3
    assert good["quality"] == 81.5
    assert good["settings"] == {"format": "gif", "fps": 12}
    assert other["file"] == "a-2.gif"
    assert bad["state"] == "refused"
    assert bad["reason"]
    text = sound(client, f"/b/{project.public_id}")
    assert "Download 2 files as a zip" in text
    assert "hx-get" not in text, "nothing is open any more"


def test_one_by_one_as_the_script_sends_them(client: Client, source: Path) -> None:
    first = {"file": upload(source, "0.gif")}
    begun = client.post("/b", {"words": "webp", "format": "auto"} | first).json()
    sent = client.post(begun["add"], {"file": upload(source, "a.gif")})
    assert sent.status_code == 201
    assert sent.json()["url"].startswith("/r/")
    refused = client.post(
        begun["add"], {"file": SimpleUploadedFile("b.gif", b"?")}, headers={"accept": "application/json"}
    )
    assert refused.status_code == 415
    text = client.get(begun["url"], headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "b.gif" in text
    assert [render.goal["format"] for render in Render.objects.all()] == ["webp", "webp"]
    assert client.post("/b", {"format": "exe"}).status_code == 422


def test_skip_and_try_again(client: Client, source: Path) -> None:
    begun = client.post("/b", {"words": "gif", "file": upload(source, "a.gif")}).json()
    made = Render.objects.get()
    assert client.post(f"{begun['url']}/act", {"skip": made.public_id}).status_code == 302
    made.refresh_from_db()
    assert made.state == State.CANCELLED
    assert "Try again" in sound(client, begun["url"])
    client.post(f"{begun['url']}/act", {"retry": made.public_id})
    assert Render.objects.filter(state=State.QUEUED).count() == 1
    assert len(batch.rows(Project.objects.get())) == 1, "one row for a file, its newest render"
    other = client.post("/b", {"words": "gif", "file": upload(source, "c.gif")}).json()
    assert client.post(f"{other['url']}/act", {"skip": made.public_id}).status_code == 400


def test_a_limit_for_all_together_is_never_passed_in_sum(client: Client, source: Path, tmp_path: Path) -> None:
    large = media_made.gif(tmp_path / "b.gif", media_made.scene(96, 64, 9, noise=20))
    files = [upload(source, "a.gif"), upload(large, "b.gif")]
    client.post("/", {"file": files, "words": "all of them together under 10 KB, gif"}, headers=HTML)
    shares = [render.goal["max_bytes"] for render in Render.objects.order_by("pk")]
    assert sum(shares) <= 10_000
    assert shares[0] < shares[1]


def test_a_batch_has_an_end(client: Client, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MOST_FILES", 1)
    begun = client.post("/b", {"words": "gif", "file": upload(source, "a.gif")}).json()
    assert client.post(begun["add"], {"file": upload(source, "b.gif")}).status_code == 400
    assert Media.objects.count() == 1


def test_the_page_is_sound_whatever_the_words(client: Client, source: Path) -> None:
    begun = client.post("/b", {"words": "<b>bold", "file": upload(source, "<i>.gif")}).json()
    assert Page(client.get(begun["url"]).content.decode()).check() == []
