"""Our own GIF reader and encoder: numpy and numba, no other program.

``read(path)`` gives the blocks, stored and shown frames; ``encode(frames, settings, out)`` writes the smallest GIF for
a λ; ``analyse(frames)`` is the part of the work that all λ share. ``warm()`` compiles everything once.
"""

from __future__ import annotations

from .compile_kernels import warm, warmed
from .encode import Analysis, Settings, Stats, analyse, encode, lossy_palette
from .reader import GifFile, RawFrame, read
from .recode import recoded

__all__ = [
    "Analysis",
    "GifFile",
    "RawFrame",
    "Settings",
    "Stats",
    "analyse",
    "encode",
    "lossy_palette",
    "read",
    "recoded",
    "warm",
    "warmed",
]
