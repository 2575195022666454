"""Finds the video encoders that this machine can open, and chooses one.

Being compiled in is not enough: each encoder is opened and given a few frames, once per process. The operator may
force one by COMPRESSOR_ENCODER=auto|libx264|h264_nvenc|…
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .errors import BadRequest

VARIABLE = "COMPRESSOR_ENCODER"
SOFTWARE = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
CANDIDATES = {
    "h264": ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"),
    "hevc": ("hevc_nvenc", "hevc_qsv", "hevc_amf", "hevc_videotoolbox"),
    "av1": ("av1_nvenc", "av1_qsv", "av1_amf"),
}
TRIAL_SIDE, TRIAL_FRAMES = 256, 3
# An MP4 of a GIF is short: x264 is as fast as asking the card, and smaller. Cards win on long and large films.
WORTH_PIXELS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Encoder:
    """One encoder that was opened and gave packets on this machine."""

    name: str
    codec: str  # h264, hevc, av1
    hardware: bool


_found: list[Encoder] | None = None
_lock = threading.Lock()


def encoders() -> list[Encoder]:
    """All encoders that really work here, hardware first; tried once per process."""
    global _found
    with _lock:
        if _found is None:
            _found = [
                Encoder(name, codec, hardware)
                for codec in CANDIDATES
                for hardware, names in ((True, CANDIDATES[codec]), (False, (SOFTWARE[codec],)))
                for name in names
                if works(name)
            ]
        return list(_found)


def works(name: str) -> bool:
    """Whether encoder ``name`` opens and gives at least one packet for a few frames."""
    import av
    import numpy as np

    try:
        context: Any = av.CodecContext.create(name, "w")
        formats = [f.name for f in context.codec.video_formats or []]
        kind = "yuv420p" if "yuv420p" in formats or not formats else "nv12"
        context.width = context.height = TRIAL_SIDE
        context.pix_fmt, context.time_base, context.framerate = kind, Fraction(1, 25), Fraction(25)
        packets = 0
        for i in range(TRIAL_FRAMES):
            grey = np.full((TRIAL_SIDE * 3 // 2, TRIAL_SIDE), 100 + 8 * i, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="yuv420p").reformat(format=kind)
            frame.pts, frame.time_base = i, Fraction(1, 25)
            packets += len(context.encode(frame))
        packets += len(context.encode(None))
    except (av.FFmpegError, ValueError, OSError):  # unknown name, no device, refused settings
        return False
    return packets > 0


def choose(codec: str = "h264", *, pixels: int = 0, wish: str | None = None) -> str:
    """The encoder's name for a job of ``pixels`` (all frames together).

    ``wish``, else the environment's COMPRESSOR_ENCODER, names one or says auto. A name that does not work here is a
    BadRequest only if it is no encoder of this codec; a known one that cannot be opened gives the software's.
    """
    wish = wish or os.environ.get(VARIABLE) or "auto"
    software = SOFTWARE[codec]
    if wish == "auto":
        if pixels < WORTH_PIXELS:
            return software
        return next((e.name for e in encoders() if e.codec == codec and e.hardware), software)
    if wish == software or wish in TRIALS:
        return wish
    known = {name for names in CANDIDATES.values() for name in names} | set(SOFTWARE.values())
    if wish not in known:
        raise BadRequest(f"{VARIABLE} names the unknown encoder “{wish}”.", field="encoder")
    if wish in CANDIDATES[codec] and works(wish):
        return wish
    return software


# Names under which a test may put an encoder that fails: name → the real one and how many frames it takes first.
TRIALS: dict[str, tuple[str, int]] = {}


@lru_cache(maxsize=1)
def wide_vectors() -> bool:
    """Whether this machine's processor has AVX-512."""
    from llvmlite.binding import get_host_cpu_features

    return bool(get_host_cpu_features().get("avx512f"))


def scaled(encoder: str, crf: float) -> dict[str, str]:
    """The lever's value as the options of a hardware encoder.

    The numbers do not mean what x264's mean; the search measures what they come to, so only the direction must agree.
    """
    level = str(round(crf))
    if encoder.endswith("_nvenc"):
        return {"rc": "vbr", "cq": f"{max(1.0, crf):.2f}", "b": "0", "preset": "p6", "spatial-aq": "1"}
    if encoder.endswith("_qsv"):
        return {"global_quality": level, "preset": "slow"}
    if encoder.endswith("_amf"):
        return {"rc": "cqp", "qp_i": level, "qp_p": level, "qp_b": level, "quality": "quality"}
    if encoder.endswith("_videotoolbox"):
        return {"q:v": str(round(100 - crf * 100 / 51))}
    return {"crf": f"{crf:.3f}"}
