"""Converts half-transparent pixels for formats with one-bit transparency.

Glass and shadows are dithered, so that they look right on light and on dark grounds; soft edges, a pixel or two wide,
are cut off at the middle, since a dithered edge looks frayed. The pattern stands still, so nothing shimmers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ..media import RGBA, Frame, LazyFrame, Once, at_time

HALF = 128  # alpha from which a pixel of an edge is there
CLEAR, SOLID = 8, 247  # alpha up to and from which nobody sees that a pixel is half transparent
BROAD = 5  # pixels each way: what is half transparent and smaller is an edge
_PATTERN = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])  # Bayer's
_STEPS = ((_PATTERN + 0.5) * 16).astype(np.uint8)


def share(picture: RGBA) -> float:
    """The part of the visible pixels that lies in broad half-transparent areas, 0 to 1."""
    seen = int((picture[..., 3] > 0).sum())
    return int(_broad(picture[..., 3]).sum()) / seen if seen else 0.0


def dithered(picture: RGBA) -> RGBA:
    """A new picture with alpha of 0 and 255 only; ``picture`` itself where that is so already."""
    alpha = picture[..., 3]
    if ((alpha == 0) | (alpha == 255)).all():
        return picture
    height, width = alpha.shape
    steps = np.tile(_STEPS, (-(-height // 4), -(-width // 4)))[:height, :width]
    out = picture.copy()
    out[..., 3] = np.where(_broad(alpha), alpha > steps, alpha >= HALF) * np.uint8(255)
    return out


class Dithered:
    """Frames whose pixels are there or not; can be gone through again if ``frames`` can."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        for frame in self._frames:
            lazy = LazyFrame(Once(lambda frame=frame: dithered(frame.rgba)), 0, 0)  # type: ignore[misc]
            yield at_time(lazy, frame.at_us, frame.hold_us, frame.delay_cs)


def _broad(alpha: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Half-transparent pixels that a square of BROAD pixels of the same kind covers."""
    partly = (alpha > CLEAR) & (alpha < SOLID)
    if not partly.any():
        return partly
    mask = Image.fromarray(partly.astype(np.uint8))
    opened = mask.filter(ImageFilter.MinFilter(BROAD)).filter(ImageFilter.MaxFilter(BROAD))
    return np.asarray(opened) > 0
