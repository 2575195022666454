"""Which value of a lever to try next. Pure arithmetic: property tests run thousands of made-up encoders through it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..codecs import Lever

CLIFF_POINTS, CLIFF = 5, 1.0  # so many points, and still so much of the measure between two neighbours


@dataclass
class Secant:
    """Finds where a falling function of "how coarse" crosses ``goal``.

    Values are put on a scale on which coarser is greater (``place``). ``add`` what was measured, ask ``next``. Between
    a point on either side of the goal it stays between them; the measured function need not be smooth or even
    strictly falling. ``slope``: first guess of d(measure) / d(place), below zero.
    """

    lever: Lever
    goal: float
    slope: float
    points: list[tuple[float, float]] = field(default_factory=list)  # (place, measure)

    @property
    def _sign(self) -> float:
        return 1.0 if self.lever.coarsest > self.lever.finest else -1.0

    def place(self, value: float) -> float:
        return self._sign * (math.log(value) if self.lever.log else value)

    def value(self, place: float) -> float:
        raw = self._sign * place
        return self.lever.clamp(math.exp(raw) if self.lever.log else raw)

    def add(self, value: float, measure: float) -> None:
        self.points.append((self.place(value), measure))
        self.points.sort()

    def tried(self, value: float) -> bool:
        return any(abs(p - self.place(value)) < self._step / 2 for p, _ in self.points)

    @property
    def _step(self) -> float:
        return self.lever.step

    def bracket(self) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        """The coarsest point above the goal's measure and the finest one at or below it, next to each other."""
        over = [p for p in self.points if p[1] > self.goal]
        under = [p for p in self.points if p[1] <= self.goal]
        low = over[-1] if over else None
        high = next((p for p in under if low is None or p[0] > low[0]), None)
        return low, high

    def next(self) -> float | None:
        """The next value worth an attempt; None when nothing between the neighbours is left to try."""
        low, high = self.bracket()
        ends = sorted((self.place(self.lever.finest), self.place(self.lever.coarsest)))
        if low is not None and high is not None:
            gap = high[0] - low[0]
            if gap <= self._step * 1.5:
                return None
            part = (low[1] - self.goal) / max(low[1] - high[1], 1e-9)
            # Pulled a little to the middle, so that one bad neighbour cannot hold the search at one end.
            part = min(max(0.9 * part + 0.05, 0.08), 0.92)
            if len(self.points) >= CLIFF_POINTS and low[1] - high[1] > CLIFF:
                part = 0.5  # a straight line has been wrong often enough
            place = low[0] + part * gap
        else:
            known = low or high
            if known is None:
                return self.value(self.place(self.lever.start))
            slope = self.slope_at(known)
            place = known[0] + (self.goal - known[1]) / slope
            if abs(place - known[0]) < self._step:
                place = known[0] + math.copysign(self._step, place - known[0])
        place = min(max(place, ends[0]), ends[1])
        value = self.value(place)
        return None if self.tried(value) else value

    def slope_at(self, known: tuple[float, float]) -> float:
        """Between the two points nearest to the goal; within a factor of four of the first guess."""
        others = sorted((p for p in self.points if p[0] != known[0]), key=lambda p: abs(p[0] - known[0]))
        slope = self.slope
        if others:
            far = others[0]
            slope = (far[1] - known[1]) / (far[0] - known[0])
        return -min(max(-slope, -self.slope / 4), -self.slope * 4)
