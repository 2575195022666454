"""MP4 with H.264: what a player needs, held by decoding."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from compressor import decode
from compressor.codecs import Shape, by_format, turned
from compressor.codecs.encoder_frames import merged, planes
from compressor.codecs.h264 import options
from compressor.codecs.video_file import write
from compressor.errors import EncoderFailure
from compressor.formats import OUTPUTS
from compressor.goal import Goal, Plan
from compressor.media import Frame

from . import media_made as made


def _frames(pictures: list[np.ndarray], holds_ms: list[int]) -> list[Frame]:
    frames, at = [], 0
    for picture, hold in zip(pictures, holds_ms, strict=True):
        frames.append(Frame(picture, at, hold * 1000))
        at += hold * 1000
    return frames


def _encoded(out: Path, frames: list[Frame], name: str = "mp4", value: float | None = None, **settings: object) -> Plan:
    codec = by_format(name)
    height, width = frames[0].rgba.shape[:2]
    end = frames[-1].at_us + frames[-1].hold_us
    alpha = bool((frames[0].rgba[..., 3] < 255).any())
    plan = codec.plan(Goal(format=name), Shape(width + width % 2, height + height % 2, len(frames), end, alpha))
    plan.settings.update(settings)
    if value is not None:
        plan = turned(codec, plan, value)
    codec.encode(frames, plan, out)
    return plan


@pytest.mark.parametrize("count", [1, 2, 7])
def test_times_are_exact_the_last_one_too(tmp_path: Path, count: int) -> None:
    holds = [20, 70, 30, 500, 30, 110, 1240][:count]
    out = tmp_path / "o.mp4"
    _encoded(out, _frames(made.scene(64, 48, count, noise=9), holds))
    got = list(decode.frames(out))
    assert [(f.at_us, f.hold_us) for f in got] == [(sum(holds[:i]) * 1000, h * 1000) for i, h in enumerate(holds)]
    with av.open(str(out)) as file:
        assert file.duration == sum(holds) * 1000


def test_tags_order_and_pixels(tmp_path: Path) -> None:
    out = tmp_path / "o.mp4"
    _encoded(out, _frames(made.scene(64, 48, 4), [50] * 4))
    data = out.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "it must play while it still arrives"
    assert b"x264" not in data
    assert b"Lavf" not in data
    with av.open(str(out)) as file:
        frame = next(file.decode(video=0))
        context = file.streams.video[0].codec_context
        assert (frame.format.name, frame.colorspace, frame.color_range) == ("yuv420p", 1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)
        assert "High" in str(context.profile) or "Main" in str(context.profile)


def test_the_tagged_matrix_is_the_one_that_was_used(tmp_path: Path) -> None:
    colours = [(200, 30, 30), (30, 180, 40), (40, 60, 220), (230, 210, 20)]
    out = tmp_path / "o.mp4"
    _encoded(out, _frames(made.flat(64, 64, *colours), [100] * 4), value=5)
    for frame, colour in zip(decode.frames(out), colours, strict=True):
        assert np.abs(frame.rgba[..., :3].astype(int) - colour).max() <= 4


@pytest.mark.parametrize(("width", "height"), [(33, 48), (64, 47), (25, 25), (1, 1)])
def test_odd_sides_get_no_coloured_edge(tmp_path: Path, width: int, height: int) -> None:
    out = tmp_path / "o.mp4"
    _encoded(out, _frames(made.flat(width, height, (250, 200, 40), (240, 190, 40)), [100, 100]), value=8)
    first = next(decode.frames(out))
    assert first.rgba.shape[:2] == (height + height % 2, width + width % 2)
    assert np.abs(first.rgba[..., :3].astype(int) - (250, 200, 40)).max() <= 4


def test_transparency_goes_onto_the_matte(tmp_path: Path) -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    out = tmp_path / "o.mp4"
    _encoded(out, _frames([clear], [100]), value=8, matte=(250, 250, 250))
    assert np.abs(next(decode.frames(out)).rgba[..., :3].astype(int) - 250).max() <= 3


def test_equal_pictures_are_one_that_stays(tmp_path: Path) -> None:
    one, two = made.flat(32, 32, (10, 10, 10), (90, 90, 90))
    frames = _frames([one, one.copy(), two, two, one], [40] * 5)
    pictures = list(merged(planes(frames, Plan("mp4", 32, 32, None))))
    assert [(p.at_us, p.hold_us) for p in pictures] == [(0, 80_000), (80_000, 80_000), (160_000, 40_000)]
    out = tmp_path / "o.mp4"
    _encoded(out, frames)
    assert sum(f.hold_us for f in decode.frames(out)) == 200_000


def test_the_same_frames_give_the_same_file_twice(tmp_path: Path) -> None:
    codec = by_format("mp4")
    frames = _frames(made.scene(64, 48, 5, noise=5), [40] * 5)
    plan = codec.plan(Goal(), Shape(64, 48, 5, 200_000))
    ready = codec.prepare(frames, plan)
    for name in ("a", "b"):
        codec.encode(ready, plan, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_finer_is_larger(tmp_path: Path) -> None:
    frames = _frames(made.scene(96, 64, 5, noise=12), [40] * 5)
    sizes = []
    for name, values in (("mp4", (40, 30, 20, 10)), ("webm", (60, 40, 20, 4))):
        sizes.append([])
        for value in values:
            out = tmp_path / f"{value}.{name}"
            _encoded(out, frames, name, value)
            sizes[-1].append(out.stat().st_size)
    for row in sizes:
        assert row == sorted(row)


def test_a_wrong_encoder_is_an_encoder_failure(tmp_path: Path) -> None:
    ready = planes(_frames(made.scene(64, 48, 2), [40, 40]), Plan("mp4", 64, 48, None))
    with pytest.raises(EncoderFailure):
        write(tmp_path / "o.mp4", ready, spec=OUTPUTS["mp4"], encoder="h264_nonesuch", options={})


def test_nothing_to_encode(tmp_path: Path) -> None:
    with pytest.raises(EncoderFailure):
        by_format("mp4").encode([], Plan("mp4", 64, 48, None, {"crf": 20.0, "effort": "usual"}), tmp_path / "o.mp4")


def test_the_clock_holds_every_gif_delay() -> None:
    assert all((Fraction(cs, 100) * OUTPUTS["mp4"].clock).denominator == 1 for cs in range(1, 200))


@pytest.mark.parametrize(("order", "again"), [([0, 1, 2, 0, 1, 2], True), ([0, 1, 2, 3, 4, 5], False)])
def test_a_clip_that_shows_its_pictures_again_refers_to_them(tmp_path: Path, order: list[int], again: bool) -> None:
    pictures = made.scene(64, 48, 6, noise=20)
    frames = _frames([pictures[k] for k in order], [100] * len(order))
    plan = Plan("mp4", 64, 48, None, {"crf": 20.0, "effort": "usual"})
    assert planes(frames, plan).repeats(16) is again
    assert "ref=16" in options(plan, "libx264", repeats=True)["x264-params"]
    assert "ref=16" not in options(plan, "libx264")["x264-params"]


def test_the_same_pictures_are_the_same_bytes(tmp_path: Path) -> None:
    frames = _frames(made.scene(320, 240, 24, noise=25), [100] * 24)
    plan = Plan("mp4", 320, 240, None, {"crf": 18.0, "effort": "usual"})
    ready, seen = planes(frames, plan), set()
    for seed in range(4):
        dirt = [np.random.default_rng(seed).integers(0, 256, 300_000 * k, np.uint8) for k in range(1, 9)]
        del dirt  # what an encoder asks memory for is not empty
        by_format("mp4").encode(ready, plan, tmp_path / "o.mp4")
        seen.add((tmp_path / "o.mp4").read_bytes())
    assert len(seen) == 1
