"""Prepares frames for a video encoder: matte, even sides, limited-range BT.709 planes; merges equal frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from zlib import crc32

import av
import numpy as np
import numpy.typing as npt
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from .. import row_differences
from ..goal import Plan
from ..jit import njit
from ..media import RGBA, Frame, LazyFrame, split
from ..row_differences import I64
from ..scaler import converted

U8 = npt.NDArray[np.uint8]
KEEP_BYTES = 384 * 1024 * 1024  # of planes; a longer film is converted anew for every attempt
SHORT_PIXELS = 30_000_000
TILE = 128, 64  # (width, height) of what is converted where little of a picture has changed
REACH = 6  # pixels around one that its chroma reaches; bicubic 4:2:0 takes 4
HANDLING = 10_000  # pixels that could be converted in the time that it takes to cut out a tile and put it in
PATCHED = 0.5  # of the pixels; beyond that the whole is converted
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
        conversion = _Conversion(self.width, self.height, matte)
        last: Picture | None = None
        for frame in frames:
            direct = None if self._alpha else _as_stored(frame, self.width, self.height)
            if direct is not None:
                yield Picture(direct, frame.at_us, frame.hold_us)
                continue
            yuv, alpha = conversion(frame.rgba), None
            if self._alpha and last is not None and yuv is last.yuv:
                alpha = last.alpha
            elif self._alpha:
                alpha = np.ascontiguousarray(_sized(frame.rgba, self.width, self.height)[..., 3])
            last = Picture(yuv, frame.at_us, frame.hold_us, alpha)
            yield last


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


class _Conversion:
    """Pictures on ``matte`` as planes of ``width`` x ``height`` (see ``flat`` and ``to_yuv``). Of one that differs
    little from the last only pieces are converted, which gives the same to the bit; the same array for the same one."""

    def __init__(self, width: int, height: int, matte: tuple[int, ...] | None) -> None:
        self._width, self._height, self._matte = width, height, matte
        self._last: tuple[RGBA, bool, U8] | None = None

    def __call__(self, rgba: RGBA) -> U8:
        opaque = bool(np.bitwise_and.reduce(row_differences.words(rgba), axis=None) >> 24 == 255)
        yuv: U8 | None = None
        if self._last is not None and self._last[0].shape == rgba.shape:
            before, alike, planes = self._last
            changed = row_differences.between(rgba, before)
            if changed is None:
                return planes
            # Colours alone are converted by other code than those beside an alpha channel.
            if opaque == alike and rgba.shape[:2] == (self._height, self._width):
                yuv = self._patched(rgba, opaque, planes, *changed)
        if yuv is None:
            yuv = to_yuv(_sized(self._flat(rgba, opaque), self._width, self._height))
        self._last = rgba, opaque, yuv
        return yuv

    def _flat(self, rgba: RGBA, opaque: bool) -> U8:
        return rgba if opaque else flat(rgba, self._matte)[..., :3]

    def _patched(self, rgba: RGBA, opaque: bool, planes: U8, left: I64, right: I64) -> U8 | None:
        """``planes`` with the pieces put in that have changed; None where converting all is less work."""
        tiles = tiled(left, right, self._width)
        wide, high = min(self._width, TILE[0]), min(self._height, TILE[1])
        if len(tiles) * (wide * high + HANDLING) > PATCHED * self._width * self._height:
            return None
        yuv = planes.copy()
        into = split(yuv, (self._width, self._height))
        for x, y, *bounds in tiles.tolist():
            made = split(to_yuv(self._flat(rgba[y : y + high, x : x + wide], opaque)), (wide, high))
            for plane, part, half in zip(into, made, (1, 2, 2), strict=True):
                start, top, end, bottom = (n // half for n in bounds)
                here, there = y // half, x // half
                plane[top:bottom, start:end] = part[top - here : bottom - here, start - there : end - there]
        return yuv


@njit(nogil=True, cache=True)
def tiled(left: I64, right: I64, width: int) -> I64:
    """Tiles of TILE pixels (or as many as there are) for all that depends on columns ``left`` up to ``right`` of each
    row: (n, 6), each the corner (x, y) of what is converted, and what of the picture is taken from it, from (left, top)
    up to (right, bottom). All are even. A tile's own border is right only where it is the picture's."""
    height = len(left)
    tiles = np.empty((height * (width // (TILE[0] - 2 * REACH) + 1), 6), np.int64)
    count = bottom = 0
    for row in range(height):
        if left[row] >= right[row] or row + REACH < bottom or bottom == height:
            continue
        y, top, bottom = _placed(max(row - REACH, bottom), height, TILE[1])
        start, end = width, 0
        for near in range(max(top - REACH, 0), min(bottom + REACH, height)):
            if left[near] < right[near]:
                start, end = min(start, left[near] - REACH), max(end, min(right[near] + REACH, width))
        while start < end:
            x, begin, start = _placed(start, width, TILE[0])
            tiles[count, 0], tiles[count, 1], tiles[count, 2], tiles[count, 3] = x, y, begin, top
            tiles[count, 4], tiles[count, 5] = start, bottom
            count += 1
    return tiles[:count]


@njit(nogil=True, cache=True)
def _placed(start: int, side: int, tile: int) -> tuple[int, int, int]:
    """Where a tile lies that is right from ``start`` on, and from where to where it is."""
    start = max(start, 0) & ~1
    at = max(min(start - REACH, side - tile), 0)
    return at, start, side if at + tile >= side else at + tile - REACH


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    row_differences.warm()
    tiled(np.zeros(2, np.int64), np.ones(2, np.int64), 2)
