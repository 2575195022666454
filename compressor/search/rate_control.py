"""One plan's lever turned until the file uses a ceiling well."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from ..codecs import Lever, turned
from ..codecs.two_pass import Pass
from ..goal import Plan
from .choice import AIM
from .encoder_session import Bench, Made, best_of, fewest_bytes, most_bytes
from .proxy import Rehearsal, hopeless, way
from .secant import Secant

ENOUGH = 0.963  # of the ceiling: with what the search is content
TRIES = 7
SECOND_PASSES, SECOND_AIM = 4, 0.989  # of the ceiling: a second pass comes this near to what it aims at
SETTLED = 0.95  # of the ceiling: after so many of them not much more is to be had
PATIENCE = ((15.0, ENOUGH), (30.0, 0.93), (60.0, 0.8))  # (seconds spent, what is enough until then)
HOPELESS = 1.6  # by how much a sample must miss the ceiling at the coarsest before the whole is not even tried


@dataclass
class Fitted:
    """The best of one bench within the ceiling; else the smallest that its lever allows."""

    made: Made | None
    smallest: int
    closest: Made | None = None


def fit(
    bench: Bench,
    plan: Plan,
    limit: int,
    *,
    start: float | None = None,
    tries: int = TRIES,
    rehearsal: Rehearsal | None = None,
) -> Fitted:
    """Turn the lever until the file uses the ceiling well.

    ``rehearsal``: one that was begun before; with the usual number of ``tries`` one is made where it pays.
    """
    lever = bench.codec.lever(plan)
    if lever is None:
        made = bench.encode(plan)
        return Fitted(made, made.bytes) if made.bytes <= limit else Fitted(None, made.bytes, made)
    if rehearsal is None and tries == TRIES:
        rehearsal = Rehearsal.of(bench, plan, begin(bench, lever, limit, start))
    return _Fit(bench, plan, lever, limit, rehearsal).found(start, tries)


class _Fit:
    """The attempts of one plan, and the two of them whose files are kept."""

    def __init__(self, bench: Bench, plan: Plan, lever: Lever, limit: int, rehearsal: Rehearsal | None) -> None:
        self.bench, self.plan, self.lever, self.limit = bench, plan, lever, limit
        self.rehearsal = rehearsal
        self.secant = Secant(lever, math.log(limit * AIM), lever.slope * way(lever))
        self.best: Made | None = None
        self.closest: Made | None = None
        self.smallest = 2**62
        self.begun = time.process_time()

    def found(self, start: float | None, tries: int) -> Fitted:
        rehearsal, counted = self.rehearsal, list[Made]()
        if rehearsal is not None:
            start = rehearsal.value_for(self.secant.goal - math.log(rehearsal.real))
            counted = rehearsal.attempts()
            for made in counted:
                self._take(made)
            if not counted:
                self.begun = time.process_time()
                self._in_two_passes(rehearsal, start)
                rehearsal.close()
                if rehearsal.least > self.limit * HOPELESS:
                    return Fitted(None, round(rehearsal.least))
        value = begin(self.bench, self.lever, self.limit, start)
        enough = ENOUGH if counted else SETTLED
        used = self.best is not None and self.best.bytes >= self.limit * enough
        if used or (counted and self.secant.tried(value)):
            tries = 0
        self.begun = time.process_time()
        for _ in range(tries):
            made = self._attempt(value)
            following = None if self._ends(value, made) else self._following(value, made)
            if following is None:
                break
            value = following
        if rehearsal is not None:
            rehearsal.close()
        if self.best is None and self.closest is not None and not self.secant.tried(self.lever.coarsest):
            self._attempt(self.lever.coarsest)
        if self.best is not None and self.closest is not None:
            self.closest = None
        return Fitted(self.best, self.smallest, self.closest)

    def _in_two_passes(self, rehearsal: Rehearsal, value: float) -> None:
        """Second passes that follow a rehearsal, where the lever does not end: for those bytes it stands at ``value``,
        about."""
        first = rehearsal.first_pass(self.secant.goal - math.log(rehearsal.real))
        if first is None or first.stats is None or self.lever.clamp(value) in (self.lever.finest, self.lever.coarsest):
            return
        around = first.bytes - first.stats.counted
        plan = self.bench.codec.second(turned(self.bench.codec, self.plan, value), self.bench.sampler.drawn)
        aimed = Lever("aim", self.limit * 1.5, self.limit * 0.6, self.limit * SECOND_AIM, 1.0, step=0.002, log=True)
        secant = Secant(aimed, math.log(aimed.start), -1.0)
        for _ in range(SECOND_PASSES):
            aim = secant.next()
            if aim is None:
                break
            made = self.bench.encode(plan, which=Pass(first.stats, first.stats.aim(aim - around)))
            made.stats = None  # the first pass's own
            self._keep(made)
            if self.limit * _enough(time.process_time() - self.begun) <= made.bytes <= self.limit:
                break
            secant.add(aim, math.log(made.bytes))

    def _attempt(self, value: float) -> Made:
        made = self.bench.encode(turned(self.bench.codec, self.plan, value))
        self._take(made)
        return made

    def _take(self, made: Made) -> None:
        self.secant.add(self.lever.of(made.plan), math.log(max(made.bytes, 1)))
        self._keep(made)

    def _keep(self, made: Made) -> None:
        self.smallest = min(self.smallest, made.bytes)
        if made.bytes <= self.limit:
            self.best = best_of(most_bytes, self.best, made)
        elif self.best is None:
            self.closest = best_of(fewest_bytes, self.closest, made)

    def _ends(self, value: float, made: Made) -> bool:
        """The ceiling is used well, or the lever ends here."""
        if made.bytes > self.limit:
            return self.lever.clamp(value) == self.lever.coarsest
        enough = made.bytes >= self.limit * _enough(time.process_time() - self.begun)
        return enough or self.lever.clamp(value) == self.lever.finest

    def _following(self, value: float, made: Made) -> float | None:
        rehearsal, following = self.rehearsal, self.secant.next()
        if rehearsal is None and made.bytes > self.limit and self.best is None and hopeless(self.secant, self.limit):
            following = self.lever.coarsest
        elif rehearsal is not None and following is not None:
            following = rehearsal.instead(following, self.secant, value, made.bytes)
        if following is None and self.best is None and not self.secant.tried(self.lever.coarsest):
            return self.lever.coarsest
        return following


def begin(bench: Bench, lever: Lever, limit: int, start: float | None) -> float:
    """Where the lever begins: ``start``, else what clips like this one need, if the codec has an idea of that."""
    if start is None:
        start = bench.codec.guess(bench.shape, limit)
    return lever.start if start is None else start


def _enough(spent_s: float) -> float:
    """The part of the ceiling with which the search is content: less when every attempt takes long."""
    return next((part for until, part in PATIENCE if spent_s < until), 0.0)
