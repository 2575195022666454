"""The best quality within so many bytes: the lever first, then what harms least; or the closest, said."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

from ..codecs import Lever, turned
from ..goal import Plan
from .bench import Bench, Made, Stage
from .rehearsal import Rehearsal, hopeless, way
from .secant import Secant

AIM, ENOUGH = 0.988, 0.968  # of the ceiling: where the next attempt is aimed, and with what the search is content
SATURATED = 95.0  # SSIMULACRA2: more bytes would not be seen
TRIES = 7
CLEAR = 95.0  # nothing is to be seen any more: what is left of the ceiling need not be used
PATIENCE = ((15.0, ENOUGH), (30.0, 0.93), (60.0, 0.8))  # (seconds spent, what is enough until then)
MARGIN = 0.8  # points by which another plan must rehearse better to be followed
HOPELESS = 1.6  # by how much a sample must miss the ceiling at the coarsest before the whole is not even tried
NOTICED = 74.0  # below this a codec's variants and smaller sizes are tried for real
REHEARSED = 82.0  # and below this rehearsed, where that is cheap
POOR = 45.0
SMALLER_STEPS = 2
LEAST_SIDE = 16
LEAST_FPS = 4.0


@dataclass
class Fitted:
    """The best of one bench within the ceiling; else the smallest that its lever allows."""

    made: Made | None
    smallest: int
    closest: Made | None = None
    crossing: float | None = None  # the lever's value that the search ended with


def fit(
    bench: Bench,
    plan: Plan,
    limit: int,
    *,
    start: float | None = None,
    tries: int = TRIES,
    rehearsal: Rehearsal | None = None,
) -> Fitted:
    """Turn the lever until the file uses the ceiling well. Every file that is not kept is removed.

    ``rehearsal``: one that was begun before; with the usual number of ``tries`` one is made where it pays.
    """
    codec = bench.codec
    lever = codec.lever(plan)
    if lever is None:
        made = bench.encode(plan)
        if made.bytes <= limit:
            return Fitted(made, made.bytes)
        return Fitted(None, made.bytes, made)
    secant = Secant(lever, math.log(limit * AIM), lever.slope * way(lever))
    if rehearsal is None and tries == TRIES:
        rehearsal = Rehearsal.of(bench, plan, _begin(bench, lever, limit, start))
    if rehearsal is not None:
        start = rehearsal.value_for(secant.goal - math.log(rehearsal.real))
        rehearsal.close()
        if rehearsal.least > limit * HOPELESS:
            return Fitted(None, round(rehearsal.least))
    value = _begin(bench, lever, limit, start)
    best: Made | None = None
    closest: Made | None = None
    smallest = 2**62
    begun = time.process_time()
    for _ in range(tries):
        made = bench.encode(turned(codec, plan, value))
        secant.add(value, math.log(max(made.bytes, 1)))
        smallest = min(smallest, made.bytes)
        if made.bytes <= limit:
            best = _kept(best, made)
            if made.bytes >= limit * _enough(time.process_time() - begun):
                break
        elif best is None:
            closest = _kept(closest, made, smaller=True)
        else:
            made.path.unlink(missing_ok=True)
        if made.bytes <= limit and lever.clamp(value) == lever.finest:
            break
        if made.bytes > limit and lever.clamp(value) == lever.coarsest:
            break
        if rehearsal is None and made.bytes > limit and best is None and hopeless(secant, limit):
            following: float | None = lever.coarsest
        else:
            following = secant.next()
            if rehearsal is not None and following is not None:
                following = rehearsal.instead(following, secant, value, made.bytes)
        if following is None:
            if best is not None:
                break
            following = lever.coarsest
            if secant.tried(following):
                break
        value = following
    if rehearsal is not None:
        rehearsal.close()
    if best is None and closest is not None and not secant.tried(lever.coarsest):
        made = bench.encode(turned(codec, plan, lever.coarsest))
        smallest = min(smallest, made.bytes)
        if made.bytes <= limit:
            best = made
        else:
            closest = _kept(closest, made, smaller=True)
    if best is not None and closest is not None:
        closest.path.unlink(missing_ok=True)
        closest = None
    crossing = float(best.plan.settings[lever.name]) if best is not None else None
    return Fitted(best, smallest, closest, crossing)


def _begin(bench: Bench, lever: Lever, limit: int, start: float | None) -> float:
    """Where the lever begins: ``start``, else what clips like this one need, if the codec has an idea of that."""
    guess = getattr(bench.codec, "guess", None)
    if start is not None:
        return start
    return lever.start if guess is None else float(guess(bench.shape, limit))


def _enough(spent_s: float) -> float:
    """The part of the ceiling with which the search is content: less when every attempt takes long."""
    return next((part for until, part in PATIENCE if spent_s < until), 0.0)


def _kept(best: Made | None, made: Made, *, smaller: bool = False) -> Made:
    """The one with more bytes (within a ceiling more bytes is finer), or with fewer; the other's file is removed."""
    if best is None:
        return made
    keep = (made.bytes < best.bytes) if smaller else (made.bytes > best.bytes)
    loser = best if keep else made
    loser.path.unlink(missing_ok=True)
    return made if keep else best


def within(stage: Stage, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """(the best within ``limit`` or None, else the closest, its bench)."""
    chosen = foreseen(stage, limit)
    bench = chosen.bench
    fitted = fit(bench, chosen.plan, limit, rehearsal=chosen.rehearsal)
    if fitted.made is None:
        return _smaller(stage, bench, fitted, limit)
    best, at = bench.look(fitted.made), bench
    if _unused(best, limit) or bench.codec.lever(bench.plan) is None:
        return best, None, bench
    if not chosen.settled:
        best, at = _with_variants(bench, best, fitted.crossing, limit)
        if _mean(best) < POOR:
            best, at = _hull(stage, at, best, limit)
    return _filled(at, best, limit), None, at


@dataclass
class Chosen:
    """What is worth real attempts. ``settled``: variants and smaller sizes were rehearsed and need no more tries."""

    bench: Bench
    plan: Plan
    rehearsal: Rehearsal | None = None
    settled: bool = False
    quality: float = -math.inf  # of the rehearsal at the ceiling


def foreseen(stage: Stage, limit: int) -> Chosen:
    """The plan, of those that a codec knows and of smaller sizes, that rehearses best at the ceiling.

    Only where the cheaper way can be looked at cheaply (films); others compare real attempts.
    """
    bench = Bench(stage)
    first = _rehearsed(bench, bench.plan, limit, None)
    if first.rehearsal is None or getattr(bench.codec, "quick", None) is None:
        return first
    if first.rehearsal.least > limit * HOPELESS or first.quality >= REHEARSED:
        first.settled = True
        return first
    best = first
    crossing = first.rehearsal.value_for(_goal(limit))
    for variant in bench.codec.variants(bench.plan, stage.goal):
        lever, ratio = bench.codec.lever(variant), getattr(bench.codec, "variant_bytes", 1.0)
        start = lever.clamp(crossing - math.log(ratio) / lever.slope) if lever is not None else None
        best = _of_two(best, _rehearsed(bench, variant, limit, start))
    for _ in range(SMALLER_STEPS):
        step = _smaller_size(stage, best.bench)
        if best.quality >= POOR or step is None:
            break
        smaller = Bench(stage, *step)
        plan = replace(smaller.plan, settings=smaller.plan.settings | _kept_settings(best.plan))
        lever, rehearsal = smaller.codec.lever(plan), best.rehearsal
        if lever is None or rehearsal is None:
            break
        start = _finer(lever, rehearsal.value_for(_goal(limit)), best.bench, smaller)
        other = _rehearsed(smaller, plan, limit, start)
        best, before = _of_two(best, other), best
        if best is before:
            break
    best.settled = True
    return best


def _goal(limit: int) -> float:
    return math.log(limit * AIM)


def _rehearsed(bench: Bench, plan: Plan, limit: int, start: float | None) -> Chosen:
    """A plan's rehearsal, brought to the ceiling and, for films, looked at there."""
    lever = bench.codec.lever(plan)
    if lever is None:
        return Chosen(bench, plan)
    rehearsal = Rehearsal.of(bench, plan, _begin(bench, lever, limit, start))
    if rehearsal is None or getattr(bench.codec, "quick", None) is None:
        return Chosen(bench, plan, rehearsal)
    goal = _goal(limit)
    rehearsal.value_for(goal)
    if rehearsal.least:
        return Chosen(bench, plan, rehearsal)
    return Chosen(bench, plan, rehearsal, quality=rehearsal.looks(goal))


def _of_two(one: Chosen, other: Chosen) -> Chosen:
    keep, lose = (other, one) if other.quality > one.quality + MARGIN else (one, other)
    if lose.rehearsal is not None:
        lose.rehearsal.close()
    return keep


def _filled(bench: Bench, best: Made, limit: int) -> Made:
    """The winner of few tries, a little finer where it left much of the ceiling unused."""
    lever = bench.codec.lever(best.plan)
    if lever is None or best.bytes >= ENOUGH * limit or _mean(best) >= CLEAR:
        return best
    value = float(best.plan.settings[lever.name])
    shift = math.log(limit * AIM / max(best.bytes, 1)) / lever.slope
    finer = lever.clamp(value * math.exp(shift) if lever.log else value + shift)
    if finer == lever.clamp(value):
        return best
    made = fit(bench, best.plan, limit, start=finer, tries=4).made
    return best if made is None else better(best, bench.look(made))


def _mean(made: Made) -> float:
    return made.quality.mean if made.quality is not None else -math.inf


def _unused(made: Made, limit: int) -> bool:
    """The finest fits and does not use the ceiling: nothing to choose between."""
    return made.bytes < 0.8 * limit


def _with_variants(bench: Bench, best: Made, crossing: float | None, limit: int) -> tuple[Made, Bench]:
    if _mean(best) >= NOTICED:
        return best, bench
    lever, ratio = bench.codec.lever(best.plan), getattr(bench.codec, "variant_bytes", 1.0)
    if lever is not None and crossing is not None and not lever.log:
        crossing = lever.clamp(crossing - math.log(ratio) / lever.slope)
    for variant in bench.codec.variants(best.plan, bench.stage.goal):
        tried = fit(bench, variant, limit, start=crossing, tries=3).made
        if tried is not None:
            best = better(bench.look(best), bench.look(tried))
    return best, bench


def better(one: Made, other: Made) -> Made:
    """The one that looks more like the source; the other's file is removed."""
    keep, lose = (other, one) if _mean(other) > _mean(one) else (one, other)
    lose.path.unlink(missing_ok=True)
    return keep


def _hull(stage: Stage, bench: Bench, best: Made, limit: int) -> tuple[Made, Bench]:
    """A smaller picture, finer: each step is kept while it looks better at the source's size."""
    at = bench
    for _ in range(SMALLER_STEPS):
        step = _smaller_size(stage, at)
        lever = at.codec.lever(best.plan)
        if step is None or lever is None:
            break
        smaller = Bench(stage, *step)
        plan = replace(smaller.plan, settings=smaller.plan.settings | _kept_settings(best.plan))
        start = _finer(lever, float(best.plan.settings[lever.name]), at, smaller)
        made = fit(smaller, plan, limit, start=start, tries=3).made
        if made is None:
            break
        before = _mean(best)
        best = better(best, smaller.look(made))
        if best is not made:
            break
        at = smaller
        if _mean(best) < before + 1:
            break
    return best, at


def _kept_settings(plan: Plan) -> dict[str, Any]:
    return {k: v for k, v in plan.settings.items() if k in ("denoise", "colors")}


def _finer(lever: Lever, value: float, at: Bench, smaller: Bench) -> float:
    """Where the lever of a smaller picture should begin, if bytes go with pixels."""
    pixels = smaller.shape.width * smaller.shape.height / (at.shape.width * at.shape.height)
    shift = -math.log(pixels) / lever.slope
    return lever.clamp(value * math.exp(shift) if lever.log else value + shift)


def _smaller_size(stage: Stage, at: Bench) -> tuple[tuple[int, int], float | None] | None:
    goal = stage.goal
    width, height = round(at.shape.width * 0.75), round(at.shape.height * 0.75)
    if goal.width or goal.height or goal.short_side or goal.scale or min(width, height) < LEAST_SIDE:
        return None
    return (width, height), at.fps


def _half_rate(stage: Stage, at: Bench) -> tuple[tuple[int, int], float | None] | None:
    shape = at.shape
    rate = shape.frame_count * 1_000_000 / max(shape.duration_us, 1)
    if stage.goal.fps or stage.goal.keep_every or rate / 2 < LEAST_FPS or shape.frame_count < 8:
        return None
    return (shape.width, shape.height), rate / 2


def _smaller(stage: Stage, bench: Bench, fitted: Fitted, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """The coarsest is still too large: fewer frames and pixels, as far as they were not asked for."""
    closest, at, smallest = fitted.closest, bench, fitted.smallest
    for _ in range(10):
        step = _shrunk(stage, at, smallest, limit)
        if step is None:
            break
        at = Bench(stage, *step)
        fitted = fit(at, at.plan, limit, start=_coarse(at))
        smallest = fitted.smallest
        if fitted.made is not None:
            if closest is not None:
                closest.path.unlink(missing_ok=True)
            best = at.look(fitted.made)
            return *_only_best(_with_variants(at, best, fitted.crossing, limit)), at
        if fitted.closest is not None:
            closest = _kept(closest, fitted.closest, smaller=True) if closest is not None else fitted.closest
    if closest is None:
        lever = at.codec.lever(at.plan)
        closest = at.encode(at.plan if lever is None else turned(at.codec, at.plan, lever.coarsest))
        if closest.bytes <= limit:
            return at.look(closest), None, at
    return None, closest, at


def _only_best(found: tuple[Made, Bench]) -> tuple[Made, None]:
    return found[0], None


def _coarse(bench: Bench) -> float | None:
    """Where a search begins whose bigger sister did not fit at all: near the coarse end."""
    lever = bench.codec.lever(bench.plan)
    if lever is None:
        return None
    if lever.log:
        return math.exp(0.25 * math.log(lever.finest) + 0.75 * math.log(lever.coarsest))
    return lever.clamp(0.25 * lever.finest + 0.75 * lever.coarsest)


def _shrunk(stage: Stage, at: Bench, smallest: int, limit: int) -> tuple[tuple[int, int], float | None] | None:
    """The next smaller shape: half the rate while there are many frames a second, else less width and height."""
    shape = at.shape
    rate = shape.frame_count * 1_000_000 / max(shape.duration_us, 1)
    half = _half_rate(stage, at)
    if half is not None and rate > 12:
        return half
    factor = min(0.8, max(0.35, (limit / max(smallest, 1)) ** 0.5 * 0.9))
    width, height = round(shape.width * factor), round(shape.height * factor)
    goal = stage.goal
    fixed = goal.width or goal.height or goal.short_side or goal.scale
    if not fixed and min(width, height) >= LEAST_SIDE:
        return (width, height), at.fps
    return half
