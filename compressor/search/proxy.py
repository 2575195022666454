"""How bytes and looks move with the lever, found with something cheaper that moves as the real thing does.

Films are rehearsed whole by a cheaper plan, two values at a time on two cores; pictures by a sample of their frames, or
by a real attempt or two where plans are to be compared. A rehearsal tells where the attempts begin that count, and
which of several plans they follow.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..codecs import Lever, turned
from ..goal import Attempt, Plan, Quality
from .curve import Curve
from .encoder_session import Bench, Made
from .glimpse import LEAST_FRAMES
from .secant import Secant

SAMPLE_PIXELS = 4_000_000  # pictures beyond this are rehearsed on a sample of half of it
SAMPLE_TRIES = 4
FILM_ROUNDS = 3  # of two values each
APART, CLOSER, FURTHER = 2.0, 1.2, 4.0  # fiftieths of the lever to either side of where the crossing is thought to be
CLOSE, CLOSE_ALONE = 0.06, 0.25  # of ln bytes: a rehearsal that comes so near is not refined; if the slope is known
UNEVEN = 0.4  # of ln seconds: pictures that are shown for times so unlike are made in one pass
FOLLOWED = 0.5  # of ln bytes, by which a second pass may be away from its first
FAR_OFF = 0.5  # of ln bytes, by which what was believed was wrong
WHOLE_TRIES = 3
LOOKS = 8  # frames; the same ones of each plan, so that what is compared is alike
# What a factor of e in bytes brings in points, and how near (in ln bytes) to the goal one look is enough. Pictures are
# ruined quickly by the coarse end of their levers.
POINTS, NEAR = 9.0, 0.2
FEW_PIXELS = 2_000_000  # in all: a second look at so few costs nothing
POINTS_PICTURE, NEAR_PICTURE, UPWARDS = 45.0, 0.06, 20.0
TELLS = 0.25  # of ln bytes from the goal: a picture that is farther off is not judged by one look
FAR_OVER, RUINED = 0.2, 50.0  # of ln bytes above the goal; points below which a picture is no use at its size
NEAR_ENOUGH = 0.13  # of ln bytes, once two attempts tell how both bytes and looks move


def hopeless(secant: Secant, limit: int) -> bool:
    """Two attempts say that even the coarsest is far above the ceiling."""
    if len(secant.points) < 2:
        return False
    (p0, b0), (p1, b1) = secant.points[-2:]
    end = max(secant.place(secant.lever.finest), secant.place(secant.lever.coarsest))
    slope = (b1 - b0) / max(p1 - p0, 1e-9)
    return b1 + min(slope, 0.0) * (end - p1) > math.log(limit) + 0.1


def way(lever: Lever) -> float:
    """+1 when the lever's slope is already given along "coarser", else -1."""
    return 1.0 if lever.coarsest > lever.finest else -1.0


@dataclass
class _Seen:
    """A value that was tried: ln bytes, and the file while it may still be looked at."""

    value: float
    weight: float
    made: Made | None = None
    quality: Quality | None = None


class Rehearsal(ABC):
    """What one plan would come to, told at some fidelity; ``of`` answers None where the real one is cheap enough or
    has no cheaper. Whoever asks one need not know which fidelity it has:

        _Sampled  some frames by the plan itself: bytes only
        Glimpse   some frames of a film by a cheaper plan
        Film      the whole film by a cheaper plan
        Whole     real attempts, which count
    """

    real = 1.0  # bytes of the real thing for one that a rehearsal says, as a rule
    sees = False  # what it makes can be looked at
    cheap = False  # a cheaper plan stands for the real one
    counts = False  # what it makes are real attempts

    def __init__(self, bench: Bench, plan: Plan, lever: Lever, start: float) -> None:
        self.bench, self.plan, self.lever = bench, plan, lever
        self.slope = lever.slope * way(lever)
        self.start = start
        self.least = 0.0  # bytes at the coarsest, if that was tried and is above what was looked for
        self.seen: list[_Seen] = []

    @classmethod
    def of(cls, bench: Bench, plan: Plan, start: float) -> Rehearsal | None:
        """The rehearsal of ``plan``; ``start``: a value that may be near the answer."""
        codec, lever, shape = bench.codec, bench.codec.lever(plan), bench.shape
        if lever is None:
            return None
        quick = codec.quick(plan)
        # A card's encoder has one speed; and there is nothing to be saved on a still.
        if quick is not None and not bench.stage.encoder and shape.frame_count > 1:
            return Film(bench, quick, lever, start)
        if codec.spec.film or shape.width * shape.height * shape.frame_count <= SAMPLE_PIXELS:
            return None
        return _Sampled(bench, plan, lever, start)

    def looks(self, goal: float) -> float:
        """The mean quality at e**``goal`` bytes; -inf where nothing can be looked at."""
        return -math.inf

    def tells(self, goal: float, bar: float) -> bool:
        """Whether what was tried says something about the looks at e**``goal`` bytes, beside ``bar``."""
        return True

    def attempts(self) -> list[Made]:
        """The real attempts that were made, for whoever goes on from them; asked for once."""
        return []

    def first_pass(self, goal: float) -> Made | None:
        """What was rehearsed so near to e**``goal`` bytes that a second pass can follow it, if anything was."""
        return None

    def follow(self, other: Rehearsal) -> None:  # noqa: B027 — most have nothing to follow
        """Believe what a rehearsal of less fidelity said of the same plan, as far as that is possible."""

    def close(self) -> None:
        """Let go of the files that are still there to be looked at."""
        for seen in self.seen:
            seen.made = None

    @property
    def scales(self) -> bool:
        """Whether at one value of the lever bytes go with pixels, but for what the codec says is fixed: then attempts
        tell much of those at other sizes, and few of them are enough."""
        return self.bench.codec.fixed_bytes(self.bench.shape) is not None

    def curve(self) -> Curve:
        return Curve(self._secant(0.0).points, self.slope)

    @abstractmethod
    def value_for(self, goal: float, rounds: int | None = None) -> float:
        """The lever's value at which it would have e**``goal`` bytes; tries what it needs to say so, or ``rounds``."""

    def _secant(self, goal: float) -> Secant:
        secant = Secant(self.lever, goal, self.slope)
        for seen in self.seen:
            secant.add(seen.value, seen.weight)
        return secant

    def _crossing(self, secant: Secant) -> float:
        """Between the neighbours of the goal on a straight line of ln bytes; beyond them along the slope."""
        low, high = secant.bracket()
        if low is not None and high is not None:
            part = (low[1] - secant.goal) / max(low[1] - high[1], 1e-9)
            return secant.value(low[0] + part * (high[0] - low[0]))
        following = secant.next()
        if following is None:
            return min(self.seen, key=lambda seen: abs(seen.weight - secant.goal)).value
        return following

    def instead(self, proposed: float, secant: Secant, value: float, measured: int) -> float:
        """A better value than the secant's ``proposed`` one: what is off at ``value`` will be off by as much nearby."""
        low, high = secant.bracket()
        if low is not None and high is not None:
            return proposed
        guess = self.value_for(secant.goal + self.at(value) - math.log(max(measured, 1)))
        coarser = secant.place(guess) > secant.place(value)
        return guess if coarser == (low is not None) and not secant.tried(guess) else proposed

    def at(self, value: float) -> float:
        """ln bytes of the cheaper one at ``value``: between the points, or along the slope beyond them."""
        secant = self._secant(0.0)
        place = secant.place(value)
        low = [p for p in secant.points if p[0] <= place]
        high = [p for p in secant.points if p[0] >= place]
        if low and high:
            (p0, m0), (p1, m1) = low[-1], high[0]
            return m0 if p1 == p0 else m0 + (place - p0) / (p1 - p0) * (m1 - m0)
        p0, m0 = low[-1] if low else high[0]
        return m0 + secant.slope_at((p0, m0)) * (place - p0)


class Seeing(Rehearsal):
    """One whose files can be looked at."""

    points, near = POINTS, NEAR
    sees = True

    @classmethod
    def of(cls, bench: Bench, plan: Plan, start: float) -> Rehearsal | None:
        """The same, by real attempts where nothing cheaper can be looked at."""
        lever, found = bench.codec.lever(plan), Rehearsal.of(bench, plan, start)
        if lever is None or (found is not None and found.sees):
            return found
        return Whole(bench, plan, lever, start)

    def _saw(self, value: float, weight: float, goal: float, made: Made) -> None:
        self.seen.append(_Seen(value, math.log(max(weight, 1)), made))
        if self.lever.clamp(value) == self.lever.coarsest and self.seen[-1].weight > goal:
            self.least = float(weight)

    def _ended(self, goal: float) -> float:
        """The crossing; one that would be at the coarsest is tried there, for perhaps there is none."""
        value = self._crossing(self._secant(goal))
        nearest = min(seen.weight for seen in self.seen)
        if nearest > goal and self.lever.clamp(value) == self.lever.coarsest and not self.least:
            self._try([self.lever.coarsest], goal)
            value = self._crossing(self._secant(goal))
        return value

    @abstractmethod
    def _try(self, values: list[float], goal: float) -> None:
        """Encode these values, and remember what they came to."""

    def looks(self, goal: float) -> float:
        """From the two values next to it; that of the finest, where that has fewer bytes."""
        for finest in self.seen:
            if self.lever.clamp(finest.value) == self.lever.finest and finest.weight < goal:
                return self._look(finest).mean
        near = sorted(self.seen, key=lambda seen: abs(seen.weight - goal))[:2]
        if abs(near[0].weight - goal) < self._spares_a_look:
            del near[1:]
        seen = [(s.weight, self._look(s).mean) for s in near]
        if len(seen) == 2 and abs(seen[0][0] - seen[1][0]) > 0.05:
            (w0, q0), (w1, q1) = seen
            slope = min(max((q1 - q0) / (w1 - w0), self.points / 4), self.points * 4)
            if self.scales and goal > max(w0, w1):  # beyond both of them each byte more brings less
                slope = min(slope, max(self.points / 4, UPWARDS))
        else:
            (w0, q0), slope = seen[0], self.points if goal < seen[0][0] else min(self.points, UPWARDS)
        return q0 + slope * (goal - w0)

    @property
    def _spares_a_look(self) -> float:
        """How near to the goal, in ln bytes, one look is enough."""
        return self.near

    def _look(self, seen: _Seen) -> Quality:
        if seen.quality is None:
            assert seen.made is not None
            seen.quality = self._glance(seen.made)
        return seen.quality

    def _glance(self, made: Made) -> Quality:
        return self.bench.glance(made, LOOKS)


class Film(Seeing):
    """The whole film by a cheaper plan, two values at once."""

    cheap = True
    apart = (APART, CLOSER)
    straight = 1.0  # of ln bytes: a pair on either side of the goal that is no further apart is a straight line
    enough = CLOSE
    alone, far_off = False, FAR_OFF  # one value at a time, as long as the start and the slope are trusted

    @property
    def real(self) -> float:  # type: ignore[override]
        return self.bench.codec.quick_share(self.plan)

    @property
    def _spares_a_look(self) -> float:
        shape = self.bench.shape
        return self.near / (4 if shape.width * shape.height * shape.frame_count < FEW_PIXELS else 1)

    def follow(self, other: Rehearsal) -> None:
        """Until it is seen to be far off."""
        places = sorted((self.lever.clamp(s.value) * way(self.lever), s.weight) for s in other.seen)
        (p0, w0), (p1, w1) = places[0], places[-1]
        if p1 > p0 and w1 < w0:
            self.slope = min(max((w1 - w0) / (p1 - p0), self.slope * 4), self.slope / 4)
        if p1 > p0 or self.bench.codec.faithful(self.plan):
            self.alone, self.enough = True, CLOSE_ALONE

    def value_for(self, goal: float, rounds: int | None = None) -> float:
        for _ in range(rounds or FILM_ROUNDS):
            secant = self._secant(goal)
            if self.alone and self.seen and abs(self.seen[-1].weight - goal) > self.far_off:
                self.alone, self.enough = False, CLOSE
            if self._enough(secant) or self.least or not (following := self._next(secant)):
                break
            self._try(following, goal)
        return self._ended(goal)

    def first_pass(self, goal: float) -> Made | None:
        near = min(self.seen, key=lambda seen: abs(seen.weight - goal), default=None)
        if near is None or near.made is None or near.made.stats is None or abs(near.weight - goal) > FOLLOWED:
            return None
        # A second pass gives a picture that stays the quantiser of one that flashes by, where it is foretold from both.
        even = near.made.stats.unevenness < UNEVEN
        return near.made if even and near.made.stats.text else None

    def _enough(self, secant: Secant) -> bool:
        if any(abs(measure - secant.goal) < self.enough for _, measure in secant.points):
            return True
        low, high = secant.bracket()
        return low is not None and high is not None and low[1] - high[1] < self.straight

    def _next(self, secant: Secant) -> list[float]:
        low, high = secant.bracket()
        if not self.seen:
            middle, apart = self.start, self.apart[0]
        else:
            middle, apart = self._crossing(secant), self.apart[1]
            if low is None or high is None:
                apart = min(apart * 1.5, self.apart[0])
                if hopeless(secant, round(math.exp(secant.goal))):
                    middle = self.lever.coarsest
        if self.alone:
            apart = 0.0
        apart *= abs(self.lever.coarsest - self.lever.finest) / 50.0
        pair = {self.lever.clamp(middle - apart), self.lever.clamp(middle + apart)}
        return sorted(value for value in pair if not secant.tried(value))

    def _try(self, values: list[float], goal: float) -> None:
        bench = self.bench
        plans = [turned(bench.codec, self.plan, value) for value in values]
        for value, made in zip(values, bench.rehearsed(plans), strict=True):
            self._saw(value, made.bytes, goal, made)


class Glimpse(Film):
    """A dozen of a film's frames: enough to tell one plan from another and about where the lever will be."""

    apart = (FURTHER, FURTHER / 2)
    straight, far_off = math.inf, math.inf

    @classmethod
    def of(cls, bench: Bench, plan: Plan, start: float) -> Glimpse | None:
        """None where a glimpse is not much less than the whole film."""
        found = Film.of(bench, plan, start)
        if found is None or not found.cheap or bench.shape.frame_count < LEAST_FRAMES:
            return None
        glimpse = cls(bench, found.plan, found.lever, start)
        if bench.codec.faithful(found.plan):
            glimpse.alone, glimpse.enough = True, CLOSE_ALONE
        return glimpse

    def _try(self, values: list[float], goal: float) -> None:
        for value in values:
            plan = turned(self.bench.codec, self.plan, value)
            weight, file = self.bench.sampler.glimpse(plan)
            self._saw(value, weight, goal, Made(Attempt(plan, round(weight), 0.0), file))

    def _glance(self, made: Made) -> Quality:
        return self.bench.sampler.glance(made.plan, made.path)


class _Sampled(Rehearsal):
    """A sample of the frames by the plan itself."""

    def __init__(self, bench: Bench, plan: Plan, lever: Lever, start: float) -> None:
        super().__init__(bench, plan, lever, start)
        self.frames = max(6, SAMPLE_PIXELS // 2 // (bench.shape.width * bench.shape.height))

    def value_for(self, goal: float, rounds: int | None = None) -> float:
        following: float | None = self._secant(goal).next() if self.seen else self.start
        for _ in range(rounds or SAMPLE_TRIES):
            secant = self._secant(goal)
            if following is None or any(abs(measure - goal) < CLOSE for _, measure in secant.points):
                break
            weight = self.bench.sampler.weight(turned(self.bench.codec, self.plan, following), self.frames)
            measure = math.log(max(weight, 1.0))
            self.seen.append(_Seen(following, measure))
            secant.add(following, measure)
            if self.lever.clamp(following) == self.lever.coarsest and measure > goal:
                self.least = math.exp(measure)
                break
            following = self.lever.coarsest if hopeless(secant, round(math.exp(goal))) else secant.next()
        secant = self._secant(goal)
        following = secant.next()
        return following if following is not None else self._crossing(secant)


class Whole(Seeing):
    """Real attempts, few of them: for plans of which one is chosen. None of them is lost to the search that follows."""

    points, near = POINTS_PICTURE, NEAR_PICTURE
    counts = True

    def value_for(self, goal: float, rounds: int | None = None) -> float:
        for _ in range(rounds or WHOLE_TRIES - len(self.seen)):
            secant = self._secant(goal)
            near = NEAR_ENOUGH if len(self.seen) > 1 and self.scales else self.near
            if self.least or any(abs(measure - goal) < near for _, measure in secant.points) or self._ruined(goal):
                break
            value = self.start if not self.seen else secant.next()
            if len(self.seen) > 1 and hopeless(secant, round(math.exp(goal))):
                value = self.lever.coarsest
            if value is None or secant.tried(value):
                break
            self._try([value], goal)
        return self._crossing(self._secant(goal)) if self._ruined(goal) else self._ended(goal)

    def _ruined(self, goal: float) -> bool:
        """Two attempts are far too large and say that a third, which fits, would look so bad that it is no use."""
        if not self.scales or len(self.seen) < 2 or min(seen.weight for seen in self.seen) < goal + FAR_OVER:
            return False
        return self.looks(goal) < RUINED

    def _try(self, values: list[float], goal: float) -> None:
        for value in values:
            made = self.bench.encode(turned(self.bench.codec, self.plan, value))
            self._saw(value, made.bytes, goal, made)

    def instead(self, proposed: float, secant: Secant, value: float, measured: int) -> float:
        return proposed  # real attempts know no better

    def tells(self, goal: float, bar: float) -> bool:
        """If it is near there, or if even more bytes look worse."""
        if not self.scales:
            return True
        near = any(abs(seen.weight - goal) < TELLS for seen in self.seen)
        return near or any(seen.weight > goal and self._look(seen).mean < bar for seen in self.seen)

    def attempts(self) -> list[Made]:
        made = [seen.made for seen in self.seen if seen.made is not None]
        for seen in self.seen:
            seen.made = None
        return made

    def _look(self, seen: _Seen) -> Quality:
        if seen.quality is None:
            assert seen.made is not None
            if self.scales:
                seen.quality = seen.made.quality or self.bench.glance(seen.made, LOOKS)
            else:
                seen.quality = self.bench.look(seen.made).quality
        assert seen.quality is not None
        return seen.quality
