"""MP4 with AV1: mostly smaller than H.264 at the same look (figures in docs/encoding.md). It plays in browsers, Discord
and new phones, not everywhere.

SVT-AV1 codes it, in 4:2:0 and BT.709 as H.264. The clock is MP4's, in which every GIF delay is exact. Transparency does
not exist here: it is composited on ``plan.settings["matte"]``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..hardware import give_up_priority
from . import Capabilities, CodecSettings, Lever, Shape, UsualBits
from .encoder_frames import Planes
from .h264 import GREY
from .two_pass import Pass
from .video_codec import Track, VideoCodec

# (pixels in all, SVT-AV1's preset below that). On stickers 6 loses 1 to 2 points against 4, 8 loses 3 to 6.
PRESETS = ((4_000_000, 3), (20_000_000, 4), (60_000_000, 6))
SLOWEST_QUICK, QUICK, QUICK_SHARE = 5, 10, 0.85  # preset from which a quicker one pays; that one; its bytes' real part


@dataclass(frozen=True, slots=True)
class AV1Settings(CodecSettings):
    """``crf``: 1 to 70 in quarters; ``preset``: SVT-AV1's, 0 (slow) to 13; ``matte``: RGB under what is transparent."""

    crf: float = 30.0
    preset: int = 4
    matte: tuple[int, int, int] = GREY


class AV1(VideoCodec):
    """The codec behind ``mp4`` with ``codec`` av1. See the module."""

    spec = OUTPUTS["mp4"]
    codec = "av1"
    can = Capabilities(least_side=8)
    usual_bits = UsualBits(0.25, value=35.0, fold=14.0, least=8.0, most=62.0)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        total = shape.width * shape.height * shape.frame_count
        preset = next((preset for pixels, preset in PRESETS if total < pixels), 8)
        settings = AV1Settings(4.0 if goal.lossless else 30.0, preset).to_json() | self.sound(goal, shape)
        return Plan(self.format, shape.width, shape.height, goal.fps, settings)

    def lever(self, plan: Plan) -> Lever | None:
        return Lever("crf", finest=1.0, coarsest=70.0, start=34.0, slope=-0.055, step=0.25)

    def variant_bytes(self, value: float) -> float:
        return 0.7

    def quick(self, plan: Plan) -> Plan | None:
        """A faster preset where that saves something."""
        if AV1Settings.of(plan).preset < SLOWEST_QUICK:
            return None
        return replace(plan, settings=plan.settings | {"preset": QUICK})

    def quick_share(self, quick: Plan) -> float:
        return QUICK_SHARE

    def track(self, plan: Plan, pictures: Planes, which: Pass | None = None) -> Track:
        os.environ.setdefault("SVT_LOG", "1")  # else it writes its settings to standard error
        give_up_priority()
        return Track("libsvtav1", options(plan))


def options(plan: Plan) -> dict[str, str]:
    """The encoder's options for a plan: a pure function. SVT-AV1 knows quarters of a CRF, FFmpeg's own option whole
    ones only."""
    settings = AV1Settings.of(plan)
    crf = round(settings.crf * 4) / 4
    params = f"crf={crf:g}:tune=0:enable-overlays=1:keyint={-1 if plan.fps is None else round(plan.fps * 10)}"
    return {"preset": str(settings.preset), "svtav1-params": params}


CODEC = AV1()
