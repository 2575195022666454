"""Animated AVIF encoder: libavif and libaom by Pillow; frame by frame, so memory does not grow with the clip.

Full chroma (4:4:4) is the rule: text and drawings look far better at the same bytes, and photographs lose nothing
(measured; see benchmarks). Lossless means the finest quantiser: AVIF's colour conversion still rounds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import _avif  # Pillow's own door wants all frames at once

from ..errors import EncoderFailure
from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..media import Frame
from ..probe.avif import boxes
from . import CodecSettings, Lever, Shape, UsualBits
from .changed_rectangles import cores, paced
from .picture_codec import PictureCodec

COARSEST = 63


@dataclass(frozen=True, slots=True)
class AvifSettings(CodecSettings):
    """``quantizer``: 0 (finest) to COARSEST; ``speed``: 0 (slow) to 10; ``chroma``: 4:4:4 or 4:2:0."""

    quantizer: int = 25
    speed: int = 6
    chroma: str = "4:4:4"
    alpha: bool = True
    lossless: bool = False
    threads: int | None = None


class Avif(PictureCodec):
    spec = OUTPUTS["avif"]
    codec = "av1"
    most_side = 16_384
    usual_bits = UsualBits(0.08, value=38.0, fold=19.0, least=3.0, most=60.0, whole=True)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        lossless = bool(goal.lossless)
        settings = AvifSettings(0 if lossless else 25, alpha=shape.has_alpha, lossless=lossless)
        return Plan(self.format, shape.width, shape.height, None, settings.to_json())

    def lever(self, plan: Plan) -> Lever | None:
        if AvifSettings.of(plan).lossless:
            return None
        # Of libavif's hundred qualities many are the same: libaom has 64 quantisers, so they are what is turned.
        return Lever("quantizer", finest=0, coarsest=COARSEST, start=25, slope=-0.053, step=1, whole=True)

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """None: half the chroma never pays, not even where there are hardly any bytes (docs/encoding.md)."""
        return []

    def write(self, frames: Iterator[Frame], plan: Plan, out: Path, loop: int) -> int:
        try:
            data, count = self._coded(frames, plan)
        except (OSError, ValueError, RuntimeError) as error:
            raise EncoderFailure("The AVIF encoder failed.", detail=repr(error)) from error
        if count:
            out.write_bytes(_playing(data, loop) if loop else data)
        return count

    def _coded(self, frames: Iterator[Frame], plan: Plan) -> tuple[bytes, int]:
        """The file, and how many pictures are in it; nothing where there is none."""
        settings = AvifSettings.of(plan)
        size = (plan.width, plan.height)
        encoder = _avif.AvifEncoder(
            size,
            settings.chroma,
            round(100 - settings.quantizer * 100 / COARSEST),
            settings.speed,
            settings.threads or cores(),
            "aom",
            "full",
            0,  # tile rows and columns: libavif chooses
            0,
            False,
            True,
            b"",
            b"",
            1,
            b"",
            None,
        )
        pending = None
        count = 0
        mode = "RGBA" if settings.alpha else "RGB"
        for picture, hold in paced(frames):
            if pending is not None:
                encoder.add(*pending, False)
            pixels = picture if mode == "RGBA" else np.ascontiguousarray(picture[..., :3])
            pending = (pixels.tobytes(), hold, size, mode)
            count += 1
        if pending is None:
            return b"", 0
        encoder.add(*pending, count == 1)
        data = encoder.finish()
        if not data:
            raise EncoderFailure("The AVIF encoder failed.", detail="no data")
        return bytes(data), count


CODEC = Avif()


def _playing(data: bytes, plays: int) -> bytes:
    """The same file, playing ``plays`` times: libavif says "for ever", and Pillow has no word for anything else."""
    out = bytearray(data)
    for name, begin, end in boxes(data, 0, len(data)):
        if name == b"moov":
            _set_plays(out, begin, end, plays)
    return bytes(out)


def _set_plays(out: bytearray, begin: int, end: int, plays: int) -> None:
    inner = list(boxes(bytes(out[:end]), begin, end))
    once = _once(out, inner)
    for name, at, to in inner:
        if name == b"trak":
            _set_plays_of_track(out, at, to, plays, once)
        elif name == b"mvhd" and out[at] == 1:
            out[at + 24 : at + 32] = (once * plays).to_bytes(8, "big")


def _once(out: bytearray, inner: list[tuple[bytes, int, int]]) -> int:
    """One play in the movie's units, from the first edit list."""
    for name, at, to in inner:
        if name in (b"trak", b"edts"):
            found = _once(out, list(boxes(bytes(out[:to]), at, to)))
            if found:
                return found
        elif name == b"elst":
            return int.from_bytes(out[at + 8 : at + (16 if out[at] == 1 else 12)], "big")
    return 0


def _set_plays_of_track(out: bytearray, begin: int, end: int, plays: int, once: int) -> None:
    for name, at, to in list(boxes(bytes(out[:end]), begin, end)):
        if name == b"edts":
            _set_plays_of_track(out, at, to, plays, once)
        elif name == b"tkhd" and out[at] == 1:
            out[at + 28 : at + 36] = (once * plays).to_bytes(8, "big")
        elif name == b"elst":
            out[at + 3] = out[at + 3] | 1 if plays > 1 else out[at + 3] & 0xFE
