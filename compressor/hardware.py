"""Finds the video encoders that this machine can open, and chooses one.

Being compiled in is not enough: each encoder is opened and given a few frames, once per process. The operator may
force one by COMPRESSOR_ENCODER=auto|libx264|h264_nvenc|…
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
import threading
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from .errors import BadRequest

VARIABLE = "COMPRESSOR_ENCODER"
_CAPABILITY_VERSION, _CAP_SYS_NICE = 0x20080522, 23  # linux/capability.h
SOFTWARE = {"h264": "libx264", "hevc": "libx265", "av1": "libsvtav1"}
CANDIDATES = {
    "h264": ("h264_nvenc", "h264_qsv", "h264_amf", "h264_videotoolbox"),
    "hevc": ("hevc_nvenc", "hevc_qsv", "hevc_amf", "hevc_videotoolbox"),
    "av1": ("av1_nvenc", "av1_qsv", "av1_amf"),
}
AUTO = "auto"
# What COMPRESSOR_ENCODER may say.
WISHES = (AUTO, *SOFTWARE.values(), *(name for names in CANDIDATES.values() for name in names))
TRIAL_SIDE, TRIAL_FRAMES = 256, 3
# An MP4 of a GIF is short: x264 is as fast as asking the card, and smaller. Cards win on long and large films.
WORTH_PIXELS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Encoder:
    """One encoder that was opened and gave packets on this machine."""

    name: str
    codec: str  # h264, hevc, av1
    hardware: bool


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of opening one encoder here; ``why`` is empty where it opened."""

    name: str
    hardware: bool
    why: str

    @property
    def opened(self) -> bool:
        return not self.why


@dataclass(frozen=True, slots=True)
class Report:
    """``asked`` is the wish (auto or a name), ``used`` what large films are made with, ``trials`` what was tried."""

    asked: str
    used: str
    trials: tuple[Trial, ...]

    def sentence(self) -> str:
        """For the operator: what was asked for, what is used, and why not the others."""
        failed = "; ".join(f"{t.name} does not open: {t.why}" for t in self.trials if not t.opened)
        return f"Encoder: {self.asked} was asked for, {self.used} is used" + (f" ({failed})." if failed else ".")

    def to_json(self) -> dict[str, Any]:
        """For status pages."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Report:
        return cls(value["asked"], value["used"], tuple(Trial(**trial) for trial in value["trials"]))


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
    return not _fault(name)


def report(wish: str | None = None) -> Report:
    """Try the encoder that is asked for, or all of H.264 for "auto", and say what came of each. Raises BadRequest for a
    name that is none."""
    asked = check_wish(wish)
    codec = next((c for c in SOFTWARE if asked == SOFTWARE[c] or asked in CANDIDATES[c]), "h264")
    names = CANDIDATES[codec] if asked == AUTO else (asked,) if asked != SOFTWARE[codec] else ()
    trials = tuple(Trial(n, n in CANDIDATES[codec], _fault(n)) for n in (*names, SOFTWARE[codec]))
    return Report(asked, next(t.name for t in (*trials, trials[-1]) if t.opened or t is trials[-1]), trials)


def check_wish(wish: str | None = None) -> str:
    """``wish``, else COMPRESSOR_ENCODER, else auto. Raises BadRequest when it is none of WISHES."""
    asked = wish or os.environ.get(VARIABLE, "").strip() or AUTO
    if asked not in WISHES and asked not in TRIALS:
        raise BadRequest(
            f"{VARIABLE} names “{asked}”, which is no encoder: one of {', '.join(WISHES)} is.", field="encoder"
        )
    return asked


def give_up_priority() -> None:
    """Take the right to raise priorities (CAP_SYS_NICE), which root has, from the calling thread.

    SVT-AV1 gives the thread that opens it real-time priority 99 where it may. All that this thread starts from then on
    inherits it, and the rest of the machine stands still.
    """
    if sys.platform != "linux":
        return
    libc, header, held = ctypes.CDLL(None), struct.pack("=II", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    if libc.capget(header, held) == 0:
        effective, *others = struct.unpack("=IIIIII", held.raw)
        libc.capset(header, struct.pack("=IIIIII", effective & ~(1 << _CAP_SYS_NICE), *others))


def _fault(name: str) -> str:
    """Why encoder ``name`` cannot be used here; empty where it opened and gave packets for a few frames."""
    import av
    import numpy as np

    give_up_priority()
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
    except av.codec.codec.UnknownCodecError:
        return "this build of FFmpeg does not have it"
    except (av.FFmpegError, ValueError, OSError) as error:
        return f"no device or no driver ({getattr(error, 'strerror', None) or error})"
    return "" if packets else "it gave no packet"


def choose(codec: str = "h264", *, pixels: int = 0, wish: str | None = None) -> str:
    """The encoder's name for a job of ``pixels`` (all frames together).

    ``wish``, else the environment's COMPRESSOR_ENCODER, names one or says auto. A known one that cannot be opened gives
    the software's; raises BadRequest for a name that is none.
    """
    software = SOFTWARE[codec]
    asked = check_wish(wish)
    if asked == AUTO:
        if pixels < WORTH_PIXELS:
            return software
        return next((e.name for e in encoders() if e.codec == codec and e.hardware), software)
    if asked in TRIALS or (asked in CANDIDATES[codec] and works(asked)):
        return asked
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
        between = {} if encoder.startswith("hevc") else {"qp_b": level}  # AMD's HEVC has no B-frames
        return {"rc": "cqp", "qp_i": level, "qp_p": level, "quality": "quality"} | between
    if encoder.endswith("_videotoolbox"):
        # Its quality goes from 1 to 100, in units of FF_QP2LAMBDA, and counts only with this flag. ("q:v" is a word of
        # the ffmpeg program that no encoder knows.)
        return {"flags": "+qscale", "global_quality": str(round(100 - crf * 100 / 51) * 118)}
    return {"crf": f"{crf:.3f}"}
