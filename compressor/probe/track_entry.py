"""Reads from the track of an MP4, MOV, MKV or WebM what FFmpeg's Python binding does not tell: a crop of the pictures
(clap, PixelCrop) and whether its colours are Dolby Vision's alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import avif
from .completeness import ebml_width
from .crop import Crop, clean_aperture, within
from .sniff import Data

_INSIDE = (b"trak", b"mdia", b"minf", b"stbl")
_ENTRY = 8 + 8 + 78  # of stsd: its own head, and the fixed part of one entry for pictures
_MASTERS = (b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0", b"\x41\xe4")
_CROPS = {b"\x54\xaa": "bottom", b"\x54\xbb": "top", b"\x54\xcc": "left", b"\x54\xdd": "right"}
_SIDES = {b"\xb0": "width", b"\xba": "height"}
_CLUSTER, _MAPPED = b"\x1f\x43\xb6\x75", b"\x41\xed"
_MOST = 5000  # elements


@dataclass(slots=True)
class TrackEntry:
    """``crop``: (width, height, left, top) of what is shown of the ``stored`` (width, height), in stored pixels; None:
    all of it. ``only_dolby``: colours that only a player of Dolby Vision shows right (profile 5, or one without a layer
    that is HDR10, HLG or SDR)."""

    stored: tuple[int, int] = (0, 0)
    crop: Crop | None = None
    only_dolby: bool = False


def read(data: Data, kind: str) -> TrackEntry:
    """What the first track of pictures says. ``kind``: a MediaInfo format."""
    found = TrackEntry()
    if kind in ("mp4", "mov"):
        for name, begin, end in avif.boxes(data, 0, len(data)):
            if name == b"moov":
                _boxes(found, data, begin, end)
    elif kind in ("mkv", "webm"):
        _elements(found, data)
    return found


def _alone(body: bytes) -> bool:
    """Of Dolby Vision's configuration record."""
    if len(body) < 5 or body[0] != 1:
        return False
    profile, compatible = body[2] >> 1, body[4] >> 4
    return profile == 5 or (profile >= 8 and not compatible)


def _boxes(found: TrackEntry, data: Data, begin: int, end: int) -> None:
    for name, at, to in avif.boxes(data, begin, end):
        if found.stored[0]:
            return
        if name in _INSIDE:
            _boxes(found, data, at, to)
        elif name == b"hdlr" and bytes(data[at + 4 : at + 8]) != b"dhlr" and bytes(data[at + 8 : at + 12]) != b"vide":
            return  # another track
        elif name == b"stsd" and to - at >= _ENTRY:
            width, height = (int.from_bytes(data[at + i : at + i + 2], "big") for i in (40, 42))
            found.stored = width, height
            entry_end = min(at + 8 + int.from_bytes(data[at + 8 : at + 12], "big"), to)
            for inner, start, stop in avif.boxes(data, at + _ENTRY, entry_end):
                if inner == b"clap":
                    found.crop = clean_aperture(bytes(data[start:stop]), width, height)
                elif inner in (b"dvcC", b"dvvC", b"dvwC"):
                    found.only_dolby = _alone(bytes(data[start:stop]))


def _elements(found: TrackEntry, data: Data) -> None:
    said = {"width": 0, "height": 0, "left": 0, "right": 0, "top": 0, "bottom": 0}
    for name, at, to in _walk(data):
        number = int.from_bytes(data[at : min(to, at + 8)], "big")
        if name == b"\xae" and said["width"]:
            break  # the next track
        if side := _CROPS.get(name) or _SIDES.get(name):
            said[side] = number
        elif name == _MAPPED:
            found.only_dolby = _alone(bytes(data[at : min(to, at + 24)]))
    width, height = said["width"], said["height"]
    across, down = width - said["left"] - said["right"], height - said["top"] - said["bottom"]
    found.stored = width, height
    found.crop = within(across, down, said["left"], said["top"], width, height)


def _walk(data: Data) -> Iterator[tuple[bytes, int, int]]:
    """(id, begin, end) of the elements up to the first cluster, those inside of masters too."""
    at = 0
    for _ in range(_MOST):
        if at + 2 > len(data):
            return
        wide = ebml_width(data[at])
        name = bytes(data[at : at + wide])
        at += wide
        width = ebml_width(data[at]) if at < len(data) else 0
        if not wide or not width or name == _CLUSTER:
            return
        size = int.from_bytes(data[at : at + width], "big") & ((1 << 7 * width) - 1)
        at += width
        yield name, at, at + size
        if name not in _MASTERS:
            at += size
