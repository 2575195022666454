"""Per-pixel kernels of the quality measure: composite on grey, find equal pixels, measure differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..jit import njit
from ..media import RGBA

RGB = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
GREY = 128


def own(picture: RGB) -> RGB:
    """The picture as the kernels take it, contiguous and writable: a copy only where it is not."""
    return np.require(picture, np.uint8, ["C", "W"])


def on_grey(rgba: RGBA) -> RGB:
    """Straight RGBA (H, W, 4) composited on mid-grey, as RGB (H, W, 3); RGB comes back as it is."""
    if rgba.shape[2] == 3:
        return np.ascontiguousarray(rgba)
    out = np.empty((*rgba.shape[:2], 3), np.uint8)
    _on_grey(np.ascontiguousarray(rgba), out)
    return out


def same(one: RGB, other: RGB) -> Mask | None:
    """Where two pictures (H, W, 3) are the same, (H, W); None where they are so nowhere."""
    out = np.empty(one.shape[:2], np.bool_)
    return out if _same(own(one), own(other), out) else None


def apart(one: RGB, other: RGB, where: Mask) -> float:
    """The mean difference of two pictures (H, W, 3) in the pixels of the mask (H, W), which has some: 0 to 255."""
    total, count = _apart(own(one), own(other), where)
    return float(total / count / 3)


@njit(nogil=True, cache=True)
def _on_grey(rgba: Any, out: Any) -> None:
    for y in range(rgba.shape[0]):
        pixels, into = rgba[y].reshape(-1), out[y].reshape(-1)
        width = rgba.shape[1]
        least = np.uint8(255)
        for x in range(width):
            least &= pixels[4 * x + 3]
        if least == 255:
            for x in range(width):
                into[3 * x] = pixels[4 * x]
                into[3 * x + 1] = pixels[4 * x + 1]
                into[3 * x + 2] = pixels[4 * x + 2]
            continue
        for x in range(width):
            alpha = np.uint32(pixels[4 * x + 3])
            rest = np.uint32(GREY) * (np.uint32(255) - alpha) + np.uint32(127)
            for c in range(3):
                v = np.uint32(pixels[4 * x + c]) * alpha + rest
                into[3 * x + c] = np.uint8((v + np.uint32(1) + (v >> np.uint32(8))) >> np.uint32(8))  # v // 255


@njit(nogil=True, cache=True)
def _same(one: Any, other: Any, out: Any) -> int:
    """Fills ``out`` and says how many are the same."""
    height, width = out.shape
    count: Any = 0
    for y in range(height):
        a, b, into = one[y].reshape(-1), other[y].reshape(-1), out[y]
        for x in range(width):
            into[x] = (a[3 * x] == b[3 * x]) & (a[3 * x + 1] == b[3 * x + 1]) & (a[3 * x + 2] == b[3 * x + 2])
        found = np.uint32(0)  # a loop of its own: both are vector code then
        for x in range(width):
            found += np.uint32(into[x])
        count += found
    return count


@njit(nogil=True, cache=True)
def _apart(one: Any, other: Any, where: Any) -> tuple[int, int]:
    """(Sum of the three channels' differences, count of pixels) in the mask."""
    height, width = where.shape
    total: Any = 0
    count: Any = 0
    for y in range(height):
        a, b, mask = one[y].reshape(-1), other[y].reshape(-1), where[y]
        row = np.uint32(0)
        found = np.uint32(0)
        for x in range(width):
            difference = np.uint32(0)
            for c in range(3):
                difference += np.uint32(abs(np.int32(a[3 * x + c]) - np.int32(b[3 * x + c])))
            row += difference * np.uint32(mask[x])
            found += np.uint32(mask[x])
        total += row
        count += found
    return total, count


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    for picture in (np.zeros((2, 2, 4), np.uint8), np.frombuffer(bytes(16), np.uint8).reshape(2, 2, 4)):
        rgb = on_grey(picture)
    apart(rgb, rgb, np.ones((2, 2), np.bool_))
    same(rgb, rgb)
