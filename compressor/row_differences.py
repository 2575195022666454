"""Finds where two pictures differ: for each row the first and the last column that differ.

Most rows of a screen recording equal those of the frame before; work on them can be reused.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .jit import njit
from .media import RGBA

I64 = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint32]
EVERY = 3  # rows


def between(one: RGBA, other: RGBA) -> tuple[I64, I64] | None:
    """In which columns two pictures of one size (height, width, 4) differ, (left, right) by row, from ``left`` up to
    but not including ``right``: (width, 0) in a row that is the same. None where all rows are."""
    if one is other:
        return None
    left, right = np.empty(len(one), np.int64), np.empty(len(one), np.int64)
    return (left, right) if _differences(words(one), words(other), left, right) else None


def share(one: RGBA, other: RGBA) -> float:
    """The part of the pixels of ``one`` that ``other``, of the same size, does not have there and that are not as the
    pixel beside them, as every EVERY-th row tells it; 0 to 1. About what ``one`` costs a film that shows ``other``."""
    if one is other:
        return 0.0
    rows = max(1, -(-len(one) // EVERY))
    return _fresh(words(one), words(other)) / (rows * one.shape[1])


def words(picture: RGBA) -> Words:
    """A picture (height, width, 4) as one word a pixel, (height, width), always of the type that is read only: then
    each kernel is compiled once."""
    whole = np.ascontiguousarray(picture).view(np.uint32)[..., 0]
    whole.flags.writeable = False
    return whole


@njit(nogil=True, cache=True)
def _differences(one: Words, other: Words, left: I64, right: I64) -> bool:
    height, width = one.shape
    found = False
    for y in range(height):
        a, b = one[y], other[y]
        bits = np.uint32(0)
        for x in range(width):
            bits |= a[x] ^ b[x]
        left[y], right[y] = width, 0
        if bits:
            found = True
            x = 0
            while a[x] == b[x]:
                x += 1
            left[y] = x
            x = width
            while a[x - 1] == b[x - 1]:
                x -= 1
            right[y] = x
    return found


@njit(nogil=True, cache=True)
def _fresh(one: Words, other: Words) -> int:
    height, width = one.shape
    count = 0
    for y in range(0, height, EVERY):
        a, b = one[y], other[y]
        row = np.uint32(0)
        for x in range(1, width):
            row += np.uint32((a[x] != b[x]) & (a[x] != a[x - 1]))
        count += int(row)
    return count


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    between(np.zeros((2, 2, 4), np.uint8), np.ones((2, 2, 4), np.uint8))
    share(np.zeros((2, 2, 4), np.uint8), np.ones((2, 2, 4), np.uint8))
