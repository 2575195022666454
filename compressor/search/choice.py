"""One plan at one size, brought near the ceiling without being finished: what hulls and variants are compared by."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from ..goal import Plan
from .encoder_session import Bench
from .proxy import Rehearsal, Seeing
from .secant import Secant

AIM = 0.988  # of the ceiling: where the next attempt is aimed
FAR = 5.0  # points below another plan at first sight
MARGIN, WORTH = 0.8, 0.3  # points by which a rehearsal, or a real attempt, must be better than another to be followed


@dataclass
class Choice:
    """``quality`` is what the rehearsal looks like with all of the ceiling used (it is looked at when that is first
    asked for); -inf where nothing fits."""

    bench: Bench
    plan: Plan
    rehearsal: Rehearsal | None = None
    value: float | None = None  # of the lever, there
    looked: float | None = None
    goal: float = 0.0  # ln bytes of the rehearsal, there

    @property
    def quality(self) -> float:
        if self.looked is None:
            told = self.rehearsal if self.fits else None
            self.looked = told.looks(self.goal) if told is not None else -math.inf
        return self.looked

    @property
    def fits(self) -> bool:
        return self.value is not None

    @property
    def real(self) -> bool:
        """Known by real attempts."""
        return self.rehearsal is not None and self.rehearsal.counts

    @property
    def least(self) -> float:
        """Bytes at the coarsest, where that does not fit; else 0."""
        return self.rehearsal.least if self.rehearsal is not None else 0.0

    @property
    def scales(self) -> bool:
        """Known by real attempts that tell of other sizes too."""
        return self.real and self.rehearsal is not None and self.rehearsal.scales

    def slope(self) -> float | None:
        """Of ln bytes along the lever's places near the ceiling, where attempts told it."""
        lever = self.bench.codec.lever(self.plan)
        if lever is None or self.value is None or self.rehearsal is None or not self.scales:
            return None
        return self.rehearsal.curve().slope_at(Secant(lever, 0.0, -1.0).place(self.value))

    def close(self) -> None:
        if self.rehearsal is not None:
            self.rehearsal.close()


By = Callable[[Bench, Plan, float], Rehearsal | None]


def rehearsed(
    bench: Bench,
    plan: Plan,
    limit: int,
    start: float,
    *,
    bar: float = -math.inf,
    by: By = Seeing.of,
    slope: float | None = None,
) -> Choice:
    """``plan`` brought to the ceiling, from ``start`` on, so that it can be looked at there; ``by`` real attempts where
    nothing cheaper can be. One that looks FAR below ``bar`` at first sight is not looked into any further.
    ``slope``: how bytes move with the lever there, if that is known."""
    rehearsal = by(bench, plan, start)
    if rehearsal is None:
        return Choice(bench, plan)
    rehearsal.slope = slope or rehearsal.slope
    goal = math.log(limit * AIM / rehearsal.real)
    value = rehearsal.value_for(goal, 1)
    telling = not rehearsal.least and bar > -math.inf and rehearsal.tells(goal, bar)
    if telling and (seen := rehearsal.looks(goal)) < bar - FAR:
        return Choice(bench, plan, rehearsal, value, seen)
    value = rehearsal.value_for(goal)
    if rehearsal.least:
        return Choice(bench, plan, rehearsal)
    return Choice(bench, plan, rehearsal, value, goal=goal)
