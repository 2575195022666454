"""Counts the colours that a clip uses in one pass, and looks up the index of a colour.

Colours are RGBA packed into uint32 (alpha 255); 0 is "transparent" and is never counted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
F32 = npt.NDArray[np.float32]

MOST = 1 << 17  # beyond so many different colours they are counted coarser
FEW, SETS = 127, 4000  # colours of a frame that may do with shorter codes; how many such sets of colours are kept
COARSE = np.array([0xFC, 0xFC, 0xFC, 0xFF], np.uint8).view(np.uint32)[0]


class Census:
    """Counts of colours, where they newly appear: a pixel that stays is not counted again."""

    def __init__(self) -> None:
        self.keys = np.zeros(1 << 12, np.uint32)
        self.counts = np.zeros((1 << 12, 3), np.int64)  # pixels, frames, last frame seen + 1
        self.used = 0
        self.coarse = False
        self.frames = 0
        self.transparent = False
        self.runs = 0  # of one colour, among the pixels that newly appear
        self.sets: dict[bytes, int] = {}  # the FEW or fewer packed colours that newly appear in so many frames

    def add(self, rgba: U32, before: U32 | None) -> int:
        """Count one frame; the number of different colours among its changed pixels."""
        self.frames += 1
        fresh = 0
        flat = rgba.ravel()
        last = flat if before is None else before.ravel()
        start = 0
        while True:
            mask = COARSE if self.coarse else np.uint32(0xFFFFFFFF)
            start, used, new, clear, runs = _count(
                flat, last, before is None, start, self.frames, mask, self.keys, self.counts, self.used
            )
            self.used = used
            fresh += new
            self.runs += runs
            self.transparent |= clear
            if start >= flat.size:
                break
            self._grow()
        if self.used > 256:
            self.sets.clear()  # no one palette holds them all
        elif 0 < fresh <= FEW:
            together = np.sort(self.keys[self.counts[:, 2] == self.frames]).tobytes()
            if together in self.sets or len(self.sets) < SETS:
                self.sets[together] = self.sets.get(together, 0) + 1
        return fresh

    def _grow(self) -> None:
        old, counts = self.keys, self.counts
        room = old.size * 2
        if self.used >= MOST and not self.coarse:
            self.coarse, room = True, old.size
        self.keys = np.zeros(room, np.uint32)
        self.counts = np.zeros((room, 3), np.int64)
        self.used = _rehash(old, counts, COARSE if self.coarse else np.uint32(0xFFFFFFFF), self.keys, self.counts)

    def colours(self) -> tuple[U8, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """(colours (n, 3), pixels, frames), the most used first, in an order that is always the same."""
        found = np.flatnonzero(self.keys)
        order = np.lexsort((self.keys[found], -self.counts[found, 0]))
        found = found[order]
        rgb = self.keys[found].view(np.uint8).reshape(-1, 4)[:, :3]
        return np.ascontiguousarray(rgb), self.counts[found, 0], self.counts[found, 1]


class Index:
    """Exact colour → palette index."""

    def __init__(self, palette: U8, *, first: int = 0) -> None:
        """``palette[k]`` gets the index ``first + k``."""
        self.keys = np.zeros(1024, np.uint32)
        self.values = np.zeros(1024, np.int32)
        for k, colour in enumerate(pack(palette)):
            _put(self.keys, self.values, colour, k + first)

    def look_up(self, rgba: U32, wanted: U8, out: U8) -> bool:
        """Fill ``out`` where ``wanted`` is not 0; False as soon as a colour is not in the palette."""
        return bool(_look_up(rgba.ravel(), wanted.ravel(), self.keys, self.values, out.ravel()))

    def find(self, rgba: U32, wanted: U8) -> npt.NDArray[np.int16]:
        """The index of every pixel whose ``wanted`` is 1, or -1; -1 for all others."""
        out = np.empty(rgba.shape, np.int16)
        _find(rgba.ravel(), wanted.ravel(), self.keys, self.values, out.ravel())
        return out


def pack(palette: U8) -> U32:
    rgba = np.full((len(palette), 4), 255, np.uint8)
    rgba[:, :3] = palette
    return rgba.view(np.uint32).ravel()


def tally(rgba: U32, wanted: npt.NDArray[np.bool_], weights: F32) -> tuple[U32, npt.NDArray[np.float64]]:
    """(the colours of the pixels that are wanted, ascending; the sum of the weights of each)."""
    keys, sums = _tally(rgba.ravel(), wanted.ravel(), weights.ravel())
    order = np.argsort(keys)
    return keys[order], sums[order]


@njit(cache=True, nogil=True)
def _tally(rgba: U32, wanted: npt.NDArray[np.bool_], weights: F32) -> tuple[U32, npt.NDArray[np.float64]]:
    room = 1 << 12
    while room < min(rgba.size, 1 << 16):
        room *= 2
    keys = np.zeros(room, np.uint32)
    sums = np.zeros(room, np.float64)
    used = 0
    last = np.uint32(0)
    at = 0
    for i in range(rgba.size):
        if not wanted[i]:
            continue
        colour = rgba[i]
        if colour != last:
            if 2 * used >= keys.size:
                old, old_sums = keys, sums
                keys = np.zeros(2 * old.size, np.uint32)
                sums = np.zeros(2 * old.size, np.float64)
                for k in range(old.size):
                    if old[k] != 0:
                        to = _slot(keys, old[k])
                        keys[to] = old[k]
                        sums[to] = old_sums[k]
            at = _slot(keys, colour)
            last = colour
            if keys[at] == 0:
                keys[at] = colour
                used += 1
        sums[at] += weights[i]
    kept = np.flatnonzero(keys)
    return keys[kept], sums[kept]


@njit(cache=True, nogil=True, inline="always")
def _slot(keys: U32, colour: np.uint32) -> int:
    mask = keys.size - 1
    at = ((int(colour) * 0x9E3779B1) >> 22) & mask
    while keys[at] != 0 and keys[at] != colour:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _put(keys: U32, values: npt.NDArray[np.int32], colour: np.uint32, value: int) -> None:
    at = _slot(keys, colour)
    if keys[at] == 0:
        keys[at] = colour
        values[at] = value


@njit(cache=True, nogil=True)
def _look_up(rgba: U32, wanted: U8, keys: U32, values: npt.NDArray[np.int32], out: U8) -> bool:
    last = np.uint32(0)
    index = 0
    for i in range(rgba.size):
        if wanted[i] == 0:
            continue
        colour = rgba[i]
        if colour != last:
            at = _slot(keys, colour)
            if keys[at] == 0:
                return False
            last = colour
            index = values[at]
        out[i] = index
    return True


@njit(cache=True, nogil=True)
def _find(rgba: U32, wanted: U8, keys: U32, values: npt.NDArray[np.int32], out: npt.NDArray[np.int16]) -> None:
    last = np.uint32(0)
    index = -1
    for i in range(rgba.size):
        out[i] = -1
        if wanted[i] != 1:
            continue
        colour = rgba[i]
        if colour != last:
            last = colour
            at = _slot(keys, colour)
            index = values[at] if keys[at] != 0 else -1
        out[i] = index


@njit(cache=True, nogil=True)
def _count(
    rgba: U32,
    before: U32,
    whole: bool,
    start: int,
    frame: int,
    mask: np.uint32,
    keys: U32,
    counts: npt.NDArray[np.int64],
    used: int,
) -> tuple[int, int, int, bool, int]:
    fresh = 0
    clear = False
    last = np.uint32(0)
    at = 0
    runs = 0
    for i in range(start, rgba.size):
        colour = rgba[i]
        if colour == 0:
            clear = True
            continue
        if not whole and colour == before[i]:
            continue
        colour &= mask
        if colour != last:
            if 2 * used >= keys.size:
                return i, used, fresh, clear, runs
            at = _slot(keys, colour)
            last = colour
            runs += 1
            if keys[at] == 0:
                keys[at] = colour
                used += 1
            if counts[at, 2] != frame:
                counts[at, 2] = frame
                counts[at, 1] += 1
                fresh += 1
        counts[at, 0] += 1
    return rgba.size, used, fresh, clear, runs


@njit(cache=True, nogil=True)
def _rehash(old: U32, counts: npt.NDArray[np.int64], mask: np.uint32, keys: U32, new: npt.NDArray[np.int64]) -> int:
    used = 0
    for i in range(old.size):
        if old[i] != 0:
            colour = old[i] & mask
            at = _slot(keys, colour)
            if keys[at] == 0:
                keys[at] = colour
                used += 1
            new[at, 0] += counts[i, 0]
            new[at, 1] = max(new[at, 1], counts[i, 1])
            new[at, 2] = max(new[at, 2], counts[i, 2])
    return used
