"""Stores one frame without loss, in the smallest of a few encodings that are tried."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from . import canvas as screen
from . import colour_count, colour_space, lzw, palette, reader, writer

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
EVERY, PLACES = 160, 512  # the dictionary may be cleared every so many pixels, at so many places of a frame
SMALL = 20_000  # pixels up to which all is tried; fine patterns may repeat better with every eighth row


@dataclass(slots=True)
class Stored:
    """One frame's stream and what its descriptor must say."""

    payload: U8
    x: int
    y: int
    width: int
    height: int
    transparent: int | None
    min_code: int
    palette: U8 | None  # its own, or None for the global one
    interlaced: bool = False

    @property
    def cost(self) -> int:
        table = 0 if self.palette is None else 3 << writer.colour_bits(len(self.palette))
        return len(self.payload) + table


class Exact:
    """Stores frames against one global palette; keeps the buffers between frames. ``thorough``: several encodings are
    tried. ``codes``: how many may be followed to find where the dictionary is best cleared; 4 million take a second.
    """

    def __init__(
        self,
        global_palette: U8,
        *,
        thorough: bool = False,
        codes: int = 0,
        see_through: bool = False,
        pool: Executor | None = None,
    ) -> None:
        self.pool = pool
        self.global_palette = global_palette
        self.index = colour_count.Index(global_palette)
        self.thorough = thorough
        self.codes = codes
        self.see_through = see_through
        self.price = 0.1  # bytes of a drawn pixel, lately

    def store(self, before: U32, target: U32, box: screen.Box) -> Stored:
        """``before`` is on screen, ``target`` must be; ``box`` covers every pixel that differs (and is not empty).

        A frame with more colours than a palette holds is mapped to the nearest of the best palette for it; ``target``
        is changed in place to what is really shown.
        """
        x0, y0, x1, y1 = box
        under = np.ascontiguousarray(before[y0:y1, x0:x1])
        wanted = np.ascontiguousarray(target[y0:y1, x0:x1])
        keep = np.empty(wanted.shape, np.uint8)
        kept = screen.keep_map(under, wanted, keep)
        draw = (keep == 0).astype(np.uint8)
        indices = np.zeros(wanted.shape, np.uint8)
        table: U8 | None = None
        index = self.index
        if not index.look_up(wanted, draw, indices):
            table = self._local(wanted, draw, kept)
            index = colour_count.Index(table)
            if not index.look_up(wanted, draw, indices):
                wanted = nearest(wanted, draw, table)
                target[y0:y1, x0:x1] = wanted
                index.look_up(wanted, draw, indices)
        # What is kept may as well be drawn again, where that continues a string.
        redraw = _known(index, under, keep, indices)
        used = np.bincount(indices.ravel()[draw.ravel() != 0], minlength=256) > 0
        transparent: int | None = None
        if kept:
            free = np.flatnonzero(~used)
            transparent = int(free[0]) if free.size else None
        if transparent is None and kept:
            keep = np.zeros_like(keep)  # every index is taken: only possible if all kept pixels can be drawn
        tries = [keep]
        if transparent is not None:
            flags = np.where((keep == 1) & ~redraw, np.uint8(2), keep)
            # A pixel drawn with the index that now means transparent would not be drawn.
            flags = np.where((keep == 1) & (indices == transparent), np.uint8(2), flags)
            tries = self._in_runs(flags) if kept < keep.size else [flags]
        coder = Coder(indices, transparent or 0, self.pool)
        if not self.thorough:
            coder.run([Way(flags) for flags in tries])
        elif indices.size <= SMALL:
            if transparent is not None and (narrow := in_short_codes(tries[0], indices, transparent)) is not None:
                tries += self._in_runs(narrow)
            orders = [(ahead, odd) for ahead in (0, 1, 3) for odd in (False, True)]
            coder.run([Way(flags, ahead=ahead, interlaced=odd) for flags in tries for ahead, odd in orders])
        else:
            coder.run([*(Way(flags) for flags in tries), Way(tries[-1], early=True)])
            coder.run([replace(coder.way, ahead=ahead) for ahead in (1, 3)])
        if self.codes > 0:
            kinds = {id(flags): flags for flags in (coder.way.flags, tries[0])}
            self.codes -= coder.followed * len(kinds)
            for flags, cuts in zip(kinds.values(), coder.map(coder.cuts, kinds.values()), strict=True):
                coder.run([Way(flags, ahead=ahead, cuts=cuts) for ahead in (0, 1, 3)])
        height, width = indices.shape
        if transparent is None and self.see_through and not kept and not used.all():
            # Pillow and FFmpeg fill what is not drawn with a colour, unless the frame names one as transparent.
            transparent = int(np.flatnonzero(~used)[0])
        best = Stored(
            coder.best, x0, y0, width, height, transparent, coder.min_code, table, interlaced=coder.way.interlaced
        )
        self.price += (best.cost / max(int(draw.sum()), 1) - self.price) * 0.3
        return best

    def _in_runs(self, flags: U8) -> list[U8]:
        """``flags``, and the same with pixels that may stay only left in runs of some length or more."""
        tries = [flags]
        for shortest in (8,) if not self.thorough else (3, 8, 24, flags.size + 1):
            longer = np.empty_like(flags)
            screen.drop_short_runs(flags, shortest, longer)
            tries.append(longer)
        return tries

    def _local(self, wanted: U32, draw: U8, kept: int) -> U8:
        found, counts = np.unique(wanted[draw != 0], return_counts=True)
        rgb = np.ascontiguousarray(found.view(np.uint8).reshape(-1, 4)[:, :3])
        if len(found) <= 256:
            return rgb[np.argsort(-counts, kind="stable")]
        return palette.reduce(rgb, counts, 255 if kept else 256)


@dataclass(frozen=True, slots=True)
class Way:
    """One way of coding a frame; see ``lzw.encode_exact``."""

    flags: U8
    early: bool = False
    ahead: int = 0
    interlaced: bool = False
    cuts: npt.NDArray[np.int64] = field(default_factory=lambda: lzw.NO_CUTS)


class Coder:
    """Codes one frame's indices in several ways, side by side where there is a pool, and keeps the shortest stream."""

    def __init__(self, indices: U8, transparent: int, pool: Executor | None) -> None:
        self.indices = indices
        self.transparent = transparent
        self.map = map if pool is None else pool.map
        self.best: U8 = np.empty(0, np.uint8)
        self.min_code = 2
        self.way = Way(indices)

    def run(self, ways: list[Way]) -> None:
        """The first of the shortest wins, however many work at it."""
        for way, (payload, min_code) in zip(ways, self.map(self._coded, ways), strict=True):
            if not self.best.size or payload.size < self.best.size:
                self.best, self.min_code, self.way = payload, min_code, way

    @property
    def followed(self) -> int:
        """About how many codes ``cuts`` follows."""
        return min(self.indices.size // EVERY, PLACES) * min(self.best.size, lzw.MOST_CODES) // 2

    def cuts(self, flags: U8) -> npt.NDArray[np.int64]:
        """Where the dictionary is best cleared."""
        keep = flags.ravel()
        every = max(EVERY, keep.size // PLACES)
        found = np.empty(keep.size // every + 2, np.int64)
        count = lzw.restarts(self.indices.ravel(), keep, self.transparent, self._min_code(flags), every, found)
        return found[:count].copy()

    def _min_code(self, flags: U8) -> int:
        highest = int(self.indices[flags != 2].max(initial=0))
        return writer.code_bits(max(highest, self.transparent) if flags.any() else highest)

    def _coded(self, way: Way) -> tuple[U8, int]:
        min_code = self._min_code(way.flags)
        rows = reader.interlaced_rows(len(way.flags)) if way.interlaced else slice(None)
        indices, keep = self.indices[rows].ravel(), way.flags[rows].ravel()
        out = np.empty(indices.size * 2 + 1024, np.uint8)
        size = lzw.encode_exact(indices, keep, self.transparent, min_code, way.early, way.ahead, way.cuts, out)
        return out[:size].copy(), min_code


def in_short_codes(flags: U8, indices: U8, transparent: int) -> U8 | None:
    """``flags`` by which no pixel that may stay is drawn in a colour beyond the code size that the others need; None
    where that makes no codes shorter."""
    needed = writer.code_bits(max(int(indices[flags == 0].max(initial=0)), transparent))
    beyond = (flags == 1) & (indices >> needed != 0)
    return np.where(beyond, np.uint8(2), flags) if beyond.any() else None


def nearest(wanted: U32, draw: U8, table: U8) -> U32:
    """``wanted`` with every drawn pixel replaced by the nearest colour of ``table``."""
    found, back = np.unique(wanted, return_inverse=True)
    places = colour_space.units(found)[:, :3].astype(np.float64)
    middles = colour_space.units(colour_count.pack(table))[:, :3].astype(np.float64)
    mapped = colour_count.pack(table)[palette.nearest(places, middles)][back.reshape(wanted.shape)]
    out: U32 = np.where(draw != 0, mapped, wanted)
    return out


def _known(index: colour_count.Index, under: U32, keep: U8, indices: U8) -> npt.NDArray[np.bool_]:
    """Which kept pixels have a colour in the palette; their indices are filled in."""
    place = index.find(under, keep)
    known = place >= 0
    indices[known] = place[known]
    out: npt.NDArray[np.bool_] = known
    return out
