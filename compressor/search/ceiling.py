"""The best quality within so many bytes: the lever first, then what harms least; or the closest, said."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ..codecs import Lever, turned
from ..goal import Plan
from .bench import Bench, Made, Stage
from .secant import Secant

AIM, ENOUGH = 0.988, 0.968  # of the ceiling: where the next attempt is aimed, and with what the search is content
SATURATED = 95.0  # SSIMULACRA2: more bytes would not be seen
TRIES = 7
CLEAR = 95.0  # nothing is to be seen any more: what is left of the ceiling need not be used
PATIENCE = ((15.0, ENOUGH), (30.0, 0.93), (60.0, 0.8))  # (seconds spent, what is enough until then)
QUICK_PIXELS = 12_000_000  # beyond this, the first attempts are made by a cheaper plan
QUICK_SHARE = 0.35
SAMPLE_PIXELS = 4_000_000  # the same for codecs without a cheaper plan: they try a sample of half of this
SAMPLE_TRIES = 4
CLOSE_REHEARSED = 0.06  # of ln bytes: a rehearsal that comes so near is not refined
HOPELESS = 1.6  # by how much a sample must miss the ceiling at the coarsest before the whole is not even tried
NOTICED = 74.0  # below this the prefilter and smaller sizes are tried
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
    bench: Bench, plan: Plan, limit: int, *, start: float | None = None, slope: float | None = None, tries: int = TRIES
) -> Fitted:
    """Turn the lever until the file uses the ceiling well. Every file that is not kept is removed."""
    codec = bench.codec
    lever = codec.lever(plan)
    if lever is None:
        made = bench.encode(plan)
        if made.bytes <= limit:
            return Fitted(made, made.bytes)
        return Fitted(None, made.bytes, made)
    secant = Secant(lever, math.log(limit * AIM), slope if slope is not None else lever.slope * _way(lever))
    if start is None and hasattr(codec, "guess"):
        lever = replace(lever, start=codec.guess(bench.shape, limit))
    rehearsal = _rehearsal(bench, plan, lever, start) if tries == TRIES else None
    if rehearsal is not None:
        start = rehearsal.value_for(secant.goal)
        if rehearsal.least > limit * HOPELESS:
            return Fitted(None, round(rehearsal.least))
    value = lever.start if start is None else start
    best: Made | None = None
    closest: Made | None = None
    smallest = 2**62
    begun = time.perf_counter()
    for _ in range(tries):
        made = bench.encode(turned(codec, plan, value))
        secant.add(value, math.log(max(made.bytes, 1)))
        smallest = min(smallest, made.bytes)
        if made.bytes <= limit:
            best = _kept(best, made)
            if made.bytes >= limit * _enough(time.perf_counter() - begun):
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


def _enough(spent_s: float) -> float:
    """The part of the ceiling with which the search is content: less when every attempt takes long."""
    return next((part for until, part in PATIENCE if spent_s < until), 0.0)


def _way(lever: object) -> float:
    """+1 when the lever's slope is already given along "coarser", else -1."""
    finest, coarsest = lever.finest, lever.coarsest  # type: ignore[attr-defined]
    return 1.0 if coarsest > finest else -1.0


def hopeless(secant: Secant, limit: int) -> bool:
    """Two attempts say that even the coarsest is far above the ceiling."""
    if len(secant.points) < 2:
        return False
    (p0, b0), (p1, b1) = secant.points[-2:]
    end = max(secant.place(secant.lever.finest), secant.place(secant.lever.coarsest))
    slope = (b1 - b0) / max(p1 - p0, 1e-9)
    return b1 + min(slope, 0.0) * (end - p1) > math.log(limit) + 0.1


@dataclass
class Rehearsal:
    """How bytes move with the lever, found with something cheaper that moves as the real one does."""

    weigh: Callable[[float], float]
    lever: Lever
    slope: float
    start: float
    tries: int
    points: list[tuple[float, float]] = field(default_factory=list)  # (value, ln bytes)
    least: float = 0.0  # bytes at the coarsest, if that was tried and is above what was looked for

    def value_for(self, goal: float) -> float:
        """The lever's value at which it would have e**``goal`` bytes."""
        secant = Secant(self.lever, goal, self.slope)
        for known, measure in self.points:
            secant.add(known, measure)
        following: float | None = secant.next() if self.points else self.start
        for _ in range(self.tries):
            if following is None or self._near(goal):
                break
            measure = math.log(max(self.weigh(following), 1.0))
            self.points.append((following, measure))
            secant.add(following, measure)
            if self.lever.clamp(following) == self.lever.coarsest and measure > goal:
                self.least = math.exp(measure)
                break
            following = self.lever.coarsest if hopeless(secant, round(math.exp(goal))) else secant.next()
        following = secant.next()
        if following is None:
            return min(self.points, key=lambda point: abs(point[1] - goal))[0]
        return following

    def instead(self, proposed: float, secant: Secant, value: float, measured: int) -> float:
        """A better value than the secant's ``proposed`` one: what is off at ``value`` will be off by as much nearby."""
        low, high = secant.bracket()
        if low is not None and high is not None:
            return proposed
        guess = self.value_for(secant.goal + self._at(secant, value) - math.log(max(measured, 1)))
        coarser = secant.place(guess) > secant.place(value)
        return guess if coarser == (low is not None) and not secant.tried(guess) else proposed

    def _at(self, secant: Secant, value: float) -> float:
        """ln bytes of the cheaper one at ``value``: between the points, or along the slope beyond them."""
        known = sorted((secant.place(v), measure) for v, measure in self.points)
        place = secant.place(value)
        low = [p for p in known if p[0] <= place]
        high = [p for p in known if p[0] >= place]
        if low and high:
            (p0, m0), (p1, m1) = low[-1], high[0]
            return m0 if p1 == p0 else m0 + (place - p0) / (p1 - p0) * (m1 - m0)
        p0, m0 = low[-1] if low else high[0]
        return m0 + self.slope * (place - p0)

    def _near(self, goal: float) -> bool:
        return any(abs(measure - goal) < CLOSE_REHEARSED for _, measure in self.points)


def _rehearsal(bench: Bench, plan: Plan, lever: Lever, start: float | None) -> Rehearsal | None:
    """For large work only. Films are weighed whole by a cheaper plan, pictures by a sample."""
    codec = bench.codec
    total = bench.shape.width * bench.shape.height * bench.shape.frame_count
    slope = lever.slope * _way(lever)
    begin = lever.start if start is None else start
    quick = getattr(codec, "quick", None)
    if total > SAMPLE_PIXELS and quick is None and not codec.has_audio:
        frames = _sample(bench)
        return Rehearsal(
            lambda value: bench.sampled(turned(codec, plan, value), frames), lever, slope, begin, SAMPLE_TRIES
        )
    if start is None and quick is not None and total > QUICK_PIXELS:
        cheap = quick(plan)
        return Rehearsal(lambda value: _weighed(bench, turned(codec, cheap, value)), lever, slope, begin, 3)
    return None


def _weighed(bench: Bench, plan: Plan) -> float:
    made = bench.encode(plan, share=QUICK_SHARE, tell=False)
    made.path.unlink(missing_ok=True)
    return float(made.bytes)


def _sample(bench: Bench) -> int:
    return max(6, SAMPLE_PIXELS // 2 // (bench.shape.width * bench.shape.height))


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
    bench = Bench(stage)
    fitted = fit(bench, bench.plan, limit)
    if fitted.made is None:
        return _smaller(stage, bench, fitted, limit)
    best, at = fitted.made, bench
    if _unused(best, limit) or bench.codec.lever(bench.plan) is None:
        return bench.look(best), None, bench
    bench.look(best)
    best, at = _with_variants(bench, best, fitted.crossing, limit)
    if _mean(best) < POOR:
        best, at = _hull(stage, at, best, limit)
    return _filled(at, best, limit), None, at


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
        if step is None:
            break
        smaller = Bench(stage, *step)
        plan = replace(smaller.plan, settings=smaller.plan.settings | _kept_settings(best))
        made = fit(smaller, plan, limit, start=_finer(at, best, smaller), tries=3).made
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


def _kept_settings(made: Made) -> dict[str, Any]:
    return {k: v for k, v in made.plan.settings.items() if k in ("denoise", "colors")}


def _finer(at: Bench, best: Made, smaller: Bench) -> float | None:
    """Where the lever of a smaller picture should begin, if bytes go with pixels."""
    lever = at.codec.lever(best.plan)
    if lever is None:
        return None
    pixels = smaller.shape.width * smaller.shape.height / (at.shape.width * at.shape.height)
    value, shift = float(best.plan.settings[lever.name]), -math.log(pixels) / lever.slope
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
