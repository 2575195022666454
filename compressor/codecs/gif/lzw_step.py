"""One step of the lossy LZW search: colours allowed at a pixel, cheapest strings, diffused error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit

U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
I32 = npt.NDArray[np.int32]
F32 = npt.NDArray[np.float32]

BEAM = 8  # strings of each length
CELLS = 1 << 18  # places in ``colour_space``, 128 units wide
NEAR = 16  # colours that may begin a string there: their number plus one, then the nearest first
# AGAIN: draw the colour in ``same``; STILL: leave it, or draw the colour in ``same`` (which is shown) if there is one.
DRAW, EITHER, AGAIN, LEAVE, STILL = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def above(rows: F32, row: int, x: int, c: int) -> np.float32:
    """The error above column ``x``, over three pixels."""
    return np.float32(0.25) * (rows[row, x, c] + rows[row, x + 2, c]) + np.float32(0.5) * rows[row, x + 1, c]


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def cell_of(x: np.float32, y: np.float32, b: np.float32) -> int:
    u = min(max(int(x * np.float32(1 / 128) + np.float32(32)), 0), 63)
    v = min(max(int(y * np.float32(1 / 128)), 0), 63)
    w = min(max(int(b * np.float32(1 / 128) + np.float32(32)), 0), 63)
    return (u << 12) | (v << 6) | w


@njit(cache=True, nogil=True)
def fill(near: U8, cell: int, px: F32, py: F32, pb: F32, count: int, clear_symbol: int, distance: F32) -> None:
    x = np.float32(((cell >> 12) - 32) * 128 + 64)
    y = np.float32(((cell >> 6) & 63) * 128 + 64)
    b = np.float32(((cell & 63) - 32) * 128 + 64)
    for s in range(count):
        distance[s] = (px[s] - x) ** 2 + (py[s] - y) ** 2 + (pb[s] - b) ** 2
    if clear_symbol < count:
        distance[clear_symbol] = np.float32(1e30)
    found = 1
    while found < NEAR:
        best = 0
        for s in range(count):
            if distance[s] < distance[best]:
                best = s
        if distance[best] >= np.float32(1e30):
            break
        near[cell, found] = best
        distance[best] = np.float32(1e30)
        found += 1
    near[cell, 0] = found


@njit(cache=True, nogil=True, inline="always", fastmath=True)
def enter(costs: F32, nodes: I32, count: int, cost: np.float32, node: int) -> int:
    """Put a string among the ``count`` cheapest, if it is one of BEAM; how many there are then."""
    at = -1
    if count < BEAM:
        at = count
        count += 1
    elif cost < costs[BEAM - 1]:
        at = BEAM - 1
    if at >= 0:
        while at > 0 and costs[at - 1] > cost:
            costs[at] = costs[at - 1]
            nodes[at] = nodes[at - 1]
            at -= 1
        costs[at] = cost
        nodes[at] = node
    return count


@njit(cache=True, nogil=True, fastmath=True)
def carried(
    i: int,
    length: int,
    width: int,
    mode: U8,
    target: I16,
    under: I16,
    chosen: U8,
    clear_symbol: int,
    px: F32,
    py: F32,
    pb: F32,
    half: np.float32,
    rows: F32,
    l0: np.float32,
    l1: np.float32,
    l2: np.float32,
) -> tuple[np.float32, np.float32, np.float32]:
    """The errors of the pixels from ``i`` on that were just fixed, put into ``rows`` for those below; the last one, for
    the pixel to the right."""
    x = i % width
    y = i // width
    for k in range(i, i + length):
        if mode[k] >= AGAIN:
            l0 = l1 = l2 = np.float32(0)
        else:
            e0 = half * l0
            e1 = half * l1
            e2 = half * l2
            if y > 0:
                e0 += half * above(rows, (y & 1) ^ 1, x, 0)
                e1 += half * above(rows, (y & 1) ^ 1, x, 1)
                e2 += half * above(rows, (y & 1) ^ 1, x, 2)
            s = chosen[k]
            if s == clear_symbol:
                l0 = np.float32(under[k, 0] - target[k, 0]) + e0
                l1 = np.float32(under[k, 1] - target[k, 1]) + e1
                l2 = np.float32(under[k, 2] - target[k, 2]) + e2
            else:
                l0 = px[s] - target[k, 0] + e0
                l1 = py[s] - target[k, 1] + e1
                l2 = pb[s] - target[k, 2] + e2
        rows[y & 1, x + 1, 0] = l0
        rows[y & 1, x + 1, 1] = l1
        rows[y & 1, x + 1, 2] = l2
        x += 1
        if x == width:
            x = 0
            y += 1
            l0 = l1 = l2 = np.float32(0)
    return l0, l1, l2
