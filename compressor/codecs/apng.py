"""APNG and PNG encoder: lossless in the smallest pixel format by default; fewer colours under a byte limit.

Two passes: the first finds what changes from frame to frame and which colours there are (pieces wait in a temporary
file, so memory does not grow with the clip), the second writes every piece with the best of several row filters and
zlib's best effort. Pixels that do not change are transparent in their piece and are not coded again.
"""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np

from ..decode.apng import chunk
from ..formats import OUTPUTS, FormatSpec
from ..goal import Goal, Plan
from ..media import RGBA, Frame
from . import CodecSettings, Lever, Shape, copying
from .changed_rectangles import Mask, Rect, bounds, in_order, paced, packed
from .picture_codec import PictureCodec
from .png_pixels import Census, Kind, rows_of

_MAX_HOLD_MS = 65_535
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle of the canvas: its pixels, and which of them changed (None: all, or they may not be blended)."""

    rect: Rect
    pixels: RGBA
    fresh: Mask | None
    hold_ms: int


@dataclass(frozen=True, slots=True)
class PngSettings(CodecSettings):
    """``colors``: 0 is exact, else 2 to 256 at most; ``palette`` False: direct colours, however few."""

    colors: int = 0
    palette: bool = True
    threads: int | None = None


class Png(PictureCodec):
    """The codec behind ``apng``, and behind ``png``, which holds one picture."""

    codec = "png"
    most_side = (1 << 31) - 1
    carries = ("colors",)

    def __init__(self, spec: FormatSpec) -> None:
        self.spec = spec

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        """``colors`` 0: exact."""
        colors = 0 if goal.lossless else goal.colors or 256
        settings = PngSettings(colors, palette=goal.palette is not False)
        return Plan(self.format, shape.width, shape.height, None, settings.to_json())

    def lever(self, plan: Plan) -> Lever | None:
        if not PngSettings.of(plan).colors:
            return None
        return Lever("colors", finest=256, coarsest=2, start=256, slope=0.55, step=0.02, log=True, whole=True)

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """Exact pixels; often not much larger than 256 colours, and for drawings smaller."""
        if not PngSettings.of(plan).colors or goal.colors:
            return []
        return [replace(plan, settings=plan.settings | {"colors": 0})]

    def cleaned(self, data: bytes) -> bytes | None:
        return copying.png(data)

    def write(self, frames: Iterator[Frame], plan: Plan, out: Path, loop: int) -> int:
        settings = PngSettings.of(plan)
        census = Census()
        with tempfile.TemporaryFile(dir=out.parent) as store:
            waiting = _Store(store)
            for piece in _pieces(frames):
                census.add(piece.pixels, piece.fresh)
                waiting.put(piece)
            if not waiting.count:
                return 0
            kind = census.kind(settings.colors, palette=settings.palette)
            coded = in_order(lambda piece: (piece, *_code(piece, kind)), waiting, settings.threads)
            _write(out, coded, plan, kind, waiting.count, loop)
            return waiting.count


CODEC = Png(OUTPUTS["apng"])
STILL = Png(OUTPUTS["png"])


def _pieces(frames: Iterable[Frame]) -> Iterator[Piece]:
    canvas: RGBA | None = None
    for picture, hold in paced(frames):
        if canvas is None:
            rect = Rect(0, 0, picture.shape[1], picture.shape[0])
            fresh: Mask | None = None
        else:
            changed = packed(canvas) != packed(picture)
            rect = bounds(changed) or Rect(0, 0, 1, 1)
            fresh = rect.of(changed)
            pixels = rect.of(picture)
            if fresh.all() or not (pixels[..., 3][fresh] == 255).all():
                fresh = None  # what becomes see-through cannot be blended in
        yield from _split(Piece(rect, rect.of(picture), fresh, hold))
        canvas = picture


def _split(piece: Piece) -> Iterator[Piece]:
    """A hold that the format cannot say is cut in several; the later ones draw one pixel again."""
    hold = piece.hold_ms
    yield replace(piece, hold_ms=min(hold, _MAX_HOLD_MS))
    if hold > _MAX_HOLD_MS:
        corner = Rect(piece.rect.left, piece.rect.top, 1, 1)
        yield from _split(Piece(corner, piece.pixels[:1, :1], None, hold - _MAX_HOLD_MS))


class _Store:
    """Pieces in a file, lightly compressed; can be read again and again."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.index: list[tuple[Rect, int, int, int, int]] = []

    @property
    def count(self) -> int:
        return len(self.index)

    def put(self, piece: Piece) -> None:
        pixels = zlib.compress(piece.pixels.tobytes(), 1)
        mask = b"" if piece.fresh is None else zlib.compress(np.packbits(piece.fresh).tobytes(), 1)
        self.index.append((piece.rect, piece.hold_ms, self.file.tell(), len(pixels), len(mask)))
        self.file.write(pixels + mask)

    def __iter__(self) -> Iterator[Piece]:
        for rect, hold, at, length, mask in self.index:
            self.file.seek(at)
            pixels = np.frombuffer(zlib.decompress(self.file.read(length)), np.uint8)
            fresh = None
            if mask:
                bits = np.frombuffer(zlib.decompress(self.file.read(mask)), np.uint8)
                fresh = np.unpackbits(bits, count=rect.width * rect.height).reshape(rect.height, rect.width) != 0
            yield Piece(rect, pixels.reshape(rect.height, rect.width, 4), fresh, hold)


def _code(piece: Piece, kind: Kind) -> tuple[bytes, bool]:
    """(zlib stream, is it blended) of one piece: with its unchanged pixels see-through, or with all of them."""
    whole = _squeezed(rows_of(kind.coded(piece.pixels, None), kind))
    if piece.fresh is None or not kind.can_mask:
        return whole, False
    masked = _squeezed(rows_of(kind.coded(piece.pixels, piece.fresh), kind))
    return (masked, True) if len(masked) < len(whole) else (whole, False)


def _squeezed(candidates: list[bytes]) -> bytes:
    """The smallest stream; which filters are best is guessed with quick compression."""
    best = min(candidates, key=lambda rows: len(zlib.compress(rows, 3))) if len(candidates) > 1 else candidates[0]
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 9)
    return packer.compress(best) + packer.flush()


def _write(
    out: Path, coded: Iterable[tuple[Piece, bytes, bool]], plan: Plan, kind: Kind, count: int, loop: int
) -> None:
    moving = OUTPUTS[plan.format].animated and count > 1
    with out.open("wb") as file:
        head = plan.width.to_bytes(4, "big") + plan.height.to_bytes(4, "big") + bytes([kind.depth, kind.color, 0, 0, 0])
        file.write(_SIGNATURE + chunk(b"IHDR", head))
        if moving:
            file.write(chunk(b"acTL", count.to_bytes(4, "big") + loop.to_bytes(4, "big")))
        for name, body in kind.chunks():
            file.write(chunk(name, body))
        order = 0
        for number, (piece, stream, blended) in enumerate(coded):
            if moving:
                rect = piece.rect
                numbers = (order, rect.width, rect.height, rect.left, rect.top)
                times = piece.hold_ms.to_bytes(2, "big") + (1000).to_bytes(2, "big")
                control = b"".join(n.to_bytes(4, "big") for n in numbers) + times + bytes([0, blended])
                file.write(chunk(b"fcTL", control))
                order += 1
            if number == 0:
                file.write(chunk(b"IDAT", stream))
            else:
                file.write(chunk(b"fdAT", order.to_bytes(4, "big") + stream))
                order += 1
        file.write(chunk(b"IEND", b""))
