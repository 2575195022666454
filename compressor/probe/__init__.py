"""Probes a file: kind, size, frames and times from headers, blocks and packets, without a full decode.

    probe(path) ─ sniff (the bytes, never the name)
        ├── gif, png, webp, avif      our own walk over blocks, chunks and boxes
        ├── jpeg                      Pillow's header
        └── mp4 mov webm mkv avi, mp3 wav m4a aac   FFmpeg with exactly that demuxer; packets are counted,
                                      one frame is decoded

Parse what strangers send inside the sandbox (``compressor.sandbox.probe``); this module is what runs there.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import replace
from pathlib import Path

from ..errors import UnreadableMedia, UnsupportedMedia
from ..formats import FILMS, SOUNDS
from ..input_limits import Limits
from ..media import MediaInfo
from . import avif, completeness, container, gif, jpeg, png, track_entry, webp
from .sniff import Data, sniff

__all__ = ["fault", "probe"]

_PICTURES = {"gif": gif.facts, "png": png.facts, "webp": webp.facts, "avif": avif.facts, "jpeg": jpeg.facts}
_FAULTS = {"gif": gif.fault, "png": png.fault, "webp": webp.fault}


def probe(path: str | os.PathLike[str], limits: Limits | None = None, *, ours: bool = False) -> MediaInfo:
    """The facts of the file at ``path``. ``ours``: we made it, so nobody looks whether a film has fields.

    Raises UnreadableMedia (empty, damaged beyond use), UnsupportedMedia (something else) or OverLimit. Time and memory
    do not depend on what the file claims about itself, only on its bytes.
    """
    limits = limits or Limits()
    path = Path(path)
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadableMedia("The file cannot be opened.", detail=repr(error)) from error
    if not path.is_file():
        raise UnreadableMedia("The file cannot be opened.", detail="not a regular file")
    limits.check_bytes(size)
    if size == 0:
        raise UnreadableMedia("The file is empty.")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        kind = sniff(data)
        there = completeness.filled(data)
        if kind in _PICTURES:
            info = _PICTURES[kind](data, limits)
            if kind in ("gif", "webp") and there < size:  # of the others the zeros themselves tell it
                lost = gif.fault(data) if kind == "gif" else webp.fault(data[:there])
                info = replace(info, cut=info.cut or bool(lost))
        if kind == "avif" and info.cut and info.animated:
            info = avif.shortened(info, data, container.arrived(path))
        if kind in ("mp4", "mov") and completeness.encrypted(data):
            raise UnsupportedMedia("It is protected by encryption (DRM). Send a copy without protection.")
        cut = kind in FILMS and not completeness.film(data, kind)
        emptied = kind in FILMS and there < size and not cut and not completeness.film(data[:there], kind)
        if cut and kind in ("mp4", "mov") and not completeness.indexed(data):
            raise UnreadableMedia(
                "The file is cut off, and its index, which stands at its end, is missing. Download it once more."
            )
        crop = None
        if kind in FILMS and not ours:
            track = track_entry.read(data, kind)
            crop = track.crop
            if track.only_dolby:
                raise UnsupportedMedia(
                    "Its colours are Dolby Vision's own, which only licensed players show right. Send it as HDR10, HLG "
                    "or SDR."
                )
    if kind in FILMS or kind in SOUNDS:
        info = container.facts(path, kind, size, limits, cut, emptied, ours, crop)
    limits.check(info)
    return info


def fault(data: Data) -> str:
    """A sentence on what a picture that should be whole lacks, as far as its blocks and chunks say; empty: nothing."""
    found = _FAULTS.get(sniff(data))
    return found(data) if found is not None else ""
