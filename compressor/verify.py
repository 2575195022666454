"""Verifies a finished file before it is published: decodes all of it and compares it with the promise.

Stricter than ``decode``, which accepts damaged files.
"""

from __future__ import annotations

import mmap
import os
from dataclasses import dataclass
from pathlib import Path

import av
import av.error

from . import decode, formats
from .errors import CompressorError, EngineFailure
from .input_limits import Limits
from .media import MediaInfo
from .probe import container as door
from .probe import fault, probe
from .probe.completeness import film as whole_film

_NO_LIMITS = Limits(
    max_bytes=1 << 40, max_side=1 << 16, max_frame_pixels=1 << 32, max_frames=1 << 24, max_total_pixels=1 << 50
)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a file must be; None: anything goes. ``duration_us`` is on the shown clock, ``grain_us`` how exact.

    ``pixels`` is FFmpeg's name (yuv420p), for films only. ``audio`` False: there must be none.
    """

    format: str
    width: int
    height: int
    frames: int | None = None
    duration_us: int | None = None
    grain_us: int | None = None
    loop: int | None = None
    codec: str | None = None
    pixels: str | None = None
    audio: bool = False
    max_bytes: int | None = None


def check(path: str | os.PathLike[str], promise: Promise) -> MediaInfo:
    """Decode all of the file and hold it to ``promise``; answers its facts. Raises EngineFailure, naming the fault."""
    path = Path(path)
    try:
        info = probe(path, _NO_LIMITS, ours=True)
        frames, duration_us = _film(path, info, promise) if info.format in formats.FILMS else _picture(path, info)
    except EngineFailure:
        raise
    except CompressorError as error:
        raise _broken(f"it cannot be read again: {error.message} {error.detail}") from error
    still, spec = info.kind == "image", formats.output(promise.format)
    found: list[tuple[str, object, object]] = [
        ("format", info.format, (still and spec and spec.still) or promise.format),
        ("width", info.width, promise.width),
        ("height", info.height, promise.height),
        ("frames", frames, promise.frames if promise.frames is not None else frames),
        # A picture that stands still is not played.
        ("loop", info.loop, info.loop if promise.loop is None or still else promise.loop),
        ("codec", info.codec, promise.codec or info.codec),
        ("sound", info.has_audio, promise.audio),
    ]
    for name, is_so, should in found:
        if is_so != should:
            raise _broken(f"{name} is {is_so}, not {should}")
    if promise.max_bytes is not None and info.bytes > promise.max_bytes:
        raise _broken(f"it has {info.bytes} bytes, more than {promise.max_bytes}")
    if promise.duration_us is not None and not still:
        grain = promise.grain_us if promise.grain_us is not None else spec.step_us if spec else 0
        if abs(duration_us - promise.duration_us) > grain:
            raise _broken(f"it takes {duration_us} µs, not {promise.duration_us}")
    return info


def _broken(what: str) -> EngineFailure:
    return EngineFailure("The finished file did not pass its check.", detail=what)


def _picture(path: Path, info: MediaInfo) -> tuple[int, int]:
    """(frames, µs on the shown clock) of a picture, every frame of which could be decoded."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        missing = fault(data)
    if missing:
        raise _broken(missing)
    count, end = decode.counted(path, info)
    if count != info.frames:
        raise _broken(f"only {count} of {info.frames} frames can be decoded")
    return count, end


def _film(path: Path, info: MediaInfo, promise: Promise) -> tuple[int, int]:
    """(frames, µs) of a film, every packet of which, sound included, could be decoded without an error."""
    count = 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if not whole_film(data, info.format):
            raise _broken("the film was cut")
    try:
        with door.opened(path, info.format) as container:
            stream = door.film_stream(container)
            if stream is None:
                raise _broken("there is no picture in it")
            stream.codec_context.thread_type = "AUTO"
            stream.codec_context.options = {"err_detect": "crccheck+bitstream+buffer+explode"}
            for frame in container.decode(stream):
                if (frame.width, frame.height) != (stream.codec_context.width, stream.codec_context.height):
                    raise _broken(f"frame {count} has another size")
                if promise.pixels is not None and frame.format.name != promise.pixels:
                    raise _broken(f"pixels are {frame.format.name}, not {promise.pixels}")
                if frame.is_corrupt:
                    raise _broken(f"frame {count} is damaged")
                count += 1
        if info.has_audio:
            heard = sum(len(block) for block in decode.audio(path, info=info))
            if not heard:
                raise _broken("the sound is empty")
    except av.error.FFmpegError as error:
        raise _broken(f"it cannot be decoded: {error!r}") from error
    if count < info.frames:
        raise _broken(f"only {count} of {info.frames} frames can be decoded")
    return count, 1000 * info.shown_ms
