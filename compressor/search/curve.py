"""How bytes fall along a lever, as attempts at other sizes told it. Pure arithmetic.

At one value of a lever bytes go with pixels, about; and where they do not quite, the curve keeps its form. So the
attempts at one size tell where to begin at the next.
"""

from __future__ import annotations

from dataclasses import dataclass

Point = tuple[float, float]  # (place of the lever, ln bytes); places and slopes as in ``secant``


@dataclass
class Curve:
    """A line from point to point, which goes on at its ends. ``slope``: what it is like where there is but one point;
    the curve's own is within a factor of four of that."""

    points: list[Point]
    slope: float

    def __post_init__(self) -> None:
        self.points = sorted(self.points)

    def slope_at(self, place: float) -> float:
        """Of the piece that holds ``place``, or of the nearest."""
        if len(self.points) < 2:
            return self.slope
        pieces = zip(self.points, self.points[1:], strict=False)
        (p0, w0), (p1, w1) = min(pieces, key=lambda piece: max(piece[0][0] - place, place - piece[1][0], 0.0))
        slope = (w1 - w0) / (p1 - p0) if p1 > p0 else self.slope
        return min(max(slope, self.slope * 4), self.slope / 4)

    def at(self, place: float) -> float:
        near = min(self.points, key=lambda point: abs(point[0] - place))
        return near[1] + self.slope_at((near[0] + place) / 2) * (place - near[0])

    def place(self, weight: float) -> float:
        """Where ln bytes are ``weight``, from the point whose own are nearest to it."""
        near = min(self.points, key=lambda point: abs(point[1] - weight))
        ahead = near[0] + (1e-6 if near[1] > weight else -1e-6)
        return near[0] + (weight - near[1]) / self.slope_at(ahead)

    def joined(self, other: Curve) -> Curve:
        """This one, and beyond its ends the other, moved so that they meet."""
        if not self.points or not other.points:
            return self if self.points else other
        low, high = self.points[0], self.points[-1]
        below = [p for p in other.points if p[0] < low[0]]
        above = [p for p in other.points if p[0] > high[0]]
        down, up = low[1] - other.at(low[0]), high[1] - other.at(high[0])
        points = [(p, w + down) for p, w in below] + self.points + [(p, w + up) for p, w in above]
        return Curve(points, self.slope)
