"""The fewest bytes at a quality: mean at least Q, and the worst frame that was looked at no more than 8 below it."""

from __future__ import annotations

from ..codecs import turned
from ..goal import Plan, Quality
from .bench import Bench, Made
from .secant import Secant

WORST_BELOW = 8.0
CLOSE = 0.6  # points above the wish with which the search is content
TRIES = 6
SLOPE = -1.2  # first guess, points per unit of a lever that counts in CRF
SLOPE_LOG = -8.0  # the same, per unit of ln λ
TOPPED = 1.5  # points that the finest setting must gain to be worth its bytes


def figure(quality: Quality) -> float:
    """What has to be at least Q."""
    return min(quality.mean, quality.worst + WORST_BELOW)


def at_least(bench: Bench, wanted: float) -> tuple[Made, bool]:
    """(the smallest that reaches ``wanted``, True), or (the best worth its bytes, False) where nothing reaches it."""
    best, reached = _turned(bench, bench.plan, wanted, None)
    return best, reached


def _turned(bench: Bench, plan: Plan, wanted: float, start: float | None) -> tuple[Made, bool]:
    codec = bench.codec
    lever = codec.lever(plan)
    if lever is None:
        return bench.look(bench.encode(plan)), True
    way = 1.0 if lever.coarsest > lever.finest else -1.0
    span = abs(lever.coarsest - lever.finest)
    slope = SLOPE_LOG if lever.log else SLOPE * 50.0 / span
    # The measure falls with coarseness; "crossing" is where it is just above the wish.
    secant = Secant(lever, wanted + CLOSE / 2, slope)
    value = lever.start if start is None else start
    good: Made | None = None
    poor: Made | None = None
    for _ in range(TRIES):
        made = bench.look(bench.encode(turned(codec, plan, value)))
        assert made.quality is not None
        seen = figure(made.quality)
        secant.add(value, seen)
        if seen >= wanted:
            good = _smaller(good, made)
            if seen <= wanted + CLOSE:
                break
        else:
            if good is not None:
                made.path.unlink(missing_ok=True)
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
        following = secant.next()
        if following is None:
            break
        value = following
    del way
    if good is not None:
        if poor is not None:
            poor.path.unlink(missing_ok=True)
        return good, True
    assert poor is not None
    return poor, False


def _smaller(one: Made | None, other: Made) -> Made:
    if one is None:
        return other
    keep, lose = (other, one) if other.bytes < one.bytes else (one, other)
    lose.path.unlink(missing_ok=True)
    return keep
