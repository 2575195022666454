"""Interleaves planes of red, green and blue into RGBA: faster than FFmpeg's own conversion, which is scalar."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.video.frame import VideoFrame

from .jit import njit
from .media import RGBA


def woven(frame: VideoFrame) -> RGBA:
    """A frame of the format gbrp as opaque RGBA (height, width, 4) of its own."""
    green, blue, red = (np.asarray(memoryview(plane)).reshape(-1, plane.line_size) for plane in frame.planes)
    out = np.empty((frame.height, frame.width, 4), np.uint8)
    _weave(red, green, blue, out.view("<u4")[..., 0])
    return out


@njit(nogil=True, cache=True)
def _weave(red: Any, green: Any, blue: Any, words: Any) -> None:
    """``words`` (height, width): a pixel each. The planes' rows may be longer and more."""
    height, width = words.shape
    for y in range(height):
        r, g, b, out = red[y], green[y], blue[y], words[y]
        for x in range(width):
            out[x] = (
                np.uint32(r[x])
                | np.uint32(g[x]) << np.uint32(8)
                | np.uint32(b[x]) << np.uint32(16)
                | np.uint32(0xFF000000)
            )


def warm() -> None:
    """Compile the kernel, or read it from numba's cache."""
    woven(VideoFrame(16, 16, "gbrp"))
