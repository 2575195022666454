"""One file in several formats: what words ask for them, the cards of a batch, the chart, the API and the command."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from compressor import engine
from compressor.formats import COMPARED
from compressor.language import several
from gifweb.renders.models import Render, State
from gifweb.studio import batch, charts
from gifweb.studio.models import Project
from tests import media_made

from .test_batch import Script
from .test_pages import sound

pytestmark = pytest.mark.django_db
HTML = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("words", "formats"),
    [
        ("as mp4, gif and webp under 1MB", ["mp4", "gif", "webp"]),
        ("under 500KB in all formats", list(COMPARED)),
        ("各种格式都要，500KB以内", list(COMPARED)),
        ("转成mp4和gif，500KB以内", ["mp4", "gif"]),
        ("en mp4 y gif", ["mp4", "gif"]),
        ("a gif and an mp4", ["gif", "mp4"]),
        ("in allen Formaten unter 1 MB", list(COMPARED)),
        ("mp4 to gif", []),
        ("convert the mp4 and gif to webp", []),
        ("gif, not mp4", []),
        ("as webp or avif", []),
        ("the gif is too large, make an mp4", []),
        ("under 500KB", []),
    ],
)
def test_which_words_ask_for_several(words: str, formats: list[str]) -> None:
    assert list(several(words)) == formats


def test_each_format_has_words_of_its_own() -> None:
    assert several("as mp4, gif and webp under 1MB")["gif"] == "as gif under 1MB"


@pytest.fixture
def source(tmp_path: Path) -> SimpleUploadedFile:
    made = media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 3))
    return SimpleUploadedFile("a.gif", made.read_bytes())


def finish(render: Render, size: int, mean: float, **changes: object) -> None:
    format = str(render.goal["format"])
    key = default_storage.save(f"results/t/{render.public_id}", ContentFile(b"x" * size))
    facts = {"format": format, "kind": "video", "bytes": size, "width": 48, "height": 32, "frames": 3, "fps": 10.0}
    facts |= {"duration_ms": 300, "shown_ms": 300}
    report = {"quality": {"mean": mean}, "max_bytes": render.goal.get("max_bytes"), "frame_bytes": [5, 2, 3]}
    Render.objects.filter(pk=render.pk).update(**{
        "state": State.FINISHED, "result_key": key, "result_bytes": size, "result_facts": facts, "fits": True,
        "result_name": f"a.{format}", "report": report, **changes,
    })  # fmt: skip


def test_one_click_makes_all_formats_under_the_same_ceiling(client: Client, source: SimpleUploadedFile) -> None:
    sent = {"file": source, "words": "under 20KB", "format": "auto", "formats": "all"}
    answer = client.post("/", sent, headers=HTML)
    project = Project.objects.get()
    assert answer["Location"] == f"/b/{project.public_id}"
    renders = list(Render.objects.order_by("pk"))
    assert [(one.goal["format"], one.goal["max_bytes"]) for one in renders] == [(f, 20_000) for f in COMPARED]
    assert "Waiting" in sound(client, answer["Location"])
    for number, one in enumerate(renders):
        if one.goal["format"] == "gif":
            finish(one, 30_000, 70.0, fits=False, would_fit="it fits at 20 px wide.")
        else:
            finish(one, 10_000 + number, 80.0 + number)
    text = sound(client, answer["Location"])
    for part in ("It cannot be 20 KB", "It fits at 20 px wide.", "Plays in every browser", "SSIMULACRA2 83", "<svg"):
        assert part in text, part
    assert text.count("looks best") == 1
    best = text.index("looks best")
    assert text.rindex("<h3>", 0, best) == text.index("<h3>AVIF"), "the highest score of those that fit"
    assert "Download 5 files as a zip" in text


def test_a_result_is_compared_in_its_own_project_and_earlier_results_stay_out(
    client: Client, source: SimpleUploadedFile
) -> None:
    client.post("/", {"file": source, "words": "mp4 under 20KB"}, headers=HTML)
    first = Render.objects.get()
    finish(first, 9_000, 77.0)
    text = sound(client, f"/r/{first.public_id}")
    assert "Compare all formats" in text
    assert "At most 5 credits." in text
    answer = client.post(f"/r/{first.public_id}/again", {"words": "as webp and gif, 8 KB"}, headers=HTML)
    assert answer["Location"] == f"/b/{first.project.public_id}"
    client.post(f"/r/{first.public_id}/again", {"words": "under 20KB", "formats": "all"}, headers=HTML)
    rows = batch.rows(first.project)
    assert [row.format.name for row in rows if row.format] == list(COMPARED)
    assert first.pk not in [row.render.pk for row in rows if row.render]
    assert Render.objects.count() == 8
    assert Client().post(f"/r/{first.public_id}/again", {"formats": "all"}).status_code == 404
    assert client.post("/", {"file": source, "formats": "all", "words": "x" * 3000}, headers=HTML).status_code == 400


def test_a_file_that_is_none_begins_nothing(client: Client) -> None:
    bad = SimpleUploadedFile("bad.gif", b"a letter")
    assert client.post("/", {"file": bad, "formats": "all"}, headers=HTML).status_code == 415
    assert not Project.objects.exists()


def test_the_cost_and_the_chips_are_told_before(client: Client) -> None:
    query = {"words": "as mp4, gif and webp under 1MB", "width": 100, "height": 100, "frames": 10, "ms": 1000}
    told = client.get("/explain", query, headers={"accept": "application/json"}).json()
    assert told["credits"] == 3
    assert "MP4, GIF, WebP" in told["chips"]


def test_a_chart_has_every_attempt_the_ceiling_and_the_choice() -> None:
    dots = [charts.Dot(900, 80.0, "kept"), charts.Dot(1200, None, "over"), charts.Dot(500, 60.0, "fits")]
    chart = charts.drawn(dots, 1000)
    assert chart is not None
    assert [dot.kind for dot in chart.dots] == ["fits", "over", "kept"]
    kept, over, fits = (next(d for d in chart.dots if d.kind == kind) for kind in ("kept", "over", "fits"))
    assert chart.line is not None
    assert fits.x < kept.x < chart.line < over.x
    assert kept.y < fits.y < over.y, "what was not looked at lies on the floor"
    assert charts.drawn(dots[:1], 1000) is None
    assert charts.strip([4, 1, 2]) == [(0, 100), (1, 25), (2, 50)]


@pytest.mark.parametrize("format", ["gif", "apng", "webp", "mp4", "webm", "avif"])
def test_the_bytes_of_frames_are_those_of_the_file(tmp_path: Path, format: str) -> None:
    made = media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 6, noise=20))
    told = engine.make(
        engine.Job({"a": str(made)}, str(tmp_path / "out"), {"format": format, "quality": 60}), lambda _: None
    ).value
    sizes = told["frame_bytes"]
    assert len(sizes) == told["output"]["frames"]
    least = 0 if format in ("mp4", "webm", "avif") else 0.8  # of a tiny film most is its headers
    assert least * told["output"]["bytes"] < sum(sizes) <= told["output"]["bytes"]
    assert min(sizes) > 0


def test_the_strip_and_the_chart_stand_on_the_page(client: Client, source: SimpleUploadedFile) -> None:
    client.post("/", {"file": source, "words": "mp4 under 20KB"}, headers=HTML)
    made = Render.objects.get()
    for number, size in ((1, 9_000), (2, 25_000)):
        attempt = {"bytes": size, "quality": None, "plan": {"width": 48, "height": 32, "format": "mp4", "settings": {}}}
        made.events.create(number=90 + number, kind="tried", data={"attempt": attempt, "fits": size < 20_000})
    finish(made, 9_000, 77.0)
    text = sound(client, f"/r/{made.public_id}")
    assert len(re.findall(r'<path d="M\d 100v-\d+', text)) == 3
    assert len(re.findall(r'<circle cx="\d+" cy="\d+" r="[57]"', text)) == 2


@pytest.mark.django_db(transaction=True)
def test_several_formats_in_one_call(tmp_path: Path) -> None:
    script = Script()
    made = media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 3)).read_bytes()
    project = script.upload([("a.gif", made)])[0]["project"]
    body = {"project": project, "goal": {"max_bytes": 20_000}, "formats": ["gif", "webp"]}
    found = script.post("/renders/formats", body, **{"Idempotency-Key": "one"})
    assert [one["goal"] for one in found] == [{"format": f, "max_bytes": 20_000} for f in ("gif", "webp")]
    again = script.post("/renders/formats", body, **{"Idempotency-Key": "one"})
    assert [one["id"] for one in again] == [one["id"] for one in found]
    said = script.post("/renders/formats", {"project": project, "words": "as mp4 and gif, 9 KB"})
    assert [one["goal"] for one in said] == [{"format": f, "max_bytes": 9_000} for f in ("mp4", "gif")]
    assert len(script.post("/renders/formats", {"project": project})) == len(COMPARED)
    wrong = json.dumps({"project": project, "formats": ["exe"]})
    answer = script.http.post("/api/v1/renders/formats", wrong, content_type="application/json", headers=script.headers)
    assert answer.status_code in (400, 422)


def test_the_command_makes_each_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from brim.cli import main

    made = media_made.gif(tmp_path / "a.gif", media_made.scene(48, 32, 4))
    assert main([str(made), "as gif and webp under 20KB", "-o", str(tmp_path / "out"), "-q"]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.gif", "a.webp"]
    assert main([str(made), "as gif and webp", "--in-place"]) == 2
    assert "Several formats" in capsys.readouterr().err


@pytest.mark.parametrize(
    "made",
    [
        [(11_000, 0.0), (11_100, 1.0), (11_200, 2.0), (11_300, 3.0)],
        [(29_700, 97.4), (29_400, 97.5), (29_000, 96.8), (30_000, 97.5), (29_300, 94.7)],
    ],
)
def test_labels_of_a_chart_keep_apart(made: list[tuple[int, float]]) -> None:
    named = zip(("MP4", "WebM", "WebP", "AVIF", "GIF"), made, strict=False)
    chart = charts.drawn([charts.Dot(size, score, "fits", name) for name, (size, score) in named], 30_000)
    assert chart is not None
    at = [(dot.middle, dot.y + dot.rise) for dot in chart.dots]
    assert all(abs(a[0] - b[0]) >= 40 or abs(a[1] - b[1]) >= 12 for a, b in combinations(at, 2))
    assert chart.line is not None
    assert all(abs(middle - chart.line) >= 20 for middle, _ in at), "none on the limit"
    assert all(10 <= foot <= 160 for _, foot in at), "beside the figures of the axis, and inside the drawing"
