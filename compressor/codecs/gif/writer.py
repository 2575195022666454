"""Writes the blocks of a GIF."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from . import lzw

U8 = npt.NDArray[np.uint8]


class Writer:
    """Blocks of one GIF, in order: the head first, then frames, then ``close``. ``bytes`` counts what was written."""

    def __init__(self, out: BinaryIO, width: int, height: int, palette: U8, *, loop: int | None) -> None:
        self.out = out
        self.bytes = 0
        self.frames = 0
        size = colour_bits(len(palette)) if len(palette) else 0
        flags = 0x70 | (0x80 | (size - 1) if len(palette) else 0)
        head = b"GIF89a" + _word(width) + _word(height) + bytes((flags, 0, 0))
        self._put(head + _table(palette, size))
        if loop is not None and loop != 1:
            self._put(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + _word(min(loop - 1, 65535) if loop else 0) + b"\x00")

    def frame(
        self,
        payload: U8,
        *,
        x: int,
        y: int,
        width: int,
        height: int,
        delay_cs: int,
        disposal: int,
        transparent: int | None,
        min_code: int,
        palette: U8 | None = None,
        interlaced: bool = False,
    ) -> None:
        """One frame; ``payload`` is its LZW stream, not yet cut into sub-blocks."""
        flags = disposal << 2 | (transparent is not None)
        control = bytes((0x21, 0xF9, 4, flags)) + _word(delay_cs) + bytes((transparent or 0, 0))
        size = colour_bits(len(palette)) if palette is not None else 0
        image = b"\x2c" + _word(x) + _word(y) + _word(width) + _word(height)
        image += bytes(((0x80 | (size - 1) if palette is not None else 0) | 0x40 * interlaced,))
        self._put(control + image + (_table(palette, size) if palette is not None else b"") + bytes((min_code,)))
        blocks = np.empty(payload.size + payload.size // 255 + 2, np.uint8)
        n = lzw.enblock(payload, payload.size, blocks)
        self._put(blocks[:n].tobytes())
        self.frames += 1

    def close(self) -> None:
        self._put(b"\x3b")

    def _put(self, data: bytes) -> None:
        self.out.write(data)
        self.bytes += len(data)


def colour_bits(count: int) -> int:
    """Bits of the smallest colour table that holds ``count`` colours; a GIF has none under 2."""
    return max(1, (max(count, 2) - 1).bit_length())


def code_bits(highest: int) -> int:
    """The LZW minimum code size for indices up to ``highest``."""
    return max(2, int(highest).bit_length())


def _word(value: int) -> bytes:
    return bytes((value & 255, value >> 8))


def _table(palette: U8, size: int) -> bytes:
    if not size:
        return b""
    return palette.tobytes() + bytes(3 * ((1 << size) - len(palette)))
