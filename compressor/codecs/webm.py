"""WebM with VP9, transparency included.

The alpha channel is a second VP9 stream beside the first, as browsers expect it. The clock is 1/1000 s, WebM's own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from . import CodecSettings, Lever, Shape, UsualBits
from .encoder_frames import Planes
from .two_pass import Pass
from .video_codec import Track, VideoCodec

# (pixels in all, libvpx's cpu-used below that). Against 2: 0 gains 0.1 to 2.2 points in twice the time, 1 half of that,
# 4 loses 0.4 to 4.6 in half the time.
SPEEDS = ((1_500_000, 0), (4_000_000, 1), (20_000_000, 2), (60_000_000, 3))


@dataclass(frozen=True, slots=True)
class Vp9Settings(CodecSettings):
    """``speed``: libvpx's cpu-used; ``alpha``: a second stream holds the transparency."""

    crf: int = 30
    speed: int = 2
    alpha: bool = False


class WebM(VideoCodec):
    """The codec behind ``webm``. See the module."""

    spec = OUTPUTS["webm"]
    codec = "vp9"
    usual_bits = UsualBits(0.25, value=30.0, fold=14.0, least=6.0, most=60.0, whole=True)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        total = shape.width * shape.height * shape.frame_count
        speed = next((speed for pixels, speed in SPEEDS if total < pixels), 4)
        alpha = shape.has_alpha and goal.transparent is not False
        settings = Vp9Settings(4 if goal.lossless else 30, speed, alpha).to_json() | self.sound(goal, shape)
        return Plan(self.format, shape.width, shape.height, goal.fps, settings)

    def lever(self, plan: Plan) -> Lever | None:
        return Lever("crf", finest=2, coarsest=63, start=34, slope=-0.055, step=1.0, whole=True)

    def variant_bytes(self, value: float) -> float:
        return 0.6

    def quick(self, plan: Plan) -> Plan:
        """The same at the fastest setting that is still of the same kind."""
        return replace(plan, settings=plan.settings | {"speed": 6})

    def quick_share(self, quick: Plan) -> float:
        """Of the bytes of a ``quick`` plan those that the real one has, as a rule."""
        return 0.97

    def track(self, plan: Plan, pictures: Planes, which: Pass | None = None) -> Track:
        return Track("libvpx-vp9", options(plan), "yuva420p" if Vp9Settings.of(plan).alpha else "yuv420p")


def options(plan: Plan) -> dict[str, str]:
    """The encoder's options for a plan: a pure function."""
    settings = Vp9Settings.of(plan)
    found = {
        "crf": str(int(settings.crf)),
        "b": "0",
        "deadline": "good",
        "cpu-used": str(settings.speed),
        "row-mt": "1",
        "tile-columns": "1" if (os.cpu_count() or 1) > 1 and plan.width >= 512 else "0",
        "lag-in-frames": "25",
        "auto-alt-ref": "1",
    }
    if settings.alpha:
        found["auto-alt-ref"] = "0"  # the two streams must have the same packets
    return found


CODEC = WebM()
