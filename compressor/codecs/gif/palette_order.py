"""Orders a palette: frames that use only its first colours start with shorter LZW codes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from . import colour_count
from .writer import code_bits

U8 = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
CODES = 400  # of a frame, about; what is saved by a smaller code size is saved in the first ones
LEVELS = range(2, 8)


def ordered(palette: U8, sets: Mapping[bytes, int]) -> U8:
    """``palette`` (n, 3) in the order that saves the most bits of first codes, or as it was.

    ``sets``: which packed colours (uint32, as bytes) are drawn together in one frame, and in how many frames. Index by
    index a palette is filled set by set, those first that bring the fewest colours; from which code size on that pays
    is tried out. What no set asks for keeps its order behind them.
    """
    if not sets or len(palette) > 256 or len(palette) <= 1 << LEVELS[0]:
        return palette
    place = {int(colour): k for k, colour in enumerate(colour_count.pack(palette))}
    members = np.zeros((len(sets), len(palette)), np.bool_)
    for row, packed in enumerate(sets):
        members[row, [place[int(c)] for c in np.frombuffer(packed, np.uint32)]] = True
    counts = np.array(list(sets.values()), np.int64)
    best = np.arange(len(palette))
    saved = _saved(members, counts, best)
    for first in LEVELS:
        tried = _filled(members, counts, first)
        gain = _saved(members, counts, tried)
        if gain > saved:
            best, saved = tried, gain
    return np.ascontiguousarray(palette[best])


def _filled(members: Bools, counts: npt.NDArray[np.int64], first: int) -> npt.NDArray[np.int64]:
    """Colours by place: each code size from ``first`` on is filled with whole sets, one place left for "keep"."""
    order: list[int] = []
    chosen = np.zeros(members.shape[1], np.bool_)
    for bits in range(first, LEVELS[-1] + 1):
        room = (1 << bits) - 1
        while True:
            missing = (members & ~chosen).sum(1)
            able = np.flatnonzero((missing > 0) & (missing + len(order) <= room))
            if not able.size:
                break
            row = able[np.argmin(missing[able] / counts[able])]
            fresh = np.flatnonzero(members[row] & ~chosen)
            order.extend(int(k) for k in fresh)
            chosen[fresh] = True
    return np.array(order + [int(k) for k in np.flatnonzero(~chosen)], np.int64)


def _saved(members: Bools, counts: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> int:
    """Bits, against codes for all indices."""
    placed = members[:, order]
    highest = placed.shape[1] - 1 - np.argmax(placed[:, ::-1], axis=1)
    full = placed.sum(1) > highest  # no place left in front for "keep"
    widths = {bits: _bits(bits) for bits in range(2, 9)}
    most = widths[code_bits(placed.shape[1] - 1)]
    return sum(
        int(n) * (most - widths[code_bits(int(h) + bool(f))]) for n, h, f in zip(counts, highest, full, strict=True)
    )


def _bits(min_code: int) -> int:
    """Of the first CODES codes, if every one defines an entry."""
    entries = np.arange(CODES) + (1 << min_code) + 1
    return int(np.maximum(np.ceil(np.log2(entries)), min_code + 1).sum())
