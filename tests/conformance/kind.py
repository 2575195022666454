"""What a kind is, and the pictures and films of which kinds are made."""

from __future__ import annotations

import struct
import subprocess
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import media_made as made

from .judge import Shown

FILMS, PICTURES = ("mp4", "mov", "mkv", "webm", "avi"), ("gif", "apng", "webp", "avif")
EXACT = {"crf": "4", "preset": "veryfast"}
_VPX = {"crf": "8", "b": "0", "deadline": "realtime", "cpu-used": "5"}


@dataclass(frozen=True, slots=True)
class Kind:
    """``name`` of one file of a ``group`` (a row of the table); ``make`` writes it to a path.

    ``still``: one picture. ``cut``: a part of a file. ``fast``: one of the few that the tests look at. ``reference``:
    FFmpeg's filters that show the source as it is meant, where it does not by itself. ``truth``: what the file shows,
    where it is known from its making; then no program is asked. ``refused``: it is not taken, and words say so.
    ``said``: codes of the sentences that a person must be told.
    """

    group: str
    name: str
    make: Callable[[Path], Path]
    still: bool = False
    cut: bool = False
    fast: bool = False
    reference: str = ""
    truth: Callable[[], Shown] | None = None
    refused: bool = False
    said: tuple[str, ...] = ()


def corner(width: int = 96, height: int = 64) -> made.Picture:
    """A ramp with a red and a blue mark at the upper left: no two ways of turning it look the same."""
    picture = made.scene(width, height, 1)[0]
    picture[: height // 4, : width // 4] = (220, 30, 30, 255)
    picture[: height // 4, width // 4 : width // 2] = (30, 40, 220, 255)
    return picture


def clip(count: int = 10, width: int = 96, height: int = 64) -> list[made.Picture]:
    return made.moving(width, height, count)


def glass(width: int = 96, height: int = 64, count: int = 6) -> list[made.Picture]:
    """See-through pictures with a bar of green glass."""
    pictures = made.scene(width, height, count, alpha=True)
    for picture in pictures:
        bar = picture[height // 2 : height // 2 + 20, 8 : width - 8]
        bar[bar[..., 3] == 0] = (20, 160, 90, 128)
    return pictures


def film(path: Path, pictures: list[made.Picture], kind: str = "mp4", **more: Any) -> Path:
    more.setdefault("options", _VPX if kind == "webm" else {} if kind == "avi" else EXACT)
    return made.film(path, pictures, kind=kind, **more)


def picture(path: Path, kind: str, pictures: Any, **more: Any) -> Path:
    written: Path = getattr(made, kind)(path, pictures, **more)
    return written


def coded(path: Path, pictures: Sequence[made.Picture], muxer: str, options: str = "", tone_s: float = 0.0) -> Path:
    """A film by Debian's FFmpeg, ten pictures a second; ``options`` are those of its output."""
    height, width = pictures[0].shape[:2]
    command = f"-v error -y -f rawvideo -pix_fmt rgba -s {width}x{height} -r 10 -i -"
    if tone_s:
        command += f" -f lavfi -i sine=440:duration={tone_s}:sample_rate=48000"
    command += f" {options} -f {muxer}"
    ffmpeg(*command.split(), str(path), pixels=b"".join(p.tobytes() for p in pictures))
    return path


def ffmpeg(*options: str, pixels: bytes = b"") -> None:
    done = subprocess.run(["ffmpeg", *options], input=pixels, capture_output=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace")[-400:])


def shows(
    pictures: Sequence[made.Picture], starts: Sequence[float] = (), seconds: float = 0.0, sound_s: float = 0.0
) -> Callable[[], Shown]:
    """Known pictures: ten a second, or beginning at ``starts`` and lasting ``seconds`` together."""
    at = list(starts) or [number / 10 for number in range(len(pictures))]
    return lambda: Shown(list(pictures), at, seconds or len(pictures) / 10, sound_s)


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
