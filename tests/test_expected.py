"""The bytes to expect, said before anything is made: by the engine, on the pages and by ``brim --dry-run``."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compressor import engine, forecast, sandbox
from gifweb.accounts.models import Account
from gifweb.renders.models import Render
from gifweb.studio.models import Media
from tests import media_made

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return media_made.gif(tmp_path / "a.gif", media_made.scene(64, 48, 6, noise=12))


@pytest.mark.parametrize("format", ["mp4", "webp"])
def test_a_small_clip_is_known_exactly(small: Path, tmp_path: Path, format: str) -> None:
    job = engine.Job({"a": str(small)}, str(tmp_path / "out"), {"format": format})
    said = forecast.expected(job, within_s=1000)
    assert list(tmp_path.iterdir()) == [small], "nothing is left behind"
    assert said == engine.make(job, lambda _: None).value["output"]["bytes"]
    assert sandbox.expected(job) > 0


@pytest.mark.parametrize("goal", [{"format": "mp4"}, {"format": "webp", "quality": 60}, {"format": "apng"}])
def test_what_takes_too_long_is_estimated(small: Path, tmp_path: Path, goal: dict[str, object]) -> None:
    job = engine.Job({"a": str(small)}, str(tmp_path / "out"), goal)
    said = forecast.expected(job, within_s=0)
    came = engine.make(job, lambda _: None).value["output"]["bytes"]
    assert came / 2 < said < came * 2


def test_an_estimate_is_within_the_ceiling(small: Path, tmp_path: Path) -> None:
    job = engine.Job({"a": str(small)}, str(tmp_path / "out"), {"format": "mp4", "max_bytes": 2_000})
    assert forecast.expected(job, within_s=0) == 2_000


def test_the_start_page_says_it_and_keeps_nothing(client: Client, small: Path) -> None:
    file = SimpleUploadedFile("a.gif", small.read_bytes())
    told = client.post("/expected", {"file": file, "words": "webp", "format": "auto"}).json()
    assert told["bytes"] > 100
    assert told["credits"] == 1
    assert told["format"] == "webp"
    file.seek(0)
    assert client.post("/expected", {"file": file, "words": "under 20 KB"}).json()["format"] == "mp4"
    assert [kind.objects.count() for kind in (Media, Render, Account)] == [0, 0, 0]
    file.seek(0)
    assert client.post("/expected", {"file": file, "words": "in all formats"}).json()["credits"] == 5
    assert client.post("/expected", {"words": "webp"}).status_code == 400
    assert client.post("/expected", {"file": SimpleUploadedFile("b.gif", b"a letter")}).status_code == 415
    assert client.get("/expected").status_code == 405


def test_a_result_says_it_for_its_own_source(client: Client, small: Path) -> None:
    client.post("/", {"file": SimpleUploadedFile("a.gif", small.read_bytes()), "words": "mp4"})
    made = Render.objects.get()
    told = client.post("/expected", {"again": made.public_id, "words": "gif, half the width"}).json()
    assert 100 < told["bytes"] <= small.stat().st_size
    assert Render.objects.count() == 1
    assert Client().post("/expected", {"again": made.public_id}).status_code == 404
