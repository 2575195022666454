"""Removes the flicker of dithering from GIF sources: a flickering pixel becomes its mean over time.

The mean runs over the frames around the present one as long as the pixel stays the same pixel: every single
difference is small, and the difference of the 5x5 means (which dithering does not move, motion does) is smaller still.

The kernels work on rows of one channel each, which the compiler turns into vector instructions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from .. import row_differences
from ..jit import njit
from ..media import Frame

REACH = 3  # frames to each side
PIXEL = 40  # largest sum of the three channels' differences that may be noise
BLUR = 9  # the same, of the 5x5 means
SLOTS = 2 * REACH + 2  # all that one frame is averaged with, and the one that is read meanwhile
SMALL = 20_000  # pixels, of which no other thread is made to think
LANES = 7  # of a row: red, green, blue, alpha, and the means of the first three


def steady(frames: Iterable[Frame]) -> Iterator[Frame]:
    """``frames`` (all of one size) with their flicker averaged out; times, alpha and anything that moves are left
    alone. A picture around which nothing changes is given back itself.

    Holds SLOTS frames with their means, 7 bytes a pixel each. While a thread averages one frame the next is read.
    """
    ring: Any = None
    spans: Any = None  # of each row in each slot the columns that are not as in the frame before
    before: Frame | None = None
    waiting: list[Frame] = []  # as many as have no result yet
    read = 0
    with ThreadPoolExecutor(1) as pool:
        made: Future[Frame] | None = None
        for frame in frames:
            height, width = frame.rgba.shape[:2]
            if ring is None:
                ring = np.empty((SLOTS, height, LANES, width), np.uint8)
                spans = np.empty((SLOTS, 2, height), np.int64)
            here, last = read % SLOTS, (read - 1) % SLOTS
            left, right = np.full(height, width, np.int64), np.zeros(height, np.int64)
            if before is None:
                left, right = right, left
            else:
                left, right = row_differences.between(frame.rgba, before.rgba) or (left, right)
            pixels = row_differences.words(frame.rgba).view(np.uint8)
            _lanes(pixels, left, right, ring[last], ring[here], spans[here])
            before = frame
            waiting.append(frame)
            read += 1
            if made is not None:
                yield made.result()
                made = None
            if len(waiting) > REACH:
                job = ring, spans, waiting.pop(0), read - 1 - REACH, read
                if height * width > SMALL:
                    made = pool.submit(_steadied, *job)
                else:
                    yield _steadied(*job)
        if made is not None:
            yield made.result()
        while waiting:
            yield _steadied(ring, spans, waiting.pop(0), read - len(waiting) - 1, read)


def _steadied(ring: Any, spans: Any, frame: Frame, number: int, read: int) -> Frame:
    """Frame ``number`` of the ``read`` ones whose last are in the ``ring``."""
    before = [n % SLOTS for n in range(number - 1, max(number - REACH, 0) - 1, -1)]
    after = [n % SLOTS for n in range(number + 1, min(number + REACH + 1, read))]
    around = np.array([*before, *after], np.int64)
    first, last = max(number - REACH, 0), min(number + REACH, read - 1)
    changed = spans[[n % SLOTS for n in range(first + 1, last + 1)]]
    left = changed[:, 0].min(axis=0, initial=frame.rgba.shape[1])
    right = changed[:, 1].max(axis=0, initial=0)
    if not right.any():
        return Frame(frame.rgba, frame.at_us, frame.hold_us, frame.delay_cs)
    out = np.empty(frame.rgba.shape, np.uint8)
    words = row_differences.words(frame.rgba)
    _mean(ring, number % SLOTS, around, len(before), left, right, PIXEL, BLUR, words, out.view("<u4")[..., 0])
    return Frame(out, frame.at_us, frame.hold_us, frame.delay_cs)


@njit(nogil=True, cache=True)
def _lanes(rgba: Any, left: Any, right: Any, before: Any, lanes: Any, spans: Any) -> None:
    """A picture (height, width * 4) as rows of LANES channels: its own four, and the 5x5 means of three of them. It
    differs from the picture ``before`` (as lanes) from column ``left`` up to ``right`` of each row; into ``spans``
    (2, height) goes from where to where its lanes do."""
    height, width = lanes.shape[0], lanes.shape[2]
    for y in range(height):
        start, end = left[y], right[y]
        for c in range(4):
            _copied(before[y, c], start, end, lanes[y, c])
        line, n = rgba[y, start * 4 : end * 4], max(end - start, 0)
        red, green = lanes[y, 0, start:end], lanes[y, 1, start:end]
        blue, alpha = lanes[y, 2, start:end], lanes[y, 3, start:end]
        for x in range(n):
            red[x], green[x], blue[x], alpha[x] = line[x * 4], line[x * 4 + 1], line[x * 4 + 2], line[x * 4 + 3]
    column = np.empty(width + 4, np.uint16)
    for y in range(height):
        start, end = width, 0
        for row in range(max(y - 2, 0), min(y + 3, height)):
            if left[row] < right[row]:
                start, end = min(start, max(left[row] - 2, 0)), max(end, min(right[row] + 2, width))
        spans[0, y], spans[1, y] = start, end
        low, high = max(start - 2, 0), min(end + 2, width)
        for c in range(3):
            mean = lanes[y, 4 + c]
            _copied(before[y, 4 + c], start, end, mean)
            if start >= end:
                continue
            a, b, d = lanes[max(y - 2, 0), c, low:high], lanes[max(y - 1, 0), c, low:high], lanes[y, c, low:high]
            e, f = lanes[min(y + 1, height - 1), c, low:high], lanes[min(y + 2, height - 1), c, low:high]
            inner = column[low + 2 : high + 2]
            for x in range(high - low):
                inner[x] = np.uint16(a[x]) + np.uint16(b[x]) + np.uint16(d[x]) + np.uint16(e[x]) + np.uint16(f[x])
            if low == 0:
                column[0] = column[1] = column[2]
            if high == width:
                column[width + 2] = column[width + 3] = column[width + 1]
            sums, means = column[start : end + 4], mean[start:end]
            for x in range(end - start):
                total = np.uint32(sums[x]) + sums[x + 1] + sums[x + 2] + sums[x + 3] + sums[x + 4]
                means[x] = np.uint8((total * np.uint32(5243)) >> np.uint32(17))  # a 25th, exact up to 25 * 255


@njit(nogil=True, cache=True)
def _mean(
    ring: Any,
    here: int,
    around: Any,
    before: int,
    left: Any,
    right: Any,
    pixel: int,
    blur: int,
    words: Any,
    out: Any,
) -> None:
    """The picture in slot ``here`` (``words``) averaged with those ``around`` it into ``out`` (height, width), the four
    channels of a pixel in one word: of ``around`` the first ``before`` lead away into the past, the others into the
    future, each as long as a pixel stays alike. All of them are the same but from column ``left`` up to ``right``."""
    height, width = ring.shape[1], ring.shape[3]
    living = np.empty(width, np.int16)
    counts = np.empty(width, np.int16)
    halves = np.empty(width, np.int16)
    floats = np.empty(width, np.float32)
    totals = np.empty((3, width), np.int16)
    for y in range(height):
        start, end = left[y], right[y]
        _copied(words[y], start, end, out[y])
        if start >= end:
            continue
        own = ring[here, y]
        n = end - start
        alive, count, half, parts = living[:n], counts[:n], halves[:n], floats[:n]
        count[:] = 1
        for c in range(3):
            total, lane = totals[c, :n], own[c, start:end]
            for x in range(n):
                total[x] = lane[x]
        for k in range(around.shape[0]):
            if k == 0 or k == before:
                alive[:] = 1
            other = ring[around[k], y]
            if not _alike(own, other, start, end, pixel, blur, alive):
                continue
            for x in range(n):
                count[x] += alive[x]
            for c in range(3):
                total, lane = totals[c, :n], other[c, start:end]
                for x in range(n):
                    total[x] = np.int16(total[x] + np.int16(np.int16(lane[x]) * alive[x]))
        for x in range(n):
            half[x] = np.int16(count[x] >> 1)
            parts[x] = np.float32(np.int32(count[x]))
        for c in range(3):
            total = totals[c, :n]
            for x in range(n):
                # The quarter keeps a division that comes out even from falling below.
                top = np.float32(np.int32(np.int16(total[x] + half[x]))) + np.float32(0.25)
                total[x] = np.int16(np.int32(top / parts[x]))
        _joined(totals[0, :n], totals[1, :n], totals[2, :n], own[3, start:end], out[y, start:end])


@njit(nogil=True, cache=True)
def _copied(one: Any, start: int, end: int, out: Any) -> None:
    """A row but for what is from ``start`` up to ``end``."""
    for x in range(start):
        out[x] = one[x]
    for x in range(max(start, end), out.shape[0]):
        out[x] = one[x]


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
def _alike(own: Any, other: Any, start: int, end: int, pixel: int, blur: int, alive: Any) -> Any:
    """Take from ``alive`` whatever is another pixel in ``other``; how many are left."""
    most, dim = np.int16(pixel), np.int16(blur)
    r, g, b, a = own[0, start:end], own[1, start:end], own[2, start:end], own[3, start:end]
    p, q, s = own[4, start:end], own[5, start:end], own[6, start:end]
    r2, g2, b2, a2 = other[0, start:end], other[1, start:end], other[2, start:end], other[3, start:end]
    p2, q2, s2 = other[4, start:end], other[5, start:end], other[6, start:end]
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
    row_differences.warm()
    for _ in steady([Frame(np.full((8, 8, 4), 200 + i, np.uint8), i, 1) for i in range(3)]):
        pass
