"""One job as a story: events in order, nothing half-written, honest ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compressor import decode, engine, errors, events, hardware
from compressor.probe import probe

from . import media_made as made


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return made.gif(tmp_path / "in.gif", made.scene(96, 64, 6), [5, 10, 15, 10, 5, 30], loop=3)


def _job(source: Path, suffix: str = "mp4", encoder: str | None = None, **goal: object) -> engine.Job:
    out = source.with_name(f"out.{suffix}")
    return engine.Job(sources={"a": str(source)}, out=str(out), goal={"format": suffix} | goal, encoder=encoder)


def test_the_events_of_a_job(source: Path) -> None:
    told: list[events.Event] = []
    report = engine.make(_job(source, max_bytes=5000), told.append)
    kinds = [e.kind for e in told]
    assert kinds[0] == "step"
    assert kinds.index("probed") < kinds.index("tried") < kinds.index("finished") == len(kinds) - 1
    percents = [e.percent for e in told if isinstance(e, events.Step)]
    assert percents == sorted(percents)
    assert percents[-1] <= 100
    for event in told:
        assert events.from_json(event.to_json()) == event
    value = report.to_json()
    assert set(value) >= {"input", "output", "quality", "attempts", "encoder", "seconds"}
    assert set(value["input"]) == {"bytes", "format", "width", "height", "frames", "duration_ms", "shown_ms", "loop"}
    assert set(value["output"]) == set(value["input"]) | {"path", "codec"}
    assert value["output"]["duration_ms"] == value["input"]["duration_ms"] == 750


def test_a_report_tells_how_long_a_browser_shows_both(tmp_path: Path) -> None:
    """Delays of nothing are shown for 100 ms: then a result of fewer frames does not seem to be shorter."""
    source = made.gif(tmp_path / "in.gif", made.scene(count=6), [0, 0, 5, 0, 20, 0])
    report = engine.make(_job(source, "gif", max_bytes=source.stat().st_size - 1), lambda event: None).value
    assert report["input"]["shown_ms"] == report["output"]["shown_ms"] == 650
    assert report["input"]["duration_ms"] == 250


def test_gif_to_gif_keeps_times_and_loop(source: Path) -> None:
    report = engine.make(_job(source, "gif", quality=70), lambda event: None)
    before, found = probe(source), probe(report.path)
    assert before.loop not in (0, None)
    assert (found.duration_ms, found.loop) == (before.duration_ms, before.loop)


@pytest.mark.parametrize("at", ["probed", "step", "tried"])
def test_a_cancelled_job_leaves_nothing(source: Path, at: str) -> None:
    def tell(event: events.Event) -> None:
        if event.kind == at:
            raise errors.Cancelled("Stopped.")

    before = set(source.parent.iterdir())
    with pytest.raises(errors.Cancelled):
        engine.make(_job(source, max_bytes=4000), tell)
    assert set(source.parent.iterdir()) == before


def test_an_encoder_that_fails_in_the_middle_is_replaced_and_that_is_said(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(hardware.TRIALS, "h264_faulty", ("libx264", 2))
    told: list[events.Event] = []
    report = engine.make(_job(source, encoder="h264_faulty", max_bytes=5000), told.append)
    said = [e for e in told if isinstance(e, events.Said)]
    assert [e.code for e in said] == ["encoder_fallback"]
    assert report.value["encoder"] == "libx264"
    assert Path(report.path).stat().st_size <= 5000


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_still_is_one_picture_of_its_moment(source: Path, kind: str) -> None:
    from compressor.timeline import apply_all, draft_for, edits

    info = probe(source)
    draft = apply_all(draft_for("a", info, ""), [edits.Trim(start_ms=160)], {"a": info}).draft
    job = replace(_job(source, kind, max_bytes=20_000), draft=draft.to_json())
    told: list[events.Event] = []
    report = engine.make(job, told.append).to_json()
    assert (report["output"]["format"], report["output"]["frames"]) == (kind, 1)
    assert report["output"]["bytes"] <= 20_000
    assert report["quality"]["mean"] > 85  # beside the one picture, not the whole clip
    assert "one_picture" in {e.code for e in told if isinstance(e, events.Said)}
    got, third = next(iter(decode.frames(job.out))).rgba, list(decode.frames(source))[2].rgba
    assert np.abs(got.astype(int) - third)[..., :3].mean() < 6


def test_sound_is_kept_where_it_can_be_and_said_where_it_cannot(tmp_path: Path) -> None:
    film = made.film(tmp_path / "in.mp4", made.scene(64, 48, 10), tone_ms=800)
    assert probe(film).has_audio
    kept = engine.make(_job(film, quality=60), lambda event: None)
    assert probe(kept.path).has_audio
    told: list[events.Event] = []
    engine.make(_job(film, "gif", quality=60), told.append)
    assert [e.code for e in told if isinstance(e, events.Said)] == ["sound_left_out"]


@pytest.mark.parametrize(("suffix", "limit", "said"), [("mp4", 60_000, 24), ("webm", 60_000, 16), ("mp4", 900_000, 0)])
def test_sound_makes_room_for_the_picture(tmp_path: Path, suffix: str, limit: int, said: int) -> None:
    film = made.film(tmp_path / "a.mp4", made.scene(160, 120, 60, noise=4), fps=10, tone_ms=6000)
    told: list[events.Event] = []
    job = engine.Job({"a": str(film)}, str(tmp_path / f"o.{suffix}"), {"format": suffix, "max_bytes": limit})
    report = engine.make(job, told.append)
    assert report.fits
    assert Path(report.path).stat().st_size <= limit
    heard = np.concatenate(list(decode.audio(report.path)))
    assert abs(len(heard) / 48_000 - 6) < 0.15
    assert np.abs(heard[24_000:-24_000]).mean() > 0.02
    lowered = [e.text for e in told if isinstance(e, events.Said) and e.code == "sound_lowered"]
    assert bool(lowered) == bool(said)
    assert not said or f"{said} kbit/s" in lowered[0]


@pytest.mark.parametrize(
    ("goal", "kind"),
    [({"format": "bmp"}, errors.BadRequest), ({"quality": 200}, errors.BadRequest), ({"width": 0}, errors.BadRequest)],
)
def test_a_senseless_goal_is_refused(source: Path, goal: dict[str, object], kind: type[Exception]) -> None:
    with pytest.raises(kind):
        engine.make(engine.Job({"a": str(source)}, str(source.with_name("o")), goal), lambda event: None)


def test_a_file_that_is_no_picture(tmp_path: Path) -> None:
    bad = tmp_path / "bad.gif"
    bad.write_bytes(b"GIF89a not really")
    with pytest.raises(errors.UnreadableMedia):
        engine.make(_job(bad), lambda event: None)
    assert list(tmp_path.iterdir()) == [bad]


def test_one_picture_and_no_goal(tmp_path: Path) -> None:
    still = made.png(tmp_path / "in.png", made.scene(40, 30, 1)[0])
    report = engine.make(_job(still, "mp4"), lambda event: None)
    assert probe(report.path).width == 40


def test_a_place_that_takes_seconds_gets_seconds(tmp_path: Path) -> None:
    long = made.gif(tmp_path / "in.gif", made.scene(64, 64, 20), 25)  # 5 s
    told: list[events.Event] = []
    job = engine.Job(sources={"a": str(long)}, out=str(tmp_path / "out"), goal={"preset": "telegram-sticker"})
    report = engine.make(job, told.append)
    assert probe(report.path).duration_ms == 3000
    assert any(isinstance(event, events.Said) and "first 3 s" in event.text for event in told)


def test_a_sticker_for_discord_is_a_gif_unless_something_is_half_see_through(tmp_path: Path) -> None:
    from compressor import presets

    plain = probe(made.gif(tmp_path / "in.gif", made.scene(64, 64, 4), 10))
    assert presets.goal_for("discord-sticker", plain)["format"] == "gif"
    glass = replace(plain, format="webp", has_alpha=True)
    assert presets.goal_for("discord-sticker", glass)["format"] == "apng"


@pytest.mark.parametrize("suffix", ["webp", "gif", "avif", "apng", "mp4"])
def test_one_picture_that_plays_once(tmp_path: Path, suffix: str) -> None:
    once = made.gif(tmp_path / "in.gif", made.scene(40, 30, 1), 10, loop=1)
    job = engine.Job(sources={"a": str(once)}, out=str(tmp_path / "out"), goal={"format": suffix, "max_bytes": 60_000})
    assert engine.make(job, lambda event: None).fits
