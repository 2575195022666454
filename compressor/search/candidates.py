"""Plans that may look better within so many bytes: the codec's other plans, smaller sizes, lower rates.

They are offered one at a time, each by what is known of the last; nothing is encoded here. A width, height, scale or
rate that was asked for is never touched.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby

from ..codecs import turned
from ..compose.lazy_frame import scaled
from ..goal import Plan
from .encoder_session import Bench
from .estimates import LOOKS, Estimate

AIM = 0.988  # of the ceiling: where the next attempt is aimed
STEP, LEAP = 0.75, 0.3  # of width and height, from one size to the next; the farthest step of all
ABOVE = 1.3  # times the side at which the lever's usual start would fit: the best size is seldom larger
WIDER, OFF = 1.04, 4.0  # by how much a size may be another for its shape; pixels off for which that is too much
LEAST_SIDE, SMALLEST, LEAST_FPS = 16, 8, 4.0  # pixels of a side; where nothing else fits; of a lower rate


@dataclass
class Candidate:
    """One plan at one size and rate, and how it was estimated; ``value`` of the lever where it has all of the ceiling,
    None where nothing fits. Its ``quality`` there is looked at when that is first asked for."""

    bench: Bench
    plan: Plan
    start: float = 0.0
    estimate: Estimate | None = None
    value: float | None = None
    goal: float = 0.0  # ln bytes
    looked: float | None = None
    slope: float | None = None  # of ln bytes near the start, if it is known

    @property
    def quality(self) -> float:
        """Mean points, -inf where nothing fits."""
        if self.looked is None:
            self.looked = self.estimate.looks(self.goal) if self.fits and self.estimate is not None else -math.inf
        return self.looked

    @property
    def fits(self) -> bool:
        return self.value is not None

    @property
    def real(self) -> bool:
        """Known by real attempts."""
        return self.estimate is not None and self.estimate.counts

    @property
    def least(self) -> float:
        """Bytes at the coarsest, where that does not fit; else 0."""
        return self.estimate.least if self.estimate is not None else 0.0

    def close(self) -> None:
        if self.estimate is not None:
            self.estimate.close()


def variants(at: Candidate) -> list[Candidate]:
    """The codec's other plans at the same size, each to begin where it has about the bytes that ``at`` has."""
    lever = at.bench.codec.lever(at.plan)
    if lever is None or at.value is None or at.estimate is None:
        return []
    fewer = math.log(at.bench.codec.variant_bytes(at.value))
    start = lever.at(lever.place(at.value) - fewer / lever.fall)
    secant = at.estimate.secant(at.goal)
    slope = secant.slope_at(min(secant.points, key=lambda p: abs(p[1] - at.goal))) if at.real else None
    plans = at.bench.variants(turned(at.bench.codec, at.plan, at.value))
    return [Candidate(at.bench, plan, start, slope=slope) for plan in plans if at.bench.codec.lever(plan) is not None]


@dataclass
class Sizes:
    """Down in steps. ``worth``: points that each must bring; people like the size that they gave."""

    least: int = LEAST_SIDE
    worth = 1.5

    def after(self, last: Candidate, limit: int) -> Candidate | None:
        stage, bench = last.bench.stage, last.bench
        goal, whole, shape = stage.goal, stage.whole, bench.shape
        if goal.width or goal.height or goal.short_side or goal.scale:
            return None
        factor = max(self._factor(last, limit), self.least / min(shape.width, shape.height))
        size = alike((whole.width, whole.height), shape.width * factor, even=stage.codec.spec.even_sides)
        return None if size[0] >= shape.width else _shaped(last, size, bench.fps, limit)

    def bound(self, found: Candidate) -> float:
        """The mean quality of the whole at that size, if nothing else were lost."""
        stage, shape = found.bench.stage, found.bench.shape
        size = shape.width, shape.height
        frames = (scaled(frame, size, stage.whole.has_alpha) for frame in stage.whole.frames())
        return stage.judge().score(frames, samples=LOOKS // 2, shimmer=False).mean

    def _factor(self, last: Candidate, limit: int) -> float:
        """A STEP; more of them at once where the coarsest is far from fitting, or for pictures even as many bytes for
        each pixel as the lever's usual start gives."""
        if last.least:
            return min(max((limit / last.least) ** 0.5, LEAP), STEP)
        fixed = last.bench.codec.fixed_bytes(last.bench.shape)
        if not last.real or last.estimate is None or fixed is None:
            return STEP
        usual = math.exp(last.estimate.secant(0.0).measure(last.estimate.lever.start)) - fixed
        return min(max(ABOVE * (max(limit - fixed, 1) / max(usual, 1)) ** 0.5, LEAP), STEP)


class Rates:
    """Half of the pictures, and half of those."""

    worth = 0.0

    def after(self, last: Candidate, limit: int) -> Candidate | None:
        shape, goal = last.bench.shape, last.bench.stage.goal
        rate = shape.frame_count * 1_000_000 / max(shape.duration_us, 1) / 2
        if goal.fps or goal.keep_every or rate < LEAST_FPS or shape.frame_count < 2 * LEAST_FPS:
            return None
        return _shaped(last, (shape.width, shape.height), rate, limit)

    def bound(self, found: Candidate) -> float:
        stage, fps = found.bench.stage, found.bench.fps or 1.0
        slots = groupby(stage.whole.frames(), key=lambda frame: int(frame.at_us * fps / 1_000_000))
        return stage.judge().score((next(frames) for _, frames in slots), samples=LOOKS // 2, shimmer=False).mean


def _shaped(last: Candidate, size: tuple[int, int], fps: float | None, limit: int) -> Candidate | None:
    """The plan of ``last`` at another size or rate. It begins where its bytes would be right if they went with the
    pixels of all frames."""
    bench = Bench(last.bench.stage, size, fps)
    codec = bench.codec
    plan = replace(bench.plan, settings=bench.plan.settings | codec.carried(last.plan))
    lever = codec.lever(plan)
    if lever is None or last.estimate is None:
        return None
    fixed, before = codec.fixed_bytes(bench.shape) or 0, codec.fixed_bytes(last.bench.shape) or 0
    same = max(limit * AIM - fixed, 1.0) * last.bench.pixels / bench.pixels + before  # bytes of ``last`` at that value
    secant = last.estimate.secant(math.log(same))
    nearest = min(secant.points, key=lambda point: abs(point[1] - secant.goal))
    return Candidate(bench, plan, secant.crossing(), slope=secant.slope_at(nearest))


def alike(whole: tuple[int, int], width: float, *, even: bool = False) -> tuple[int, int]:
    """The size of about ``width`` that is most like ``whole`` in shape; ``even``: its sides must be even."""
    best, least = (2, 2) if even else (1, 1), math.inf
    more = 1 if even else 0  # of two neighbours one is even
    for w in range(max(1, round(width / WIDER)) - more, max(1, round(width * WIDER)) + more + 1):
        if w < 1 or (even and w % 2):
            continue
        high = w * whole[1] / whole[0]
        h = max(2, 2 * round(high / 2)) if even else max(1, round(high))
        # Pixels of the whole by which an edge is off, and how far this is from what was asked for.
        off = max(abs(w * whole[1] / h - whole[0]), abs(h * whole[0] / w - whole[1])) / 2
        off += OFF * abs(math.log(w / width))
        if off < least:
            best, least = (w, h), off
    return best
