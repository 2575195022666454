"""The fewest bytes at a quality: mean at least Q, and the worst frame that was looked at no more than 8 below it."""

from __future__ import annotations

import time

from ..codecs import turned
from ..goal import Plan, Quality
from .bench import Bench, Made
from .secant import Secant

WORST_BELOW = 8.0
TRIES = 6
SLOPE = -1.2  # first guess, points per unit of a lever that counts in CRF
SLOPE_LOG = -8.0  # the same, per unit of ln λ
TOPPED = 1.5  # points that the finest setting must gain to be worth its bytes
PATIENCE = ((10.0, 0.6), (20.0, 1.2), (35.0, 3.0))  # (seconds spent, points above the wish that are few enough)
FILM_PIXELS, PICTURE_PIXELS = 24_000_000, 4_000_000  # beyond this a sample is tried first; films are coded faster
SAMPLE_SHARE = 0.6  # of those, in the sample
SAMPLE_TRIES = 4
SAMPLE_CLOSE = 1.0


def figure(quality: Quality) -> float:
    """What has to be at least Q."""
    return min(quality.mean, quality.worst + WORST_BELOW)


def at_least(bench: Bench, wanted: float) -> tuple[Made, bool]:
    """(the smallest that reaches ``wanted``, True), or (the best worth its bytes, False) where nothing reaches it."""
    lever = bench.codec.lever(bench.plan)
    if lever is None:
        return bench.look(bench.encode(bench.plan)), True
    span = abs(lever.coarsest - lever.finest)
    # The measure falls with coarseness; "crossing" is where it is just above the wish.
    secant = Secant(lever, wanted + PATIENCE[0][1] / 2, SLOPE_LOG if lever.log else SLOPE * 50.0 / span)
    begun = time.perf_counter()
    value = _rehearsed(bench, bench.plan, secant) if _large(bench) else lever.start
    good: Made | None = None
    poor: Made | None = None
    for _ in range(TRIES):
        made = bench.look(bench.encode(turned(bench.codec, bench.plan, value)))
        assert made.quality is not None
        seen = figure(made.quality)
        secant.add(value, seen)
        close = _close(time.perf_counter() - begun)
        if seen >= wanted:
            good = _smaller(good, made)
            if close is None or seen <= wanted + close:
                break
        elif good is not None:
            made.path.unlink(missing_ok=True)
            if close is None:
                break
        elif poor is None or seen > figure(poor.quality or made.quality):
            topped = poor is not None and seen < figure(poor.quality or made.quality) + TOPPED
            if poor is not None and topped and made.bytes > 1.5 * poor.bytes:
                made.path.unlink(missing_ok=True)
                break  # more bytes do not help: the format ends here
            if poor is not None:
                poor.path.unlink(missing_ok=True)
            poor = made
        else:
            made.path.unlink(missing_ok=True)
        if lever.clamp(value) in (lever.finest, lever.coarsest) and (seen >= wanted) == (
            lever.clamp(value) == lever.coarsest
        ):
            break
        if good is None and close != PATIENCE[0][1]:
            secant.goal = wanted + 1.0  # work as long as this has no attempt to lose
        following = secant.next()
        if following is None:
            break
        value = following
    if good is not None:
        if poor is not None:
            poor.path.unlink(missing_ok=True)
        return good, True
    assert poor is not None
    return poor, False


def _close(spent_s: float) -> float | None:
    """How far above the wish is near enough by now; None: whatever reaches it."""
    return next((points for until, points in PATIENCE if spent_s < until), None)


def _limit(bench: Bench) -> int:
    return FILM_PIXELS if bench.codec.has_audio else PICTURE_PIXELS


def _large(bench: Bench) -> bool:
    shape = bench.shape
    return shape.frame_count > 8 and shape.width * shape.height * shape.frame_count > _limit(bench)


def _rehearsed(bench: Bench, plan: Plan, secant: Secant) -> float:
    """Where the lever should begin, found on a sample; its quality moves as that of the whole does. Changes the
    first guess of the slope in ``secant``."""
    lever = secant.lever
    trial = Secant(lever, secant.goal, secant.slope)
    frames = max(6, round(SAMPLE_SHARE * _limit(bench) / (bench.shape.width * bench.shape.height)))
    value = lever.start
    for _ in range(SAMPLE_TRIES):
        seen = figure(bench.sample_looks(turned(bench.codec, plan, value), frames))
        trial.add(value, seen)
        at_end = lever.clamp(value) == (lever.coarsest if seen >= secant.goal else lever.finest)
        following = trial.next()
        if following is None or at_end:
            break
        value = following
        if abs(seen - secant.goal) < SAMPLE_CLOSE:
            break
    if len(trial.points) > 1:
        (p0, q0), (p1, q1) = trial.points[0], trial.points[-1]
        secant.slope = min((q1 - q0) / max(p1 - p0, 1e-9), secant.slope / 4)
    return value


def _smaller(one: Made | None, other: Made) -> Made:
    if one is None:
        return other
    keep, lose = (other, one) if other.bytes < one.bytes else (one, other)
    lose.path.unlink(missing_ok=True)
    return keep
