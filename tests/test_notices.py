"""What is said of a result is true, and a result that is not what was hoped for is never a plain success."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compressor import cli, engine, events, message_catalogue, notice_words
from compressor.goal import Goal
from compressor.probe import probe

from . import media_made as made


def run(source: Path, **goal: Any) -> tuple[engine.Report, dict[str, str]]:
    told: list[events.Event] = []
    report = engine.make(engine.Job({"a": str(source)}, str(source.with_name("out")), goal), told.append)
    said = {e.code: e.text for e in told if isinstance(e, events.Said)}
    assert not [one for text in (*said.values(), report.would_fit) if text for one in notice_words.unknown(text)]
    return report, said


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    return made.gif(tmp_path / "in.gif", made.scene(160, 120, 8, noise=30), 8)


def test_a_ruined_result_is_a_warning(noisy: Path) -> None:
    report, said = run(noisy, format="gif", max_bytes=3000)
    assert report.fits
    assert {"poor", "small"} <= set(said)
    assert "3,000 bytes" in said["small"]
    assert set(report.value["warnings"]) >= {said["poor"], said["small"]}


def test_a_good_result_has_no_warning(tmp_path: Path) -> None:
    report, _ = run(made.gif(tmp_path / "in.gif", made.scene(160, 120, 8), 8), format="mp4", max_bytes=60_000)
    assert report.value["warnings"] == []


def test_what_the_source_does_not_have_is_said(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(160, 120, 8), 8)
    report, said = run(source, format="gif", short_side=1080, fps=30)
    assert said["no_more_pixels"] == "The source has only 120 px on its short side, not 1080: it was not made larger."
    assert said["no_more_frames"].startswith("It has 12.5 frames a second, not 30:")
    assert report.value["warnings"] == [said["no_more_pixels"], said["no_more_frames"]]
    _report, said = run(source, format="gif", short_side=120, fps=12.5)
    assert not said.keys() & {"no_more_pixels", "no_more_frames"}


def test_who_asks_for_a_small_width_is_not_warned_of_it(noisy: Path) -> None:
    report, said = run(noisy, format="gif", width=60)
    assert "small" not in said
    assert report.value["output"]["width"] == 60


def test_a_least_quality_refuses_with_status_3(noisy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = noisy.with_name("o.gif")
    words = [str(noisy), "-o", str(out), "--max-bytes", "3000", "--min-quality", "50", "--in-process", "--json"]
    assert cli.main(words) == 3
    found = capsys.readouterr()
    report = json.loads(found.out)
    assert report["fits"] is False
    assert "below the 50" in report["would_fit"]
    assert "below the 50" in found.err
    assert out.exists()
    assert cli.main([*words[:4], "900000", *words[5:]]) == 0


def test_a_least_quality_is_aimed_at(tmp_path: Path) -> None:
    report, _ = run(made.gif(tmp_path / "in.gif", made.scene(160, 120, 8), 8), format="webp", min_quality=86)
    assert report.fits
    assert report.value["quality"]["mean"] >= 86


@pytest.mark.parametrize("goal", [{"min_quality": 101}, {"max_frames": 0}, {"max_frames": -3}])
def test_senseless_limits_are_refused(goal: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="must be"):
        Goal.from_json(goal)


@pytest.mark.parametrize("suffix", ["gif", "webp", "mp4", "webm", "apng", "avif"])
@pytest.mark.parametrize("most", [1, 2, 7, 40])
def test_no_more_frames_than_were_asked_for(tmp_path: Path, suffix: str, most: int) -> None:
    pictures = made.scene(64, 48, 20)
    source = made.gif(tmp_path / "in.gif", pictures, [5, 10] * 10)
    report, _ = run(source, format=suffix, max_frames=most, quality=60)
    found = probe(report.path)
    assert min(most, 20) - 1 <= found.frames <= most
    if most > 1:
        assert abs(found.shown_ms - 1500) <= 20


def test_a_copy_too_has_no_more_frames(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(64, 48, 20), 5)
    report, _ = run(source, format="gif", max_frames=10, max_bytes=500_000)
    assert probe(report.path).frames <= 10


def _hevc(path: Path, **more: Any) -> Path:
    """An MP4 that cannot be handed out as it is, packed tightly."""
    return made.film(path, made.scene(160, 120, 20, noise=12), codec="libx265", options={"crf": "40"}, **more)


@pytest.mark.parametrize("limit", [None, 500_000])
def test_the_same_format_is_never_larger(tmp_path: Path, limit: int | None) -> None:
    source = _hevc(tmp_path / "in.mp4")
    report, said = run(source, format="mp4", **({"max_bytes": limit} if limit else {}))
    assert probe(report.path).codec == "h264"
    assert Path(report.path).stat().st_size <= source.stat().st_size
    assert "larger_than_source" not in said


def test_who_asks_for_more_gets_it_and_is_told(tmp_path: Path) -> None:
    source = _hevc(tmp_path / "in.mp4")
    report, said = run(source, format="mp4", quality=92)
    assert Path(report.path).stat().st_size > source.stat().st_size
    assert "a quality of 92" in said["larger_than_source"]
    assert said["larger_than_source"] in report.value["warnings"]


def test_hardly_any_saving_says_what_would_help(tmp_path: Path) -> None:
    source = made.gif(tmp_path / "in.gif", made.flat(200, 100, (9, 9, 9), (200, 10, 10)), 50)
    first, _ = run(source, format="gif")
    packed = tmp_path / "packed.gif"
    Path(first.path).rename(packed)
    report, said = run(packed, format="gif")
    assert report.value["output"]["bytes"] > 0.95 * packed.stat().st_size
    assert "MP4" in said["little_saved"]
    assert "px" in said["little_saved"]
    _, said = run(packed, format="gif", max_bytes=10_000_000)
    assert "little_saved" not in said


@pytest.mark.parametrize(("limit", "copied"), [(1_000_000, True), (34_000, False)])
def test_sound_that_was_copied_is_not_said_to_be_coded(tmp_path: Path, limit: int, copied: bool) -> None:
    source = made.film(tmp_path / "in.mp4", made.scene(64, 48, 50, noise=20), fps=10, tone_ms=5000)
    assert probe(source).bytes > 34_000
    report, said = run(source, format="mp4", max_bytes=limit if not copied else source.stat().st_size)
    attempts = report.value["attempts"]
    assert bool(attempts[-1]["plan"]["settings"].get("source")) is copied
    assert ("sound_lowered" in said) is not copied


def test_a_remark_travels_with_its_warning() -> None:
    event = events.Said(text="x", code="poor", warning=True)
    assert events.from_json(event.to_json()) == event
    assert events.from_json({"kind": "said", "text": "x", "code": "y"}) == events.Said(text="x", code="y")


def test_a_place_that_may_not_take_the_result_is_named_with_the_rule(tmp_path: Path) -> None:
    short = made.gif(tmp_path / "in.gif", made.scene(64, 64, 4), 5)
    report, said = run(short, preset="tiktok")
    assert "fps: at least 23, this is 20" in said["place_rules"]
    assert said["place_rules"] in report.value["warnings"]
    _, said = run(short, preset="discord-emoji")
    assert "place_rules" not in said


@pytest.mark.parametrize(
    ("notice", "german", "chinese"),
    [
        (
            "GIF has no half-transparent pixels, so they were dithered. WebM, WebP, APNG and AVIF keep them.",
            "GIF kennt keine halbdurchsichtigen Pixel, also wurden sie gerastert. WebM, WebP, APNG, AVIF behalten sie.",
            "GIF 不支持半透明，因此做了抖动处理。WebM、WebP、APNG、AVIF 可以保留半透明。",
        ),
        (
            "Only 3 % smaller: the source is packed well already. What would help: another format (MP4 or WebP), a "
            "smaller width (for example 320 px), a limit in bytes (for example 27,360).",
            "Nur 3 % kleiner: Die Quelle ist schon gut gepackt. Was helfen würde: ein anderes Format (MP4 / WebP), "
            "eine kleinere Breite (etwa 320 px), eine Grenze in Byte (etwa 27\u202f360).",
            "只小了 3%：原文件已经压缩得很好。可以试试：换一种格式（MP4 / WebP）、更小的宽度（例如 320 像素）、"
            "字节上限（例如 27,360）。",
        ),
        (
            "Something new. It fits at 12 px wide.",
            "Something new. Es passt mit 12 px Breite.",
            "Something new.宽度改为 12 像素就能做到。",
        ),
    ],
)
def test_notices_are_said_in_the_language_of_the_page(notice: str, german: str, chinese: str) -> None:
    assert notice_words.translated(notice, message_catalogue.words("en-GB")) == notice
    assert notice_words.translated(notice, message_catalogue.words("de")) == german
    assert notice_words.translated(notice, message_catalogue.words("zh-hans")) == chinese


def test_what_is_too_short_for_a_place_is_played_again(tmp_path: Path) -> None:
    short = made.gif(tmp_path / "in.gif", made.scene(64, 64, 4), 5)
    report, said = run(short, preset="x-video")
    assert said["format"] == "Played 3 times: x-video takes nothing under 0.5 s."
    assert report.value["output"]["shown_ms"] == 600
    assert report.value["warnings"] == []


@pytest.mark.parametrize(("width", "height"), [(100, 20), (20, 100)])
def test_what_is_too_wide_or_too_high_for_a_place_gets_bars(tmp_path: Path, width: int, height: int) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(width, height, 4), 5)
    report, said = run(source, preset="linkedin")
    assert "place_rules" not in said
    out = report.value["output"]
    assert 1 / 2.4 <= out["width"] / out["height"] <= 2.4
    assert (max(out["width"], out["height"])) == 100
