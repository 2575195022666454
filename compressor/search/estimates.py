"""What one plan comes to, estimated at one of three fidelities that answer the same questions.

    Glimpse  a few runs of its frames
    Proxy    the whole by a cheaper plan of the codec
    Real     attempts that count

Each encodes at a value of the lever and says what the whole weighs; from two or three of them it tells at which value
a goal is met and how that looks. ``ladder`` names the fidelities that serve a plan, the cheapest first. ``Secant`` says
which value of a lever to try next: pure arithmetic.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field

from ..codecs import Lever, turned
from ..goal import Attempt, Plan, Quality
from .encoder_session import Bench, Made

BISECTED = 5  # points, after which a straight line has been wrong often enough
SAMPLE_PIXELS = 4_000_000  # in all, beyond which there is a glimpse before more is encoded
TRIES = 3  # encodes of one estimate
# ln bytes by which the first encode may be over, where the lever's slope is unsure: beyond, its end is tried next, for
# there may be nothing between. Seven files at eight ceilings: the same looks (-0.05 to 0) in 5 % fewer seconds,
# where it applies 10 to 18 % fewer.
FAR_OVER = 1.5
LOOKS = 8  # frames; the same ones of each plan, so that what is compared is alike
# What a factor of e in bytes brings in points: so much of what a film lacks to 100; of pictures, which the coarse end
# of their levers ruins quickly; and no more than that of what has more bytes than anything that was seen of it.
LACK, POINTS_PICTURE, UPWARDS = 0.5, 45.0, 20.0
UNEVEN = 0.4  # of ln seconds: pictures that are shown for times so unlike are made in one pass
WORST_BELOW = 8.0  # points that the worst frame may look below a quality
CLOSE = 1.5  # points from a wish at which an estimate is near enough


def figure(quality: Quality) -> float:
    """What has to be at least a wish: the mean, and the worst frame as well, give or take WORST_BELOW."""
    return min(quality.mean, quality.worst + WORST_BELOW)


Point = tuple[float, float]  # (place, measure)


@dataclass
class Secant:
    """Finds where a falling function of "how coarse" crosses ``goal``.

    Values are put on a scale on which coarser is greater (``Lever.place``). ``add`` what was measured, ask ``next``.
    Between a point on either side of the goal it stays between them; the measured function need not be smooth or even
    strictly falling. ``slope``: first guess of d(measure) / d(place), below zero.
    """

    lever: Lever
    goal: float
    slope: float
    points: list[Point] = field(default_factory=list)

    def add(self, value: float, measure: float) -> None:
        self.points.append((self.lever.place(value), measure))
        self.points.sort()

    def tried(self, value: float) -> bool:
        return any(abs(p - self.lever.place(value)) < self.lever.step / 2 for p, _ in self.points)

    def bracket(self) -> tuple[Point | None, Point | None]:
        """The coarsest point above the goal's measure and the finest one at or below it, next to each other."""
        over = [p for p in self.points if p[1] > self.goal]
        under = [p for p in self.points if p[1] <= self.goal]
        low = over[-1] if over else None
        high = next((p for p in under if low is None or p[0] > low[0]), None)
        return low, high

    def next(self) -> float | None:
        """The next value worth an attempt; None when nothing between the neighbours is left to try."""
        low, high = self.bracket()
        step = self.lever.step
        if low is not None and high is not None:
            gap = high[0] - low[0]
            if gap <= step * 1.5:
                return None
            part = (low[1] - self.goal) / max(low[1] - high[1], 1e-9)
            # Pulled a little to the middle, so that one bad neighbour cannot hold the search at one end.
            part = 0.5 if len(self.points) >= BISECTED else min(max(0.9 * part + 0.05, 0.08), 0.92)
            place = low[0] + part * gap
        else:
            known = low or high
            if known is None:
                return self.lever.clamp(self.lever.start)
            place = self._beyond(known)
            if abs(place - known[0]) < step:
                place = known[0] + math.copysign(step, place - known[0])
        value = self.lever.at(place)
        return None if self.tried(value) else value

    def crossing(self) -> float:
        """Where it crosses the goal, if it is straight between its points and beyond them."""
        low, high = self.bracket()
        if low is None or high is None:
            known = low or high
            return self.lever.clamp(self.lever.start) if known is None else self.lever.at(self._beyond(known))
        part = (low[1] - self.goal) / max(low[1] - high[1], 1e-9)
        return self.lever.at(low[0] + part * (high[0] - low[0]))

    def measure(self, value: float) -> float:
        """What is to be expected at ``value``; there must be a point."""
        place = self.lever.place(value)
        low = [p for p in self.points if p[0] <= place]
        high = [p for p in self.points if p[0] >= place]
        if low and high:
            (p0, m0), (p1, m1) = low[-1], high[0]
            return m0 if p1 == p0 else m0 + (place - p0) / (p1 - p0) * (m1 - m0)
        known = low[-1] if low else high[0]
        return known[1] + self.slope_at(known) * (place - known[0])

    def hopeless(self) -> bool:
        """Two points say that even the coarsest is far above the goal."""
        if len(self.points) < 2:
            return False
        (p0, m0), (p1, m1) = self.points[-2:]
        slope = min((m1 - m0) / max(p1 - p0, 1e-9), 0.0)
        return m1 + slope * (self.lever.place(self.lever.coarsest) - p1) > self.goal + 0.1

    def slope_at(self, known: Point) -> float:
        """Between ``known`` and the point next to it; within a factor of four of the first guess."""
        others = [p for p in self.points if p[0] != known[0]]
        if not others:
            return self.slope
        near = min(others, key=lambda p: abs(p[0] - known[0]))
        slope = (near[1] - known[1]) / (near[0] - known[0])
        return min(max(slope, self.slope * 4), self.slope / 4)

    def _beyond(self, known: Point) -> float:
        return known[0] + (self.goal - known[1]) / self.slope_at(known)


@dataclass
class Seen:
    """A value that was tried: ln bytes of the real whole there, and the file while it may still be looked at."""

    value: float
    weight: float
    made: Made | None = None
    quality: Quality | None = None


class Estimate(ABC):
    """``error``: points by which its looks are off, as a rule. ``near``, in ln bytes: an encode so near to the goal
    ends the search for it, and is the only one that is looked at within ``one_look``."""

    error: float
    near: float
    one_look: float
    compares = True  # its looks tell one plan from another
    rates = True  # and one rate
    counts = False  # what it makes are real attempts

    def __init__(self, bench: Bench, plan: Plan, start: float, slope: float | None = None) -> None:
        """``start``: a value that may be near the answer; ``slope``: how bytes fall there, if that is known."""
        lever = bench.codec.lever(plan)
        assert lever is not None
        self.bench, self.lever, self.start, self.slope = bench, lever, start, slope or lever.fall
        quick = None if self.counts else bench.codec.quick(plan)
        self.plan = quick or plan
        self._real = 1.0 if quick is None else bench.codec.quick_share(quick)  # bytes of the real thing for one of its
        self.least = 0.0  # bytes at the coarsest, if that was tried and is above what was looked for
        self.seen: list[Seen] = []

    @abstractmethod
    def _encode(self, plan: Plan) -> tuple[float, Made]:
        """(bytes of the whole under that plan, the file)."""

    @abstractmethod
    def _glance(self, made: Made) -> Quality: ...

    def value_for(self, goal: float, tries: int = TRIES) -> float:
        """The lever's value at which it would have e**``goal`` bytes, after ``tries`` encodes at the most."""
        while len(self.seen) < tries and not self.least:
            secant = self.secant(goal)
            if any(abs(weight - goal) < self.near for _, weight in secant.points):
                break
            value: float | None = secant.next() if self.seen else self.lever.clamp(self.start)
            far = self.lever.unsure and any(seen.weight - goal > FAR_OVER for seen in self.seen[:1])
            if secant.hopeless() or value is None or far:
                value = self.lever.coarsest
            if secant.tried(value):
                break
            self._try(value, goal)
        value = self.secant(goal).crossing()
        # One that would be at the coarsest is tried there, for perhaps there is none.
        if value == self.lever.coarsest and min(seen.weight for seen in self.seen) > goal and not self.least:
            self._try(value, goal)
        return value

    def value_reaching(
        self, wanted: float, slope: float, more: Callable[[], bool] = lambda: True
    ) -> tuple[float, float]:
        """(the lever's value at which it would look like ``wanted``, how points fall there along its places);
        ``slope``: a first guess of that. ``more``: whether there is time for another look."""
        looks = Secant(self.lever, wanted, slope)
        value: float | None = self.lever.clamp(self.start)
        while value is not None and len(self.seen) < TRIES:
            self._try(value, math.inf)
            seen = figure(self._look(self.seen[-1]))
            looks.add(value, seen)
            value = None if abs(seen - wanted) < CLOSE or not more() else looks.next()
        return looks.crossing(), looks.slope_at(min(looks.points, key=lambda point: abs(point[1] - wanted)))

    def _try(self, value: float, goal: float) -> None:
        weight, made = self._encode(turned(self.bench.codec, self.plan, value))
        self.seen.append(Seen(value, math.log(max(weight * self._real, 1)), made))
        if value == self.lever.coarsest and self.seen[-1].weight > goal:
            self.least = weight * self._real

    def looks(self, goal: float) -> float:
        """The mean quality at e**``goal`` bytes, from the two encodes next to it; that of the finest, where that has
        fewer bytes."""
        for finest in self.seen:
            if finest.value == self.lever.finest and finest.weight < goal:
                return self._look(finest).mean
        near = sorted(self.seen, key=lambda seen: abs(seen.weight - goal))[:2]
        known, quality = near[0].weight, self._look(near[0]).mean
        slope = usual = self._points(quality)
        if len(near) > 1 and abs(known - goal) >= self.one_look and abs(near[1].weight - known) > 0.05:
            slope = (self._look(near[1]).mean - quality) / (near[1].weight - known)
            slope = min(max(slope, usual / 4), usual * 4)
        if goal > max(seen.weight for seen in near):  # beyond both of them each byte more brings less
            slope = min(slope, max(usual / 4, UPWARDS))
        return quality + slope * (goal - known)

    def at_most(self, goal: float) -> float:
        """Points that it hardly surpasses at e**``goal`` bytes, by one look."""
        near = min(self.seen, key=lambda seen: abs(seen.weight - goal))
        quality = self._look(near).mean
        return quality + self._points(quality) * max(goal - near.weight, 0.0)

    def _points(self, quality: float) -> float:
        """What a factor of e in bytes brings, as a rule, where it looks like ``quality``."""
        return LACK * (100.0 - quality) if self.bench.codec.spec.film else POINTS_PICTURE

    def _look(self, seen: Seen) -> Quality:
        if seen.quality is None:
            assert seen.made is not None
            seen.quality = seen.made.quality or self._glance(seen.made)
        return seen.quality

    def secant(self, goal: float) -> Secant:
        """What was seen."""
        secant = Secant(self.lever, goal, self.slope)
        for seen in self.seen:
            secant.add(seen.value, seen.weight)
        return secant

    def attempts(self) -> list[Made]:
        """The real attempts that were made, for whoever goes on from them."""
        return [seen.made for seen in self.seen if seen.made is not None] if self.counts else []

    def first_pass(self, goal: float) -> Made | None:
        """What was encoded so near to e**``goal`` bytes that a second pass can follow it, if anything was."""
        near = min(self.seen, key=lambda seen: abs(seen.weight - goal), default=None)
        if near is None or near.made is None or near.made.stats is None or abs(near.weight - goal) > 2 * self.near:
            return None
        # A second pass gives a picture that stays the quantiser of one that flashes by, where it is foretold from both.
        stats = near.made.stats
        return near.made if stats.text and stats.unevenness < UNEVEN else None

    def close(self) -> None:
        """Let go of the files that are still there to be looked at."""
        for seen in self.seen:
            seen.made = None


class Glimpse(Estimate):
    """A few runs of the frames: tells about where the lever will be, and of films one plan from another."""

    error, near, one_look, rates = 1.5, 0.1, 0.06, False

    def __init__(self, bench: Bench, plan: Plan, start: float, slope: float | None = None) -> None:
        super().__init__(bench, plan, start, slope)
        if not bench.codec.spec.film:
            self.compares, self.near = False, 0.5

    def _encode(self, plan: Plan) -> tuple[float, Made]:
        weight, file = self.bench.sampler.encode(plan)
        return weight, Made(Attempt(plan, round(weight), 0.0), file)

    def _glance(self, made: Made) -> Quality:
        return self.bench.sampler.glance(made.plan, made.path)


class Proxy(Estimate):
    """The whole by a cheaper plan whose bytes move with the lever as the real one's do."""

    error, near, one_look = 0.8, 0.25, 0.2

    def _encode(self, plan: Plan) -> tuple[float, Made]:
        made = self.bench.trial(plan)
        return made.bytes, made

    def _glance(self, made: Made) -> Quality:
        return self.bench.glance(made, LOOKS)


class Real(Estimate):
    """Real attempts, few of them. None of them is lost to the search that follows."""

    error, near, one_look = 0.3, 0.1, 0.06
    counts = True

    def _encode(self, plan: Plan) -> tuple[float, Made]:
        made = self.bench.encode(plan)
        return made.bytes, made

    def _glance(self, made: Made) -> Quality:
        quality = self.bench.look(made).quality
        assert quality is not None
        return quality


def ladder(bench: Bench, plan: Plan) -> list[type[Estimate]]:
    """The fidelities that are worth their time for ``plan``, the cheapest first."""
    film, count = bench.codec.spec.film, bench.shape.frame_count
    # A card's encoder has one speed; and there is nothing to be saved on a still.
    if bench.codec.quick(plan) is not None and not bench.stage.encoder and count > 1:
        return [Glimpse, Proxy] if count >= 2 * LOOKS and bench.pixels > SAMPLE_PIXELS else [Proxy]
    return [Real] if film or bench.pixels <= SAMPLE_PIXELS else [Glimpse, Real]
