"""Blends premultiplied pictures into others: into straight RGBA, and into the planes of a film.

Alpha is counted in 65025ths (255 x 255): a picture's own times the strength with which it shows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..jit import njit
from ..media import RGBA

WHOLE = 65_025


def premultiplied(picture: RGBA, cover: npt.NDArray[np.float32]) -> RGBA:
    """Straight RGBA as premultiplied RGBA of which only ``cover`` (0-1, shape (height, width)) shows."""
    made = np.empty_like(picture)
    _premultiply(picture, cover, made)
    return made


def blend(picture: RGBA, above: RGBA, left: int, top: int, strength: int = 255, *, opaque: bool = False) -> None:
    """Puts premultiplied ``above`` on ``picture`` (straight RGBA), in place; what lies outside is cut off. ``opaque``:
    ``picture`` is."""
    (_over_opaque if opaque else _over)(picture, above, left, top, strength)


def on_planes(yuv: RGBA, size: tuple[int, int], above: RGBA, left: int, top: int, strength: int = 255) -> None:
    """Puts premultiplied ``above`` on limited-range BT.709 4:2:0 planes of ``size`` (width, height; even), in place."""
    width, height = size
    flat, small = yuv.reshape(-1), width * height // 4
    luma = flat[: width * height].reshape(height, width)
    u, v = (flat[start : start + small].reshape(height // 2, width // 2) for start in (4 * small, 5 * small))
    _over_luma(luma, above, left, top, strength)
    _over_chroma(u, v, above, left, top, strength)


@njit(nogil=True, cache=True)
def _premultiply(picture: Any, cover: Any, made: Any) -> None:
    height, width, _ = picture.shape
    for y in range(height):
        for x in range(width):
            share = cover[y, x] * np.float32(picture[y, x, 3])
            for c in range(3):
                made[y, x, c] = np.uint8(np.float32(picture[y, x, c]) * share * np.float32(1 / 255) + np.float32(0.5))
            made[y, x, 3] = np.uint8(share + np.float32(0.5))


@njit(nogil=True, cache=True)
def _over_opaque(picture: Any, above: Any, left: int, top: int, strength: int) -> None:
    """Porter-Duff over, where ``picture`` is opaque."""
    height, width, _ = picture.shape
    high, wide, _ = above.shape
    force, part, half = np.uint32(strength), np.uint32(strength * 255), np.uint32(32_512)
    for y in range(max(0, -top), min(high, height - top)):
        for x in range(max(0, -left), min(wide, width - left)):
            clear = np.uint32(WHOLE) - np.uint32(above[y, x, 3]) * force
            for c in range(3):
                mixed = np.uint32(above[y, x, c]) * part + np.uint32(picture[top + y, left + x, c]) * clear + half
                picture[top + y, left + x, c] = mixed // np.uint32(WHOLE)


@njit(nogil=True, cache=True)
def _over(picture: Any, above: Any, left: int, top: int, strength: int) -> None:
    """Porter-Duff over, where ``picture`` may be see-through."""
    height, width, _ = picture.shape
    high, wide, _ = above.shape
    for y in range(max(0, -top), min(high, height - top)):
        for x in range(max(0, -left), min(wide, width - left)):
            share = above[y, x, 3] * strength / WHOLE
            if share == 0.0:
                continue
            under = picture[top + y, left + x, 3] / 255.0 * (1.0 - share)
            whole = share + under
            for c in range(3):
                colour = (above[y, x, c] * strength / 255.0 + picture[top + y, left + x, c] * under) / whole
                picture[top + y, left + x, c] = min(255, int(colour + 0.5))
            picture[top + y, left + x, 3] = min(255, int(whole * 255.0 + 0.5))


@njit(nogil=True, cache=True)
def _over_luma(luma: Any, above: Any, left: int, top: int, strength: int) -> None:
    height, width = luma.shape
    high, wide, _ = above.shape
    force = np.float32(strength / 255)
    for y in range(max(0, -top), min(high, height - top)):
        for x in range(max(0, -left), min(wide, width - left)):
            light = 0.182586 * above[y, x, 0] + 0.614231 * above[y, x, 1] + 0.062007 * above[y, x, 2]
            share = np.float32(above[y, x, 3]) * np.float32(1 / 255)
            own = (np.float32(light) + np.float32(16) * share) * force
            there = np.float32(luma[top + y, left + x]) * (np.float32(1) - share * force)
            luma[top + y, left + x] = np.uint8(own + there + np.float32(0.5))


@njit(nogil=True, cache=True)
def _over_chroma(u: Any, v: Any, above: Any, left: int, top: int, strength: int) -> None:
    """Each pair of samples belongs to two by two pixels; where fewer of them are covered, so much less is mixed in."""
    height, width = u.shape
    high, wide, _ = above.shape
    for row in range(max(0, top >> 1), min(height, (top + high + 1) >> 1)):
        for column in range(max(0, left >> 1), min(width, (left + wide + 1) >> 1)):
            red = green = blue = alpha = 0
            for y in range(max(2 * row - top, 0), min(2 * row - top + 2, high)):
                for x in range(max(2 * column - left, 0), min(2 * column - left + 2, wide)):
                    red += above[y, x, 0]
                    green += above[y, x, 1]
                    blue += above[y, x, 2]
                    alpha += above[y, x, 3]
            if alpha == 0:
                continue
            share = alpha / 1020.0
            force = strength / 255.0
            clear = 1.0 - share * force
            low = (-0.100644 * red - 0.338572 * green + 0.439216 * blue) / 4 + 128 * share
            high_ = (0.439216 * red - 0.398942 * green - 0.040274 * blue) / 4 + 128 * share
            u[row, column] = np.uint8(low * force + u[row, column] * clear + 0.5)
            v[row, column] = np.uint8(high_ * force + v[row, column] * clear + 0.5)


def warm() -> None:
    """Compiles the kernels."""
    picture = np.zeros((2, 2, 4), np.uint8)
    premultiplied(picture, np.zeros((2, 2), np.float32))
    blend(picture, picture, 0, 0)
    blend(picture, picture, 0, 0, opaque=True)
    on_planes(np.zeros((3, 2), np.uint8), (2, 2), picture, 0, 0)
