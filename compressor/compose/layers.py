"""Layers over the clips: each is scaled from its own pixels, then blended into the moments of its time.

Colours are premultiplied, and blended as they are stored, not in linear light: so do browsers, editors and FFmpeg's
overlay, and a logo looks the same as on its owner's page. A layer that stands still is drawn once; a moment costs no
more than the rectangles over it, and nothing where there is none.

A moving layer follows the clock of the clips, except where a moment lasts half as long again as the layer's own
picture: there the moment is split, so that a film plays smoothly over a still.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
from PIL import Image

from .. import decode
from ..decode.video import Decoded
from ..media import RGBA, Film, Frame, LazyFrame, MediaInfo, Once
from ..timeline.draft import Layer
from ..timeline.layers import layer_corner, layer_size, shown_part
from .blend import Cover, Planes, blend, half_cover, on_planes, premultiplied
from .draw import grey, resized
from .entrance import FADE_STEP_US, FOR_EVER, entrance, fade_times
from .lazy_frame import Moment, Shot

SHORTEST_US = 20_000  # no moment is split into shorter ones
SLOWER = 1.5  # so many times longer than the layer's own picture is a moment that gets split
MEAN = 0.5  # from here on a film's pixels are averaged: sharper filters took 0.2 s more of 2.3 s for 10 s of 720p
ROUNDED = 0.12  # the radius of rounded corners, of the shorter side
PIXEL_BYTES = 11  # of a layer's picture: premultiplied RGBA, its planes, and how much of each pixel shows
LOOP_BYTES = 128 * 1024 * 1024  # pictures of all repeated layers that are kept, not decoded again


@dataclass(frozen=True, slots=True)
class Part:
    """A film's picture scaled to ``whole`` (width, height), and the corner in it of what is shown."""

    whole: tuple[int, int]
    x: int
    y: int
    mean: bool

    @property
    def even(self) -> tuple[int, int]:
        """``whole``, or a pixel more."""
        return self.whole[0] + self.whole[0] % 2, self.whole[1] + self.whole[1] % 2


@dataclass(frozen=True, slots=True)
class Painted:
    """A layer's picture: premultiplied RGBA made when first read. ``film``: of which it shows a part, upright,
    in its own colours."""

    once: Once
    film: Decoded | None = None
    planes: dict[tuple[int, int], Planes] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """One picture over a moment: its corner on the canvas, and how much of it shows (0-255). ``solid``: nothing of it
    is see-through; ``hides``: nor is anything below it seen."""

    overlay: Overlay
    painted: Painted
    left: int
    top: int
    strength: int
    solid: bool = False
    hides: bool = False

    @property
    def fills(self) -> bool:
        """It is just what is seen."""
        return self.hides and self.overlay.painted_size() == self.overlay.drawn

    def over(self, picture: RGBA, *, opaque: bool = False) -> None:
        """Put it on ``picture`` (straight RGBA), in place. ``opaque``: nothing of that is see-through."""
        above = self.painted.once()
        if not (self.solid and self.strength == 255):
            blend(picture, above, self.left, self.top, self.strength, opaque=opaque)
            return
        left, top = max(self.left, 0), max(self.top, 0)
        part = above[top - self.top :, left - self.left :][: picture.shape[0] - top, : picture.shape[1] - left]
        picture[top:, left:][: part.shape[0], : part.shape[1]] = part

    def over_planes(self, yuv: RGBA, size: tuple[int, int]) -> None:
        """Put it on planes of ``size`` (see ``Film.planes``), in place."""
        on_planes(yuv, size, self._planes(self.left & 1, self.top & 1), self.left, self.top, self.strength)

    def _planes(self, left: int, top: int) -> Planes:
        """Those of a film that has them, else the picture's. ``left`` and ``top``: 1 where the corner is odd."""
        made = self.painted.planes.get((left, top))
        if made is None:
            film, part, overlay = self.painted.film, self.overlay.film_part, self.overlay
            yuv = film.planes(part.even, mean=part.mean) if film is not None and part is not None else None
            if yuv is None or part is None:
                made = Planes.of_picture(self.painted.once(), left, top)
            else:
                halved = _half_cover(overlay.size, overlay.layer.shape, overlay.layer.opacity, left, top)
                made = Planes.of_film(yuv, part.even, (part.x, part.y), overlay.cover, halved)
            self.painted.planes[left, top] = made
        return made


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer on a canvas of ``drawn`` (width, height) pixels. Times are microseconds of the timeline."""

    layer: Layer
    path: Path
    info: MediaInfo
    drawn: tuple[int, int]
    gray: bool = False
    kept_bytes: int = LOOP_BYTES
    size: tuple[int, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", layer_size(self.layer, self.info, self.drawn))

    @property
    def from_us(self) -> int:
        return self.layer.at_ms * 1000

    @property
    def to_us(self) -> int:
        return FOR_EVER if self.layer.d_ms is None else (self.layer.at_ms + self.layer.d_ms) * 1000

    @property
    def solid(self) -> bool:
        layer = self.layer
        return not self.info.has_alpha and layer.opacity == 1 and layer.shape == "rectangle" and not layer.rotate % 90

    @property
    def step_us(self) -> int:
        """How long a picture of a moving layer is shown; 0 for a still."""
        return 0 if self.layer.still else round(1_000_000 / max(self.info.fps, 0.1))

    @property
    def cover(self) -> Cover:
        return _cover(self.size, self.layer.shape, self.layer.opacity)

    def painted(self, frame: Frame) -> Painted:
        """A source picture as it lies on the canvas."""
        film = frame.film if isinstance(frame, LazyFrame) and isinstance(frame.film, Decoded) else None
        upright = not self.gray and not self.layer.rotate % 360 and not self.info.has_alpha
        return Painted(Once(partial(self._drawn, frame)), film if upright and self.film_part is not None else None)

    def _drawn(self, frame: Frame) -> RGBA:
        """Premultiplied RGBA."""
        picture = self._scaled(frame)
        if self.gray:
            picture = grey(picture)
        layer = self.layer
        if self.info.has_alpha or layer.opacity < 1 or layer.shape != "rectangle":
            picture = premultiplied(picture, self.cover)
        if not layer.rotate % 360:
            return picture
        # Four bands of premultiplied values, so that no colour of a clear pixel bleeds in.
        turned = Image.fromarray(picture, "CMYK").rotate(-layer.rotate, Image.Resampling.BICUBIC, expand=True)
        result = np.array(turned)
        np.minimum(result[..., :3], result[..., 3:], out=result[..., :3])
        return result

    @property
    def film_part(self) -> Part | None:
        """Where a film's picture is scaled as a whole, of its own planes: no more pixels get their colours than are
        shown. None where that would be more of them."""
        left, top, wide, high = shown_part(self.layer, self.info)
        width, height = self.size
        across, down = width / wide, height / high
        if max(across, down) > 1:
            return None
        whole = max(round(self.info.width * across), width), max(round(self.info.height * down), height)
        x, y = min(round(left * across), whole[0] - width), min(round(top * down), whole[1] - height)
        return Part(whole, x, y, mean=max(across, down) <= MEAN)

    def _scaled(self, frame: Frame) -> RGBA:
        """The part of the picture that is shown, at its size; what lies beside does not bleed into a picture."""
        width, height = self.size
        part = self.film_part
        if part is not None and isinstance(frame, LazyFrame) and isinstance(frame.film, Decoded):
            scaled = frame.film.rgba(part.whole, mean=part.mean)
            return np.ascontiguousarray(scaled[part.y : part.y + height, part.x : part.x + width])
        left, top, wide, high = shown_part(self.layer, self.info)
        low_x, low_y = int(left), int(top)
        high_x = min(math.ceil(left + wide - 1e-6), self.info.width)
        high_y = min(math.ceil(top + high - 1e-6), self.info.height)
        box = left - low_x, top - low_y, min(left + wide, high_x) - low_x, min(top + high, high_y) - low_y
        return resized(frame.rgba[low_y:high_y, low_x:high_x], self.size, box, self.info.has_alpha)

    def painted_size(self) -> tuple[int, int]:
        if not self.layer.rotate % 360:
            return self.size
        blank = Image.new("L", self.size).rotate(-self.layer.rotate, expand=True)
        return blank.size

    def pictures(self) -> Iterator[tuple[int, Painted]]:
        """The layer's pictures as (end, picture), ends on the timeline and rising."""
        if self.layer.still:
            for frame in decode.frames(self.path, self.info):
                yield FOR_EVER, self.painted(frame)
                return
            return
        first, last = (1000 * ms for ms in self.layer.source_ms(self.info))
        begin = self.from_us
        kept: list[tuple[int, Painted]] | None = []
        # What is not painted yet holds its source's picture.
        weight = PIXEL_BYTES * max(self.size[0] * self.size[1], self.info.width * self.info.height)
        while True:
            end, picture, several = begin, None, False
            source = decode.frames(self.path, self.info)
            for frame in source:
                if frame.at_us >= last:
                    break
                if frame.at_us + frame.hold_us <= first:
                    continue
                if picture is not None:
                    several = True
                    yield end, picture
                end = begin + min(frame.at_us + frame.hold_us, last) - first
                picture = self.painted(frame)
                if kept is not None:
                    kept.append((end - begin, picture))
                    kept = kept if len(kept) * weight <= self.kept_bytes else None
            if picture is None:
                return
            again = self.layer.repeat and several
            yield end if again else FOR_EVER, picture
            if not again:
                return
            if kept is not None:
                while True:
                    begin = end
                    for after, picture in kept:
                        end = begin + after
                        yield end, picture
            begin = end


class Playhead:
    """Plays one overlay along a clock that only goes on."""

    def __init__(self, overlay: Overlay, length_us: int) -> None:
        self.overlay = overlay
        self.to_us = min(overlay.to_us, length_us)
        self._pictures = overlay.pictures()
        self._queue: list[tuple[int, Painted]] = []
        self._begin = overlay.from_us
        width, height = overlay.painted_size()
        self._size = width, height
        self._left, self._top = layer_corner(overlay.layer, self._size, overlay.drawn)

    def _upto(self, at_us: int) -> None:
        """Has pictures in the queue beyond that time."""
        while (not self._queue or self._queue[-1][0] <= at_us) and (found := next(self._pictures, None)):
            self._queue.append(found)

    def change(self, at_us: int, begin: int, end: int) -> int:
        """The next time after ``at_us`` at which this layer looks otherwise within the moment from ``begin`` to
        ``end``; ``end`` where there is none. No more than the picture shown then is decoded."""
        layer, first, last = self.overlay.layer, self.overlay.from_us, self.to_us
        found = [first, last, *fade_times(first, last, layer, at_us, min(end, at_us + 2 * FADE_STEP_US))]
        step = self.overlay.step_us
        if step and end - begin >= SLOWER * step and first <= at_us < last:
            self._upto(at_us)
            found += [edge for edge, _ in self._queue if edge > at_us][:1]
        return min((time for time in found if at_us < time < end), default=end)

    def at(self, at_us: int) -> Placed | None:
        """What lies over the canvas at that time; times must rise."""
        if at_us >= self.to_us:
            self._pictures, self._queue = iter(()), []  # lets go of its decoder
        if not self.overlay.from_us <= at_us < self.to_us:
            return None
        self._upto(at_us)
        while len(self._queue) > 1 and self._queue[0][0] <= at_us:
            self._queue.pop(0)
        if not self._queue:
            return None
        shift = entrance(self.overlay.layer, self.overlay.from_us, self.to_us, at_us)
        left, top = self._left, self._top
        wide, high = self.overlay.drawn
        away = 1 - shift.presence
        if self.overlay.layer.slide is not None:
            width, height = self._size
            left += away * {"left": -(left + width), "right": wide - left}.get(self.overlay.layer.slide, 0.0)
            top += away * {"top": -(top + height), "bottom": high - top}.get(self.overlay.layer.slide, 0.0)
        x, y, strength, solid = round(left), round(top), round(255 * shift.strength), self.overlay.solid
        covers = x <= 0 and y <= 0 and x + self._size[0] >= wide and y + self._size[1] >= high
        return Placed(
            self.overlay, self._queue[0][1], x, y, strength, solid, hides=solid and strength == 255 and covers
        )


def layered(moments: Iterable[Moment], overlays: list[Overlay], length_us: int, opaque: bool) -> Iterator[Moment]:
    """The moments with the overlays on them; those with nothing over them are the same objects. ``opaque``: nothing of
    what lies below is see-through."""
    heads = [Playhead(overlay, length_us) for overlay in overlays]
    last: tuple[Shot, list[Placed], Shot] | None = None
    for moment in moments:
        end = moment.at_us + moment.hold_us
        begin = stop = moment.at_us
        while stop < end:
            cut = min((head.change(stop, moment.at_us, end) for head in heads), default=end)
            stop = cut if end - cut >= SHORTEST_US else end
            if stop - begin < SHORTEST_US and stop < end:
                continue
            middle = (begin + stop) // 2
            over = [placed for head in heads if (placed := head.at(middle)) is not None and placed.strength]
            shot = moment.shot
            whole = stop - begin == moment.hold_us
            hidden = max((number for number, placed in enumerate(over) if placed.hides), default=0)
            over = over[hidden:]
            if over:
                if last is None or last[0] is not shot or last[1] != over:
                    last = shot, over, _together(shot, over, opaque, whole)
                shot = last[2]
            yield Moment(shot, begin, stop - begin, moment.delay_cs if whole else None)
            begin = stop


def _together(shot: Shot, over: list[Placed], opaque: bool, whole: bool) -> Shot:
    """``shot`` with ``over`` on it. ``whole``: nobody else has it below, so it need not be kept."""
    first, size = over[0], over[0].overlay.drawn
    below = shot.film
    if first.hides:
        part = first.overlay.film_part
        below = first.painted.film if first.fills and part is not None and part.whole == size else None
    rest = over[1:] if first.fills else over
    film = LayeredFilm(below, rest, size) if below is not None and rest else below
    return Shot.of(partial(_blended, shot, over, opaque, whole), film)


def _blended(shot: Shot, over: list[Placed], opaque: bool, whole: bool) -> RGBA:
    first = over[0]
    if first.fills:
        picture, over = first.painted.once(), over[1:]
        picture = picture.copy() if over else picture
    elif first.hides:
        width, height = first.overlay.drawn
        picture = np.empty((height, width, 4), np.uint8)
    else:
        picture = shot.fresh() if whole else shot.drawn().copy()
    for placed in over:
        placed.over(picture, opaque=opaque)
    return picture


@dataclass(frozen=True, slots=True)
class LayeredFilm:
    """A film's picture with what lies over it on a canvas of ``drawn`` (width, height) pixels, blended into its planes.
    See ``media.Film``."""

    below: Film
    over: list[Placed]
    drawn: tuple[int, int]

    def rgba(self, size: tuple[int, int]) -> RGBA:
        picture = self.below.rgba(self.drawn)
        for placed in self.over:
            placed.over(picture)
        width, height = self.drawn
        return picture if size == self.drawn else resized(picture, size, (0.0, 0.0, float(width), float(height)), False)

    def planes(self, size: tuple[int, int]) -> RGBA | None:
        yuv = self.below.planes(size) if size == self.drawn else None
        if yuv is None:
            return None
        for placed in self.over:
            placed.over_planes(yuv, size)
        return yuv


@lru_cache(maxsize=32)
def _cover(size: tuple[int, int], shape: str, opacity: float) -> Cover:
    """How much of each pixel shows (0-1): ``opacity``, in a circle or with rounded corners, the edge a pixel wide."""
    width, height = size
    if shape == "rectangle":
        return np.full((height, width), opacity, np.float32)
    radius = min(size) / 2 if shape == "circle" else min(size) * ROUNDED
    across = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2) - (width / 2 - radius)
    down = np.abs(np.arange(height, dtype=np.float32) + 0.5 - height / 2) - (height / 2 - radius)
    distance = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
    return np.clip(radius - distance + 0.5, 0, 1) * np.float32(opacity)


@lru_cache(maxsize=32)
def _half_cover(size: tuple[int, int], shape: str, opacity: float, left: int, top: int) -> Cover:
    return half_cover(_cover(size, shape, opacity), left, top)
