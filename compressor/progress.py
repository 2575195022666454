"""Progress of a job: one number that never goes back, however many attempts the search needs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from .codecs import Tick
from .events import Event, Step

EVERY_S = 0.1
SEARCH_FROM, SEARCH_TO = 5.0, 96.0
EXPECTED_PASSES = 5.0  # passes over all frames that a usual search makes; more only make the steps smaller


class Progress:
    """Turns work done into Step events. Every call may raise Cancelled (``tell`` does)."""

    def __init__(self, tell: Callable[[Event], None], clock: Callable[[], float] = time.perf_counter) -> None:
        self._tell, self._clock = tell, clock
        self._began = clock()
        self._told_at = -1.0
        self._percent = 0.0
        self._stage = "reading"
        self._passes = 0.0
        self.expected = EXPECTED_PASSES

    def tell(self, event: Event) -> None:
        self._tell(event)

    def reach(self, stage: str, percent: float) -> None:
        """The job is at ``percent``, or further already. Told at once when the stage is new, else now and then."""
        now = self._clock()
        fresh = stage != self._stage or self._told_at < 0
        self._percent, self._stage = max(self._percent, min(percent, 100.0)), stage
        if not fresh and now - self._told_at < EVERY_S:
            return
        self._told_at = now
        self._tell(Step(stage=stage, percent=round(self._percent, 1), left_s=self._left(now)))

    def ticker(self, stage: str, frames: int, share: float = 1.0) -> Tick:
        """A tick for one pass over ``frames``; ``share``: how much of a usual pass this is."""
        done_before = self._passes

        def tick(done: int) -> None:
            self._passes = max(self._passes, done_before + share * min(1.0, done / max(frames, 1)))
            self.reach(stage, self._searched())

        return tick

    def passed(self, share: float = 1.0) -> None:
        """A piece of work without ticks is done."""
        self._passes += share
        self.reach(self._stage, self._searched())

    def _searched(self) -> float:
        # 63 % of the way after a usual search, and never the end: nobody knows how many attempts are still to come.
        part = 1.0 - math.exp(-1.6 * self._passes / self.expected)
        return SEARCH_FROM + (SEARCH_TO - SEARCH_FROM) * part

    def _left(self, now: float) -> float | None:
        spent = now - self._began
        if self._percent < 10 or spent < 0.3:
            return None
        if self._percent >= 100:
            return 0.0
        return round(spent * (100 - self._percent) / self._percent, 1)
