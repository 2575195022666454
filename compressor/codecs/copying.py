"""Copies the source where nothing could look better: pictures stay untouched, metadata is removed.

Comments, texts, EXIF, XMP and bytes behind the end of the picture are dropped. A film is remuxed only when its codec
and pixel format are those that we would encode (H.264 in yuv420p and the like).
"""

from __future__ import annotations

import re
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from ..formats import FormatSpec
from ..media import MediaInfo
from ..orientation import UPRIGHT

if TYPE_CHECKING:
    from . import Codec

_PNG = b"\x89PNG\r\n\x1a\n"
# What a PNG needs to look as it does; every other chunk is somebody's note.
_PNG_KEPT = {
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT", b"bKGD", b"pHYs",
    b"acTL", b"fcTL", b"fdAT",
}  # fmt: skip
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]", re.DOTALL)  # one that has a length, or the end
_JPEG_END, _JPEG_SCAN, _JPEG_COMMENT, _JPEG_NOTES = 0xD9, 0xDA, 0xFE, range(0xE0, 0xF0)
_JPEG_KEPT = (b"JFIF\0", b"ICC_PROFILE\0", b"Adobe")
_WEBP_DROPPED = {b"EXIF", b"XMP "}
_LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def copy(path: Path, info: MediaInfo, out: Path, codec: Codec, *, small: bool = False) -> bool:
    """Write the source to ``out`` without its notes; False when it cannot be handed out as what ``codec`` makes.
    ``small``: what is stored is coded anew where that takes fewer bytes.

    What is written still has to be verified by decoding it. A picture that is turned when it is shown is not copied:
    without its notes nobody would turn it. Nor is HDR, which few programs show as it is meant.
    """
    if info.orientation != UPRIGHT or info.hdr or info.cut or info.scan:
        return False
    if info.format != codec.format:
        return False
    if codec.spec.film:
        # The muxer would leave out that a film has alpha, and nobody would look at it.
        return info.codec == codec.codec and not info.has_alpha and _packed_anew(path, codec.spec, out)
    clean = codec.cleaned(path.read_bytes())
    if clean is None:
        return False
    out.write_bytes(codec.recoded(clean) if small else clean)
    return True


def gif(data: bytes) -> bytes | None:
    """The GIF with its pictures and loop count and nothing else; None when its blocks do not add up."""
    if len(data) < 13 or data[:3] != b"GIF":
        return None
    at = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    kept = bytearray(data[:at])
    images, loops = 0, b""
    behind = at
    while at < len(data):
        start, kind = at, data[at]
        if kind == 0x3B:
            kept.append(0x3B)
            return bytes(kept[:behind]) + (loops if images > 1 else b"") + bytes(kept[behind:])
        if kind == 0x21 and at + 2 <= len(data):
            label = data[at + 1]
            at = _blocks_end(data, at + 2)
            loop = label == 0xFF and data[start + 3 : start + 14] in _LOOPS
            if at < 0 or (label == 0xF9 and data[start + 2] != 4):
                return None
            if label == 0xF9:
                kept += data[start:at]
            elif loop:
                loops = data[start:at]
        elif kind == 0x2C and at + 10 < len(data):
            packed = data[at + 9]
            at = _blocks_end(data, at + 11 + (3 << (packed & 7) + 1 if packed & 0x80 else 0))
            if at < 0:
                return None
            kept += data[start:at]
            images += 1
        else:
            return None
    return None


def _blocks_end(data: bytes, at: int) -> int:
    """Behind the sub-blocks that start at ``at``; -1 when the file ends before they do."""
    while at < len(data):
        size = data[at]
        at += 1 + size
        if size == 0:
            return at
    return -1


def png(data: bytes) -> bytes | None:
    """The PNG or APNG with what it needs to look as it does; None when its chunks do not add up."""
    if data[:8] != _PNG:
        return None
    kept, at = bytearray(_PNG), 8
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + size
        if end > len(data):
            return None
        if kind in _PNG_KEPT:
            kept += data[at:end]
        if kind == b"IEND":
            return bytes(kept)
        at = end
    return None


def jpeg(data: bytes) -> bytes | None:
    """The JPEG with its pictures, its colour profile and what tells how its colours are stored; None when its segments
    do not add up."""
    if data[:2] != b"\xff\xd8":
        return None
    kept, at, mark = bytearray(data[:2]), 2, 0
    while (found := _JPEG_MARKER.search(data, at)) is not None:
        start = found.start()
        kept += data[at:start] if mark == _JPEG_SCAN else b""
        mark = found[0][1]
        if mark == _JPEG_END:
            return bytes(kept + found[0])
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
        if at > len(data):
            return None
        note = mark == _JPEG_COMMENT or mark in _JPEG_NOTES
        if not note or data[start + 4 : at].startswith(_JPEG_KEPT):
            kept += data[start:at]
    return None


def webp(data: bytes) -> bytes | None:
    """The WebP without EXIF and XMP; None when its chunks do not add up."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    end = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    kept, at = bytearray(), 12
    while at + 8 <= end:
        kind, (size,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        after = at + 8 + size + (size & 1)
        if at + 8 + size > end:
            return None
        if kind not in _WEBP_DROPPED:
            kept += data[at : min(after, end)]
        at = after
    if not kept:
        return None
    if kept[:4] == b"VP8X":
        kept[8] &= ~0x0C  # no EXIF, no XMP
    return b"RIFF" + struct.pack("<I", len(kept) + 4) + b"WEBP" + bytes(kept)


def _packed_anew(path: Path, spec: FormatSpec, out: Path) -> bool:
    """``_film``; False too where FFmpeg cannot write the packets as they are (times that it does not support)."""
    import av

    try:
        return _film(path, spec, out)
    except av.FFmpegError:
        out.unlink(missing_ok=True)
        return False


def _film(path: Path, spec: FormatSpec, out: Path) -> bool:
    """The same packets in a new file of the same kind, its index first; False where a player might not take them."""
    import av

    from ..probe import container

    with container.opened(path, spec.name) as source:
        films, sounds = source.streams.video, source.streams.audio
        if len(films) != 1 or len(sounds) > 1 or any(s.codec_context is None for s in (*films, *sounds)):
            return False
        if films[0].codec_context.pix_fmt != "yuv420p":
            return False
        if sounds and sounds[0].codec_context.name not in ("aac", "opus", "vorbis"):
            return False
        with av.open(str(out), "w", format=spec.name, options=dict(spec.muxer_options)) as target:
            twins = {}
            for stream in (films[0], *sounds[:1]):
                twin = target.add_stream_from_template(stream)
                twin.metadata.clear()
                twins[stream.index] = twin
            for packet in source.demux([films[0], *sounds[:1]]):
                if packet.dts is None:
                    continue
                packet.stream = twins[packet.stream.index]
                target.mux(packet)
    return True
