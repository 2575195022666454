"""Films: no picture is made that nobody looks at, planes keep what they are, and a large film is not tried blindly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from compressor import decode, engine, events
from compressor.codecs import Shape, by_format
from compressor.codecs.encoder_frames import planes, to_yuv
from compressor.codecs.gif import palette
from compressor.compose import Composition, compose, default_size
from compressor.decode import video as film_decoder
from compressor.errors import UnsupportedMedia
from compressor.goal import Goal
from compressor.media import LazyFrame, MediaInfo
from compressor.probe import probe
from compressor.search import Bench, estimates, quality_search
from compressor.search.glimpse import Sampler
from compressor.timeline import draft_for

from . import media_made as made


def _composed(path: Path, goal: Goal, size: tuple[int, int] | None = None) -> Composition:
    info = probe(path)
    return compose(draft_for("a", info, ""), {"a": (path, info)}, goal, size)


def test_counting_frames_makes_no_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(96, 64, 12))
    drawn = []
    real = film_decoder.picture
    monkeypatch.setattr(
        film_decoder, "picture", lambda frame, size, *more, **how: drawn.append(size) or real(frame, size)
    )
    whole = _composed(path, Goal(format="mp4"))
    assert len(whole.clock()) == whole.frame_count == 12
    assert not drawn
    frames = list(whole.frames())
    assert frames[3].rgba is frames[3].rgba
    assert list(whole.frames())[3].rgba is frames[3].rgba, "made once for all readings"
    assert len(drawn) == 1
    decoded = list(decode.frames(path))
    assert np.array_equal(decoded[3].rgba, frames[3].rgba)


@pytest.mark.parametrize("full_range", [False, True])
def test_planes_of_a_film_are_those_of_its_picture(tmp_path: Path, full_range: bool) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(96, 64, 3), matrix=1, full_range=full_range)
    for size in (None, (48, 32)):
        whole = _composed(path, Goal(format="mp4"), size)
        plan = by_format("mp4").plan(Goal(), Shape(whole.width, whole.height, 3, 300_000))
        for frame, picture in zip(whole.frames(), planes(whole.frames(), plan), strict=True):
            assert isinstance(frame, LazyFrame)
            assert frame.film is not None
            over_rgb = to_yuv(np.ascontiguousarray(frame.rgba[..., :3])).astype(int)
            assert np.abs(picture.yuv - over_rgb).mean() < 2


@pytest.mark.parametrize("goal", [Goal(format="mp4", grayscale=True), Goal(format="gif")])
def test_there_are_no_planes_where_something_is_painted_or_nobody_wants_them(tmp_path: Path, goal: Goal) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(96, 64, 3), matrix=1)
    for frame in _composed(path, goal).frames():
        assert isinstance(frame, LazyFrame)
        assert frame.film is None


def test_another_matrix_goes_over_rgb(tmp_path: Path) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(96, 64, 2), matrix=6)
    frame = next(iter(_composed(path, Goal(format="mp4")).frames()))
    assert isinstance(frame, LazyFrame)
    assert frame.film is not None
    assert frame.film.planes((96, 64)) is None


FILM = MediaInfo("mp4", "video", "h264", 1, 1920, 1080, 900, duration_ms=30_000, shown_ms=30_000, fps=30)
GIF = MediaInfo("gif", "video", "gif", 1, 1920, 1080, 900, duration_ms=30_000, shown_ms=30_000, fps=30, loop=0)


def test_a_film_becomes_a_light_gif_unless_a_size_is_asked_for() -> None:
    size, fps = default_size(Goal(format="gif"), [FILM], (1920, 1080), 30_000_000)
    assert size is not None
    assert fps == 15
    assert size[0] <= 640
    assert size[0] * size[1] * fps * 30 <= 61_200_000
    assert abs(size[0] / size[1] - 16 / 9) < 0.02
    assert default_size(Goal(format="gif", width=1000), [FILM], (1000, 562), 30_000_000)[0] is None
    assert default_size(Goal(format="gif", fps=30), [FILM], (1920, 1080), 30_000_000)[1] is None
    assert default_size(Goal(format="gif"), [GIF], (1920, 1080), 30_000_000) == (None, None)
    assert default_size(Goal(format="mp4"), [FILM], (1280, 720), 30_000_000) == (None, None)
    small, slow = default_size(Goal(format="gif"), [FILM], (1920, 1080), 600_000_000)
    assert small == (320, 180)
    assert slow == 10


def test_a_lightened_film_is_said(tmp_path: Path) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(800, 100, 4), fps=25)
    told: list[events.Event] = []
    report = engine.make(engine.Job({"a": str(path)}, str(tmp_path / "o.gif"), {"format": "gif"}), told.append)
    assert report.value["output"]["width"] == 640
    assert [e.code for e in told if isinstance(e, events.Said)] == ["lightened"]
    assert report.value["output"]["duration_ms"] == 160


def test_a_large_work_is_rehearsed_on_a_sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made.film(tmp_path / "a.mp4", made.scene(320, 200, 40, noise=6), fps=20, options={"crf": "4"})
    sampled = []
    real = Sampler.encode
    monkeypatch.setattr(quality_search, "LARGE_PIXELS", 1_000_000)
    monkeypatch.setattr(estimates, "SAMPLE_PIXELS", 1_000_000)
    monkeypatch.setattr(Sampler, "encode", lambda self, plan: sampled.append(plan) or real(self, plan))
    monkeypatch.setattr(Bench, "trial", lambda self, plan: pytest.fail("the whole was encoded for an estimate"))
    job = engine.Job({"a": str(path)}, str(tmp_path / "o.mp4"), {"format": "mp4", "quality": 70})
    report = engine.make(job, lambda event: None)
    assert sampled
    assert report.value["quality"]["mean"] >= 70
    first = report.value["attempts"][0]["quality"]
    assert abs(min(first["mean"], first["worst"] + 8) - 70) < 8, "the first full attempt is near already"


def test_a_frame_of_a_hundred_thousand_colours_gets_its_palette_from_few(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = np.random.default_rng(3).integers(0, 256, (60_000, 3)).astype(np.uint8)
    weights = np.ones(len(colours))
    few, mass = palette.thinned(colours, weights)
    assert len(few) <= 1 << 15
    assert mass.sum() == len(colours)
    assert {tuple(c) for c in few} <= {tuple(c) for c in colours}, "only colours that occur"
    looked_at = []
    real = palette._representatives
    monkeypatch.setattr(
        palette, "_representatives", lambda points, *more: looked_at.append(len(points)) or real(points, *more)
    )
    assert len(palette.reduce(colours, weights, 64)) == 64
    assert max(looked_at) <= 1 << 15


def test_half_the_quality_is_not_bought_with_all_the_bytes() -> None:
    assert quality_search._pays(4.0, 2.0, 2.0)
    assert not quality_search._pays(1.0, 2.0, 2.0)
    assert quality_search._pays(0.0, 1.0, 5.0)


def test_nobody_who_asks_for_no_quality_gets_a_larger_film_of_a_gif(tmp_path: Path) -> None:
    path = made.gif(tmp_path / "a.gif", made.scene(201, 120, 6), 10)
    report = engine.make(engine.Job({"a": str(path)}, str(tmp_path / "o.mp4"), {"format": "mp4"}), lambda event: None)
    assert report.value["output"]["bytes"] <= path.stat().st_size


def test_one_frame_keeps_its_own_delay(tmp_path: Path) -> None:
    for delay in (0, 7):
        path = made.gif(tmp_path / "a.gif", made.scene(40, 40, 1), delay)
        job = engine.Job({"a": str(path)}, str(tmp_path / "o.gif"), {"format": "gif"})
        report = engine.make(job, lambda event: None)
        assert report.value["output"]["duration_ms"] == report.value["input"]["duration_ms"]


def test_a_sound_alone_is_not_supported(tmp_path: Path) -> None:
    path = made.sound(tmp_path / "a.wav")
    with pytest.raises(UnsupportedMedia):
        engine.make(engine.Job({"a": str(path)}, str(tmp_path / "o.gif"), {"format": "gif"}), lambda event: None)
