"""Fills numba's cache: uses every kernel once, at install or first start."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ...media import Frame
from . import lzw, reader
from .encode import Settings, encode


def warm() -> None:
    """Run small clips through every path of the reader and the encoder (seconds the first time, then milliseconds)."""
    for _ in warmed():
        pass


def warmed() -> Iterator[None]:
    """The same, a clip and a setting each time it is asked for the next one."""
    several = (Settings(), Settings(thorough=True), Settings(lambda_=0.1), Settings(lambda_=0.1, colors=16))
    for case, cases in ((_few_colours, several), (_see_through, several), (_many_colours, several[:1])):
        for settings in cases:
            out = io.BytesIO()
            encode(case, settings, out)
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "warm.gif"
                path.write_bytes(out.getvalue())
                for _ in reader.read(path).frames():
                    pass
            mapped = np.frombuffer(out.getvalue(), np.uint8)  # not to be written into: for numba another type
            reader.skip_blocks(mapped, 0)
            reader.skip_zeros(mapped, 0)
            lzw.deblock(mapped, 0, np.empty(mapped.size, np.uint8))
            yield


def _few_colours() -> Iterator[Frame]:
    for k in range(4):
        rgba = np.full((24, 32, 4), 255, np.uint8)
        rgba[..., :3] = (np.arange(32)[None, :, None] // 8) * 60
        rgba[4 + k : 12 + k, 5:20, 0] = 200
        yield Frame(rgba, k * 50_000, 50_000, 5)


def _many_colours() -> Iterator[Frame]:
    noise = np.random.default_rng(1)
    for k in range(2):
        rgba = np.full((80, 80, 4), 255, np.uint8)
        rgba[..., :3] = noise.integers(0, 256, (80, 80, 3))
        yield Frame(rgba, k * 33_333, 33_333)


def _see_through() -> Iterator[Frame]:
    for k in range(4):
        rgba = np.zeros((24, 24, 4), np.uint8)
        rgba[4 + k : 12 + k, 4 : 12 + 2 * k] = (200, 30 * k, 0, 255)
        yield Frame(rgba, k * 100_000, 100_000, 10)
