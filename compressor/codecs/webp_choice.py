"""Chooses how each frame of an animated WebP is coded: lossy, lossless, in fewer colours, or with blocks left out.

Every way is coded for real, decoded, and judged by what is then on the canvas: squared error + λ · bytes. λ is what
libwebp itself trades at that quality, about its squared quantiser step per byte (measured on six files: 0.5 to 1.5 of
it from quality 5 to 95), so a byte buys as much in one picture as in another.

What does not change in the source is never coded again, so what stands still there stands still here. Of what does
change, a block is left out where the canvas is already so near that new bytes are worth more elsewhere.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import types
from PIL import Image

from ..errors import EncoderFailure
from ..jit import njit
from ..media import RGBA, Frame
from . import CodecSettings
from .changed_rectangles import Mask, Rect, bounds, in_order, paced, packed

# Contiguous or a view, and whether it may be written into or not: one compiled kernel for all of them.
_PICTURE = types.Array(types.uint8, 3, "A", readonly=True)
F64 = npt.NDArray[np.float64]
Chunks = list[tuple[bytes, bytes]]
BLOCK = 16  # VP8's macroblock
_WORTH = 1.0  # of the squared step
# Bits a pixel by zlib: what has more is noise, whose least lossless bytes must not be more than the lossy ones. Else
# all frames of a noisy clip leap to lossless at once, and 0.67 of a ceiling is used.
_NOISE_BITS = 6.0
_LESS_THAN_ZLIB = 0.5  # of zlib's quick bytes that a lossless WebP needs at the least
_PATIENT = 8.0  # below a quality of 0, where outlines wait as long as all else; at once, bytes fall to a fifth at 0
_LEFT_OUT = 0.15  # of the changed blocks: with fewer a second attempt does not pay
_PALETTES = (48, 24, 12, 6)  # fewer colours, tried one after the other while that helps
_LONGEST_WAIT_MS = 500  # so that nothing ever stops that should move
_FRAME_BYTES = 40  # what the container and the coder's own headers add to a picture


@dataclass(frozen=True, slots=True)
class WebPSettings(CodecSettings):
    """``quality``: COARSEST to 100. ``mixed``: pictures may also be coded exactly or in fewer colours. ``effort`` is
    libwebp's of exact pictures, ``method`` of all."""

    quality: float = 75.0
    lossless: bool = False
    mixed: bool = True
    method: int = 4
    effort: int = 80
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle as it is written; ``blend``: what is see-through in it leaves what is there."""

    rect: Rect
    chunks: Chunks
    hold_ms: int
    blend: bool

    @property
    def see_through(self) -> bool:
        """Said by the coded picture itself."""
        name, body = self.chunks[0]
        return name == b"ALPH" or (name == b"VP8L" and bool(body[4] & 16))


@dataclass(slots=True)
class _Change:
    """The change of the canvas by one picture. ``fresh``: mask of the new pixels; None: the whole rectangle is new,
    because something in it becomes transparent (or it is the first)."""

    rect: Rect
    pixels: RGBA
    fresh: Mask | None
    hold_ms: int
    picture: RGBA  # all of it
    ways: list[_Way] = field(default_factory=list)


@dataclass(slots=True)
class _Way:
    chunks: Chunks
    shown: RGBA  # decoded; alpha 0 leaves what is there if ``blend``
    blend: bool

    @property
    def bytes(self) -> int:
        return _FRAME_BYTES + sum(8 + len(body) + (len(body) & 1) for _, body in self.chunks)

    def errors(self, canvas: RGBA, target: RGBA) -> F64:
        """The squared error of each block of the rectangle when this is on the canvas."""
        return _errors(canvas, self.shown, self.blend, target)

    def draw(self, canvas: RGBA) -> None:
        if self.blend:
            np.copyto(canvas, self.shown, where=self.shown[..., 3:] != 0)
        else:
            canvas[...] = self.shown


def pieces(frames: Iterable[Frame], settings: WebPSettings) -> Iterator[Piece]:
    """The pieces of a film, in order and at least one if there is a frame."""
    canvas: RGBA | None = None  # as a viewer sees it
    last: RGBA | None = None  # the source's picture that it stands for
    behind = False  # a picture was left out since
    moving = False  # there are two pictures: with one it would be a still
    ready: Piece | None = None
    prepared = in_order(lambda change: _prepared(change, settings), _changes(frames), settings.threads)
    for change in prepared:
        if behind:  # what was left out may still be missing where this one does not change
            change = _prepared(_between(last, change.picture, change.hold_ms), settings)
        way = None
        if canvas is None:
            canvas = change.pixels.copy()
            way = min(change.ways, key=lambda one: _cost(one, change.pixels, change.pixels, settings))
        elif change.ways:
            assert ready is not None
            way = _best(change, change.rect.of(canvas), settings, may_wait=moving and ready.hold_ms < _LONGEST_WAIT_MS)
            behind, moving = way is None, True
        else:
            behind = False
        if way is None:  # nothing to be seen: the picture before it stays longer
            assert ready is not None
            ready = Piece(ready.rect, ready.chunks, ready.hold_ms + change.hold_ms, ready.blend)
            continue
        if ready is not None:
            yield ready
        way.draw(change.rect.of(canvas))
        last = change.picture
        ready = Piece(change.rect, way.chunks, change.hold_ms, way.blend)
    if ready is not None:
        yield ready


def step(quality: float) -> int:
    """VP8's quantiser step for the coefficients of luma at one of libwebp's qualities."""
    part = quality / 100
    part = part * 2 / 3 if part < 0.75 else 2 * part - 1
    index = min(int(127 * (1 - part ** (1 / 3))), 127)
    return index + 4 if index < 55 else int(2 * index - 52) if index < 90 else round(128 + (index - 90) * 4.2)


def _changes(frames: Iterable[Frame]) -> Iterator[_Change]:
    before: RGBA | None = None
    for picture, hold in paced(frames):
        yield _between(before, picture, hold)
        before = picture


def _between(before: RGBA | None, picture: RGBA, hold_ms: int) -> _Change:
    """What makes ``picture`` of ``before`` (None: there is nothing yet)."""
    height, width = picture.shape[:2]
    if before is None:
        return _Change(Rect(0, 0, width, height), picture, None, hold_ms, picture)
    changed = packed(before) != packed(picture)
    coarse = blocks(changed)
    rect = bounds(coarse)
    if rect is None:
        return _Change(Rect(0, 0, 1, 1), picture[:1, :1], np.zeros((1, 1), np.bool_), hold_ms, picture)
    pixels = rect.of(picture)
    # A pixel that becomes see-through cannot be blended in: then the whole rectangle replaces what is there.
    blended = bool((pixels[..., 3][rect.of(coarse)] == 255).all())
    return _Change(rect, pixels, rect.of(changed) if blended else None, hold_ms, picture)


def blocks(changed: Mask) -> Mask:
    """Every macroblock with a changed pixel, whole."""
    return _spread(_touched(changed), changed.shape)


def _touched(changed: Mask) -> Mask:
    """Which macroblocks have a changed pixel."""
    return np.asarray(_by_block(changed).any(axis=(1, 3)))


def _by_block(plane: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """(rows, BLOCK, columns, BLOCK) of a plane, filled up with zeros."""
    height, width = plane.shape
    rows, columns = -(-height // BLOCK), -(-width // BLOCK)
    if (rows * BLOCK, columns * BLOCK) != (height, width):
        padded = np.zeros((rows * BLOCK, columns * BLOCK), plane.dtype)
        padded[:height, :width] = plane
        plane = padded
    return plane.reshape(rows, BLOCK, columns, BLOCK)


def _spread(coarse: Mask, shape: tuple[int, ...]) -> Mask:
    return np.repeat(np.repeat(coarse, BLOCK, 0), BLOCK, 1)[: shape[0], : shape[1]]


def _prepared(change: _Change, settings: WebPSettings) -> _Change:
    """The change with the ways that do not depend on what came before. Runs in any thread."""
    if change.fresh is not None and not change.fresh.any():
        return change
    if settings.lossless:
        pixels = change.pixels if change.fresh is None else _only(change.pixels, change.fresh)
        change.ways = [_exact(pixels, change.fresh is not None, settings, settings.effort)]
        return change
    lossy = _lossy(change, None if change.fresh is None else blocks(change.fresh), settings)
    change.ways = [lossy]
    if settings.mixed:
        change.ways += _exact_ways(change, lossy, settings)
    return change


def _exact_ways(change: _Change, lossy: _Way, settings: WebPSettings) -> Iterator[_Way]:
    """Without loss, or in fewer colours, as far as that can be better than ``lossy``."""
    pixels = change.pixels if change.fresh is None else _only(change.pixels, change.fresh)
    bits = lossless_bits(pixels)
    least = _LESS_THAN_ZLIB * bits * pixels.shape[0] * pixels.shape[1] / 8
    worth = worth_of_a_byte(settings)
    lost = float(lossy.errors(change.pixels, change.pixels).sum())
    if worth * (least / 2 - lossy.bytes) > lost or (bits > _NOISE_BITS and least > lossy.bytes):
        return
    blend = change.fresh is not None
    way = _exact(pixels, blend, settings, 60)
    yield way
    cost = worth * way.bytes
    for colors in _PALETTES:
        fewer = _in_colors(pixels, colors)
        if fewer is None:
            continue
        way = _exact(fewer, blend, settings, 60)
        now = _cost(way, change.pixels, change.pixels, settings)
        if now >= cost:
            return
        yield way
        cost = now


def _best(change: _Change, canvas: RGBA, settings: WebPSettings, *, may_wait: bool) -> _Way | None:
    """The way with the least error and bytes; None, if it ``may_wait``: leave the canvas as it is."""
    target = change.pixels
    if settings.lossless:
        return change.ways[0]
    costs = [_cost(way, canvas, target, settings) for way in change.ways]
    cost, best = min(costs), change.ways[costs.index(min(costs))]
    skipped = _errors(canvas, canvas, False, target)
    worth = worth_of_a_byte(settings)
    # Where hardly any bytes are left, outlines may wait too, the longer the fewer there are; else no pixel shows
    # through that should not.
    same_outlines = bool((canvas[..., 3] == target[..., 3]).all())
    patience = 1.0 if same_outlines else min(max(-settings.quality, 0.0) / _PATIENT, 1.0)
    if may_wait and patience and float(skipped.sum()) <= patience * cost:
        return None
    if change.fresh is None:
        return best
    lossy = change.ways[0]
    coarse = _touched(change.fresh)
    gain = skipped - lossy.errors(canvas, target)
    kept = coarse & (gain > worth * lossy.bytes / max(int(coarse.sum()), 1))
    # What becomes opaque, or the other way round, is never left out.
    kept |= coarse & _touched(canvas[..., 3] != target[..., 3])
    if not kept.any() or int(coarse.sum()) - int(kept.sum()) < _LEFT_OUT * int(coarse.sum()):
        return best
    less = _lossy(change, _spread(kept, change.fresh.shape), settings)
    return less if _cost(less, canvas, target, settings) < cost else best


def worth_of_a_byte(settings: WebPSettings) -> float:
    """λ: squared error of RGB that one byte has to take away. Below a quality of 0, twice that for every ten."""
    quality = settings.quality
    return _WORTH * float(step(max(quality, 0.0))) ** 2 * 2.0 ** (max(-quality, 0.0) / 10)


def _cost(way: _Way, canvas: RGBA, target: RGBA, settings: WebPSettings) -> float:
    return float(way.errors(canvas, target).sum()) + worth_of_a_byte(settings) * way.bytes


@njit(types.float64[:, ::1](_PICTURE, _PICTURE, types.boolean, _PICTURE), cache=True, nogil=True)
def _errors(canvas: RGBA, shown: RGBA, blend: bool, target: RGBA) -> F64:
    """Squared error of RGB on mid-grey, a figure for each block, once ``shown`` is on ``canvas``."""
    height, width = target.shape[:2]
    out = np.zeros((-(-height // BLOCK), -(-width // BLOCK)), np.float64)
    for y in range(height):
        for x in range(width):
            there = blend and shown[y, x, 3] == 0
            a = np.int64(canvas[y, x, 3] if there else shown[y, x, 3])
            b = np.int64(target[y, x, 3])
            total = np.int64(0)
            for c in range(3):
                one = np.int64(canvas[y, x, c] if there else shown[y, x, c]) - 128
                other = np.int64(target[y, x, c]) - 128
                apart = one - other if a == 255 and b == 255 else (one * a - other * b) // 255
                total += apart * apart
            out[y // BLOCK, x // BLOCK] += total
    return out


def warm() -> None:
    """Compile the kernel, or read it from numba's cache: importing this has done so, as its types are given."""
    picture = np.zeros((2, 2, 4), np.uint8)
    _errors(picture, picture, True, picture)


def _only(pixels: RGBA, fresh: Mask) -> RGBA:
    return np.where(fresh[..., None], pixels, np.uint8(0))


def lossless_bits(pixels: RGBA) -> float:
    """About how many bits a pixel costs without loss, from a few rows through zlib (libwebp needs half of that)."""
    rows = np.ascontiguousarray(pixels[:: max(pixels.shape[0] // 32, 1)])
    return 8 * len(zlib.compress(rows.tobytes(), 1)) / (rows.shape[0] * rows.shape[1])


def _in_colors(pixels: RGBA, colors: int) -> RGBA | None:
    """The same in so many colours; None where it has no more than that or is partly see-through."""
    seen = pixels[..., 3] > 0
    if ((pixels[..., 3] > 0) & (pixels[..., 3] < 255)).any():
        return None
    rgb = pixels[..., :3][seen]
    if len(np.unique(packed(pixels[seen][None]))) <= colors:
        return None
    image = Image.fromarray(np.ascontiguousarray(rgb[None]))
    made = image.quantize(colors, method=Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE).convert("RGB")
    out = np.zeros_like(pixels)
    out[seen] = np.concatenate([np.asarray(made)[0], np.full((len(rgb), 1), 255, np.uint8)], axis=1)
    return out


def _exact(pixels: RGBA, blend: bool, settings: WebPSettings, effort: int) -> _Way:
    chunks, _ = still(pixels, lossless=True, method=settings.method, quality=effort)
    return _Way(chunks, pixels, blend)


def _lossy(change: _Change, mask: Mask | None, settings: WebPSettings) -> _Way:
    """``mask``: the blocks that are coded (None: all)."""
    blend = mask is not None and not bool(mask.all())
    pixels = change.pixels
    if blend:
        assert mask is not None
        pixels = _bridged(pixels, mask)
    chunks, data = still(
        pixels,
        lossless=False,
        method=settings.method,
        quality=max(settings.quality, 0.0),
    )
    with Image.open(io.BytesIO(data)) as image:
        shown = np.array(image.convert("RGBA"))
    # What is see-through in the source is so in this too, and stays it.
    return _Way(chunks, shown, blend or change.fresh is not None)


def _bridged(pixels: RGBA, mask: Mask) -> RGBA:
    """Makes uncoded blocks transparent, in colours that lead smoothly from one coded block to the next, so that
    neither prediction nor deblocking meets an edge there."""
    height, width = mask.shape
    known = _touched(mask)
    small = Image.fromarray(np.ascontiguousarray(pixels[..., :3])).reduce(BLOCK)
    color = np.asarray(small).astype(np.float32)
    while not known.all():
        total, count = _neighbours(color * known[..., None]), _neighbours(known[..., None].astype(np.float32))
        reached = ~known & (count[..., 0] > 0)
        color[reached] = (total / np.maximum(count, 1))[reached]
        known = known | reached
    ground = np.round(color).astype(np.uint8)
    out = np.zeros((height, width, 4), np.uint8)
    out[..., :3] = np.repeat(np.repeat(ground, BLOCK, 0), BLOCK, 1)[:height, :width]
    np.copyto(out, pixels, where=mask[..., None])
    return out


def _neighbours(grid: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The sum of the four neighbours of each cell."""
    padded = np.pad(grid, ((1, 1), (1, 1), (0, 0)))
    total: npt.NDArray[Any] = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return total


def still(pixels: RGBA, *, lossless: bool, method: int, quality: float) -> tuple[Chunks, bytes]:
    """(the chunks that libwebp makes of one picture, the whole file). Raises EncoderFailure."""
    opaque = bool(pixels[..., 3].min() == 255)
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]) if opaque else np.ascontiguousarray(pixels))
    buffer = io.BytesIO()
    try:
        image.save(buffer, "WEBP", lossless=lossless, quality=quality, method=method, exact=not lossless)
    except (OSError, ValueError) as error:
        raise EncoderFailure("The WebP encoder failed.", detail=repr(error)) from error
    data = buffer.getvalue()
    found = []
    at = 12
    while at + 8 <= len(data):
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in (b"ALPH", b"VP8 ", b"VP8L"):
            found.append((name, data[at + 8 : at + 8 + length]))
        at += 8 + length + (length & 1)
    return found, data
