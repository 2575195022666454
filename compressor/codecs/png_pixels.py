"""PNG pixel formats: chooses the smallest one that holds a clip, and filters its rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..jit import njit
from ..media import RGBA
from .changed_rectangles import U32, Mask, packed

U8 = npt.NDArray[np.uint8]
_PALETTE, _RGB, _RGBA = 3, 2, 6
_SAMPLE = 60_000  # pixels that a palette is made from


@dataclass(frozen=True, slots=True)
class Kind:
    """Colour type and depth of a file, with what it needs to code RGBA into it.

    ``can_mask``: there is a value that means "leave what is there" without meaning any colour of the clip.
    """

    color: int
    depth: int
    can_mask: bool
    palette: U8 = field(default_factory=lambda: np.zeros((0, 4), np.uint8))  # RGBA; the see-through entries first
    table: U32 | None = None  # the palette packed and sorted, with ``places`` in it: exact look-up
    places: U8 | None = None
    key: tuple[int, int, int] | None = None

    def coded(self, pixels: RGBA, fresh: Mask | None) -> U8:
        """(height, width, samples) as they are stored; pixels that are not fresh become see-through."""
        hidden = pixels[..., 3] == 0
        if fresh is not None:
            hidden = hidden | ~fresh
        if len(self.palette):
            indices = self._indices(pixels)
            if hidden.any() and self.can_mask:
                indices[hidden] = 0
            return indices[..., None] if self.color == _PALETTE else self.palette[indices]
        if self.color == _RGB:
            out = pixels[..., :3].copy()
            if self.key is not None:
                out[hidden] = self.key
            return out
        out = pixels.copy()
        out[hidden] = 0
        return out

    def _indices(self, pixels: RGBA) -> U8:
        if self.table is not None and self.places is not None:
            found = np.searchsorted(self.table, packed(pixels))
            return self.places[np.minimum(found, len(self.places) - 1)]
        return _nearest(np.ascontiguousarray(pixels), self.palette, 1 if self.can_mask else 0)

    def chunks(self) -> list[tuple[bytes, bytes]]:
        """PLTE and tRNS, as far as this kind has them."""
        if self.color == _PALETTE:
            found = [(b"PLTE", self.palette[:, :3].tobytes())]
            clear = int((self.palette[:, 3] < 255).sum())
            return [*found, (b"tRNS", self.palette[:clear, 3].tobytes())] if clear else found
        if self.key is not None:
            return [(b"tRNS", b"".join(v.to_bytes(2, "big") for v in self.key))]
        return []


class Census:
    """Which colours a clip has: all while they are few, a sample of its pixels, and which RGB values never occur."""

    def __init__(self) -> None:
        self.colors: U32 | None = np.zeros(0, np.uint32)
        self.seen = np.zeros(1 << 24, np.bool_)
        self.partly = False  # some pixel is neither opaque nor invisible
        self.invisible = False
        self.masks = False
        self.samples: list[RGBA] = []
        self.sampled = 0

    def add(self, pixels: RGBA, fresh: Mask | None) -> None:
        flat = pixels.reshape(-1, 4) if fresh is None else pixels[fresh]
        self.masks = self.masks or fresh is not None
        alpha = flat[:, 3]
        if alpha.size and alpha.min() < 255:
            self.invisible = self.invisible or bool((alpha == 0).any())
            self.partly = self.partly or bool(((alpha > 0) & (alpha < 255)).any())
        words = packed(pixels).ravel() if fresh is None else packed(pixels)[fresh]
        self.seen[words & 0xFFFFFF] = True
        if self.colors is not None:
            union = np.union1d(self.colors, np.unique(words[words != 0]))
            self.colors = union if union.size <= 256 else None
        self._sample(flat)

    def _sample(self, flat: RGBA) -> None:
        """Evenly from all frames: when too much has come together, every second pixel is given up."""
        take = flat[:: max(len(flat) // 8_000, 1)]
        self.samples.append(take.copy())
        self.sampled += len(take)
        if self.sampled > 2 * _SAMPLE:
            self.samples = [np.concatenate(self.samples)[::2]]
            self.sampled = len(self.samples[0])

    def kind(self, colors: int, *, palette: bool = True) -> Kind:
        """The cheapest kind that is exact, or for ``colors`` > 0 a palette of at most so many entries. ``palette``
        False: those colours, but stored as they are."""
        kind = self._kind(colors)
        return kind if palette or kind.color != _PALETTE else replace(kind, color=_RGBA, depth=8)

    def _kind(self, colors: int) -> Kind:
        mask = self.masks or self.invisible
        if self.colors is not None:
            for can_mask in [True, False] if mask and not self.invisible else [mask]:
                if self.colors.size + can_mask <= (colors or 256):
                    return _exact(self.colors, can_mask)
        if colors:
            return self._fewer(colors, mask)
        if self.partly:
            return Kind(_RGBA, 8, True)
        if not mask:
            return Kind(_RGB, 8, False)
        free = np.flatnonzero(~self.seen)
        if not free.size:
            return Kind(_RGBA, 8, True)
        word = int(free[0])
        return Kind(_RGB, 8, True, key=(word & 255, word >> 8 & 255, word >> 16))

    def _fewer(self, colors: int, mask: bool) -> Kind:
        flat = np.concatenate(self.samples)
        flat = flat[flat[:, 3] > 0]
        room = max(colors - mask, 1)
        if self.partly:
            image = Image.fromarray(np.ascontiguousarray(flat).reshape(1, -1, 4))
            made = image.quantize(room, method=Image.Quantize.FASTOCTREE)
            entries = np.array(made.getpalette("RGBA") or [], np.uint8).reshape(-1, 4)
        else:
            image = Image.fromarray(np.ascontiguousarray(flat[:, :3]).reshape(1, -1, 3))
            made = image.quantize(room, method=Image.Quantize.MEDIANCUT, kmeans=3)
            rgb = np.array(made.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
            entries = np.concatenate([rgb, np.full((len(rgb), 1), 255, np.uint8)], axis=1)
        entries = entries[np.unique(np.asarray(made))]
        entries = entries[np.argsort(entries[:, 3], kind="stable")]
        if mask:
            entries = np.concatenate([np.zeros((1, 4), np.uint8), entries])
        return Kind(_PALETTE, _depth(len(entries)), mask, entries)


def _exact(colors: U32, mask: bool) -> Kind:
    """A palette of just these colours, by alpha and then by brightness, so that neighbours look alike."""
    entries = colors.view(np.uint8).reshape(-1, 4)
    light = entries[:, :3].astype(np.int32) @ np.array([2, 5, 1])
    order = np.lexsort((light, entries[:, 3]))
    entries = entries[order]
    if mask:
        entries = np.concatenate([np.zeros((1, 4), np.uint8), entries])
    if not len(entries):
        entries = np.zeros((1, 4), np.uint8)
    words = np.ascontiguousarray(entries).view(np.uint32)[:, 0]
    by_word = np.argsort(words, kind="stable")
    return Kind(_PALETTE, _depth(len(entries)), mask, entries, table=words[by_word], places=by_word.astype(np.uint8))


def _depth(entries: int) -> int:
    return 1 if entries <= 2 else 2 if entries <= 4 else 4 if entries <= 16 else 8


@njit(cache=True, nogil=True)
def _nearest(pixels: RGBA, palette: U8, first: int) -> U8:
    """The index of the entry that looks closest, from entry ``first`` on; equal neighbours are looked up once."""
    height, width = pixels.shape[:2]
    out = np.zeros((height, width), np.uint8)
    memory = np.full(1 << 16, -1, np.int64)
    answers = np.zeros(1 << 16, np.uint8)
    for y in range(height):
        for x in range(width):
            r, g, b, a = (
                np.int64(pixels[y, x, 0]),
                np.int64(pixels[y, x, 1]),
                np.int64(pixels[y, x, 2]),
                np.int64(pixels[y, x, 3]),
            )
            if a == 0:
                continue
            word = r | g << 8 | b << 16 | a << 24
            slot = (word * 2654435761 >> 13) & 0xFFFF
            if memory[slot] != word:
                best, near = 0, np.int64(1) << 60
                for k in range(first, palette.shape[0]):
                    dr, dg = r - np.int64(palette[k, 0]), g - np.int64(palette[k, 1])
                    db, da = b - np.int64(palette[k, 2]), a - np.int64(palette[k, 3])
                    far = 2 * dr * dr + 4 * dg * dg + db * db + 6 * da * da
                    if far < near:
                        near, best = far, k
                memory[slot], answers[slot] = word, best
            out[y, x] = answers[slot]
    return out


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    pixels = np.zeros((2, 2, 4), np.uint8)
    for given in (pixels, np.frombuffer(bytes(16), np.uint8).reshape(2, 2, 4)):
        _nearest(given, pixels[0], 0)
    _filter(pixels.reshape(2, 8), 4, np.zeros((2, 9), np.uint8))


def rows_of(samples: U8, kind: Kind) -> list[bytes]:
    """The rows as PNG stores them, in the ways worth trying: unfiltered, and for direct colours each row filtered."""
    height, width = samples.shape[:2]
    if kind.depth < 8:
        per = 8 // kind.depth
        padded = np.zeros((height, -(-width // per) * per), np.uint8)
        padded[:, :width] = samples[..., 0]
        shifts = np.arange(per - 1, -1, -1, dtype=np.uint8) * kind.depth
        flat = (padded.reshape(height, -1, per) << shifts).sum(axis=2).astype(np.uint8)
    else:
        flat = samples.reshape(height, -1)
    plain = np.zeros((height, flat.shape[1] + 1), np.uint8)
    plain[:, 1:] = flat
    if kind.color == _PALETTE:
        return [plain.tobytes()]
    filtered = np.empty_like(plain)
    _filter(np.ascontiguousarray(flat), samples.shape[2], filtered)
    return [plain.tobytes(), filtered.tobytes()]


@njit(cache=True, nogil=True)
def _filter(flat: U8, step: int, out: U8) -> None:
    """Each row by the filter with the smallest sum of differences, read as signed."""
    height, width = flat.shape
    trial = np.zeros((5, width), np.uint8)
    for y in range(height):
        sums = np.zeros(5, np.int64)
        for x in range(width):
            here = int(flat[y, x])
            left = int(flat[y, x - step]) if x >= step else 0
            up = int(flat[y - 1, x]) if y else 0
            corner = int(flat[y - 1, x - step]) if y and x >= step else 0
            guess = left + up - corner
            pa, pb, pc = abs(guess - left), abs(guess - up), abs(guess - corner)
            paeth = corner
            if pa <= pb and pa <= pc:
                paeth = left
            elif pb <= pc:
                paeth = up
            for k in range(5):
                base = 0 if k == 0 else left if k == 1 else up if k == 2 else (left + up) >> 1 if k == 3 else paeth
                value = (here - base) & 255
                trial[k, x] = value
                sums[k] += value if value < 128 else 256 - value
        best = 0
        for k in range(1, 5):
            if sums[k] < sums[best]:
                best = k
        out[y, 0] = best
        for x in range(width):
            out[y, x + 1] = trial[best, x]
