"""GIF frames as browsers show them, through our own reader."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..codecs.gif import reader
from ..media import UNHURRIED_US, Frame, MediaInfo


def frames(path: Path, info: MediaInfo) -> Iterator[Frame]:
    """Every frame, with its own delay in ``delay_cs``."""
    file = reader.read(path)
    still = len(file.heads) == 1
    for frame in file.frames():
        if still:
            frame.hold_us = UNHURRIED_US
        yield frame
