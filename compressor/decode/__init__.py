"""Decodes pictures and sound: exact times on one gapless clock, lazily, one frame at a time.

    frames(path) ─ gif                     its blocks and palettes
                 ├ png, apng               one frame at a time, composited here
                 ├ webp, avif, jpeg        Pillow's decoders, our times
                 └ mp4 mov webm mkv avi    FFmpeg: rotated, converted to sRGB, one size throughout

Damaged files give the frames that can be decoded; when there is none at all, UnreadableMedia.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..errors import UnreadableMedia
from ..media import Frame, MediaInfo
from ..probe import probe
from . import apng, gif, images, sound, video
from .sound import AudioBlock

__all__ = ["AudioBlock", "audio", "counted", "frames"]

_READERS = {
    "gif": gif.frames,
    "png": apng.frames,
    "apng": apng.frames,
    "webp": images.webp,
    "avif": images.avif,
    "jpeg": images.jpeg,
}
_COUNTERS = {"gif": gif.counted}  # of what knows better than its frames whether all of it is there


def frames(path: str | os.PathLike[str], info: MediaInfo | None = None) -> Iterator[Frame]:
    """Every shown frame of the file at ``path``, in order, the first at 0 µs.

    All frames have the size that ``info`` says. A still is one frame of 100 ms. Do not write into the arrays.
    Raises UnreadableMedia when nothing can be decoded, and whatever ``probe`` raises when ``info`` is not given.
    """
    path = Path(path)
    info = info or probe(path)
    if info.kind == "audio":
        raise UnreadableMedia("This is a sound; it holds no pictures.")
    count = 0
    for frame in _READERS.get(info.format, video.frames)(path, info):
        count += 1
        yield frame
    if not count:
        raise UnreadableMedia("Not one picture of this file can be decoded.")


def counted(path: Path, info: MediaInfo) -> tuple[int, int]:
    """(frames, µs on the shown clock) of a picture that should be whole: all of it is decoded. Raises UnreadableMedia
    where a frame is not complete or of another size."""
    if info.format in _COUNTERS:
        return _COUNTERS[info.format](path)
    count = end = 0
    for frame in frames(path, info):
        if frame.rgba.shape != (info.height, info.width, 4):
            raise UnreadableMedia("A frame has another size.", detail=f"frame {count}")
        count += 1
        end = frame.at_us + frame.hold_us
    return count, end


def audio(path: str | os.PathLike[str], rate: int = 48_000, info: MediaInfo | None = None) -> Iterator[AudioBlock]:
    """The sound as blocks of float32 (n, 2) at ``rate``, on the clock of ``frames``: 0 is when the first frame shows.

    Silence fills gaps. Yields nothing when there is no sound; raises UnreadableMedia when it cannot be read.
    """
    path = Path(path)
    info = info or probe(path)
    if info.has_audio:
        yield from sound.blocks(path, info, rate)
