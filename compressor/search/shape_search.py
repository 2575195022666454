"""Fewer pixels, or fewer pictures, each of them finer: which size and rate look best within so many bytes.

Everything is compared at the source's size and at the source's times, by rehearsals; only the winner is then made.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from itertools import groupby

from ..codecs import Lever
from ..compose.draw import resized
from ..media import RGBA, Frame, LazyFrame, Once
from .choice import AIM, Choice, rehearsed
from .curve import Curve, Point
from .encoder_session import Bench, Stage
from .proxy import way
from .secant import Secant

STEP = 0.75  # of width and height, from one size to the next
CLOSE_STEP = 0.82  # the same, where many were taken at once before: near the best size
SIZE_IS_WORTH = 1.5  # points that a step must bring: people like the size that they gave
SLOW = 60.0  # only below this real attempts at half of the rate are made
CODED = 15.0  # points that coding a film costs, where smaller ones are thought of, whatever its shape
LOOKS = 4  # frames, by which it is told whether that could pay
WIDER, OFF = 1.04, 4.0  # by how much a size may be another for its shape; pixels off for which that is too much
ABOVE, LEAST_LEAP = 1.3, 0.3  # times the side at which the usual start would fit; the farthest step of all
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
    factor = _leap(at, limit)
    step = STEP if factor == STEP else CLOSE_STEP
    if least is not None:
        factor = min(factor, _factor(limit, least))
    for _ in range(MOST_STEPS):
        shape = last.bench.shape
        factor = max(factor, LEAST_SIDE / min(shape.width, shape.height))
        if factor > NO_STEP:
            break
        size = alike((stage.whole.width, stage.whole.height), shape.width * factor, even=stage.codec.spec.even_sides)
        if best.fits and _scaled(stage, size) <= best.quality + SIZE_IS_WORTH + _cost(best):
            break
        tried = _shaped(stage, size, at.bench.fps, last, limit)
        if tried is None:
            break
        idle = not tried.fits and 0 < last.least * IDLE < tried.least
        last, factor = tried, step if tried.fits else _factor(limit, tried.least)
        if tried.quality > best.quality + SIZE_IS_WORTH:
            if best is not at:
                best.close()
            best = tried
            continue
        tried.close()
        if tried.fits or idle:
            break
    return best, last


def _leap(at: Choice, limit: int) -> float:
    """A STEP; more of them at once where even as many bytes for each pixel as the lever's usual start gives are far
    from fitting: the best size is seldom larger than ABOVE times the one at which they do."""
    lever = at.bench.codec.lever(at.plan)
    if lever is None or at.rehearsal is None or not at.scales:
        return STEP
    fixed = _fixed(at.bench)
    usual = math.exp(at.rehearsal.curve().at(Secant(lever, 0.0, -1.0).place(lever.start))) - fixed
    return max(min(STEP, ABOVE * (max(limit - fixed, 1) / max(usual, 1)) ** 0.5), LEAST_LEAP)


def _fixed(bench: Bench) -> int:
    """Bytes that do not go with the pixels."""
    return bench.codec.fixed_bytes(bench.shape) or 0


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


def _factor(limit: int, least: float) -> float:
    """How much smaller a picture has to be whose coarsest has ``least`` bytes, about."""
    return min(STEP, max(0.3, (limit / max(least, 1.0)) ** 0.5))


def _rates(stage: Stage, at: Choice, limit: int) -> tuple[Choice | None, Choice]:
    """Half of the pictures, and half of those, as long as it gets better: (the best, the last)."""
    best: Choice | None = None
    last = at
    while last.quality < SLOW and (rate := _half_rate(stage, last.bench)) is not None:
        if last.fits and _thinned(stage, rate) <= last.quality + _cost(last):
            break
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


def _scaled(stage: Stage, size: tuple[int, int]) -> float:
    """The mean quality of the whole at ``size``, if nothing else were lost."""

    def picture(frame: Frame) -> RGBA:
        whole = frame.rgba
        box = (0.0, 0.0, float(whole.shape[1]), float(whole.shape[0]))
        return resized(whole, size, box, stage.whole.has_alpha)

    frames = (LazyFrame(Once(partial(picture, f)), f.at_us, f.hold_us) for f in stage.whole.frames())
    return stage.judge().score(frames, samples=LOOKS, shimmer=False).mean


def _thinned(stage: Stage, fps: float) -> float:
    """The same at no more than ``fps`` pictures a second."""
    slots = groupby(stage.whole.frames(), key=lambda frame: int(frame.at_us * fps / 1_000_000))
    return stage.judge().score((next(frames) for _, frames in slots), samples=LOOKS, shimmer=False).mean


def _cost(at: Choice) -> float:
    return 0.0 if at.real else CODED


def _shaped(stage: Stage, size: tuple[int, int], fps: float | None, near: Choice, limit: int) -> Choice | None:
    bench = Bench(stage, size, fps)
    plan = replace(bench.plan, settings=bench.plan.settings | bench.codec.carried(near.plan))
    lever = bench.codec.lever(plan)
    if lever is None:
        return None
    slope = None
    curve = _curve(lever, near, bench) if near.scales else None
    if curve is not None and curve.points:
        secant = Secant(lever, 0.0, -1.0)
        place = curve.place(math.log(max(limit * AIM - _fixed(bench), 1)))
        start, slope = secant.value(place), curve.slope_at(place)
    else:
        start = _coarse(lever) if near.value is None else finer(lever, near.value, near.bench, bench)
    return rehearsed(bench, plan, limit, start, bar=near.quality, slope=slope)


def _curve(lever: Lever, near: Choice, smaller: Bench) -> Curve:
    """How bytes will fall along the lever at another shape, as the attempts tell it that were made at the rate of
    ``near``, those of the nearest sizes first."""
    secant = Secant(lever, 0.0, -1.0)
    kind = near.plan.kind(lever.name)
    pixels = smaller.shape.width * smaller.shape.height
    fixed = _fixed(near.bench)
    pictures = FEWER * math.log(smaller.shape.frame_count / max(near.bench.shape.frame_count, 1))
    sizes: dict[int, list[Point]] = {}
    for attempt in near.bench.stage.attempts:
        plan = attempt.plan
        if plan.fps == near.plan.fps and lever.name in plan.settings and plan.kind(lever.name) == kind:
            weight = math.log(max(attempt.bytes - fixed, 1) * pixels / (plan.width * plan.height)) + pictures
            sizes.setdefault(plan.width * plan.height, []).append((secant.place(lever.of(plan)), weight))
    curve = Curve([], lever.slope * way(lever))
    for size in sorted(sizes, key=lambda size: abs(math.log(size / pixels))):
        curve = curve.joined(Curve(sizes[size], curve.slope))
    return curve


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
