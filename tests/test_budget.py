"""One budget for many files: the arithmetic, what the search foresees, the page, the API and the command."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from compressor import deciding, engine, sandbox
from gifweb.renders.models import Render
from gifweb.studio import forecast, project_files
from gifweb.studio.models import Project
from tests import media_made

from .test_batch import Script
from .test_pages import sound

sizes = st.integers(1, 10**7)
curves = st.builds(
    lambda low, rises: deciding.Curve(
        tuple((size, low + sum(rises[: n + 1])) for n, size in enumerate((1_000, 3_000, 9_000)))
    ),
    st.floats(-50, 60),
    st.lists(st.floats(0, 30), min_size=3, max_size=3),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.none(), curves), min_size=1, max_size=20), st.integers(20, 10**8), st.data())
def test_the_sum_is_never_over_and_each_has_a_byte(
    found: list[deciding.Curve | None], total: int, data: st.DataObject
) -> None:
    by_size = deciding.shares(total, [data.draw(sizes) for _ in found])
    given = deciding.divided(total, by_size, found)
    assert sum(given) <= total
    assert min(given) >= 1
    assert all(part == share for part, share, curve in zip(given, by_size, found, strict=True) if curve is None)


def test_files_that_need_more_get_more_until_all_score_alike() -> None:
    easy = deciding.Curve(((1_000, 15.0), (3_000, 60.0), (9_000, 92.0)))
    hard = deciding.Curve(((1_000, 10.0), (3_000, 30.0), (9_000, 50.0)))
    given = deciding.fair(10_000, [easy, hard])
    assert 9_900 < sum(given) <= 10_000
    scores = [_score(curve, size) for curve, size in zip((easy, hard), given, strict=True)]
    assert scores[0] == pytest.approx(scores[1], abs=0.5)
    assert deciding.fair(10**9, [easy, hard])[0] > 10**5, "what is left over is given too"


def test_a_ceiling_that_nothing_fits_is_passed() -> None:
    """Between it and one that something fits nobody knows, so the file gets all of the latter."""
    curve = deciding.Curve(((300, -50.0), (900, -50.0), (2_700, 40.0)))
    assert curve.bytes_for(-10) == pytest.approx(2_700)
    assert deciding.Curve(((300, -50.0), (900, -50.0))).bytes_for(-20) > 900


def _score(curve: deciding.Curve, size: int) -> float:
    low, high = -100.0, 100.0
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (middle, high) if curve.bytes_for(middle) <= size else (low, middle)
    return low


def test_the_search_foresees_what_it_makes(tmp_path: Path) -> None:
    made = media_made.gif(tmp_path / "a.gif", media_made.scene(96, 64, 12, noise=3))
    job = engine.Job({"a": str(made)}, str(tmp_path / "out"), {"format": "mp4"})
    told = sandbox.foresee(job, [3_000, 9_000])
    assert [size for size, _score in told] == [3_000, 9_000]
    assert told[0][1] < told[1][1]
    assert list(tmp_path.iterdir()) == [made], "nothing is left behind"
    real = engine.make(engine.Job(job.sources, job.out, {"format": "mp4", "max_bytes": 9_000}), lambda _: None)
    assert told[1][1] == pytest.approx(real.value["quality"]["mean"], abs=10)
    assert math.isfinite(sandbox.foresee(job, [1])[0][1]), "a ceiling that nothing fits has a score too"


@pytest.fixture
def sources(tmp_path: Path) -> list[SimpleUploadedFile]:
    """A flat one, and a smaller one that is all grain."""
    flat = media_made.gif(tmp_path / "flat.gif", media_made.scene(160, 120, 10))
    grain = media_made.gif(tmp_path / "grain.gif", media_made.scene(64, 48, 6, noise=40))
    return [SimpleUploadedFile(path.name, path.read_bytes()) for path in (flat, grain)]


@pytest.mark.django_db
def test_files_sent_one_by_one_wait_for_each_other(client: Client, sources: list[SimpleUploadedFile]) -> None:
    words = {"words": "all of them together under 20 KB, mp4", "whole_bytes": sum(one.size or 0 for one in sources)}
    begun = client.post("/b", words | {"file": sources[0]}).json()
    sent = client.post(begun["add"], {"file": sources[1]})
    assert (sent.status_code, sent.json()["id"]) == (201, "")
    assert not Render.objects.exists()
    assert "Begin with these files" in sound(client, begun["url"])
    echo = client.get("/explain", {"words": words["words"]}).content.decode()
    assert "At most 20 KB, all files together" in echo
    assert client.post(begun["start"], {"start": "1"}).status_code == 302
    given = {one.draft["t"][0]["sg"][0]["name"]: one.goal["max_bytes"] for one in Render.objects.all() if one.draft}
    assert len(given) == 2
    assert 19_000 < sum(given.values()) <= 20_000
    assert "Begin with" not in sound(client, begun["url"])
    client.post(begun["start"], {"start": "1"})
    assert Render.objects.count() == 2, "it begins once"
    assert Client().post(begun["start"], {"start": "1"}).status_code == 404
    sources[0].seek(0)
    alone = client.post("/b", {"words": "mp4 under 20 KB", "file": sources[0]}).json()
    assert "start" not in alone


@pytest.mark.django_db
def test_without_scripts_and_without_time_the_sum_still_holds(
    client: Client, sources: list[SimpleUploadedFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "WITHIN_S", 0.0)
    client.post("/", {"file": sources, "words": "一共不超过20KB，mp4"}, headers={"accept": "text/html"})
    assert sum(one.goal["max_bytes"] for one in Render.objects.all()) <= 20_000
    assert Render.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_one_budget_by_the_api(sources: list[SimpleUploadedFile]) -> None:
    script = Script()
    media = script.upload([(str(one.name), one.read()) for one in sources])
    project = media[0]["project"]
    body = {"project": project, "max_bytes": 20_000, "words": "mp4"}
    found = script.post("/renders/together", body)
    assert [one["goal"]["format"] for one in found] == ["mp4", "mp4"]
    assert 19_000 < sum(one["goal"]["max_bytes"] for one in found) <= 20_000
    small = json.dumps(body | {"max_bytes": 1})
    answer = script.http.post(
        "/api/v1/renders/together", small, content_type="application/json", headers=script.headers
    )
    assert answer.status_code == 400


@pytest.mark.django_db(transaction=True)
def test_one_budget_in_the_chat_is_divided_as_on_the_page(sources: list[SimpleUploadedFile]) -> None:
    """With everything else that the message asks for; the sum is never over."""
    script = Script()
    sizes = [one.size or 0 for one in sources]
    media = script.upload([(str(one.name), one.read()) for one in sources])
    project = media[0]["project"]
    script.post(f"/projects/{project}/edits", {"words": "all of them together under 20 KB, mp4"})
    file_set = project_files.of(Project.objects.get())
    given = [file_set.draft_of(one["id"]).goal.max_bytes or 0 for one in media]
    assert 19_000 < sum(given) <= 20_000
    found = script.post("/renders/together", {"project": project, "max_bytes": 20_000, "words": "mp4"})
    assert given == [one["goal"]["max_bytes"] for one in found]
    assert given != deciding.shares(20_000, sizes)


def test_one_budget_by_the_command(tmp_path: Path, sources: list[SimpleUploadedFile]) -> None:
    from brim.cli import main

    names = [str(tmp_path / str(one.name)) for one in sources]
    out = tmp_path / "out"
    assert main([*names, "all of them together under 20 KB, mp4", "-o", str(out), "-q"]) == 0
    assert 10_000 < sum(path.stat().st_size for path in out.iterdir()) <= 20_000
