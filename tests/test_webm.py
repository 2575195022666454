"""WebM: transparency that comes back, exact times, sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from compressor import decode
from compressor.codecs import Shape, by_format
from compressor.codecs.webm import options
from compressor.goal import Goal, Plan
from compressor.media import Frame
from compressor.probe import probe

from . import media_made as made


def _written(out: Path, frames: list[Frame], **settings: object) -> None:
    codec = by_format("webm")
    height, width = frames[0].rgba.shape[:2]
    alpha = bool((frames[0].rgba[..., 3] < 255).any())
    plan = codec.plan(Goal(format="webm"), Shape(width, height, len(frames), 0, alpha))
    plan.settings.update(settings)
    codec.encode(frames, plan, out)


def test_transparency_comes_back(tmp_path: Path) -> None:
    frames = [Frame(p, i * 40_000, 40_000) for i, p in enumerate(made.scene(64, 48, 5, alpha=True))]
    out = tmp_path / "o.webm"
    _written(out, frames, crf=10)
    info = probe(out)
    assert (info.codec, info.has_alpha) == ("vp9", True)
    for got, frame in zip(decode.frames(out, info), frames, strict=True):
        assert np.abs(got.rgba[..., 3].astype(int) - frame.rgba[..., 3]).mean() < 4


def test_times_are_exact(tmp_path: Path) -> None:
    holds = [20, 70, 30, 500, 110]
    pictures = made.scene(64, 48, 5, noise=9)
    frames = [Frame(p, sum(holds[:i]) * 1000, holds[i] * 1000) for i, p in enumerate(pictures)]
    out = tmp_path / "o.webm"
    _written(out, frames)
    got = [(f.at_us, f.hold_us) for f in decode.frames(out)]
    assert got == [(f.at_us, f.hold_us) for f in frames]


def test_alpha_streams_have_the_same_packets() -> None:
    plan = Plan("webm", 64, 64, None, {"crf": 30, "alpha": True})
    assert options(plan)["auto-alt-ref"] == "0"
