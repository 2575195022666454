"""Fewer pixels, or fewer pictures, each of them finer: which size and rate look best within so many bytes.

Everything is compared at the source's size and at the source's times, by rehearsals; only the winner is then made.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..codecs import Lever
from ..compose.size import stored_width
from ..goal import Plan
from .bench import Bench, Stage
from .choice import Choice, rehearsed

STEP = 0.75  # of width and height, from one size to the next
SIZE_IS_WORTH = 1.5  # points that a step must bring: people like the size that they gave
SLOW = 60.0  # only below this real attempts at half of the rate are made
IDLE = 0.85  # of the bytes that are left by a step: there are too many pictures, not too many pixels
MOST_STEPS = 10
LEAST_SIDE, NO_STEP = 16, 0.95
LEAST_FPS = 4.0
FLATTER = 0.5  # at the coarse end of λ bytes fall so much more slowly than elsewhere
FEWER = 0.7  # bytes of half of the pictures go with this power of their number


def smaller(stage: Stage, at: Choice, limit: int, least: int | None = None) -> tuple[Choice | None, Choice]:
    """(the best of the smaller shapes, if it rehearses better than ``at``; else None, the last that was looked at).

    ``least``: the bytes of ``at`` at its coarsest, where that does not fit (its quality is then -inf). Where nothing
    fits, the second is the smallest shape that may be tried.
    """
    size, last = _sizes(stage, at, limit, least) if _free(stage) else (at, at)
    slower, last = _rates(stage, size if size.fits else last, limit)
    if slower is None:
        return None if size is at else size, last
    if size is not at:
        size.close()
    if not size.fits and _free(stage):  # the rate had to give way first: now the size may, for the looks
        slower, last = _sizes(stage, slower, limit, None)
    return slower, last


def _sizes(stage: Stage, at: Choice, limit: int, least: int | None) -> tuple[Choice, Choice]:
    """Down in steps, as long as it gets better: (the best, the last)."""
    best, last = at, at
    factor = STEP if least is None else _factor(limit, least)
    for _ in range(MOST_STEPS):
        shape = last.bench.shape
        factor = max(factor, LEAST_SIDE / min(shape.width, shape.height))
        if factor > NO_STEP:
            break
        size = round(shape.width * factor), round(shape.height * factor)
        tried = _shaped(stage, size, at.bench.fps, last, limit)
        if tried is None:
            break
        idle = not tried.fits and 0 < last.least * IDLE < tried.least
        last, factor = tried, STEP if tried.fits else _factor(limit, tried.least)
        if tried.quality > best.quality + SIZE_IS_WORTH:
            if best is not at:
                best.close()
            best = tried
            continue
        tried.close()
        if tried.fits or idle:
            break
    return best, last


def _factor(limit: int, least: float) -> float:
    """How much smaller a picture has to be whose coarsest has ``least`` bytes, about."""
    return min(STEP, max(0.3, (limit / max(least, 1.0)) ** 0.5))


def _rates(stage: Stage, at: Choice, limit: int) -> tuple[Choice | None, Choice]:
    """Half of the pictures, and half of those, as long as it gets better: (the best, the last)."""
    best: Choice | None = None
    last = at
    while last.quality < SLOW and (rate := _half_rate(stage, last.bench)) is not None:
        shape = last.bench.shape
        found = _shaped(stage, (shape.width, shape.height), rate, last, limit)
        if found is None:
            break
        worse = found.fits and found.quality <= last.quality
        if not found.fits or worse:
            found.close()
        if worse or (not found.fits and last.fits):
            break
        last = found
        if found.fits:
            if best is not None:
                best.close()
            best = found
    return best, last


def _shaped(stage: Stage, size: tuple[int, int], fps: float | None, near: Choice, limit: int) -> Choice | None:
    if stage.codec.even_sizes:
        size = stored_width(max(2, size[0] // 2 * 2), "cut"), max(2, size[1] // 2 * 2)
    bench = Bench(stage, size, fps)
    plan = replace(bench.plan, settings=bench.plan.settings | kept(near.plan))
    lever = bench.codec.lever(plan)
    if lever is None:
        return None
    start = _coarse(lever) if near.value is None else finer(lever, near.value, near.bench, bench)
    return rehearsed(bench, plan, limit, start, bar=near.quality)


def kept(plan: Plan) -> dict[str, Any]:
    """What was found to be good at another size."""
    return {k: v for k, v in plan.settings.items() if k in ("denoise", "colors", "effort")}


def finer(lever: Lever, value: float, at: Bench, smaller: Bench) -> float:
    """Where the lever of a smaller shape should begin, if bytes go with pixels."""
    one, other = at.shape, smaller.shape
    pixels = other.width * other.height / (one.width * one.height)
    pixels *= (other.frame_count / max(one.frame_count, 1)) ** FEWER
    shift = -math.log(pixels) / (lever.slope * (FLATTER if lever.log else 1.0))
    return lever.clamp(value * math.exp(shift) if lever.log else value + shift)


def _coarse(lever: Lever) -> float:
    """Where a search begins whose bigger sister did not fit at all: near the coarse end."""
    if lever.log:
        return math.exp(0.25 * math.log(lever.finest) + 0.75 * math.log(lever.coarsest))
    return lever.clamp(0.25 * lever.finest + 0.75 * lever.coarsest)


def _free(stage: Stage) -> bool:
    goal = stage.goal
    return not (goal.width or goal.height or goal.short_side or goal.scale)


def _half_rate(stage: Stage, at: Bench) -> float | None:
    shape = at.shape
    rate = shape.frame_count * 1_000_000 / max(shape.duration_us, 1)
    if stage.goal.fps or stage.goal.keep_every or rate / 2 < LEAST_FPS or shape.frame_count < 8:
        return None
    return rate / 2
