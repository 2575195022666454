"""FFmpeg's scaler and colour converter, cached for each thread: set-up costs more than scaling a small picture."""

from __future__ import annotations

import threading
from typing import Any

from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

KEPT = 4  # conversions of different sizes and kinds between which a thread goes to and fro
_mine = threading.local()


def converted(frame: VideoFrame, **how: Any) -> VideoFrame:
    """``frame.reformat(**how)``, which it equals to the bit; the frame itself where nothing is to be done."""
    kept = _mine.__dict__.setdefault("scalers", {})
    key = (frame.width, frame.height, frame.format.name, *sorted((name, str(value)) for name, value in how.items()))
    scaler = kept.pop(key, None) or VideoReformatter()
    kept[key] = scaler  # at the end: used last
    if len(kept) > KEPT:
        del kept[next(iter(kept))]
    made: VideoFrame = scaler.reformat(frame, threads=1, **how)
    return made
