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
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .. import decode
from ..jit import njit
from ..media import RGBA, MediaInfo, Once
from ..timeline.draft import Layer
from ..timeline.layers import layer_corner, layer_size, shown_part
from .draw import grey, resized
from .entrance import FADE_STEP_US, FOR_EVER, entrance, fade_times
from .lazy_frame import Moment, Shot

SHORTEST_US = 20_000  # no moment is split into shorter ones
SLOWER = 1.5  # so many times longer than the layer's own picture is a moment that gets split
ROUNDED = 0.12  # the radius of rounded corners, of the shorter side
LOOP_BYTES = 64 * 1024 * 1024  # pictures of a repeated layer that are kept up to this size, not decoded again


@dataclass(frozen=True, slots=True)
class Placed:
    """One picture over a moment: premultiplied RGBA made when first read, its corner on the canvas, and how much of it
    shows (0-255)."""

    picture: Once
    left: int
    top: int
    strength: int


@dataclass(frozen=True, slots=True)
class Overlay:
    """A layer on a canvas of ``drawn`` (width, height) pixels. Times are microseconds of the timeline."""

    layer: Layer
    path: Path
    info: MediaInfo
    drawn: tuple[int, int]
    gray: bool = False
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
    def step_us(self) -> int:
        """How long a picture of a moving layer is shown; 0 for a still."""
        return 0 if self.layer.still else round(1_000_000 / max(self.info.fps, 0.1))

    def painted(self, rgba: RGBA) -> RGBA:
        """A source picture as it lies on the canvas: premultiplied RGBA."""
        picture = self._scaled(rgba)
        if self.gray:
            picture = grey(picture)
        alpha = picture[..., 3:].astype(np.float32) * (self.layer.opacity / 255)
        if self.layer.shape != "rectangle":
            alpha = alpha * _mask(self.size, self.layer.shape)[..., None]
        whole = np.concatenate((picture[..., :3] * alpha, alpha * 255), axis=2)
        painted = np.round(whole).astype(np.uint8)
        if not self.layer.rotate % 360:
            return painted
        # Four bands of premultiplied values, so that no colour of a clear pixel bleeds in.
        turned = Image.fromarray(painted, "CMYK").rotate(-self.layer.rotate, Image.Resampling.BICUBIC, expand=True)
        result = np.array(turned)
        np.minimum(result[..., :3], result[..., 3:], out=result[..., :3])
        return result

    def _scaled(self, rgba: RGBA) -> RGBA:
        """The part of it that is shown, at its size; what lies beside does not bleed in."""
        left, top, wide, high = shown_part(self.layer, self.info)
        low_x, low_y = int(left), int(top)
        high_x = min(math.ceil(left + wide - 1e-6), rgba.shape[1])
        high_y = min(math.ceil(top + high - 1e-6), rgba.shape[0])
        box = left - low_x, top - low_y, min(left + wide, high_x) - low_x, min(top + high, high_y) - low_y
        return resized(rgba[low_y:high_y, low_x:high_x], self.size, box, self.info.has_alpha)

    def painted_size(self) -> tuple[int, int]:
        if not self.layer.rotate % 360:
            return self.size
        blank = Image.new("L", self.size).rotate(-self.layer.rotate, expand=True)
        return blank.size

    def pictures(self) -> Iterator[tuple[int, Once]]:
        """The layer's pictures as (end, picture), ends on the timeline and rising."""
        if self.layer.still:
            for frame in decode.frames(self.path, self.info):
                yield FOR_EVER, Once(partial(lambda f: self.painted(f.rgba), frame))
                return
            return
        first, last = (1000 * ms for ms in self.layer.source_ms(self.info))
        begin = self.from_us
        kept: list[tuple[int, Once]] | None = []
        # What is not painted yet holds its source's picture.
        weight = 4 * max(self.size[0] * self.size[1], self.info.width * self.info.height)
        while True:
            end, picture = begin, None
            source = decode.frames(self.path, self.info)
            for frame in source:
                if frame.at_us >= last:
                    break
                if frame.at_us + frame.hold_us <= first:
                    continue
                if picture is not None:
                    yield end, picture
                end = begin + min(frame.at_us + frame.hold_us, last) - first
                picture = Once(partial(lambda f: self.painted(f.rgba), frame))
                if kept is not None:
                    kept.append((end - begin, picture))
                    kept = kept if len(kept) * weight <= LOOP_BYTES else None
            if picture is None:
                return
            again = self.layer.repeat and end > begin
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
        self._queue: list[tuple[int, Once]] = []
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
        return Placed(self._queue[0][1], round(left), round(top), round(255 * shift.strength))


def layered(moments: Iterable[Moment], overlays: list[Overlay], length_us: int) -> Iterator[Moment]:
    """The moments with the overlays on them; those with nothing over them are the same objects."""
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
            if over:
                if last is None or last[0] is not shot or last[1] != over:
                    last = shot, over, Shot.of(partial(_blended, shot, over))
                shot = last[2]
            whole = stop - begin == moment.hold_us
            yield Moment(shot, begin, stop - begin, moment.delay_cs if whole else None)
            begin = stop


def _blended(shot: Shot, over: list[Placed]) -> RGBA:
    picture = shot.drawn().copy()
    for placed in over:
        blend(picture, placed.picture(), placed.left, placed.top, placed.strength)
    return picture


def blend(picture: RGBA, above: RGBA, left: int, top: int, strength: int = 255) -> None:
    """Puts premultiplied ``above`` on ``picture`` (straight RGBA), in place; what lies outside is cut off."""
    height, width = picture.shape[:2]
    low_x, low_y = max(0, -left), max(0, -top)
    high_x, high_y = min(above.shape[1], width - left), min(above.shape[0], height - top)
    if low_x < high_x and low_y < high_y:
        place = picture[top + low_y : top + high_y, left + low_x : left + high_x]
        _over(place, above[low_y:high_y, low_x:high_x], strength)


@njit(nogil=True, cache=True)
def _over(place: Any, above: Any, strength: Any) -> None:
    """Porter-Duff over. ``place`` straight RGBA (height, width, 4) is changed, ``above`` is premultiplied."""
    height, width, _ = place.shape
    for y in range(height):
        for x in range(width):
            alpha = above[y, x, 3] * strength
            if alpha == 0:
                continue
            if alpha == 65025:
                for c in range(4):
                    place[y, x, c] = above[y, x, c]
            elif place[y, x, 3] == 255:
                clear = 65025 - alpha
                for c in range(3):
                    top = above[y, x, c] * strength
                    place[y, x, c] = (top * 255 + place[y, x, c] * clear + 32512) // 65025
            else:
                share = alpha / 65025.0
                under = place[y, x, 3] / 255.0 * (1.0 - share)
                whole = share + under
                for c in range(3):
                    colour = (above[y, x, c] * strength / 255.0 + place[y, x, c] * under) / whole
                    place[y, x, c] = min(255, int(colour + 0.5))
                place[y, x, 3] = min(255, int(whole * 255.0 + 0.5))


def warm() -> None:
    """Compiles the kernel."""
    blend(np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 4), np.uint8), 0, 0)


def _mask(size: tuple[int, int], shape: str) -> Any:
    """The alpha (0-1) of a circle or of rounded corners, its edge a pixel wide: shape (height, width), float32."""
    width, height = size
    radius = min(size) / 2 if shape == "circle" else min(size) * ROUNDED
    across = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2) - (width / 2 - radius)
    down = np.abs(np.arange(height, dtype=np.float32) + 0.5 - height / 2) - (height / 2 - radius)
    distance = np.hypot(np.maximum(across, 0)[None, :], np.maximum(down, 0)[:, None])
    return np.clip(radius - distance + 0.5, 0, 1)
