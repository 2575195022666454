"""GIF noise is not content: a pixel that flickers by dithering is the mean of what it flickers between.

The mean runs over the frames around the present one as long as the pixel stays the same pixel: every single
difference is small, and the difference of the 5x5 means (which dithering does not move, motion does) is smaller still.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from ..media import Frame

REACH = 3  # frames to each side
PIXEL = 40  # largest sum of the three channels' differences that may be noise
BLUR = 9  # the same, of the 5x5 means


def steady(frames: Iterable[Frame]) -> Iterator[Frame]:
    """``frames`` with their flicker averaged out; times, alpha and anything that moves are left alone.

    Holds 2 * REACH + 1 frames and their means.
    """
    window: deque[tuple[Frame, npt.NDArray[np.uint8]]] = deque()
    centre = 0
    for frame in frames:
        window.append((frame, _mean5(frame.rgba)))
        if len(window) > centre + REACH:
            yield _steadied(window, centre)
            if centre == REACH:
                window.popleft()
            else:
                centre += 1
    while centre < len(window):
        yield _steadied(window, centre)
        if centre == REACH:
            window.popleft()
        else:
            centre += 1


def _steadied(window: deque[tuple[Frame, npt.NDArray[np.uint8]]], centre: int) -> Frame:
    frame, mean = window[centre]
    total = frame.rgba[..., :3].astype(np.uint16)
    count = np.ones(frame.rgba.shape[:2], np.uint8)
    for way in (-1, 1):
        alive = np.ones(frame.rgba.shape[:2], np.bool_)
        for step in range(1, REACH + 1):
            at = centre + way * step
            if not 0 <= at < len(window):
                break
            other, other_mean = window[at]
            _gather(frame.rgba, mean, other.rgba, other_mean, alive, total, count, PIXEL, BLUR)
    out = frame.rgba.copy()
    _divide(total, count, out)
    return Frame(out, frame.at_us, frame.hold_us, frame.delay_cs)


@njit(nogil=True, cache=True)
def _gather(
    here: Any, mean: Any, other: Any, other_mean: Any, alive: Any, total: Any, count: Any, pixel: int, blur: int
) -> None:
    for y in range(here.shape[0]):
        for x in range(here.shape[1]):
            if not alive[y, x]:
                continue
            d = np.int32(0)
            m = np.int32(0)
            for c in range(3):
                d += abs(np.int32(here[y, x, c]) - np.int32(other[y, x, c]))
                m += abs(np.int32(mean[y, x, c]) - np.int32(other_mean[y, x, c]))
            if d > pixel or m > blur or here[y, x, 3] != other[y, x, 3]:
                alive[y, x] = False
                continue
            for c in range(3):
                total[y, x, c] += other[y, x, c]
            count[y, x] += 1


@njit(nogil=True, cache=True)
def _divide(total: Any, count: Any, out: Any) -> None:
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            n = count[y, x]
            if n > 1:
                for c in range(3):
                    out[y, x, c] = (total[y, x, c] + n // 2) // n


@njit(nogil=True, cache=True)
def _mean5(rgba: Any) -> Any:
    h, w = rgba.shape[:2]
    rows = np.zeros((h, w, 3), np.uint16)
    out = np.empty((h, w, 3), np.uint8)
    for y in range(h):
        for x in range(w):
            for c in range(3):
                s = 0
                for d in range(-2, 3):
                    s += rgba[y, min(max(x + d, 0), w - 1), c]
                rows[y, x, c] = s
    for y in range(h):
        for x in range(w):
            for c in range(3):
                s = 0
                for d in range(-2, 3):
                    s += rows[min(max(y + d, 0), h - 1), x, c]
                out[y, x, c] = s // 25
    return out


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    for _ in steady([Frame(np.full((8, 8, 4), 200 + i, np.uint8), i, 1) for i in range(3)]):
        pass
