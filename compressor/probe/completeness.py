"""Tells from the outermost boxes, chunks or elements whether a film is complete, has an index, is encrypted."""

from __future__ import annotations

import re

from ..errors import UnreadableMedia
from . import avif
from .sniff import MAX_PIECES, Data

_SEGMENT = b"\x18\x53\x80\x67"
_BLOCK = 4096
_DATA = 16  # zeros that may be the end of a number or of a picture's data
_NAME = re.compile(rb"[A-Za-z0-9 \xa9_-]{4}")
_BOXES = frozenset(b"ftyp styp moov mdat moof mfra free skip wide uuid meta udta sidx ssix emsg pnot prft idat".split())


def film(data: Data, kind: str) -> bool:
    """False for a file of ``kind`` (mp4, mov, avi, webm, mkv) that was cut off. A live recording, which leaves its
    length open, counts as whole."""
    if kind in ("webm", "mkv"):
        return _elements(data)
    return _chunks(data) if kind == "avi" else boxes(data)


def filled(data: Data) -> int:
    """How many bytes there are before the zeros at the end: a download that was given its whole length at once and then
    stopped ends in them. The size itself where they are fewer than a disk's block has."""
    at = len(data)
    while at and not any(part := bytes(data[max(0, at - _BLOCK) : at])):
        at -= len(part)
    at -= len(part) - len(part.rstrip(b"\0")) if at else 0
    return at + _DATA if len(data) - at >= _BLOCK else len(data)


def boxes(data: Data) -> bool:
    """The boxes of an MP4, MOV or AVIF follow each other up to the end. What is no box and stands behind the index
    and the pictures is somebody's note."""
    at = 0
    seen: set[bytes] = set()
    for _ in range(MAX_PIECES):
        if at + 8 > len(data):
            return at <= len(data)
        size, name = int.from_bytes(data[at : at + 4], "big"), bytes(data[at + 4 : at + 8])
        if size == 1 and at + 16 <= len(data):
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        a_makers = size >= 8 and at + size <= len(data) and _NAME.fullmatch(name) is not None
        if size < 8 or not (name in _BOXES or a_makers):
            return size == 0 or {b"moov", b"mdat"} <= seen
        seen.add(name)
        at += size
    raise _too_many()


def indexed(data: Data) -> bool:
    """Whether an MP4 or MOV has its index, without which nothing of it can be read."""
    return any(name == b"moov" for name, _, _ in avif.boxes(data, 0, len(data)))


def encrypted(data: Data) -> bool:
    """Whether an MP4 or MOV has pictures that only a licence opens: a sample entry "encv"."""
    for name, begin, end in avif.boxes(data, 0, len(data)):
        if name == b"moov":
            index = bytes(data[begin:end])
            at = index.find(b"encv")
            return at >= 16 and index[at - 16 : at - 12] == b"stsd"
    return False


def _chunks(data: Data) -> bool:
    at = 0
    for _ in range(MAX_PIECES):
        if at + 8 > len(data) or bytes(data[at : at + 4]) != b"RIFF":
            return at <= len(data) + 1
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + (size & 1)
    raise _too_many()


def _elements(data: Data) -> bool:
    at = 0
    for _ in range(MAX_PIECES):
        if at >= len(data):
            break
        segment = bytes(data[at : at + 4]) == _SEGMENT
        if not data[at]:  # no element begins so
            return False
        at += ebml_width(data[at])
        width = ebml_width(data[at]) if at < len(data) else 0
        if not width or at + width > len(data):
            return False
        size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        if size == (1 << 7 * width) - 1:
            return True
        at += width + size
        if segment:
            return at <= len(data)
    else:
        raise _too_many()
    return False


def _too_many() -> UnreadableMedia:
    """FFmpeg would look at every one of them, which takes minutes."""
    return UnreadableMedia("The file is damaged or not complete.", detail=f"more than {MAX_PIECES} outermost pieces")


def ebml_width(first: int) -> int:
    """How many bytes an EBML number has, by its first."""
    return 9 - first.bit_length() if first else 9
