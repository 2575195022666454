"""Reads the chunks of a WebP, still or animated."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import UnreadableMedia
from ..input_limits import Limits
from ..media import MediaInfo, shown_us
from ..orientation import UPRIGHT, of_exif, shown_size
from .sniff import MAX_PIECES, Data


@dataclass(frozen=True, slots=True)
class WebpFrame:
    left: int
    top: int
    width: int
    height: int
    hold_ms: int
    blend: bool
    dispose: bool  # to the background, after it was shown


@dataclass(slots=True)
class WebpChunks:
    width: int = 0
    height: int = 0
    see_through: bool = False
    lossless: bool = False
    moving: bool = False
    loop: int = 0
    frames: list[WebpFrame] = field(default_factory=list)
    end: int = 12  # offset behind the last whole chunk
    whole: bool = True
    orientation: int = UPRIGHT
    still: bool = False  # a bare VP8 or VP8L picture is there


def _u24(data: Data, at: int) -> int:
    return int.from_bytes(data[at : at + 3], "little")


def walk(data: Data, *, max_frames: int | None = None) -> WebpChunks:
    """Every whole chunk; a cut one ends the walk."""
    found = WebpChunks()
    size = len(data)
    at = 12
    for _ in range(MAX_PIECES):
        if at + 8 > size:
            break
        name, length = bytes(data[at : at + 4]), int.from_bytes(data[at + 4 : at + 8], "little")
        if name == bytes(4):  # padding, which no writer makes: what is no chunk ends the file
            break
        if at + 8 + length > size:
            found.whole = False
            if name in (b"VP8 ", b"VP8L") and not found.still:
                _bare(found, data, name, at + 8, size - at - 8)
            break
        body = at + 8
        if name == b"VP8X" and length >= 10:
            flags = data[body]
            found.moving, found.see_through = bool(flags & 2), bool(flags & 16)
            found.width, found.height = _u24(data, body + 4) + 1, _u24(data, body + 7) + 1
        elif name == b"EXIF":
            found.orientation = of_exif(bytes(data[body : body + length]))
        elif name == b"ANIM" and length >= 6:
            found.loop = int.from_bytes(data[body + 4 : body + 6], "little")
        elif name == b"ANMF" and length >= 16:
            flags = data[body + 15]
            found.frames.append(
                WebpFrame(
                    left=_u24(data, body) * 2,
                    top=_u24(data, body + 3) * 2,
                    width=_u24(data, body + 6) + 1,
                    height=_u24(data, body + 9) + 1,
                    hold_ms=_u24(data, body + 12),
                    blend=not flags & 2,
                    dispose=bool(flags & 1),
                )
            )
            if max_frames is not None and len(found.frames) > max_frames:
                break
        elif name in (b"VP8 ", b"VP8L") and not found.still:
            _bare(found, data, name, body, length)
        at = body + length + (length & 1)
        found.end = min(at, size)
    else:
        found.whole = False
    return found


def _bare(found: WebpChunks, data: Data, name: bytes, at: int, length: int) -> None:
    width = height = 0
    if name == b"VP8 " and length >= 10 and bytes(data[at + 3 : at + 6]) == b"\x9d\x01\x2a":
        width = int.from_bytes(data[at + 6 : at + 8], "little") & 0x3FFF
        height = int.from_bytes(data[at + 8 : at + 10], "little") & 0x3FFF
    elif name == b"VP8L" and length >= 5 and data[at] == 0x2F:
        bits = int.from_bytes(data[at + 1 : at + 5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        found.lossless = True
        found.see_through = found.see_through or bool(bits >> 28 & 1)
    if width and height:
        found.still = True
        if not found.width:
            found.width, found.height = width, height


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of a WebP."""
    found = walk(data, max_frames=limits.max_frames)
    if not found.width or not found.height or not (found.frames or found.still):
        raise UnreadableMedia("The WebP holds no picture.")
    animated = len(found.frames) > 1
    holds = [f.hold_ms * 1000 for f in found.frames]
    shown = sum(shown_us(h) for h in holds)
    width, height = shown_size(found.width, found.height, found.orientation)
    return MediaInfo(
        format="webp",
        kind="video" if animated else "image",
        codec="webp",
        bytes=len(data),
        width=width,
        height=height,
        frames=max(len(found.frames), 1),
        duration_ms=sum(holds) // 1000,
        shown_ms=shown // 1000 if animated else 0,
        fps=round(len(holds) * 1e6 / shown, 3) if animated else 0.0,
        loop=found.loop if found.moving and found.frames else None,
        has_alpha=found.see_through,
        orientation=found.orientation,
        cut=not found.whole or int.from_bytes(data[4:8], "little") + 8 > len(data) + 1,
    )


def fault(data: Data) -> str:
    """Name what is missing of a file that should be whole; empty where nothing is."""
    return "" if walk(data).whole else "the WebP was cut"
