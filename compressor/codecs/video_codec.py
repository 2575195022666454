"""What the codecs of films share: sound beside the picture, planes for the encoder, the variant without flicker."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

from ..goal import Goal, Plan
from ..media import Frame
from . import Codec, Shape
from .audio import bitrate
from .encoder_frames import Planes, planes


class VideoCodec(Codec):
    """A codec whose pictures go through FFmpeg's encoders as planes."""

    carries = ("denoise", "effort")

    def prepared_for(self, plan: Plan) -> Hashable:
        return plan.settings.get("denoise")

    def sound(self, goal: Goal, shape: Shape) -> dict[str, Any]:
        """The settings of the sound that goes with the picture; none where there is none."""
        if not shape.has_audio or self.spec.sound is None:
            return {}
        return {"audio_bitrate": bitrate(self.spec.sound, shape.duration_us, goal.max_bytes)}

    def variants(self, plan: Plan, goal: Goal) -> list[Plan]:
        """The motion-gated temporal mean takes out GIF noise; it pays where quality is low anyway."""
        if plan.settings.get("denoise"):
            return []
        return [replace(plan, settings=plan.settings | {"denoise": 1.0})]

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Planes:
        return planes(frames, plan, alpha=bool(plan.settings.get("alpha")))
