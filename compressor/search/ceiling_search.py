"""The best quality within so many bytes: candidates are estimated, compared, and the winner is fitted.

choose  the plain plan is estimated at each fidelity, the cheapest first; where it looks poor the codec's other
        plans are estimated beside it, then smaller sizes and lower rates
fit     the winner's lever is turned, or a second pass made, until the file uses the ceiling
fill    what the lever leaves unused is filled, where something can
"""

from __future__ import annotations

import math
import time

from ..codecs import Lever, turned
from ..codecs.two_pass import Pass
from .candidates import AIM, SMALLEST, Candidate, Rates, Sizes, variants
from .encoder_session import Bench, Made, Stage, best_of, fewest_bytes, most_bytes
from .estimates import TRIES, Estimate, Secant, ladder

NOTICED = 78.0  # points below which a codec's other plans are estimated
POOR = 70.0  # and below this other sizes and rates
FAR = 5.0  # points below another plan at first sight: not looked into any further; below its estimate: others are
COARSE, SMALL = 0.66, 160  # part of a film's lever; pixels of a side: what is finer than this and larger stays so
HOPELESS = 1.6  # times the ceiling: where the coarsest is estimated to have so much, it is not even tried
ENOUGH = 0.963  # of the ceiling: with what the search is content
PATIENT_S, HASTE = 15.0, 0.0035  # CPU seconds, beyond which each second lowers that by so much
ATTEMPTS = 7
CLEAR = 95.0  # nothing is to be seen any more: what is left of the ceiling need not be used
GAP = 0.8  # of the ceiling: less is a hole in what the lever can do


def within(stage: Stage, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """(the best within ``limit`` or None, else the closest, its bench)."""
    chosen = choose(stage, limit)
    closest: Made | None = None
    for _ in range(TRIES):
        bench = chosen.bench
        fitted = Fit(chosen, limit)
        if fitted.best is not None:
            return _filled(chosen, bench.look(fitted.best), limit), None, bench
        closest = best_of(fewest_bytes, closest, fitted.closest)
        chosen.value, chosen.looked = None, -math.inf
        if chosen.estimate is None:
            break
        chosen.estimate.least = chosen.estimate.least or fitted.smallest
        other, last = _smaller(chosen, limit)
        bench = last.bench
        if other is chosen:
            break
        chosen = _varied(other, limit)
    return _least(bench, closest, limit)


def choose(stage: Stage, limit: int) -> Candidate:
    """The plan, of those that a codec knows and of other shapes, that is estimated to look best at the ceiling."""
    bench = Bench(stage)
    lever = bench.codec.lever(bench.plan)
    if lever is None:
        return Candidate(bench, bench.plan)
    guess = bench.codec.guess(bench.shape, limit)
    best, compared = Candidate(bench, bench.plan, lever.start if guess is None else guess), False
    for fidelity in ladder(bench, bench.plan):
        best = estimated(best, fidelity, limit)
        if best.estimate is not None and best.estimate.compares and not compared:
            best, compared = _compared(best, lever, limit), True
        if best.least > limit * HOPELESS:
            break
    return best


def _compared(at: Candidate, lever: Lever, limit: int) -> Candidate:
    """Where ``at`` looks poor, the best of it, the codec's other plans and other shapes."""
    if at.quality >= NOTICED or (at.real and not at.fits):
        return at
    if at.real or not at.fits:  # an attempt at a smaller size costs less than one at the full
        return _varied(_smaller(at, limit)[0], limit)
    best = _varied(at, limit)
    return best if _spared(best, lever) else _smaller(best, limit)[0]


def estimated(at: Candidate, fidelity: type[Estimate], limit: int, bar: Candidate | None = None) -> Candidate:
    """``at`` brought to the ceiling at a fidelity. What looks far worse than ``bar`` at first sight is not looked into
    any further."""
    goal = math.log(limit * AIM)
    start = at.start if at.value is None else at.value
    slope = at.slope
    if at.estimate is not None and len(at.estimate.seen) > 1:
        secant = at.estimate.secant(goal)
        slope = secant.slope_at(secant.points[0])
    estimate = fidelity(at.bench, at.plan, start, slope)
    value = estimate.value_for(goal, 1)
    if bar is None or not bar.fits or estimate.least or estimate.at_most(goal) >= bar.quality - FAR:
        value = estimate.value_for(goal)
    return Candidate(at.bench, at.plan, value, estimate, None if estimate.least else value, goal)


def _better(one: Candidate, other: Candidate, worth: float | None = None) -> Candidate:
    """``other`` where it is better by ``worth`` points (None: by more than its estimate is off)."""
    margin = other.estimate.error if worth is None and other.estimate is not None else worth or 0.0
    keep, lose = (other, one) if other.quality > one.quality + margin else (one, other)
    if lose.estimate is not keep.estimate:
        lose.close()
    return keep


def _varied(best: Candidate, limit: int) -> Candidate:
    """The codec's other plans at this shape; of a row of ever harsher ones no more than the first that loses."""
    if best.estimate is None:
        return best
    for variant in variants(best):
        before, best = best, _better(best, estimated(variant, type(best.estimate), limit, bar=best))
        if best is before:
            break
    return best


def _spared(best: Candidate, lever: Lever) -> bool:
    """A film that is not coded so coarsely that fewer of its pixels or pictures may look better."""
    coarse = math.inf if best.value is None else abs(best.value - lever.finest) / abs(lever.coarsest - lever.finest)
    return coarse < COARSE and min(best.bench.shape.width, best.bench.shape.height) > SMALL


def _smaller(at: Candidate, limit: int) -> tuple[Candidate, Candidate]:
    """(the best of ``at`` and the smaller shapes, the last that was looked at)."""
    if at.estimate is None or at.quality >= POOR:
        return at, at
    best, last = _descended(Sizes(), at, limit, at)
    if not at.estimate.rates:
        return best, last
    slower = best if best.fits else last
    slower, last = _descended(Rates(), slower, limit, slower)
    if best is not at:  # its own size at a lower rate may look better than a smaller one
        slower, last = _descended(Rates(), at, limit, slower)
    if not best.fits:  # the rate had to give way first: now the size may go on, for the looks or to fit at all
        slower, last = _descended(Sizes(SMALLEST), slower if slower.fits else last, limit, slower)
    return (slower if slower.fits else best), last


def _descended(row: Sizes | Rates, at: Candidate, limit: int, best: Candidate) -> tuple[Candidate, Candidate]:
    """Down from ``at`` as long as it gets better than ``best``: (the best, the last that was looked at)."""
    last = at
    while (found := row.after(last, limit)) is not None:
        assert at.estimate is not None
        if best.fits and best.real and row.bound(found) <= best.quality + row.worth:
            break
        last = estimated(found, type(at.estimate), limit, bar=best)
        before, best = best, _better(best, last, row.worth)
        if best is before and (last.fits or best.fits):
            break
    return best, last


class Fit:
    """One plan's lever turned until the file uses the ceiling well: ``best`` within it or None, else the ``closest``;
    ``smallest``: bytes of the smallest that was made, or is to be expected."""

    def __init__(self, at: Candidate, limit: int, tries: int = ATTEMPTS) -> None:
        self.bench, self.plan, self.limit, self.estimate = at.bench, at.plan, limit, at.estimate
        self.best: Made | None = None
        self.closest: Made | None = None
        self.smallest = 2**62
        self.begun = time.process_time()
        lever = at.bench.codec.lever(at.plan)
        if lever is None:
            self._keep(at.bench.encode(at.plan))
            return
        self.lever, self.secant = lever, Secant(lever, math.log(limit * AIM), lever.fall)
        value = at.start
        if at.estimate is not None:
            if at.estimate.least > limit * HOPELESS and not at.real:
                self.smallest = round(at.estimate.least)
                return
            for made in at.estimate.attempts():
                self._take(made)
            value = at.estimate.value_for(self.secant.goal)
            self._in_two_passes(at.estimate, value)
        if self.best is None or at.real:
            self._turned(value, tries)
        if at.estimate is not None:
            at.estimate.close()

    def _turned(self, value: float, tries: int) -> None:
        if self.best is not None and self._enough(self.best):
            return
        for _ in range(tries):
            if self.secant.tried(value):
                break
            made = self.bench.encode(turned(self.bench.codec, self.plan, value))
            self._take(made)
            if made.bytes <= self.limit and (self._enough(made) or value == self.lever.finest):
                break
            following = self._following(value, made)
            if following is None:
                break
            value = following
        coarsest = self.lever.coarsest
        if self.best is None and not self.secant.tried(coarsest):
            self._take(self.bench.encode(turned(self.bench.codec, self.plan, coarsest)))

    def _following(self, value: float, made: Made) -> float | None:
        following = self.secant.next()
        if self.best is None and self.secant.hopeless():
            return None if value == self.lever.coarsest else self.lever.coarsest
        _, high = beside = self.secant.bracket()
        if following is None or None not in beside or self.estimate is None or self.estimate.counts:
            return following
        # What the estimate is off here it will be off by nearby.
        estimate = self.estimate.secant(self.secant.goal)
        estimate.goal += estimate.measure(value) - math.log(max(made.bytes, 1))
        guess = estimate.crossing()
        coarser = self.lever.place(guess) > self.lever.place(value)
        return guess if coarser == (high is None) and not self.secant.tried(guess) else following

    def _in_two_passes(self, estimate: Estimate, value: float) -> None:
        """Second passes that follow an estimate, where the lever does not end: for those bytes it stands at ``value``,
        about."""
        first = estimate.first_pass(self.secant.goal)
        if first is None or first.stats is None or value in (self.lever.finest, self.lever.coarsest):
            return
        around = first.bytes - first.stats.counted
        plan = self.bench.codec.second(turned(self.bench.codec, self.plan, value), self.bench.sampler.runs.drawn)
        aimed = Lever("aim", self.limit * 1.5, self.limit * 0.6, self.limit * AIM, 1.0, step=0.002, log=True)
        secant = Secant(aimed, math.log(aimed.start), aimed.fall)
        for _ in range(TRIES):
            aim = secant.next()
            if aim is None:
                break
            made = self.bench.encode(plan, which=Pass(first.stats, first.stats.aim(aim - around)))
            made.stats = None  # the first pass's own
            self._keep(made)
            if made.bytes <= self.limit and self._enough(made):
                break
            secant.add(aim, math.log(made.bytes))

    def _take(self, made: Made) -> None:
        self.secant.add(self.lever.of(made.plan), math.log(max(made.bytes, 1)))
        self._keep(made)

    def _keep(self, made: Made) -> None:
        self.smallest = min(self.smallest, made.bytes)
        if made.bytes <= self.limit:
            self.best, self.closest = best_of(most_bytes, self.best, made), None
        elif self.best is None:
            self.closest = best_of(fewest_bytes, self.closest, made)

    def _enough(self, made: Made) -> bool:
        """The ceiling is used well: less well when every attempt takes long."""
        late = time.process_time() - self.begun - PATIENT_S
        return made.bytes >= self.limit * (ENOUGH - HASTE * max(late, 0.0))


def _filled(at: Candidate, best: Made, limit: int) -> Made:
    """The winner of few tries, a little finer where it left much of the ceiling unused; where its lever leaps over the
    ceiling, what the codec has for that, or another shape; so too where it looks far worse than it was estimated to."""
    bench, lever = at.bench, at.bench.codec.lever(best.plan)
    if lever is None or _mean(best) >= CLEAR:
        return best
    low = None
    if best.bytes < ENOUGH * limit:
        secant = Secant(lever, math.log(limit * AIM), lever.fall)
        for attempt in bench.stage.attempts:
            plan = attempt.plan
            if turned(bench.codec, plan, lever.start) == turned(bench.codec, best.plan, lever.start):
                secant.add(lever.of(plan), math.log(max(attempt.bytes, 1)))
        value, (low, _) = secant.next(), secant.bracket()
        if value is not None:
            best = _finer(Candidate(bench, best.plan, value), best, limit)
    if low is not None and best.bytes < ENOUGH * limit:
        start = Secant(lever, secant.goal, lever.fall, [(lever.place(lever.of(best.plan)), math.log(best.bytes))])
        for plan in bench.codec.fillers(bench.frames(best.plan), best.plan):
            best = _finer(Candidate(bench, plan, start.crossing()), best, limit)
    if (low is not None and best.bytes < GAP * limit) or (at.real and _mean(best) < min(POOR, at.quality - FAR)):
        at.looked = _mean(best)
        other, _ = _smaller(at, limit)
        best = best if other is at else _finer(other, best, limit)
    return best


def _finer(candidate: Candidate, best: Made, limit: int) -> Made:
    """``best``, or what ``candidate`` comes to where that looks better."""
    made = Fit(candidate, limit, TRIES).best
    return best if made is None else max(best, candidate.bench.look(made), key=_mean)


def _mean(made: Made) -> float:
    return made.quality.mean if made.quality is not None else -math.inf


def _least(bench: Bench, closest: Made | None, limit: int) -> tuple[Made | None, Made | None, Bench]:
    """The coarsest of each plan that is there when shape cannot change, the least harmful first."""
    lever = bench.codec.lever(bench.plan)
    coarsest = 0.0 if lever is None else lever.coarsest
    others = bench.codec.variants(bench.plan, bench.stage.goal, bench.shape)
    for plan in [bench.plan, *others] if lever is not None else []:
        made = bench.encode(turned(bench.codec, plan, coarsest))
        if made.bytes <= limit:
            finer = Fit(Candidate(bench, plan, coarsest), limit, TRIES).best
            return bench.look(best_of(most_bytes, made, finer) or made), None, bench
        closest = best_of(fewest_bytes, closest, made)
    assert closest is not None
    return None, closest, bench
