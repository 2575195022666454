"""Finds the rectangle that changes from one frame to the next, for formats that store rectangles (WebP, APNG).

Source frames are compared with source frames, so errors of an encoder do not add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count, sched_getaffinity
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ..media import HASTE_US, RGBA, Frame

U32 = npt.NDArray[np.uint32]
Mask = npt.NDArray[np.bool_]
In = TypeVar("In")
Out = TypeVar("Out")
Pixel = TypeVar("Pixel", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Rect:
    left: int
    top: int
    width: int
    height: int

    def of(self, picture: npt.NDArray[Pixel]) -> npt.NDArray[Pixel]:
        """The part of ``picture`` inside (a view)."""
        return picture[self.top : self.top + self.height, self.left : self.left + self.width]

    def widened(self, grid: int, width: int, height: int) -> Rect:
        """The same, its corner moved to a multiple of ``grid`` and cut at the canvas."""
        left, top = self.left // grid * grid, self.top // grid * grid
        return Rect(left, top, min(self.left + self.width, width) - left, min(self.top + self.height, height) - top)


def cleaned(rgba: RGBA) -> RGBA:
    """The picture with one colour for everything that is invisible, so that equal looks compare as equal."""
    alpha = rgba[..., 3]
    if alpha.min() > 0:
        return np.ascontiguousarray(rgba)
    packed = np.ascontiguousarray(rgba).view(np.uint32)[..., 0]
    out = np.where(alpha != 0, packed, np.uint32(0))
    return out.view(np.uint8).reshape(rgba.shape)


def packed(rgba: RGBA) -> U32:
    """One uint32 a pixel."""
    return np.ascontiguousarray(rgba).view(np.uint32)[..., 0]


def paced(frames: Iterable[Frame], unit_us: int = 1000) -> Iterator[tuple[RGBA, int]]:
    """(picture, hold in units) with equal neighbours merged; the running total is exact to half a unit.

    A hold that browsers would not show as it is (10 ms or less) is not written: such a picture takes the time of those
    that follow until it has enough.
    """
    shortest = HASTE_US // unit_us + 1
    ready: tuple[RGBA, int] | None = None
    held: RGBA | None = None
    end = hold = 0
    for frame in frames:
        start, end = end, round((frame.at_us + frame.hold_us) / unit_us)
        picture = cleaned(frame.rgba)
        if held is None:
            held = picture
        elif hold >= shortest and not np.array_equal(packed(held), packed(picture)):
            if ready is not None:
                yield ready
            ready, held, hold = (held, hold), picture, 0
        hold += end - start
    if held is None:
        return
    if ready is not None and hold < shortest:
        yield ready[0], ready[1] + hold
        return
    if ready is not None:
        yield ready
    yield held, max(hold, shortest)


def bounds(changed: Mask) -> Rect | None:
    """The smallest rectangle around what is set; None when nothing is."""
    rows = np.flatnonzero(changed.any(axis=1))
    if not rows.size:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(changed[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    return Rect(left, top, right - left, bottom - top)


def cores() -> int:
    """How many threads may run at once here."""
    try:
        return len(sched_getaffinity(0))
    except (AttributeError, OSError):
        return cpu_count() or 1


def in_order(work: Callable[[In], Out], items: Iterable[In], threads: int | None = None) -> Iterator[Out]:
    """``map`` over threads: results in order, never more than a few items ahead."""
    threads = threads or cores()
    if threads == 1:
        yield from map(work, items)
        return
    waiting: list[Future[Out]] = []
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > 2 * threads:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()
