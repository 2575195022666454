"""Reads the blocks of a GIF without decoding pixels.

Damaged files give what is there, as browsers show them: a missing trailer, a cut last frame, zero-sized frames and
frames that reach outside the screen are all seen in the wild.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from ..codecs.gif import reader
from ..errors import OverLimit, UnreadableMedia
from ..input_limits import Limits
from ..media import MediaInfo, shown_us
from .sniff import Data

_LOOPERS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


@dataclass(frozen=True, slots=True)
class GifFrame:
    """One image block: its rectangle on the screen and what its graphic control says."""

    left: int
    top: int
    width: int
    height: int
    delay_cs: int
    disposal: int
    transparent: int | None
    interlaced: bool
    local_colors: int  # 0: the global palette is used
    at: int  # offset of the LZW minimum code size
    end: int  # offset behind the last data block that is there
    whole: bool  # False: the file was cut inside this frame

    def covers(self, width: int, height: int) -> bool:
        return self.left <= 0 and self.top <= 0 and self.left + self.width >= width and self.top + self.height >= height


@dataclass(slots=True)
class GifBlocks:
    width: int
    height: int
    version: bytes
    global_colors: int = 0
    background: int = 0
    loop: int = 1  # plays; 0 for ever. A file without the extension plays once
    frames: list[GifFrame] = field(default_factory=list)
    trailer: bool = False
    cut: bool = False  # the file ends inside of a block

    @property
    def canvas(self) -> tuple[int, int]:
        """The screen; a first frame that reaches outside enlarges it, later ones are clipped (as browsers do)."""
        if not self.frames:
            return self.width, self.height
        first = self.frames[0]
        return max(self.width, first.left + first.width), max(self.height, first.top + first.height)


def walk(data: Data, *, max_frames: int | None = None) -> GifBlocks:
    """Every block that is there. Stops behind ``max_frames`` + 1 frames. Raises UnreadableMedia without a header."""
    size = len(data)
    if size < 13 or bytes(data[:6]) not in (b"GIF87a", b"GIF89a"):
        raise UnreadableMedia("The GIF ends inside its header.")
    flags = data[10]
    blocks = GifBlocks(
        width=int.from_bytes(data[6:8], "little"),
        height=int.from_bytes(data[8:10], "little"),
        version=bytes(data[3:6]),
        background=data[11],
    )
    at = 13
    if flags & 0x80:
        blocks.global_colors = 2 << (flags & 7)
        at += 3 * blocks.global_colors
    control: tuple[int, int, int | None] = (0, 0, None)  # delay, disposal, transparent index
    bytes_of = np.frombuffer(data, np.uint8)
    for _ in range(reader.MAX_BLOCKS):
        if at >= size:
            break
        mark = data[at]
        if mark == 0x3B:
            blocks.trailer = True
            break
        if mark == 0x21:
            label = data[at + 1] if at + 1 < size else 0
            if label == 0xF9 and at + 6 < size and data[at + 2] >= 4:
                packed = data[at + 3]
                delay = int.from_bytes(data[at + 4 : at + 6], "little")
                control = (delay, packed >> 2 & 7, data[at + 6] if packed & 1 else None)
            elif label == 0xFF and at + 17 < size and _is_loop(data, at):
                count = int.from_bytes(data[at + 16 : at + 18], "little")
                blocks.loop = count + 1 if count else 0
            at, _ = reader.skip_blocks(bytes_of, at + 2)
        elif mark == 0x2C:
            frame = _image(data, bytes_of, at, size, control) if at + 10 < size else None
            if frame is None:
                blocks.cut = True
                break
            blocks.frames.append(frame)
            control = (0, 0, None)
            at = frame.end
            blocks.cut = not frame.whole
            if not frame.whole or (max_frames is not None and len(blocks.frames) > max_frames):
                break
        elif mark == 0:  # padding between blocks
            at = reader.skip_zeros(bytes_of, at)
        else:
            break
    else:
        blocks.cut = True
    return blocks


def _is_loop(data: Data, at: int) -> bool:
    named = data[at + 2] == 11 and bytes(data[at + 3 : at + 14]) in _LOOPERS
    return named and data[at + 14] >= 3 and data[at + 15] & 7 == 1


def _image(
    data: Data, bytes_of: reader.U8, at: int, size: int, control: tuple[int, int, int | None]
) -> GifFrame | None:
    left, top, width, height = (int.from_bytes(data[at + i : at + i + 2], "little") for i in (1, 3, 5, 7))
    packed = data[at + 9]
    colors = 2 << (packed & 7) if packed & 0x80 else 0
    begin = at + 10 + 3 * colors
    if begin + 1 >= size:
        return None
    end, whole = reader.skip_blocks(bytes_of, begin + 1)
    delay, disposal, transparent = control
    return GifFrame(
        left, top, width, height, delay, disposal, transparent, bool(packed & 0x40), colors, begin, end, whole
    )


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of a GIF. Sizes are refused before the one decode that this does (is the first frame see-through?)."""
    blocks = walk(data, max_frames=limits.max_frames)
    width, height = blocks.canvas
    frames = blocks.frames
    if not frames:
        raise UnreadableMedia("The GIF holds no picture.")
    if width == 0 or height == 0:
        raise UnreadableMedia("The GIF is zero pixels wide or high.")
    animated = len(frames) > 1
    delays = [f.delay_cs * 10_000 for f in frames]
    shown = sum(shown_us(d) for d in delays)
    info = MediaInfo(
        format="gif",
        kind="video" if animated else "image",
        codec="gif",
        bytes=len(data),
        width=width,
        height=height,
        frames=len(frames),
        duration_ms=sum(delays) // 1000,
        shown_ms=shown // 1000 if animated else 0,
        fps=round(len(frames) * 1e6 / shown, 3) if animated else 0.0,
        loop=blocks.loop,
        cut=blocks.cut,
    )
    limits.check(info)
    if any(f.width * f.height > limits.max_frame_pixels for f in frames):  # clipped when shown, but decoded whole
        raise OverLimit(
            f"A frame of the GIF is too large: {limits.max_frame_pixels // 1_000_000} million pixels are the most."
        )
    return replace(info, has_alpha=_may_show_through(blocks, width, height) or _first_shows_through(data))


def _first_shows_through(data: Data) -> bool:
    """Whether the first frame leaves a pixel undrawn; many files name a see-through colour and do not use it."""
    try:
        file = reader.GifFile(np.frombuffer(data, np.uint8), max_frame_pixels=1 << 32)
        raw = file.decode(file.heads[0])
    except (UnreadableMedia, IndexError):
        return True
    clear = file.heads[0].transparent
    return raw.decoded < raw.indices.size or not len(raw.palette) or (clear is not None and clear in raw.indices)


def _may_show_through(blocks: GifBlocks, width: int, height: int) -> bool:
    """Whether a see-through pixel can be shown, as far as rectangles and disposals tell."""
    if not blocks.frames[0].covers(width, height):
        return True
    for now, after in zip(blocks.frames, blocks.frames[1:], strict=False):
        if now.disposal == 2 and (after.transparent is not None or not _inside(now, after)):
            return True
    return False


def _inside(small: GifFrame, big: GifFrame) -> bool:
    return (
        big.left <= small.left
        and big.top <= small.top
        and small.left + small.width <= big.left + big.width
        and small.top + small.height <= big.top + big.height
    )


def fault(data: Data) -> str:
    """A sentence on what a file that should be whole lacks; empty where it lacks nothing."""
    blocks = walk(data)
    return "" if blocks.trailer and all(f.whole for f in blocks.frames) else "the GIF was cut"
