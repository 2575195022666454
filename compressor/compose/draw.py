"""Draws one source picture onto the canvas: crop, mirror, rotate, fit, scale.

Scaling is Lanczos on premultiplied colour (no dark fringe around what is transparent); upwards bicubic, and
nearest-neighbour where pixel art is enlarged by a whole number. It is done on the stored values, not in linear light:
browsers scale like that too, and dark writing on white would get thinner and paler.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from ..media import RGBA, MediaInfo
from ..timeline.canvas import crop_box
from ..timeline.draft import Clip
from .size import same_shape

ART_COLOURS = 64
ART_SIDE = 320
BLUR_SIDE = 48  # the blurred backdrop is made this small, which is most of the blur


@dataclass(frozen=True, slots=True)
class Backdrop:
    """The background of a picture: the colour of the bars around it (None: nothing at all), and the matte that shows
    through its transparent pixels (None: they stay transparent)."""

    bars: tuple[int, int, int] | None
    matte: tuple[int, int, int] | None


class Fitting:
    """How the pictures of one clip get onto a canvas of ``drawn`` pixels. Call it with a source picture."""

    def __init__(
        self, clip: Clip, info: MediaInfo, drawn: tuple[int, int], fit: str, backdrop: Backdrop, gray: bool = False
    ) -> None:
        self.clip, self.drawn, self.backdrop, self.gray = clip, drawn, backdrop, gray
        self.box = crop_box(clip, info)
        self.alpha = info.has_alpha
        self.art: bool | None = None
        width, height = self.box[2:] if clip.rotate in (0, 180) else self.box[3:1:-1]
        # Bars of a pixel or two would look like a mistake: such a picture fills the canvas.
        self.fit = "crop" if same_shape((width, height), drawn) else fit
        self.shown = (width, height)

    @property
    def plain(self) -> bool:
        """The canvas is the source's picture, pixel for pixel."""
        clip = self.clip
        return (
            clip.crop is None
            and not clip.flip
            and not clip.rotate
            and self.shown == self.drawn
            and not self.gray
            and not (self.alpha and self.backdrop.matte is not None)
        )

    @property
    def scales(self) -> bool:
        """The canvas is the source's whole picture, larger or smaller and nothing else."""
        clip = self.clip
        return (
            clip.crop is None
            and not clip.flip
            and not clip.rotate
            and not self.gray
            and not self.alpha
            and self._of_one_shape(self.shown)
        )

    def _of_one_shape(self, shown: tuple[int, int]) -> bool:
        """Not a whole line would have to be cut off or squeezed in."""
        shape = shown[0] * self.drawn[1] - shown[1] * self.drawn[0]
        return abs(shape) <= max(*shown, *self.drawn)

    @property
    def leaves_bars(self) -> bool:
        return self.fit == "pad"

    def __call__(self, rgba: RGBA) -> RGBA:
        """A new array, or ``rgba`` itself where there is nothing to do."""
        if self.plain:
            return rgba
        picture = self._turned(rgba)
        if self.fit == "crop":
            canvas = self._scaled(picture, self.drawn, cover=True)
        else:
            canvas = self._inside(picture)
        if self.alpha and self.backdrop.matte is not None:
            canvas = flattened(canvas, self.backdrop.matte)
        return grey(canvas) if self.gray else canvas

    def _turned(self, rgba: RGBA) -> RGBA:
        x, y, w, h = self.box
        view = rgba[y : y + h, x : x + w]
        if self.clip.flip:
            view = view[:, ::-1]
        if self.clip.rotate:
            view = np.rot90(view, -(self.clip.rotate // 90))
        return view

    def _scaled(self, picture: RGBA, size: tuple[int, int], cover: bool) -> RGBA:
        height, width = picture.shape[:2]
        left, top, wide, high = 0.0, 0.0, float(width), float(height)
        # Of one that is cropped by a part of a line, nothing lies any more where it was.
        if cover and ((width, height) == size or not self._of_one_shape((width, height))):
            factor = max(size[0] / width, size[1] / height)
            wide, high = min(width, size[0] / factor), min(height, size[1] / factor)
            left, top = (width - wide) / 2, (height - high) / 2
            if (round(wide), round(high)) == size and factor == 1:
                left, top = int(left), int(top)
        if (wide, high) == size:
            piece = picture[int(top) : int(top) + size[1], int(left) : int(left) + size[0]]
            return np.ascontiguousarray(piece)
        times = size[0] / wide
        if times >= 2 and times == int(times) and size[1] == high * times and self._is_art(picture):
            piece = picture[round(top) : round(top + high), round(left) : round(left + wide)]
            return np.ascontiguousarray(piece.repeat(int(times), 0).repeat(int(times), 1))
        return resized(picture, size, (left, top, left + wide, top + high), self.alpha)

    def _is_art(self, picture: RGBA) -> bool:
        if self.art is None:
            small = max(picture.shape[:2]) <= ART_SIDE
            self.art = small and len(np.unique(np.ascontiguousarray(picture).view(np.uint32))) <= ART_COLOURS
        return self.art

    def _inside(self, picture: RGBA) -> RGBA:
        """The whole picture in the middle, on bars or on a blurred copy of itself."""
        height, width = picture.shape[:2]
        factor = min(self.drawn[0] / width, self.drawn[1] / height)
        size = (
            min(self.drawn[0], max(1, round(width * factor))),
            min(self.drawn[1], max(1, round(height * factor))),
        )
        scaled = self._scaled(picture, size, cover=False)
        if self.fit == "blur":
            canvas = self._blurred(picture)
        else:
            canvas = np.empty((self.drawn[1], self.drawn[0], 4), np.uint8)
            canvas[:] = (*self.backdrop.bars, 255) if self.backdrop.bars is not None else (0, 0, 0, 0)
        # On an even line, so that halved colour resolution does not bleed over the bar's edge.
        left, top = (self.drawn[0] - size[0]) // 2 & ~1, (self.drawn[1] - size[1]) // 2 & ~1
        place = canvas[top : top + size[1], left : left + size[0]]
        if self.alpha and self.fit == "blur":
            place[:] = over(place, scaled)
        else:
            place[:] = scaled
        return canvas

    def _blurred(self, picture: RGBA) -> RGBA:
        shrink = BLUR_SIDE / min(self.drawn)
        small = (max(2, round(self.drawn[0] * shrink)), max(2, round(self.drawn[1] * shrink)))
        if self.alpha:
            picture = flattened(picture, self.backdrop.matte or (0, 0, 0))
        height, width = picture.shape[:2]
        factor = max(self.drawn[0] / width, self.drawn[1] / height)
        wide, high = min(width, self.drawn[0] / factor), min(height, self.drawn[1] / factor)
        left, top = (width - wide) / 2, (height - high) / 2
        tiny = resized(picture, small, (left, top, left + wide, top + high), False)
        image = Image.fromarray(np.ascontiguousarray(tiny[..., :3]))
        # Darker than the picture, so that the eye goes to the picture.
        image = image.filter(ImageFilter.GaussianBlur(2.5)).point([round(v * 0.75) for v in range(256)] * 3)
        wide_image = image.resize(self.drawn, Image.Resampling.BICUBIC)
        canvas = np.empty((self.drawn[1], self.drawn[0], 4), np.uint8)
        canvas[..., :3] = np.asarray(wide_image)
        canvas[..., 3] = 255
        return canvas


def resized(picture: RGBA, size: tuple[int, int], box: tuple[float, float, float, float], alpha: bool) -> RGBA:
    """``box`` of ``picture`` scaled to ``size``. With ``alpha`` the colours are premultiplied meanwhile."""
    # Pillow premultiplies RGBA by itself; RGBX spares the work where nothing is transparent.
    image = _image(picture, "RGBA" if alpha else "RGBX")
    down = size[0] < box[2] - box[0] or size[1] < box[3] - box[1]
    scaled = image.resize(
        size, Image.Resampling.LANCZOS if down else Image.Resampling.BICUBIC, box=box, reducing_gap=3.0
    )
    result = np.array(scaled)
    if not alpha:
        result[..., 3] = 255
    return result


def flattened(picture: RGBA, colour: tuple[int, int, int]) -> RGBA:
    """Opaque: what is transparent shows ``colour``."""
    if picture[..., 3].min(initial=255) == 255:
        return picture
    below = np.empty_like(picture)
    below[:] = (*colour, 255)
    return over(below, picture)


def over(below: RGBA, above: RGBA) -> RGBA:
    """``above`` composited on ``below``."""
    return np.array(Image.alpha_composite(_image(below), _image(above)))


def grey(picture: RGBA) -> RGBA:
    """Shades of grey by BT.601's weights; alpha stays."""
    luma = np.asarray(_image(picture, "RGBX").convert("RGB").convert("L"))
    result = np.empty_like(picture)
    result[..., :3] = luma[..., None]
    result[..., 3] = picture[..., 3]
    return result


def _image(picture: RGBA, mode: str = "RGBA") -> Image.Image:
    plain = np.ascontiguousarray(picture)
    return Image.frombuffer(mode, (plain.shape[1], plain.shape[0]), plain, "raw", mode, 0, 1)


def with_edges(picture: RGBA, out: tuple[int, int]) -> RGBA:
    """One line or column less, or the last one repeated, to be ``out`` pixels large."""
    height, width = picture.shape[:2]
    if (width, height) == out:
        return picture
    picture = picture[: out[1], : out[0]]
    more = (out[1] - picture.shape[0], out[0] - picture.shape[1])
    if any(more):
        picture = np.pad(picture, ((0, more[0]), (0, more[1]), (0, 0)), mode="edge")
    return np.ascontiguousarray(picture)
