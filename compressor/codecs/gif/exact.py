"""Store one frame so that exactly its pixels are shown, in the fewest bytes of a few honest tries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import canvas as screen
from . import colours, lzw, palette, space, writer

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]


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

    @property
    def cost(self) -> int:
        table = 0 if self.palette is None else 3 << writer.colour_bits(len(self.palette))
        return len(self.payload) + table


class Exact:
    """Stores frames against one global palette; keeps the buffers between frames."""

    def __init__(self, global_palette: U8, *, thorough: bool = False) -> None:
        self.global_palette = global_palette
        self.index = colours.Index(global_palette)
        self.thorough = thorough
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
            index = colours.Index(table)
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
        tries = []
        if transparent is not None:
            flags = np.where((keep == 1) & ~redraw, np.uint8(2), keep)
            # A pixel drawn with the index that now means transparent would not be drawn.
            flags = np.where((keep == 1) & (indices == transparent), np.uint8(2), flags)
            tries.append(flags)
            if kept < keep.size:
                longer = np.empty_like(flags)
                for shortest in (8,) if not self.thorough else (3, 8, 24, keep.size + 1):
                    screen.drop_short_runs(flags, shortest, longer)
                    tries.append(longer.copy())
        else:
            tries.append(keep)
        best: Stored | None = None
        for flags in tries:
            highest = int(indices[flags != 2].max(initial=0))
            min_code = writer.code_bits(max(highest, transparent or 0))
            out = np.empty(indices.size * 2 + 1024, np.uint8)
            size = lzw.encode_exact(
                indices.ravel(), flags.ravel(), transparent if transparent is not None else 0, min_code, out
            )
            if best is None or size < len(best.payload):
                best = Stored(out[:size].copy(), x0, y0, x1 - x0, y1 - y0, transparent, min_code, table)
        assert best is not None
        self.price += (best.cost / max(int(draw.sum()), 1) - self.price) * 0.3
        return best

    def _local(self, wanted: U32, draw: U8, kept: int) -> U8:
        found, counts = np.unique(wanted[draw != 0], return_counts=True)
        rgb = np.ascontiguousarray(found.view(np.uint8).reshape(-1, 4)[:, :3])
        if len(found) <= 256:
            return rgb[np.argsort(-counts, kind="stable")]
        return palette.reduce(rgb, counts, 255 if kept else 256)


def nearest(wanted: U32, draw: U8, table: U8) -> U32:
    """``wanted`` with every drawn pixel replaced by the nearest colour of ``table``."""
    found, back = np.unique(wanted, return_inverse=True)
    places = space.units(found)[:, :3].astype(np.float64)
    middles = space.units(colours.pack(table))[:, :3].astype(np.float64)
    mapped = colours.pack(table)[palette.nearest(places, middles)][back.reshape(wanted.shape)]
    out: U32 = np.where(draw != 0, mapped, wanted)
    return out


def _known(index: colours.Index, under: U32, keep: U8, indices: U8) -> npt.NDArray[np.bool_]:
    """Which kept pixels have a colour in the palette; their indices are filled in."""
    place = index.find(under, keep)
    known = place >= 0
    indices[known] = place[known]
    out: npt.NDArray[np.bool_] = known
    return out
