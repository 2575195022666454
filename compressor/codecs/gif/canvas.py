"""What is on screen while a GIF plays, and how each frame must leave it for the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]

KEEP, CLEAR, RESTORE = 1, 2, 3
Box = tuple[int, int, int, int]  # x0, y0, x1, y1; x1 == 0 is nothing


@dataclass(slots=True)
class Leave:
    """How the frame is disposed of, and the box that its rectangle must cover for that."""

    disposal: int
    box: Box


def leave(before: U32, shown: U32, following: U32 | None) -> Leave:
    """Choose the disposal of a frame that shows ``shown`` over ``before``, when ``following`` comes next.

    Only a pixel that must become transparent asks for anything but keeping. Of clearing and restoring the one that
    leaves fewer pixels to draw is taken.
    """
    if following is None:
        return Leave(KEEP, (0, 0, 0, 0))
    gone = box_of_gone(shown, following)
    if not gone[2]:
        return Leave(KEEP, gone)
    restorable, after_restore, after_clear = _compare(before, shown, following, gone[0], gone[1], gone[2], gone[3])
    if restorable and after_restore <= after_clear:
        return Leave(RESTORE, (0, 0, 0, 0))
    return Leave(CLEAR, gone)


def join(a: Box, b: Box) -> Box:
    if not a[2]:
        return b
    if not b[2]:
        return a
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


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
