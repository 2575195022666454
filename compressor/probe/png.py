"""Reads the chunks of a PNG or APNG."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from ..errors import UnreadableMedia
from ..input_limits import Limits
from ..media import HDR, MediaInfo, shown_us
from ..orientation import UPRIGHT, of_exif, shown_size
from .sniff import MAX_PIECES, Data

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


@dataclass(slots=True)
class PngFrame:
    """One fcTL with the pieces of pixel data that follow it: (offset, length) of bare zlib bytes."""

    width: int
    height: int
    left: int = 0
    top: int = 0
    hold_us: int = 0
    dispose: int = 0
    blend: int = 0
    pieces: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class PngChunks:
    width: int
    height: int
    depth: int
    color: int
    header: bytes
    plays: int | None = None  # None: no acTL
    claimed: int = 0  # frames, as acTL says
    see_through: bool = False
    kept: list[tuple[bytes, bytes]] = field(default_factory=list)  # PLTE, tRNS and the colour chunks before IDAT
    default: list[tuple[int, int]] = field(default_factory=list)  # IDAT that is not part of the animation
    frames: list[PngFrame] = field(default_factory=list)
    orientation: int = UPRIGHT
    primaries: int = 2  # of cICP; 2 is "not said"
    transfer: int = 2
    whole: bool = False

    @property
    def animated(self) -> bool:
        return self.plays is not None and bool(self.frames)


def chunks(data: Data) -> Iterator[tuple[bytes, int, int, bool]]:
    """(type, offset of the content, length that is there, whole) of every chunk."""
    at, size = 8, len(data)
    for _ in range(MAX_PIECES):
        if at + 8 > size:
            return
        length = int.from_bytes(data[at : at + 4], "big")
        name = bytes(data[at + 4 : at + 8])
        if not name.isalpha():  # what is no chunk ends the file
            return
        there = min(length, size - at - 8)
        yield name, at + 8, there, there == length
        if name == b"IEND":
            return
        at += 12 + length


def walk(data: Data, *, max_frames: int | None = None) -> PngChunks:
    """Every chunk that matters for showing it; a file that was cut gives the frames that have data."""
    found: PngChunks | None = None
    frame: PngFrame | None = None
    pixels = False
    for name, at, length, whole in chunks(data):
        if found is None:
            if name != b"IHDR" or length < 13:
                raise UnreadableMedia("The PNG has no header.")
            head = bytes(data[at : at + 13])
            found = PngChunks(int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big"), head[8], head[9], head)
            if found.color not in _CHANNELS:
                raise UnreadableMedia("The PNG has an unknown kind of pixels.")
            found.see_through = found.color in (4, 6)
        elif name == b"acTL" and not pixels and length >= 8:
            found.claimed = int.from_bytes(data[at : at + 4], "big")
            found.plays = int.from_bytes(data[at + 4 : at + 8], "big")
        elif name == b"fcTL" and length >= 26:
            frame = _control(bytes(data[at : at + 26]))
            if not frame.width or not frame.height:
                break
            if frame.left + frame.width > found.width or frame.top + frame.height > found.height:
                break
            found.frames.append(frame)
            if max_frames is not None and len(found.frames) > max_frames:
                break
        elif name == b"IDAT":
            pixels = True
            (frame.pieces if frame else found.default).append((at, length))
        elif name == b"fdAT" and frame is not None and length > 4:
            frame.pieces.append((at + 4, length - 4))
        elif name in (b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP") and not pixels and whole:
            if name != b"iCCP" or length < 4_000_000:
                found.kept.append((name, bytes(data[at : at + length])))
            found.see_through = found.see_through or name == b"tRNS"
        elif name == b"cICP" and length >= 4:
            found.primaries, found.transfer = data[at], data[at + 1]
        elif name == b"eXIf" and whole:
            found.orientation = of_exif(bytes(data[at : at + length]))
        elif name == b"IEND":
            found.whole = True
    if found is None:
        raise UnreadableMedia("The PNG has no header.")
    found.frames = [f for f in found.frames if f.pieces]
    if found.plays is None:
        # Without acTL an fcTL means nothing: this is a still.
        found.default = found.default or [piece for f in found.frames[:1] for piece in f.pieces]
        found.frames = []
    elif found.claimed and len(found.frames) > found.claimed:
        del found.frames[found.claimed :]
    return found


def _control(raw: bytes) -> PngFrame:
    width, height, left, top = (int.from_bytes(raw[i : i + 4], "big") for i in (4, 8, 12, 16))
    number, per = int.from_bytes(raw[20:22], "big"), int.from_bytes(raw[22:24], "big") or 100
    return PngFrame(width, height, left, top, number * 1_000_000 // per, raw[24], raw[25])


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of a PNG or APNG (``format`` is apng when it moves)."""
    found = walk(data, max_frames=limits.max_frames)
    if not found.width or not found.height:
        raise UnreadableMedia("The PNG is zero pixels wide or high.")
    if not found.frames and not found.default:
        raise UnreadableMedia("The PNG holds no picture.")
    animated = found.animated and len(found.frames) > 1
    holds = [f.hold_us for f in found.frames]
    shown = sum(shown_us(h) for h in holds)
    width, height = shown_size(found.width, found.height, found.orientation)
    return MediaInfo(
        format="apng" if found.animated else "png",
        kind="video" if animated else "image",
        codec="png",
        bytes=len(data),
        width=width,
        height=height,
        frames=max(len(found.frames), 1),
        duration_ms=sum(holds) // 1000,
        shown_ms=shown // 1000 if animated else 0,
        fps=round(len(holds) * 1e6 / shown, 3) if animated else 0.0,
        loop=found.plays if found.animated else None,
        has_alpha=found.see_through,
        palette=found.color == 3,
        orientation=found.orientation,
        cut=not found.whole,
        hdr=HDR.get(found.transfer, ""),
    )


def fault(data: Data) -> str:
    """A sentence on what is wrong with a file that should be whole, its check sums included; empty where nothing is."""
    ended = False
    for name, at, length, whole in chunks(data):
        if not whole or len(data) < at + length + 4:
            return "the PNG was cut"
        if zlib.crc32(data[at - 4 : at + length]).to_bytes(4, "big") != data[at + length : at + length + 4]:
            return f"a {name.decode('ascii', 'replace')} chunk of the PNG is damaged"
        ended = name == b"IEND"
    return "" if ended else "the PNG was cut"
