"""Cross-fades and fades through a colour between the clips of the timeline.

A cross-fade mixes what both clips show, premultiplied and as it is stored, like everything else here. It keeps the
clock of the quicker of the two; what stands still meanwhile is split into steps of a 25th of a second. Both clips are
decoded lazily: of each no more is held than the moment shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ..jit import njit
from ..media import RGBA
from .entrance import FADE_STEP_US
from .lazy_frame import Moment, Shot

SLIVER_US = 5_000  # a moment that is shorter joins the next one
SLOW_US = FADE_STEP_US * 3 // 2  # a moment that is longer is split while something fades


class Clock:
    """The moments of one clip, looked up by times that rise."""

    def __init__(self, moments: Iterable[Moment]) -> None:
        self._moments = iter(moments)
        self._now = next(self._moments, None)

    def at(self, time_us: int) -> Moment | None:
        """The moment that is shown at that time; None of a clip without any."""
        while self._now is not None and self._now.at_us + self._now.hold_us <= time_us:
            following = next(self._moments, None)
            if following is None:
                break  # the last one stays
            self._now = following
        return self._now

    def until(self, time_us: int) -> Iterator[Moment]:
        """The moments from where the clock stands up to that time; the last is cut off there."""
        while self._now is not None and self._now.at_us < time_us:
            end = self._now.at_us + self._now.hold_us
            if end > time_us:
                yield Moment(self._now.shot, self._now.at_us, time_us - self._now.at_us)
                self._now = Moment(self._now.shot, time_us, end - time_us)
                return
            yield self._now
            self._now = next(self._moments, None)

    def skip(self, time_us: int) -> None:
        """Forgets what is shown before that time."""
        now = self.at(time_us)
        if now is not None and now.at_us < time_us:
            self._now = Moment(now.shot, time_us, max(now.at_us + now.hold_us - time_us, 1))


def crossed(before: Clock, after: Clock, begin_us: int, length_us: int, *, led_by_after: bool) -> Iterator[Moment]:
    """The cross-fade from ``before``, at ``begin_us`` of its own time, to ``after`` at its start, on a clock from 0.
    ``led_by_after``: it has the clock of the clip that comes."""
    at = 0
    while at < length_us:
        one, other = before.at(begin_us + at), after.at(at)
        if one is None or other is None:
            return
        ends = other.at_us + other.hold_us if led_by_after else one.at_us + one.hold_us - begin_us
        stop = _step(at, ends, length_us)
        yield Moment(Shot.of(partial(_mixed, one.shot, other.shot, at / length_us)), at, stop - at)
        at = stop


def _step(at: int, ends: int, last: int) -> int:
    """Where the moment at ``at`` ends that would be shown until ``ends``."""
    if ends <= at or ends - at > SLOW_US:
        ends = at + FADE_STEP_US
    return last if last - ends < SLIVER_US else ends


def through(
    moments: Iterable[Moment], colour: tuple[int, int, int], share: Callable[[int], float], from_us: int, to_us: int
) -> Iterator[Moment]:
    """The moments, mixed with ``colour`` between two times: ``share`` (0-1) of it at a time."""
    for moment in moments:
        end = moment.at_us + moment.hold_us
        if end <= from_us or moment.at_us >= to_us:
            yield moment
            continue
        at = moment.at_us
        if from_us - at >= SLIVER_US:
            yield Moment(moment.shot, at, from_us - at)
            at = from_us
        while at < min(end, to_us):
            stop = _step(at, min(end, to_us), min(end, to_us))
            if end - stop < SLIVER_US:
                stop = end
            yield Moment(Shot.of(partial(_tinted, moment.shot, colour, share(at))), at, stop - at)
            at = stop
        if at < end:
            yield Moment(moment.shot, at, end - at)


def _mixed(one: Shot, other: Shot, share: float) -> RGBA:
    if share <= 0:
        return one.drawn()
    first, second = one.drawn(), other.drawn()
    mixed = np.empty_like(first)
    _mix(first, second, round(share * 256), mixed)
    return mixed


def _tinted(shot: Shot, colour: tuple[int, int, int], share: float) -> RGBA:
    if share <= 0:
        return shot.drawn()
    picture = shot.drawn()
    tint = np.empty_like(picture)
    tint[:] = (*colour, 255)
    mixed = np.empty_like(picture)
    _mix(picture, tint, round(min(share, 1.0) * 256), mixed)
    return mixed


@njit(nogil=True, cache=True)
def _mix(one: Any, other: Any, share: Any, out: Any) -> None:
    """``share`` / 256 of ``other`` and the rest of ``one``: straight RGBA of one shape, mixed as if premultiplied."""
    height, width, _ = one.shape
    rest = 256 - share
    for y in range(height):
        for x in range(width):
            a, b = one[y, x, 3] * rest, other[y, x, 3] * share
            if a + b == 65280:
                for c in range(3):
                    out[y, x, c] = (one[y, x, c] * a + other[y, x, c] * b + 32640) // 65280
                out[y, x, 3] = 255
            elif a + b == 0:
                for c in range(4):
                    out[y, x, c] = 0
            else:
                for c in range(3):
                    out[y, x, c] = (one[y, x, c] * a + other[y, x, c] * b + (a + b) // 2) // (a + b)
                out[y, x, 3] = (a + b + 128) // 256


def warm() -> None:
    """Compiles the kernel."""
    blank = np.zeros((2, 2, 4), np.uint8)
    _mix(blank, blank, 0, blank.copy())
