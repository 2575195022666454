"""PNG and APNG: each frame is decoded as a separate PNG and composited here by the rules of the PNG standard."""

from __future__ import annotations

import io
import mmap
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from ..errors import UnreadableMedia
from ..media import RGBA, UNHURRIED_US, Frame, MediaInfo, shown_us
from ..orientation import upright
from ..probe import png
from ..probe.sniff import Data
from .images import DAMAGE, lenient, rgba

_BACKGROUND, _PREVIOUS = 1, 2
_OVER = 1


def frames(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """The still, or every frame of the animation; a cut file gives what is there of it."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        found = png.walk(data)
        if not found.animated:
            try:
                with lenient():
                    pixels = _decoded(data, found, png.PngFrame(found.width, found.height, pieces=found.default))
            except DAMAGE as error:
                raise UnreadableMedia("The picture is damaged.", detail=repr(error)) from error
            yield Frame(upright(pixels, info.orientation), 0, UNHURRIED_US)
            return
        canvas = np.zeros((found.height, found.width, 4), np.uint8)
        at = 0
        for number, frame in enumerate(found.frames):
            try:
                with lenient():
                    pixels = _decoded(data, found, frame)
            except DAMAGE:
                return
            region = canvas[frame.top : frame.top + frame.height, frame.left : frame.left + frame.width]
            dispose = frame.dispose
            if dispose == _PREVIOUS and number == 0:
                dispose = _BACKGROUND
            before = region.copy() if dispose == _PREVIOUS else None
            if frame.blend == _OVER:
                lay_over(region, pixels)
            else:
                region[...] = pixels
            hold = shown_us(frame.hold_us) if len(found.frames) > 1 else UNHURRIED_US
            yield Frame(upright(canvas.copy(), info.orientation), at, hold)
            at += hold
            if before is not None:
                region[...] = before
            elif dispose == _BACKGROUND:
                region[...] = 0


def lay_over(below: RGBA, above: RGBA) -> None:
    """Put straight RGBA ``above`` over ``below``, in place; opaque and empty pixels are exact."""
    alpha = above[..., 3]
    solid = alpha == 255
    below[solid] = above[solid]
    partly = (alpha != 0) & ~solid
    if not partly.any():
        return
    top, bottom = above[partly].astype(np.int64), below[partly].astype(np.int64)
    upper = top[:, 3:] * 255
    lower = (255 - top[:, 3:]) * bottom[:, 3:]
    total = upper + lower
    mixed = np.empty_like(top)
    mixed[:, :3] = (top[:, :3] * upper + bottom[:, :3] * lower + total // 2) // total
    mixed[:, 3:] = (total + 127) // 255
    below[partly] = mixed


def _decoded(data: Data, found: png.PngChunks, frame: png.PngFrame) -> RGBA:
    header = frame.width.to_bytes(4, "big") + frame.height.to_bytes(4, "big") + found.header[8:13]
    parts = [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header)]
    parts += [chunk(name, _clear(found, body) if name == b"tRNS" else body) for name, body in found.kept]
    parts.append(chunk(b"IDAT", b"".join(bytes(data[at : at + length]) for at, length in frame.pieces)))
    parts.append(chunk(b"IEND", b""))
    with Image.open(io.BytesIO(b"".join(parts)), formats=["PNG"]) as image:
        return rgba(image, found.primaries, found.transfer)


def _clear(found: png.PngChunks, body: bytes) -> bytes:
    """tRNS as Pillow compares it: with grey that was widened to 8 bits, and with RGB that was cut to 8."""
    if found.color == 0 and found.depth < 8 and len(body) >= 2:
        return (int.from_bytes(body[:2], "big") * 255 // ((1 << found.depth) - 1)).to_bytes(2, "big")
    if found.color == 2 and found.depth == 16 and len(body) >= 6:
        return b"".join(bytes([0, body[at]]) for at in (0, 2, 4))
    return body


def chunk(name: bytes, body: bytes) -> bytes:
    """One PNG chunk with its length and check sum."""
    return len(body).to_bytes(4, "big") + name + body + zlib.crc32(body, zlib.crc32(name)).to_bytes(4, "big")
