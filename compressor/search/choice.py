"""One plan at one size, brought near the ceiling without being finished: what hulls and variants are compared by."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..goal import Plan
from .bench import Bench
from .rehearsal import Rehearsal, Seeing, Whole

AIM = 0.988  # of the ceiling: where the next attempt is aimed
FAR = 5.0  # points below another plan at first sight
MARGIN, WORTH = 0.8, 0.3  # points by which a rehearsal, or a real attempt, must be better than another to be followed


@dataclass
class Choice:
    """``quality`` is what the rehearsal looks like with all of the ceiling used; -inf where nothing fits."""

    bench: Bench
    plan: Plan
    rehearsal: Rehearsal | None = None
    value: float | None = None  # of the lever, there
    quality: float = -math.inf

    @property
    def fits(self) -> bool:
        return self.value is not None

    @property
    def real(self) -> bool:
        """Known by real attempts."""
        return isinstance(self.rehearsal, Whole)

    @property
    def least(self) -> float:
        """Bytes at the coarsest, where that does not fit; else 0."""
        return self.rehearsal.least if self.rehearsal is not None else 0.0

    def close(self) -> None:
        if self.rehearsal is not None:
            self.rehearsal.close()


def rehearsed(bench: Bench, plan: Plan, limit: int, start: float, *, bar: float = -math.inf) -> Choice:
    """``plan`` brought to the ceiling and looked at there, from ``start`` on; by real attempts where nothing cheaper
    can be looked at. One that looks FAR below ``bar`` at first sight is not looked into any further."""
    rehearsal = Seeing.of(bench, plan, start)
    if rehearsal is None:
        return Choice(bench, plan)
    goal = math.log(limit * AIM / rehearsal.real)
    value = rehearsal.value_for(goal, 1)
    if not rehearsal.least and bar > -math.inf and (seen := rehearsal.looks(goal)) < bar - FAR:
        return Choice(bench, plan, rehearsal, value, seen)
    value = rehearsal.value_for(goal)
    if rehearsal.least:
        return Choice(bench, plan, rehearsal)
    return Choice(bench, plan, rehearsal, value, rehearsal.looks(goal))
