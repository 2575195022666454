"""More bytes for the frames that fall short: over a made-up encoder, and by the GIF encoder itself."""

from __future__ import annotations

import importlib
import io
import math
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from compressor.codecs import Capabilities, Lever, gif
from compressor.errors import BadRequest
from compressor.goal import Attempt, Plan, Quality
from compressor.media import Frame
from compressor.search import Bench, Made, TempFile, quality_search

LAMBDA = Lever("lambda_", finest=0.001, coarsest=20.0, start=0.05, slope=-0.85, step=0.02, log=True)
WANTED, WORST = 80.0, 72.0


class MadeUp:
    """Ten frames of which number 3 looks ``hard`` points worse than the others; each pays for its own λ."""

    can = Capabilities(careful=True)

    def __init__(self, folder: Path, hard: float, *, shimmer: float = 0.0) -> None:
        self.folder, self.hard, self.shimmer = folder, hard, shimmer
        self.stage = SimpleNamespace(attempts=[])
        self.shape = SimpleNamespace(width=64, height=64, frame_count=10)
        self.pixels = 64 * 64 * 10
        self.codec = self

    def lever(self, plan: Plan) -> Lever:
        return LAMBDA

    def encode(self, plan: Plan) -> Made:
        lam = float(plan.settings["lambda_"])
        lams = [lam] * 10
        for first, last, times in plan.settings.get("care_frames", []):
            for k in range(int(first), int(last) + 1):
                lams[k] = lam * times
        scores = [90.0 - 8.0 * math.log(v / 0.05) - self.hard * (k == 3) for k, v in enumerate(lams)]
        path = self.folder / f"{len(self.stage.attempts)}.part"
        path.write_bytes(bytes(round(sum(1000.0 * (v / 0.05) ** -0.4 for v in lams))))
        shimmer = self.shimmer if "care_frames" in plan.settings else 0.0
        quality = Quality(sum(scores) / 10, min(scores), shimmer, 10, 0.0, tuple(enumerate(scores)))
        made = Made(Attempt(plan, path.stat().st_size, 0.0, quality), TempFile(path))
        self.stage.attempts.append(made.attempt)
        return made

    def look(self, made: Made) -> Made:
        return made


def evened(bench: MadeUp, tried: list[float]) -> tuple[Made, Made]:
    """(the best of what was tried, what became of it)."""
    plan = Plan("gif", 64, 64, None, {})
    made = [bench.encode(Plan("gif", 64, 64, None, plan.settings | {"lambda_": lam})) for lam in tried]
    best = min((m for m in made if m.attempt.quality and m.attempt.quality.worst >= WORST), key=lambda m: m.bytes)
    del made
    return best, quality_search.evened(cast(Bench, bench), best, WANTED, WORST)


def test_where_one_frame_decides_it_alone_becomes_finer(tmp_path: Path) -> None:
    best, found = evened(MadeUp(tmp_path, 17.0), [0.05, 0.15])
    assert found.quality is not None
    assert found.quality.mean >= WANTED
    assert found.quality.worst >= WORST
    assert found.bytes < 0.85 * best.bytes
    assert {tuple(r[:2]) for r in found.plan.settings["care_frames"]} == {(3, 3)}
    assert set(tmp_path.iterdir()) == {best.path, found.path}


def test_what_is_even_already_is_left_alone(tmp_path: Path) -> None:
    bench = MadeUp(tmp_path, 2.0)
    best, found = evened(bench, [0.05, 0.15])
    assert found is best
    assert len(bench.stage.attempts) == 2


def test_no_shimmer_is_taken_for_fewer_bytes(tmp_path: Path) -> None:
    best, found = evened(MadeUp(tmp_path, 17.0, shimmer=0.01), [0.05, 0.15])
    assert found is best
    assert list(tmp_path.iterdir()) == [found.path]


@pytest.mark.parametrize("frames", [12, 100, 1001])
def test_every_frame_is_treated_as_the_nearest_that_was_looked_at(frames: int) -> None:
    """With all samples in care every frame is, once: nothing is better only where somebody looks."""
    seen = sorted({int((k + 0.5) * frames / 12) for k in range(12)})
    quality = Quality(80, 70, scores=tuple((k, 80.0) for k in seen))
    ranges = quality_search.ranges(quality, dict.fromkeys(seen, 0.3), frames)
    assert [k for first, last, _ in ranges for k in range(int(first), int(last) + 1)] == list(range(frames))
    for (first, last, _), k in zip(ranges, seen, strict=True):
        for frame in range(int(first), int(last) + 1):
            assert abs(frame - k) <= min(abs(frame - other) for other in seen)


def noisy(count: int = 6) -> Iterator[Frame]:
    noise = np.random.default_rng(9)
    for k in range(count):
        rgba = np.full((40, 60, 4), 255, np.uint8)
        rgba[..., :3] = np.clip(noise.normal(60 + 90 * (k % 2), 30, (40, 60, 1)) + np.arange(60)[None, :, None], 0, 255)
        yield Frame(rgba, k * 100_000, 100_000, 10)


def misses(tmp_path: Path, **more: Any) -> tuple[list[float], int]:
    """(mean difference of each frame from its source, bytes)."""
    path = tmp_path / "care.gif"
    stats = gif.encode(noisy, gif.Settings(lambda_=1.0, **more), path)
    pairs = zip(gif.read(path).frames(), noisy(), strict=True)
    return [float(np.abs(a.rgba.astype(int) - b.rgba).mean()) for a, b in pairs], stats.bytes


def test_frames_in_care_come_out_nearer_and_the_others_as_before(tmp_path: Path) -> None:
    plain, size = misses(tmp_path)
    cared, more = misses(tmp_path, care=((2, 3, 0.05),))
    assert more > size
    for k in (2, 3):
        assert cared[k] < 0.8 * plain[k]
    for k in (0, 1):
        assert cared[k] == plain[k]
    for k in (4, 5):
        assert cared[k] == pytest.approx(plain[k], rel=0.1)


@pytest.mark.parametrize("times", [0.0, -1.0, 2.0])
def test_care_that_makes_no_sense_is_refused(times: float) -> None:
    with pytest.raises(BadRequest):
        gif.Settings(lambda_=0.1, care=((0, 1, times),))


def test_care_does_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("compressor.codecs.gif.encode"), "WORTH_PIXELS", 0)
    files = []
    for threads in (1, 2):
        out = io.BytesIO()
        gif.encode(noisy, gif.Settings(lambda_=0.3, care=((1, 1, 0.1), (4, 5, 0.3))), out, threads=threads)
        files.append(out.getvalue())
    assert files[0] == files[1]
