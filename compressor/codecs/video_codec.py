"""What the codecs of films share: sound beside the picture, planes for the encoder, the variant without flicker."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ..goal import Goal, Plan
from ..media import Frame
from . import Codec, Shape
from .audio import bitrate
from .encoder_frames import Planes, planes


@dataclass(frozen=True, slots=True)
class UsualBits:
    """How a lever goes with bits a pixel in clips like others: ``value`` at ``bits``, ``fold`` less for each factor of
    e, within ``least`` and ``most``."""

    bits: float
    value: float
    fold: float
    least: float
    most: float


class VideoCodec(Codec):
    """A codec whose pictures go through FFmpeg's encoders as planes."""

    usual_bits: UsualBits

    def sound(self, goal: Goal, shape: Shape) -> dict[str, Any]:
        """The settings of the sound that goes with the picture; none where there is none."""
        if not shape.has_audio or self.spec.sound is None:
            return {}
        return {"audio_bitrate": bitrate(self.spec.sound, shape.duration_us, goal.max_bytes)}

    def guess(self, shape: Shape, limit: int) -> float:
        """The lever's value at which a clip like others would fill ``limit`` bytes: a start, no more."""
        usual = self.usual_bits
        bits = 8.0 * limit / max(shape.width * shape.height * shape.frame_count, 1)
        value = usual.value - usual.fold * math.log(max(bits, 1e-9) / usual.bits)
        return min(max(value, usual.least), usual.most)

    def variants(self, plan: Plan, goal: Goal) -> list[Plan]:
        """The motion-gated temporal mean takes out GIF noise; it pays where quality is low anyway."""
        if plan.settings.get("denoise"):
            return []
        return [replace(plan, settings=plan.settings | {"denoise": 1.0})]

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Planes:
        return planes(frames, plan, alpha=bool(plan.settings.get("alpha")))
