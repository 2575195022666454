"""The canvas of a GIF while it plays, and the disposal that each frame needs for the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...jit import njit

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]

KEEP, CLEAR, RESTORE = 1, 2, 3
SHORTEST_CS = 2  # below this a browser shows 10
Box = tuple[int, int, int, int]  # x0, y0, x1, y1; x1 == 0 is nothing
NOTHING: Box = (0, 0, 0, 0)


@dataclass(slots=True)
class Leave:
    """How the frame is disposed of, and the box that its rectangle must cover for that.

    ``wiped``: a box that is cleared by a frame of its own, which draws nothing, at the end of the delay.
    """

    disposal: int
    box: Box
    wiped: Box = NOTHING


def leave(before: U32, shown: U32, following: U32 | None, delay_cs: int = 0, price: float = 0.0) -> Leave:
    """Choose the disposal of a frame that shows ``shown`` over ``before``, when ``following`` comes next.

    Only a pixel that must become transparent asks for anything but keeping. What leaves the fewest pixels to draw is
    taken: to restore what was before, to clear the frame's rectangle, or, where the delay can be shared (``delay_cs``),
    to let a second frame clear no more than the pixels that go; ``price`` is what a drawn pixel has cost, in bytes.
    """
    if following is None:
        return Leave(KEEP, NOTHING)
    gone = box_of_gone(shown, following)
    if not gone[2]:
        return Leave(KEEP, gone)
    restorable, after_restore, after_wipe = _compare(before, shown, following, *gone)
    _, _, after_clear = _compare(before, shown, following, *join(box_of_change(before, shown), gone))
    least = min(after_clear, after_restore) if restorable else after_clear
    if delay_cs >= 2 * SHORTEST_CS and after_wipe * price + wipe_bytes(gone) < least * price:
        return Leave(KEEP, NOTHING, gone)
    if restorable and after_restore <= after_clear:
        return Leave(RESTORE, NOTHING)
    return Leave(CLEAR, gone)


def wipe_bytes(box: Box) -> float:
    """What a frame that only clears ``box`` costs, about: runs of one index, each longer by one than the last."""
    codes = (2.0 * (box[2] - box[0]) * (box[3] - box[1])) ** 0.5
    return 22.0 + codes * int(codes + 6.0).bit_length() / 8.0


def join(a: Box, b: Box) -> Box:
    if not a[2]:
        return b
    if not b[2]:
        return a
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


def clear(canvas: U32, box: Box) -> None:
    canvas[box[1] : box[3], box[0] : box[2]] = 0


@njit(cache=True, nogil=True)
def box_of_change(a: U32, b: U32) -> Box:
    """The smallest box outside which ``a`` and ``b`` are equal."""
    height, width = a.shape
    x0, y0, x1, y1 = width, height, 0, 0
    for y in range(height):
        first = 0
        while first < width and a[y, first] == b[y, first]:
            first += 1
        if first == width:
            continue
        final = width - 1
        while final >= x1 and a[y, final] == b[y, final]:
            final -= 1
        x0 = min(x0, first)
        x1 = max(x1, final + 1)
        y0 = min(y0, y)
        y1 = y + 1
    if x1 == 0:
        return 0, 0, 0, 0
    return x0, y0, x1, y1


@njit(cache=True, nogil=True)
def box_of_gone(shown: U32, following: U32) -> Box:
    """The box of the pixels that are opaque in ``shown`` and transparent in ``following``."""
    height, width = shown.shape
    x0, y0, x1, y1 = width, height, 0, 0
    for y in range(height):
        for x in range(width):
            if following[y, x] == 0 and shown[y, x] != 0:
                x0 = min(x0, x)
                x1 = max(x1, x + 1)
                y0 = min(y0, y)
                y1 = y + 1
    if x1 == 0:
        return 0, 0, 0, 0
    return x0, y0, x1, y1


@njit(cache=True, nogil=True)
def _compare(before: U32, shown: U32, following: U32, x0: int, y0: int, x1: int, y1: int) -> tuple[bool, int, int]:
    restorable = True
    restore = clear = 0
    height, width = shown.shape
    for y in range(height):
        for x in range(width):
            f = following[y, x]
            if f == 0 and before[y, x] != 0:
                restorable = False
            if f != before[y, x]:
                restore += 1
            if x0 <= x < x1 and y0 <= y < y1:
                if f != 0:
                    clear += 1
            elif f != shown[y, x]:
                clear += 1
    return restorable, restore, clear


@njit(cache=True, nogil=True)
def keep_map(canvas: U32, target: U32, out: U8) -> int:
    """0: must be drawn, 1: is there already, 2: must not be drawn (transparent); how many are not 0."""
    height, width = target.shape
    count = 0
    for y in range(height):
        for x in range(width):
            t = target[y, x]
            if t == canvas[y, x]:
                out[y, x] = 2 if t == 0 else 1
                count += 1
            else:
                out[y, x] = 0
    return count


@njit(cache=True, nogil=True)
def drop_short_runs(keep: U8, shortest: int, out: U8) -> None:
    """``keep`` without its runs of 1 shorter than ``shortest``: lone kept pixels cost more than they save."""
    flat, o = keep.ravel(), out.ravel()
    n = flat.size
    i = 0
    while i < n:
        if flat[i] != 1:
            o[i] = flat[i]
            i += 1
            continue
        j = i
        while j < n and flat[j] != 0:
            j += 1
        for k in range(i, j):
            o[k] = flat[k] if (j - i >= shortest or flat[k] == 2) else 0
        i = j
