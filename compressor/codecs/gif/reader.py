"""Reads a GIF as browsers show it: blocks, frames, compositing, one frame at a time.

    GifFile            the file's blocks, found without decoding pixels
    ├── .raw()         each frame as stored: indices, palette, rectangle, disposal
    └── .frames()      each frame as shown: straight RGBA on the screen, with its time

Damaged parts are left out: a stream that ends early leaves the rest of its rectangle
undrawn, a frame without a single pixel is still a frame (its time counts), bytes that are no block end the file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import OverLimit, UnreadableMedia
from ...jit import njit
from ...media import RGBA, Frame, Rectangle
from . import lzw

U8 = npt.NDArray[np.uint8]
SLOWEST_FAST_CS = 2  # browsers show a delay below this as 10
SHOWN_INSTEAD_CS = 10
MAX_FRAME_PIXELS = 50_000_000
KEEP, BACKGROUND, PREVIOUS = 1, 2, 3
# Blocks of all kinds. The most frames that are taken, each with some extensions, are far fewer; what comes after this
# many counts as missing, since a file of empty blocks would keep a probe busy for minutes.
MAX_BLOCKS = 200_000


def shown_cs(delay_cs: int) -> int:
    """How long a browser shows a frame with this delay, in hundredths of a second."""
    return delay_cs if delay_cs >= SLOWEST_FAST_CS else SHOWN_INSTEAD_CS


@dataclass(frozen=True, slots=True)
class Head:
    """One frame's blocks: where it lies on the screen, how it is disposed of, and where its stream starts."""

    x: int
    y: int
    width: int
    height: int
    delay_cs: int
    disposal: int  # 0 or 1 keep, 2 clear to transparent, 3 put back what was there
    transparent: int | None
    interlaced: bool
    palette_at: int  # offset of the local palette in the file, -1 if it uses the global one
    palette_size: int
    data_at: int  # offset of the LZW code size byte
    data_end: int


@dataclass(slots=True)
class RawFrame:
    """One frame as stored. ``indices`` (height, width) in reading order of rows; rows from ``rows`` on are missing."""

    head: Head
    indices: U8
    palette: U8  # (n, 3)
    decoded: int  # pixels that the stream really had; fewer than indices.size if it is damaged


class GifFile:
    """The blocks of one GIF; nothing is decoded until frames are asked for.

    ``loop`` is how often it plays: 0 for ever, else that many times (1 if the file says nothing).
    ``trailing``: the file ended or went wrong before its trailer.
    """

    def __init__(self, data: U8, *, max_frame_pixels: int = MAX_FRAME_PIXELS) -> None:
        self.data = data
        self.heads: list[Head] = []
        self.loop = 1
        self.trailing = False
        self.has_comment = False
        self.max_frame_pixels = max_frame_pixels
        self._scan()

    @property
    def duration_cs(self) -> int:
        return sum(head.delay_cs for head in self.heads)

    @property
    def shown_ms(self) -> int:
        return 10 * sum(shown_cs(head.delay_cs) for head in self.heads)

    def _scan(self) -> None:
        data = self.data
        if data.size < 13 or bytes(data[:3]) != b"GIF":
            raise UnreadableMedia("This is not a GIF.")
        self.width, self.height = _word(data, 6), _word(data, 8)
        flags = int(data[10])
        at = 13
        self.palette: U8 = np.zeros((0, 3), np.uint8)
        if flags & 0x80:
            n = 2 << (flags & 7)
            self.palette = _palette(data, at, n)
            at += 3 * n
        delay, disposal, transparent = 0, 0, -1
        for _ in range(MAX_BLOCKS):
            if at >= data.size:
                break
            kind = int(data[at])
            if kind == 0x3B:
                return
            if kind == 0x21 and at + 1 < data.size:
                label, at = int(data[at + 1]), at + 2
                body = bytes(data[at : at + 19])
                if label == 0xF9 and len(body) >= 5 and body[0] >= 4:
                    disposal, delay = body[1] >> 2 & 7, body[2] | body[3] << 8
                    transparent = body[4] if body[1] & 1 else -1
                elif label == 0xFF and body[:1] == b"\x0b" and body[1:12] in (b"NETSCAPE2.0", b"ANIMEXTS1.0"):
                    if len(body) >= 16 and body[12] >= 3 and body[13] & 7 == 1:
                        count = body[14] | body[15] << 8
                        self.loop = count + 1 if count else 0
                elif label in (0xFE, 0xFF):
                    self.has_comment = True
                at, _ = skip_blocks(data, at)
                continue
            if kind == 0x2C and at + 10 <= data.size:
                at = self._image(at, delay, disposal, transparent)
                delay, disposal, transparent = 0, 0, -1
                continue
            if kind == 0x00:  # a stray terminator between blocks; browsers step over it
                at = skip_zeros(data, at)
                continue
            break
        self.trailing = True

    def _image(self, at: int, delay: int, disposal: int, transparent: int) -> int:
        data = self.data
        x, y, width, height = (_word(data, at + k) for k in (1, 3, 5, 7))
        flags = int(data[at + 9])
        at += 10
        palette_at, palette_size = -1, 0
        if flags & 0x80:
            palette_at, palette_size = at, 2 << (flags & 7)
            at += 3 * palette_size
        if not self.heads:  # browsers let the first frame make the screen larger; the others are clipped
            self.width, self.height = max(self.width, x + width), max(self.height, y + height)
            if self.width * self.height > self.max_frame_pixels:
                raise OverLimit(f"The picture is too large ({self.width} x {self.height}).")
        width, height = width or self.width, height or self.height
        if not self.width or not self.height:
            raise UnreadableMedia("This GIF has no size.")
        if at >= data.size or width * height > 4 * self.max_frame_pixels:
            return int(data.size)
        end, _ = skip_blocks(data, at + 1)
        self.heads.append(
            Head(
                x=x,
                y=y,
                width=width,
                height=height,
                delay_cs=delay,
                # 4 is how some writers put "previous"; what is above has no meaning.
                disposal=PREVIOUS if disposal in (3, 4) else BACKGROUND if disposal == 2 else KEEP if disposal else 0,
                transparent=transparent if transparent >= 0 else None,
                interlaced=bool(flags & 0x40),
                palette_at=palette_at,
                palette_size=palette_size,
                data_at=at,
                data_end=end,
            )
        )
        return end

    def decode(self, head: Head) -> RawFrame:
        """One frame's pixels, rows in order from top to bottom even if it is stored interlaced."""
        data = self.data
        flat = np.empty(head.width * head.height, np.uint8)
        min_code = int(data[head.data_at])
        count = 0
        if 1 <= min_code <= 11:
            payload = np.empty(head.data_end - head.data_at, np.uint8)
            size, _ = lzw.deblock(data, head.data_at + 1, payload)
            count = lzw.decode(payload, size, min_code, flat)
        if head.palette_at >= 0:
            palette = _palette(data, head.palette_at, head.palette_size)
        else:
            palette = self.palette
        return RawFrame(head, flat.reshape(head.height, head.width), palette, count)

    def raw(self) -> Iterator[RawFrame]:
        for head in self.heads:
            yield self.decode(head)

    def frames(self) -> Iterator[Frame]:
        """Every frame as shown. Times are what browsers keep. ``changed`` says where it may differ from the one before.

        Nobody but this writes into a frame's array, and not while anybody holds it.
        """
        screen = np.zeros((self.height, self.width), np.uint32)
        copies = _Copies(screen)
        at_cs = 0
        cleared: Rectangle | None = (0, 0, self.width, self.height)  # what the disposal before this frame changed
        for head in self.heads:
            drawn = self._on_screen(head)
            raw = self.decode(head)
            left, top, right, bottom = drawn
            saved = screen[top:bottom, left:right].copy() if head.disposal == PREVIOUS else None
            draw(screen, raw)
            hold = shown_cs(head.delay_cs)
            changed = _around(drawn, cleared)
            rgba = copies.next(changed).view(np.uint8).reshape(self.height, self.width, 4)
            yield Frame(rgba, at_cs * 10_000, hold * 10_000, head.delay_cs, changed)
            del rgba
            at_cs += hold
            cleared = None
            if saved is not None:
                screen[top:bottom, left:right] = saved
                cleared = drawn
            elif head.disposal == BACKGROUND:
                screen[top:bottom, left:right] = 0
                cleared = drawn

    def _on_screen(self, head: Head) -> Rectangle:
        """The part of a frame that lies on the screen; of no size where nothing does."""
        left, top = min(head.x, self.width), min(head.y, self.height)
        return left, top, min(self.width, head.x + head.width), min(self.height, head.y + head.height)


class _Copies:
    """Copies of a screen as it changes. One that nobody holds any more is brought up to date where it is stale, so that
    a frame that changes one pixel of a large screen costs about one pixel."""

    MOST = 4

    def __init__(self, screen: npt.NDArray[np.uint32]) -> None:
        self._screen = screen
        self._made: list[tuple[npt.NDArray[np.uint32], list[Rectangle]]] = []

    def next(self, changed: Rectangle) -> npt.NDArray[np.uint32]:
        """A copy of the screen as it is now, ``changed`` since the last call."""
        for _, stale in self._made:
            stale.append(changed)
        for number in range(len(self._made)):
            # Two hold a free one: this list and the argument of getrefcount. Views of an array hold it, too.
            if sys.getrefcount(self._made[number][0]) == 2:
                copy, stale = self._made.pop(number)
                for left, top, right, bottom in stale:
                    copy[top:bottom, left:right] = self._screen[top:bottom, left:right]
                self._made.append((copy, []))
                return copy
        copy = self._screen.copy()
        self._made = [*self._made, (copy, [])][-self.MOST :]
        return copy


def _around(one: Rectangle, other: Rectangle | None) -> Rectangle:
    """The smallest rectangle that holds both."""
    if other is None:
        return one
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def read(path: str | Path, *, max_frame_pixels: int = MAX_FRAME_PIXELS) -> GifFile:
    """Open a GIF. Raises UnreadableMedia if it is none or has no frame, OverLimit if its screen is too large."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise UnreadableMedia("The file cannot be read.", detail=str(error)) from error
    gif = GifFile(data, max_frame_pixels=max_frame_pixels)
    if not gif.heads:
        raise UnreadableMedia("This GIF has no picture in it.")
    return gif


def draw(screen: npt.NDArray[np.uint32], raw: RawFrame) -> None:
    """Put one stored frame on ``screen`` (RGBA packed as uint32, this machine's byte order)."""
    head = raw.head
    colours = np.zeros((256, 4), np.uint8)
    colours[: len(raw.palette), :3] = raw.palette[:256]
    colours[: len(raw.palette), 3] = 255
    if head.transparent is not None:
        colours[head.transparent] = 0
    _draw(screen, raw.indices, raw.decoded, head.interlaced, head.x, head.y, colours.view(np.uint32).ravel())


def unlace(indices: U8) -> U8:
    """Rows of an interlaced frame in the order of the picture."""
    out = np.empty_like(indices)
    out[interlaced_rows(len(indices))] = indices
    return out


def interlaced_rows(height: int) -> npt.NDArray[np.int64]:
    """The rows of the picture in the order in which an interlaced frame stores them."""
    return np.concatenate([np.arange(a, height, b) for a, b in ((0, 8), (4, 8), (2, 4), (1, 2))])


def shown(path: str | Path) -> RGBA:
    """All shown frames in one array (n, height, width, 4); for small files and tests."""
    return np.stack([frame.rgba for frame in read(path).frames()])


@njit(cache=True, nogil=True)
def _draw(
    screen: npt.NDArray[np.uint32],
    indices: U8,
    decoded: int,
    interlaced: bool,
    left: int,
    top: int,
    colours: npt.NDArray[np.uint32],
) -> None:
    height, width = indices.shape
    right = min(width, screen.shape[1] - left)
    step, start = (8, 0) if interlaced else (1, 0)
    y = start
    for row in range(height):
        if row * width >= decoded:
            break
        upto = min(right, decoded - row * width)
        if top + y < screen.shape[0]:
            for x in range(upto):
                colour = colours[indices[row, x]]
                if colour != 0:
                    screen[top + y, left + x] = colour
        y += step
        while interlaced and y >= height and step > 1:
            if start == 0:
                start, step = 4, 8
            elif start == 4:
                start, step = 2, 4
            else:
                start, step = 1, 2
            y = start
            if start == 1:
                break


@njit(cache=True, nogil=True)
def skip_blocks(data: U8, at: int) -> tuple[int, bool]:
    """The position after the sub-blocks at ``at`` and their terminator, and whether the terminator was there."""
    n = data.size
    while at < n:
        size = int(data[at])
        at += 1
        if size == 0:
            return at, True
        at += size
    return n, False


@njit(cache=True, nogil=True)
def skip_zeros(data: U8, at: int) -> int:
    """The position of the first byte from ``at`` on that is not zero, or the end."""
    while at < data.size and data[at] == 0:
        at += 1
    return at


def _word(data: U8, at: int) -> int:
    return int(data[at]) | int(data[at + 1]) << 8


def _palette(data: U8, at: int, n: int) -> U8:
    found = data[at : at + 3 * n]
    if found.size < 3 * n:
        found = np.concatenate([found, np.zeros(3 * n - found.size, np.uint8)])
    return found.reshape(n, 3)
