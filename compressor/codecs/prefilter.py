"""GIF noise is not content: a pixel that flickers by dithering is the mean of what it flickers between.

The mean runs over the frames around the present one as long as the pixel stays the same pixel: every single
difference is small, and the difference of the 5x5 means (which dithering does not move, motion does) is smaller still.

The kernels work on rows of one channel each, which the compiler turns into vector instructions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit

from ..media import Frame

REACH = 3  # frames to each side
PIXEL = 40  # largest sum of the three channels' differences that may be noise
BLUR = 9  # the same, of the 5x5 means
SLOTS = 2 * REACH + 2  # all that one frame is averaged with, and the one that is read meanwhile
SMALL = 20_000  # pixels, of which no other thread is made to think
LANES = 7  # of a row: red, green, blue, alpha, and the means of the first three


def steady(frames: Iterable[Frame]) -> Iterator[Frame]:
    """``frames`` (all of one size) with their flicker averaged out; times, alpha and anything that moves are left
    alone.

    Holds SLOTS frames with their means, 7 bytes a pixel each. While a thread averages one frame the next is read.
    """
    ring: Any = None
    same: Any = None  # rows of each slot that are as in the frame before
    waiting: list[Frame] = []  # as many as have no result yet
    read = 0
    with ThreadPoolExecutor(1) as pool:
        made: Future[Frame] | None = None
        for frame in frames:
            height, width = frame.rgba.shape[:2]
            if ring is None:
                ring = np.empty((SLOTS, height, LANES, width), np.uint8)
                same = np.zeros((SLOTS, height), np.bool_)
            _lanes(np.ascontiguousarray(frame.rgba), ring[read % SLOTS])
            _compare(ring[read % SLOTS], ring[(read - 1) % SLOTS], same[read % SLOTS])
            waiting.append(frame)
            read += 1
            if made is not None:
                yield made.result()
                made = None
            if len(waiting) > REACH:
                job = ring, same, waiting.pop(0), read - 1 - REACH, read
                if height * width > SMALL:
                    made = pool.submit(_steadied, *job)
                else:
                    yield _steadied(*job)
        if made is not None:
            yield made.result()
        while waiting:
            yield _steadied(ring, same, waiting.pop(0), read - len(waiting) - 1, read)


def _steadied(ring: Any, same: Any, frame: Frame, number: int, read: int) -> Frame:
    """Frame ``number`` of the ``read`` ones whose last are in the ``ring``."""
    before = [n % SLOTS for n in range(number - 1, max(number - REACH, 0) - 1, -1)]
    after = [n % SLOTS for n in range(number + 1, min(number + REACH + 1, read))]
    around = np.array([*before, *after], np.int64)
    first, last = max(number - REACH, 0), min(number + REACH, read - 1)
    still = same[[n % SLOTS for n in range(first + 1, last + 1)]].all(axis=0)
    out = np.empty(frame.rgba.shape, np.uint8)
    _mean(ring, number % SLOTS, around, len(before), still, PIXEL, BLUR, out.view("<u4")[..., 0])
    return Frame(out, frame.at_us, frame.hold_us, frame.delay_cs)


@njit(nogil=True, cache=True)
def _lanes(rgba: Any, lanes: Any) -> None:
    """A picture (height, width, 4) as rows of LANES channels: its own four, and the 5x5 means of three of them."""
    height, width = rgba.shape[:2]
    for y in range(height):
        for x in range(width):
            for c in range(4):
                lanes[y, c, x] = rgba[y, x, c]
    column = np.empty(width + 4, np.uint16)
    inner = column[2 : width + 2]
    for y in range(height):
        for c in range(3):
            a, b, d = lanes[max(y - 2, 0), c], lanes[max(y - 1, 0), c], lanes[y, c]
            e, f = lanes[min(y + 1, height - 1), c], lanes[min(y + 2, height - 1), c]
            for x in range(width):
                inner[x] = np.uint16(a[x]) + np.uint16(b[x]) + np.uint16(d[x]) + np.uint16(e[x]) + np.uint16(f[x])
            column[0] = column[1] = column[2]
            column[width + 2] = column[width + 3] = column[width + 1]
            mean = lanes[y, 4 + c]
            for x in range(width):
                total = np.uint32(column[x]) + column[x + 1] + column[x + 2] + column[x + 3] + column[x + 4]
                mean[x] = np.uint8((total * np.uint32(5243)) >> np.uint32(17))  # a 25th, exact up to 25 * 255


@njit(nogil=True, cache=True)
def _mean(ring: Any, here: int, around: Any, before: int, still: Any, pixel: int, blur: int, out: Any) -> None:
    """The picture in slot ``here`` averaged with those ``around`` it into ``out`` (height, width), the four channels of
    a pixel in one word: of ``around`` the first ``before`` lead away into the past, the others into the future, each
    as long as a pixel stays alike. ``still`` rows are the same in all of them."""
    height, width = ring.shape[1], ring.shape[3]
    alive = np.empty(width, np.int16)
    count = np.empty(width, np.int16)
    half = np.empty(width, np.int16)
    parts = np.empty(width, np.float32)
    total = np.empty((3, width), np.int16)
    for y in range(height):
        own = ring[here, y]
        if still[y]:
            _joined(own[0], own[1], own[2], own[3], out[y])
            continue
        count[:] = 1
        for c in range(3):
            for x in range(width):
                total[c, x] = own[c, x]
        for k in range(around.shape[0]):
            if k == 0 or k == before:
                alive[:] = 1
            other = ring[around[k], y]
            living = _alike(own, other, pixel, blur, alive)
            if not living:
                continue
            for x in range(width):
                count[x] += alive[x]
            for c in range(3):
                into, lane = total[c], other[c]
                for x in range(width):
                    into[x] = np.int16(into[x] + np.int16(np.int16(lane[x]) * alive[x]))
        for x in range(width):
            half[x] = np.int16(count[x] >> 1)
            parts[x] = np.float32(np.int32(count[x]))
        for c in range(3):
            sums = total[c]
            for x in range(width):
                # The quarter keeps a division that comes out even from falling below.
                top = np.float32(np.int32(np.int16(sums[x] + half[x]))) + np.float32(0.25)
                sums[x] = np.int16(np.int32(top / parts[x]))
        _joined(total[0], total[1], total[2], own[3], out[y])


@njit(nogil=True, cache=True)
def _compare(one: Any, other: Any, same: Any) -> None:
    """Which rows of two pictures are equal, means included."""
    for y in range(same.shape[0]):
        a, b = one[y].reshape(-1), other[y].reshape(-1)
        bits = np.uint8(0)
        for i in range(a.shape[0]):
            bits |= a[i] ^ b[i]
        same[y] = bits == 0


@njit(nogil=True, cache=True)
def _joined(red: Any, green: Any, blue: Any, alpha: Any, words: Any) -> None:
    """Four channels of a row, each in one word."""
    for x in range(words.shape[0]):
        word = np.uint32(red[x]) | (np.uint32(green[x]) << np.uint32(8))
        words[x] = word | (np.uint32(blue[x]) << np.uint32(16)) | (np.uint32(alpha[x]) << np.uint32(24))


@njit(inline="always")
def _apart(one: Any, other: Any) -> Any:
    return np.int16(max(one, other)) - np.int16(min(one, other))


@njit(nogil=True, cache=True)
def _alike(own: Any, other: Any, pixel: int, blur: int, alive: Any) -> Any:
    """Take from ``alive`` whatever is another pixel in ``other``; how many are left."""
    most, dim = np.int16(pixel), np.int16(blur)
    r, g, b, a, p, q, s = own[0], own[1], own[2], own[3], own[4], own[5], own[6]
    r2, g2, b2, a2, p2, q2, s2 = other[0], other[1], other[2], other[3], other[4], other[5], other[6]
    for x in range(alive.shape[0]):
        d = np.int16(np.int16(_apart(r[x], r2[x]) + _apart(g[x], g2[x])) + _apart(b[x], b2[x]))
        m = np.int16(np.int16(_apart(p[x], p2[x]) + _apart(q[x], q2[x])) + _apart(s[x], s2[x]))
        same = (d <= most) & (m <= dim) & (a[x] == a2[x])
        alive[x] = alive[x] if same else np.int16(0)
    living = np.int32(0)
    for x in range(alive.shape[0]):
        living += alive[x]
    return living


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    for _ in steady([Frame(np.full((8, 8, 4), 200 + i, np.uint8), i, 1) for i in range(3)]):
        pass
