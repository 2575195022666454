"""Changes the times of moments: cuts, speed, dropped frames. Generators that keep the clock gapless.

Each takes and gives frames that start at 0 µs and follow each other without a gap, and holds at most two at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from .lazy_frame import Moment

SLIVER_US = 5_000  # what a cut leaves of a frame, if shorter than this and than a quarter of it, joins its neighbour
NEAR_US = 2_000
SLOT_US = 1_000  # containers round their times to milliseconds; a frame this much early still counts as in time


def cut(frames: Iterable[Moment], from_us: int, to_us: int | None) -> Iterator[Moment]:
    """The piece from ``from_us`` to ``to_us``, starting at 0. A frame cut in two is shown for the part that is left.
    A piece beyond the end gives the last frame for a moment: there is always one."""
    pending: Moment | None = None
    last: Moment | None = None
    carried = 0
    for frame in frames:
        end = frame.at_us + frame.hold_us
        last = frame
        if to_us is not None and frame.at_us >= to_us:
            break
        low = max(frame.at_us, from_us)
        high = end if to_us is None else min(end, to_us)
        if high <= low:
            continue
        left = high - low
        if left < min(SLIVER_US, frame.hold_us / 4):
            if pending is None:
                carried += left
            else:
                pending = replace(pending, hold_us=pending.hold_us + left, delay_cs=None)
            continue
        if pending is not None:
            yield pending
        whole = left == frame.hold_us and not carried
        at = low - from_us - carried
        pending = Moment(frame.shot, at, left + carried, frame.delay_cs if whole else None)
        carried = 0
    if pending is not None:
        yield pending
    elif last is not None:
        # Slivers of two frames may be a piece; less is shown as long as a browser shows anything.
        hold = carried if carried >= SLIVER_US else max((to_us or 0) - from_us, 10_000)
        yield Moment(last.shot, 0, hold, None)


def at_speed(frames: Iterable[Moment], speed: float) -> Iterator[Moment]:
    """Times divided by ``speed``, each rounded from the exact one, so errors never add up."""
    for frame in frames:
        start, end = round(frame.at_us / speed), round((frame.at_us + frame.hold_us) / speed)
        yield Moment(frame.shot, start, max(end - start, 0), None)


def made_long(frames: Iterable[Moment], length_us: int) -> Iterator[Moment]:
    """Exactly ``length_us``: the end is cut off, or the last frame held. Off by under 2 ms counts as exact already."""
    pending: Moment | None = None
    for frame in frames:
        if pending is not None:
            if frame.at_us >= length_us - NEAR_US:
                break
            yield pending
        pending = frame
    if pending is not None:
        near = abs(pending.at_us + pending.hold_us - length_us) < NEAR_US
        yield pending if near else _until(pending, length_us)


def _until(frame: Moment, end_us: int) -> Moment:
    return Moment(frame.shot, frame.at_us, max(end_us - frame.at_us, 1), None)


def every(frames: Iterable[Moment], nth: int) -> Iterator[Moment]:
    """Only every ``nth`` frame; each takes the time of those dropped after it."""
    yield from _keeping(frames, lambda number, frame, kept: number % nth == 0, longest=False)


def at_most(frames: Iterable[Moment], fps: float) -> Iterator[Moment]:
    """At most ``fps`` frames a second: of those that begin in one slot of 1/fps only the one shown
    longest. None is added."""

    def keep(number: int, frame: Moment, kept: Moment) -> bool:
        return _slot(frame.at_us, fps) > _slot(kept.at_us, fps)

    yield from _keeping(frames, keep)


def _slot(at_us: int, fps: float) -> int:
    return int((at_us + SLOT_US) * fps / 1_000_000)


def unhurried(frames: Iterable[Moment], least_us: int) -> Iterator[Moment]:
    """No frame shorter than ``least_us`` but perhaps the last: a frame too soon after the one kept is dropped."""

    def keep(number: int, frame: Moment, kept: Moment) -> bool:
        return frame.at_us - kept.at_us >= least_us

    yield from _keeping(frames, keep)


def _keeping(
    frames: Iterable[Moment], keep: Callable[[int, Moment, Moment], bool], *, longest: bool = True
) -> Iterator[Moment]:
    """Frames for which ``keep(number, frame, kept)`` holds, each with the time of those dropped after it. ``longest``:
    of a frame and those dropped after it the one that is shown longest is the picture, so what stays after a burst is
    what stayed before; else the first."""
    pending: Moment | None = None
    most = 0
    for number, frame in enumerate(frames):
        if pending is None or keep(number, frame, pending):
            if pending is not None:
                yield pending
            pending, most = frame, frame.hold_us
            continue
        shot = pending.shot
        if longest and frame.hold_us > most:
            shot, most = frame.shot, frame.hold_us
        pending = Moment(shot, pending.at_us, pending.hold_us + frame.hold_us, None)
    if pending is not None:
        yield pending


def no_more_than(frames: Iterable[Moment], count: int, length_us: int) -> Iterator[Moment]:
    """At most ``count`` frames of a clip that lasts ``length_us``: of those that begin in one of ``count`` equal slots
    only the one shown longest."""

    def slot(frame: Moment) -> int:
        return min((frame.at_us + SLOT_US) * count // max(length_us, 1), count - 1)

    yield from _keeping(frames, lambda number, frame, kept: slot(frame) > slot(kept))


def split(frames: Iterable[Moment], edges: list[int], least_us: int = 40_000) -> Iterator[Moment]:
    """Frames cut in two at ``edges`` where both parts last at least ``least_us``: over a still a text comes on time."""
    for frame in frames:
        rest = frame
        for edge in sorted(edges):
            before, after = edge - rest.at_us, rest.at_us + rest.hold_us - edge
            if before >= least_us and after >= least_us:
                yield Moment(rest.shot, rest.at_us, before, None)
                rest = Moment(rest.shot, edge, after, None)
        yield rest
