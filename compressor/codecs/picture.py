"""Frames as an encoder takes them: on a matte, with even sides, as limited-range BT.709 planes, equal ones merged."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from ..goal import Plan
from ..media import RGBA, Frame, LazyFrame
from ..scaler import converted

U8 = npt.NDArray[np.uint8]
KEEP_BYTES = 384 * 1024 * 1024  # of planes; a longer film is converted anew for every attempt
SHORT_PIXELS = 30_000_000
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INP


@dataclass(slots=True)
class Picture:
    """One picture for the encoder: planes as (height * 3 / 2, width), then the alpha plane's own (height, width)."""

    yuv: U8
    at_us: int
    hold_us: int
    alpha: U8 | None = None


class Planes:
    """A restartable sequence of Pictures; keeps them up to KEEP_BYTES."""

    def __init__(self, frames: Iterable[Frame], plan: Plan, alpha: bool) -> None:
        self._frames, self._plan, self._alpha = frames, plan, alpha
        self._kept: list[Picture] | None = None
        self._repeats: bool | None = None
        self.width, self.height = plan.width, plan.height

    def repeats(self, within: int) -> bool:
        """Whether a picture comes again after others, not more than ``within`` later: said of short clips only."""
        if self._repeats is None:  # two encodes at once may both find out
            found = False
            if self.short:
                seen: dict[int, int] = {}
                for number, picture in enumerate(self):
                    key = crc32(picture.yuv.data)
                    if number - seen.get(key, -within) < within:
                        found = True
                        break
                    seen[key] = number
            self._repeats = found
        return self._repeats

    @property
    def short(self) -> bool:
        """The frames are few enough to be gone through once more."""
        pixels = self.width * self.height
        return sum(pixels for _ in islice(self._frames, SHORT_PIXELS // pixels + 1)) <= SHORT_PIXELS

    def __iter__(self) -> Iterator[Picture]:
        if self._kept is not None:
            yield from self._kept
            return
        kept: list[Picture] | None = []
        held = 0
        for picture in merged(self._converted()):
            held += picture.yuv.nbytes + (picture.alpha.nbytes if picture.alpha is not None else 0)
            kept = kept if held <= KEEP_BYTES else None
            if kept is not None:
                kept.append(picture)
            yield picture
        self._kept = kept

    def _converted(self) -> Iterator[Picture]:
        matte = None if self._alpha else tuple(self._plan.settings.get("matte", (128, 128, 128)))
        frames: Iterable[Frame] = self._frames
        if self._plan.settings.get("denoise"):
            from .prefilter import steady

            frames = steady(frames)
        last: tuple[RGBA, Picture] | None = None
        for frame in frames:
            direct = None if self._alpha else _as_stored(frame, self.width, self.height)
            if direct is not None:
                yield Picture(direct, frame.at_us, frame.hold_us)
                continue
            if last is not None and (frame.rgba is last[0] or np.array_equal(frame.rgba, last[0])):
                yield Picture(last[1].yuv, frame.at_us, frame.hold_us, last[1].alpha)
                continue
            plain, alpha = flat(frame.rgba, matte), None
            if self._alpha:
                alpha = np.ascontiguousarray(_sized(frame.rgba, self.width, self.height)[..., 3])
            picture = Picture(to_yuv(_sized(plain, self.width, self.height)), frame.at_us, frame.hold_us, alpha)
            last = frame.rgba, picture
            yield picture


def _as_stored(frame: Frame, width: int, height: int) -> U8 | None:
    """The planes of a film's own picture, where it has them in the way that we write them."""
    if not isinstance(frame, LazyFrame) or frame.film is None:
        return None
    return frame.film.planes((width, height))


def planes(frames: Iterable[Frame], plan: Plan, *, alpha: bool = False) -> Planes:
    """``frames`` (of the plan's size, give or take the one line that makes it even) as restartable Pictures."""
    return Planes(frames, plan, alpha)


def merged(pictures: Iterable[Picture]) -> Iterator[Picture]:
    """Equal pictures in a row as one that stays longer."""
    held: Picture | None = None
    for picture in pictures:
        if held is not None and _same(held, picture):
            held = Picture(held.yuv, held.at_us, held.hold_us + picture.hold_us, held.alpha)
            continue
        if held is not None:
            yield held
        held = picture
    if held is not None:
        yield held


def _same(one: Picture, other: Picture) -> bool:
    if one.yuv is other.yuv:
        return True
    if not np.array_equal(one.yuv, other.yuv):
        return False
    if one.alpha is None or other.alpha is None:
        return one.alpha is other.alpha
    return np.array_equal(one.alpha, other.alpha)


def flat(rgba: RGBA, matte: tuple[int, ...] | None) -> U8:
    """Straight RGBA composited on ``matte``, or with the colours under full transparency taken out, as RGB; what is
    opaque comes back as it is."""
    alpha = rgba[..., 3]
    if alpha.min() == 255:
        return rgba
    if matte is None:
        # What nobody sees costs least as one flat colour.
        return np.where(alpha[..., None] == 0, np.uint8(128), rgba[..., :3])
    a = alpha[..., None].astype(np.uint16)
    ground = np.array(matte, np.uint16)
    return ((rgba[..., :3] * a + ground * (255 - a) + 127) // 255).astype(np.uint8)


def _sized(pixels: U8, width: int, height: int) -> U8:
    """Exactly width x height: a missing last line or column is repeated, so that no edge gets a colour of its own."""
    h, w = pixels.shape[:2]
    if (w, h) == (width, height):
        return pixels
    pixels = pixels[:height, :width]
    return np.pad(pixels, ((0, height - pixels.shape[0]), (0, width - pixels.shape[1]), (0, 0)), mode="edge")


def to_yuv(pixels: U8) -> U8:
    """Opaque 8-bit RGB or RGBA (even sides) as limited-range BT.709 4:2:0 planes, shape (height * 3 / 2, width)."""
    kind = "rgba" if pixels.shape[2] == 4 else "rgb24"
    made = converted(
        av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format=kind),
        format="yuv420p",
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
        interpolation=_EXACT,
    )
    return np.ascontiguousarray(made.to_ndarray())
