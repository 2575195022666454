"""GIF frames as browsers show them, through our own reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..codecs.gif import reader
from ..errors import UnreadableMedia
from ..media import UNHURRIED_US, Frame, MediaInfo


def frames(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """Every frame, with its own delay in ``delay_cs``."""
    file = reader.read(path)
    still = len(file.heads) == 1
    for frame in file.frames():
        if still:
            frame.hold_us = UNHURRIED_US
        yield frame


def counted(path: Path) -> tuple[int, int]:
    """(frames, µs on the shown clock) of a file every frame of which holds all of its pixels; raises UnreadableMedia
    where one does not."""
    file = reader.read(path, max_frame_pixels=1 << 32)
    for number, raw in enumerate(file.raw()):
        if raw.decoded != raw.indices.size:
            raise UnreadableMedia("The file is damaged or not complete.", detail=f"frame {number} is not complete")
    return len(file.heads), 1000 * file.shown_ms
