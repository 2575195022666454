"""The best quality within so many bytes: the lever first, then what harms least; or the closest, said."""

from __future__ import annotations

import math
from functools import reduce

from ..codecs import Lever, turned
from ..goal import Plan
from . import shape_search
from .choice import AIM, FAR, MARGIN, WORTH, By, Choice, rehearsed
from .encoder_session import Bench, Made, Stage, best_of, fewest_bytes
from .proxy import Glimpse, Rehearsal, Seeing
from .rate_control import ENOUGH, HOPELESS, TRIES, Fitted, begin, fit

SHAPES = 3  # rows of smaller ones, where the first promised to fit and did not
CLEAR = 95.0  # nothing is to be seen any more: what is left of the ceiling need not be used
NOTICED, REHEARSED = 76.0, 80.0  # below this a codec's variants are tried, for real or in rehearsal
GAP = 0.8  # of the ceiling: less is a hole in what the lever can do
UNLIKE, TELLING = 0.06, 60.0  # part of the lever by which a glimpse was wrong; points below which it is not believed
ALIKE = 2.0  # points that a glimpse likes a variant too well, where little is left
POOR = 70.0  # and below this other sizes and rates
COARSE, SMALL = 0.66, 160  # part of a film's lever; pixels of a side: what is finer than this and larger stays so


def within(stage: Stage, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """(the best within ``limit`` or None, else the closest, its bench)."""
    chosen = foreseen(stage, limit)
    bench = chosen.bench
    fitted = fit(bench, chosen.plan, limit, rehearsal=chosen.rehearsal)
    if fitted.made is None:
        return _smaller(stage, bench, fitted, limit)
    return _filled(bench, bench.look(fitted.made), limit), None, bench


def foreseen(stage: Stage, limit: int) -> Choice:
    """The plan, of those that a codec knows and of other shapes, that rehearses best at the ceiling."""
    bench = Bench(stage)
    plan, lever = bench.plan, bench.codec.lever(bench.plan)
    if lever is None:
        return Choice(bench, plan)
    start = begin(bench, lever, limit, None)
    sample = Rehearsal.of(bench, plan, start)
    if sample is not None and not sample.sees:
        start = sample.value_for(math.log(limit * AIM))
        if sample.least > limit * HOPELESS:
            return Choice(bench, plan, sample)
    glimpse = rehearsed(bench, plan, limit, start, by=Glimpse.of)
    if glimpse.fits:
        return _of_films(stage, glimpse, limit)
    best = rehearsed(bench, plan, limit, start)
    if best.value is None or best.quality >= (NOTICED if best.real else REHEARSED) or _spared(best):
        return best
    if best.real:  # an attempt at a smaller size costs less than one at the full
        return _of_variants(_of_shapes(stage, best, limit), limit)
    return _of_shapes(stage, _of_variants(best, limit), limit)


def _of_films(stage: Stage, first: Choice, limit: int) -> Choice:
    """The plan that a glimpse likes best, rehearsed; the other too, where the glimpse was not like the whole. Where
    little is left a glimpse likes the codec's other plans too well: then the plain one is rehearsed beside them."""
    lever = first.bench.codec.lever(first.plan)
    assert lever is not None
    assert first.value is not None
    glimpses = [first]
    if first.quality < REHEARSED:
        for plan, start in _varied(first, lever):
            glimpses.append(rehearsed(first.bench, plan, limit, start, bar=first.quality, by=Glimpse.of))
    glimpse = reduce(_of_two, glimpses)
    glimpse.close()
    if glimpse.quality < min(TELLING, first.quality + ALIKE):
        glimpse = first
    assert glimpse.value is not None
    best = rehearsed(glimpse.bench, glimpse.plan, limit, glimpse.value, by=_after(glimpse))
    if best.value is None:
        return best
    shift = best.value - glimpse.value
    off = abs(shift) / abs(lever.coarsest - lever.finest)
    for other in glimpses:
        if other is glimpse or other.value is None:
            continue
        doubtful = other is first and glimpse.quality < TELLING
        if doubtful or (off > UNLIKE and other.quality > glimpse.quality - FAR):
            start = lever.clamp(other.value + shift)
            tried = rehearsed(best.bench, other.plan, limit, start, bar=best.quality, by=_after(other))
            best = _of_two(tried, best) if other is first else _of_two(best, tried)
    return best if _spared(best) else _of_shapes(stage, best, limit)


def _after(glimpse: Choice) -> By:
    """Rehearsals of what was glimpsed."""

    def by(bench: Bench, plan: Plan, start: float) -> Rehearsal | None:
        found = Seeing.of(bench, plan, start)
        if found is not None and glimpse.rehearsal is not None:
            found.follow(glimpse.rehearsal)
        return found

    return by


def _varied(at: Choice, lever: Lever) -> list[tuple[Plan, float]]:
    """The codec's other plans, each with the lever's value at which it has about the bytes that ``at`` has."""
    assert at.value is not None
    ratio = at.bench.codec.variant_bytes(at.value)
    start = at.value if lever.log else lever.clamp(at.value - math.log(ratio) / lever.slope)
    return [(plan, start) for plan in at.bench.variants(turned(at.bench.codec, at.plan, at.value))]


def _spared(best: Choice) -> bool:
    """A film that is not coded so coarsely that fewer of its pixels or pictures may look better."""
    lever = best.bench.codec.lever(best.plan)
    if best.rehearsal is None or not best.rehearsal.cheap or best.value is None or lever is None:
        return False
    coarse = abs(best.value - lever.finest) / abs(lever.coarsest - lever.finest)
    return coarse < COARSE and min(best.bench.shape.width, best.bench.shape.height) > SMALL


def _of_shapes(stage: Stage, best: Choice, limit: int) -> Choice:
    if best.quality >= POOR:
        return best
    other, _ = shape_search.smaller(stage, best, limit)
    return best if other is None else _of_two(best, other)


def _of_variants(best: Choice, limit: int, by: By = Seeing.of) -> Choice:
    """The codec's other plans at this shape; of a row of ever harsher ones no more than the first that loses."""
    lever = best.bench.codec.lever(best.plan)
    if lever is None or best.value is None:
        return best
    for variant, start in _varied(best, lever):
        tried = rehearsed(best.bench, variant, limit, start, bar=best.quality, by=by, slope=best.slope())
        before, best = best, _of_two(best, tried)
        if best is before:
            break
    return best


def _of_two(one: Choice, other: Choice) -> Choice:
    margin = WORTH if other.real else MARGIN
    keep, lose = (other, one) if other.quality > one.quality + margin else (one, other)
    lose.close()
    return keep


def _filled(bench: Bench, best: Made, limit: int) -> Made:
    """The winner of few tries, a little finer where it left much of the ceiling unused; where its lever leaps over the
    ceiling, what the codec has for that, or another shape."""
    lever = bench.codec.lever(best.plan)
    if lever is None or best.bytes >= ENOUGH * limit or _mean(best) >= CLEAR:
        return best
    value = lever.of(best.plan)
    over = [v for v in _over(bench, best.plan, lever, limit) if lever.slope * (v - value) > 0]
    nearest = min(over, key=lambda v: abs(v - value), default=None)
    shift = math.log(limit * AIM / max(best.bytes, 1)) / lever.slope
    finer = lever.clamp(value * math.exp(shift) if lever.log else value + shift)
    if nearest is not None and lever.slope * (finer - nearest) >= 0:
        finer = lever.clamp((value * nearest) ** 0.5 if lever.log else (value + nearest) / 2)
    if finer != lever.clamp(value) and finer != nearest:
        made = fit(bench, best.plan, limit, start=finer, tries=3).made
        best = best if made is None else max(best, bench.look(made), key=_mean)
    if best.bytes < GAP * limit and nearest is not None:
        for plan in bench.codec.fillers(best.plan):
            made = fit(bench, plan, limit, start=lever.start, tries=TRIES - 1).made
            best = best if made is None else max(best, bench.look(made), key=_mean)
        other, _ = shape_search.smaller(bench.stage, Choice(bench, best.plan, None, value, _mean(best)), limit)
        if other is not None:
            made = fit(other.bench, other.plan, limit, rehearsal=other.rehearsal).made
            best = best if made is None else max(best, other.bench.look(made), key=_mean)
    return best


def _over(bench: Bench, plan: Plan, lever: Lever, limit: int) -> list[float]:
    """The lever's values at which this plan was tried and found too large."""

    def kind(one: Plan) -> object:
        return one.width, one.height, one.fps, one.kind(lever.name)

    tried = [a for a in bench.stage.attempts if a.bytes > limit and kind(a.plan) == kind(plan)]
    return [lever.of(a.plan) for a in tried]


def _mean(made: Made) -> float:
    return made.quality.mean if made.quality is not None else -math.inf


def _smaller(stage: Stage, bench: Bench, fitted: Fitted, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """The coarsest is still too large: fewer frames and pixels, as far as they were not asked for; else the least."""
    closest, at, least = fitted.closest, bench, fitted.smallest
    near = Choice(bench, bench.plan)
    for _ in range(SHAPES):
        other, last = shape_search.smaller(stage, near, limit, least)
        if other is None:
            at = last.bench
            break
        other = _of_variants(other, limit)
        found = fit(other.bench, other.plan, limit, rehearsal=other.rehearsal)
        if found.made is not None:
            return _filled(other.bench, other.bench.look(found.made), limit), None, other.bench
        closest = best_of(fewest_bytes, closest, found.closest)
        near, at, least = Choice(other.bench, other.plan), other.bench, found.smallest
    for plan in _least(at):
        made = at.encode(plan)
        if made.bytes <= limit:
            found = fit(at, plan, limit, start=_lever_value(at, plan), tries=4)
            if found.made is not None and found.made.bytes > made.bytes:
                made = found.made
            return at.look(made), None, at
        closest = best_of(fewest_bytes, closest, made)
    assert closest is not None
    return None, closest, at


def _least(bench: Bench) -> list[Plan]:
    """The coarsest of each plan that is there when shape cannot change, the least harmful first."""
    codec, plan = bench.codec, bench.plan
    lever = codec.lever(plan)
    if lever is None:
        return [plan]
    return [turned(codec, p, lever.coarsest) for p in (plan, *codec.variants(plan, bench.stage.goal))]


def _lever_value(bench: Bench, plan: Plan) -> float:
    lever = bench.codec.lever(plan)
    assert lever is not None
    return lever.of(plan)
