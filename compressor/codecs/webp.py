"""Animated WebP: every frame is a rectangle of its own, lossy or lossless, whichever is smaller; the container is ours.

libwebp (through Pillow) codes the rectangles. Blocks that do not change are left see-through, so that what stands still
in the source stands still in the result. Lossy blocks are refreshed when the source has moved away from what was
last coded by more than a tolerance that grows with the quantiser; source is compared with source, so nothing drifts.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..decode.sound import AudioBlock
from ..errors import EncoderFailure
from ..goal import Goal, Plan
from ..media import RGBA, Frame
from . import Lever, Shape, Tick
from .changes import Mask, Rect, bounds, in_order, paced, packed

_BLOCK = 16  # VP8's macroblock: what a mask is made of
_MAX_HOLD_MS = (1 << 24) - 1
_MAX_SIDE = 16_383
_TRY_LOSSLESS_BITS = 4.0  # a pixel; with more than that lossy is always far smaller
_EXACT_IS_WORTH = 1.25  # exact pixels may cost that much more than lossy ones


@dataclass(frozen=True, slots=True)
class Piece:
    """A rectangle to be coded: ``pixels`` as they should look, where alpha 0 means "leave what is there"."""

    rect: Rect
    pixels: RGBA
    hold_ms: int
    blend: bool
    lossless: bool
    masked: bool
    fine: RGBA | None = None  # the same with a mask as fine as pixels, which suits lossless coding


class WebP:
    format = "webp"
    codec = "webp"
    has_alpha = True
    has_audio = False
    has_loop = True
    even_sizes = False

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        settings: dict[str, Any] = {"method": 4, "lossless": bool(goal.lossless)}
        if not goal.lossless:
            settings |= {"quality": 75, "mixed": True}
        return Plan("webp", shape.width, shape.height, None, settings)

    def lever(self, plan: Plan) -> Lever | None:
        if plan.settings.get("lossless"):
            return None
        return Lever("quality", finest=100, coarsest=0, start=75, slope=0.028, step=0.5)

    def variants(self, plan: Plan, goal: Goal) -> list[Plan]:
        """A slower search for the same look."""
        if plan.settings.get("method", 4) >= 6:
            return []
        return [replace(plan, settings=plan.settings | {"method": 6})]

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Iterable[Any]:
        return frames

    def encode(
        self,
        frames: Iterable[Frame],
        plan: Plan,
        out: Path,
        *,
        loop: int | None = None,
        tick: Tick | None = None,
        audio: Iterable[AudioBlock] | None = None,
    ) -> None:
        """See ``Codec.encode``. Settings: quality 0-100, lossless, mixed, method 0-6, tolerance (else by quality)."""
        if max(plan.width, plan.height) > _MAX_SIDE:
            raise EncoderFailure(f"A WebP can be {_MAX_SIDE:,} pixels wide or high at most.")
        settings = plan.settings
        pieces = _pieces(_counted(frames, plan, tick), settings)
        coded = list(in_order(lambda piece: (piece, _code(piece, settings)), pieces, settings.get("threads")))
        if not coded:
            raise EncoderFailure("There is no frame to write.")
        out.write_bytes(_file(coded, plan, 0 if loop is None else loop))


CODEC = WebP()


def _counted(frames: Iterable[Frame], plan: Plan, tick: Tick | None) -> Iterator[Frame]:
    for number, frame in enumerate(frames):
        if frame.rgba.shape != (plan.height, plan.width, 4):
            raise EncoderFailure("A frame has another size than the plan.", detail=f"{frame.rgba.shape}")
        yield frame
        if tick is not None:
            tick(number + 1)


def tolerance(quality: float) -> int:
    """How far (0-255) a pixel may move before it is coded again; well below the quantiser's own error."""
    return int(min(max((100 - quality) / 6, 0), 6))


def _pieces(frames: Iterable[Frame], settings: dict[str, Any]) -> Iterator[Piece]:
    lossless = bool(settings.get("lossless"))
    slack = 0 if lossless else int(settings.get("tolerance", tolerance(float(settings.get("quality", 75)))))
    canvas: RGBA | None = None  # for each pixel, the source as it was when it was last coded
    for picture, hold in paced(frames):
        height, width = picture.shape[:2]
        if canvas is None:
            canvas = picture.copy()
            whole = Rect(0, 0, width, height)
            yield from _split(Piece(whole, picture, hold, False, lossless, False))
            continue
        pointwise = _changed(canvas, picture, slack)
        changed = pointwise if lossless else _blocks(pointwise)
        rect = bounds(changed)
        if rect is None:
            yield from _split(Piece(Rect(0, 0, 1, 1), np.zeros((1, 1, 4), np.uint8), hold, True, True, True))
            continue
        rect = rect.widened(2, width, height)
        fresh = rect.of(changed)
        pixels = rect.of(picture)
        # A pixel that becomes see-through cannot be blended in: then the whole rectangle replaces what is there.
        masked = not fresh.all() and bool((pixels[..., 3][fresh] == 255).all())
        if masked:
            shown = np.where(fresh[..., None], pixels, np.uint8(0))
            rect.of(canvas)[fresh] = pixels[fresh]
        else:
            shown = pixels.copy()
            rect.of(canvas)[...] = pixels
        fine = None
        if masked and not lossless:
            fine = np.where(rect.of(pointwise)[..., None], pixels, np.uint8(0))
        yield from _split(Piece(rect, shown, hold, masked, lossless, masked, fine))


def _split(piece: Piece) -> Iterator[Piece]:
    """A hold that the format cannot say is cut in two."""
    hold = piece.hold_ms
    yield replace(piece, hold_ms=min(hold, _MAX_HOLD_MS))
    while (hold := hold - _MAX_HOLD_MS) > 0:
        yield Piece(Rect(0, 0, 1, 1), np.zeros((1, 1, 4), np.uint8), min(hold, _MAX_HOLD_MS), True, True, True)


def _changed(before: RGBA, after: RGBA, slack: int) -> Mask:
    different = packed(before) != packed(after)
    if not slack or not different.any():
        return different
    rect = bounds(different)
    assert rect is not None
    a, b = rect.of(before).astype(np.int16), rect.of(after).astype(np.int16)
    apart = np.abs(a - b)
    far = (apart[..., :3] > slack).any(axis=-1) | (apart[..., 3] > 0)
    out = np.zeros(different.shape, np.bool_)
    rect.of(out)[...] = far
    return out


def _blocks(changed: Mask) -> Mask:
    """Every macroblock with a changed pixel, whole."""
    height, width = changed.shape
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    padded = np.zeros((rows * _BLOCK, columns * _BLOCK), np.bool_)
    padded[:height, :width] = changed
    coarse = padded.reshape(rows, _BLOCK, columns, _BLOCK).any(axis=(1, 3))
    return np.repeat(np.repeat(coarse, _BLOCK, 0), _BLOCK, 1)[:height, :width]


def _code(piece: Piece, settings: dict[str, Any]) -> list[tuple[bytes, bytes]]:
    """The chunks of one frame: the smaller of lossy and lossless, where both are worth a try."""
    method = int(settings.get("method", 4))
    if piece.lossless:
        return _still(piece.pixels, lossless=True, method=method, quality=float(settings.get("effort", 80)))
    quality = float(settings.get("quality", 75))
    lossy = _still(_bridged(piece) if piece.masked else piece.pixels, lossless=False, method=method, quality=quality)
    pixels = piece.pixels if piece.fine is None else piece.fine
    if settings.get("mixed", True) and _lossless_bits(pixels) < _TRY_LOSSLESS_BITS:
        exact = _still(pixels, lossless=True, method=method, quality=60)
        if _size(exact) <= _EXACT_IS_WORTH * _size(lossy):
            return exact
    return lossy


def _lossless_bits(pixels: RGBA) -> float:
    """About how many bits a pixel costs without loss, from a few rows through zlib (libwebp needs half of that)."""
    rows = np.ascontiguousarray(pixels[:: max(pixels.shape[0] // 32, 1)])
    return 4 * len(zlib.compress(rows.tobytes(), 1)) / (rows.shape[0] * rows.shape[1])


def _bridged(piece: Piece) -> RGBA:
    """Invisible blocks get the mean colour of the visible ones, which costs next to nothing to code."""
    pixels = piece.pixels.copy()
    hidden = pixels[..., 3] == 0
    seen = pixels[~hidden]
    if seen.size:
        pixels[hidden, :3] = seen[:, :3].mean(axis=0).astype(np.uint8)
    return pixels


def _still(pixels: RGBA, *, lossless: bool, method: int, quality: float) -> list[tuple[bytes, bytes]]:
    """The chunks that libwebp makes of one picture, without their container."""
    opaque = bool(pixels[..., 3].min() == 255)
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3]) if opaque else pixels)
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
    return found


def _size(chunks: list[tuple[bytes, bytes]]) -> int:
    return sum(8 + len(body) + (len(body) & 1) for _, body in chunks)


def _file(coded: list[tuple[Piece, list[tuple[bytes, bytes]]]], plan: Plan, loop: int) -> bytes:
    see_through = any((piece.pixels[..., 3] < 255).any() for piece, _ in coded)
    if len(coded) == 1 and coded[0][1][0][0] != b"ALPH":
        return _riff([_chunk(*coded[0][1][0])])
    flags = (16 if see_through else 0) | (2 if len(coded) > 1 else 0)
    sides = (plan.width - 1).to_bytes(3, "little") + (plan.height - 1).to_bytes(3, "little")
    parts = [_chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)]
    if len(coded) == 1:
        return _riff(parts + [_chunk(*one) for one in coded[0][1]])
    parts.append(_chunk(b"ANIM", bytes(4) + min(loop, 65535).to_bytes(2, "little")))
    for piece, chunks in coded:
        rect = piece.rect
        numbers = (rect.left // 2, rect.top // 2, rect.width - 1, rect.height - 1, piece.hold_ms)
        head = b"".join(n.to_bytes(3, "little") for n in numbers) + bytes([0 if piece.blend else 2])
        parts.append(_chunk(b"ANMF", head + b"".join(_chunk(*one) for one in chunks)))
    return _riff(parts)


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + (b"\0" if len(body) & 1 else b"")


def _riff(parts: list[bytes]) -> bytes:
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + len(body).to_bytes(4, "little") + body
