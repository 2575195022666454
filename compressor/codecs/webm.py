"""WebM with VP9, transparency included, or AV1 where ``plan.settings["video"]`` says so (``av1`` has no transparency).

The alpha channel is a second VP9 stream beside the first, as browsers expect it. The clock is 1/1000 s, WebM's own.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..goal import Goal, Plan
from ..media import Frame
from . import Codec, Lever, Shape, Tick
from .audio import BITRATES, bitrate
from .encoder_frames import Planes, planes

if TYPE_CHECKING:
    from ..decode import AudioBlock

CLOCK = 1000
ENCODERS = {"vp9": "libvpx-vp9", "av1": "libsvtav1"}
# (pixels in all, libvpx's cpu-used below that). Against 2: 0 gains 0.1 to 2.2 points in twice the time, 1 half of that,
# 4 loses 0.4 to 4.6 in half the time.
SPEEDS = ((1_500_000, 0), (4_000_000, 1), (20_000_000, 2), (60_000_000, 3))
USUAL_BITS = 0.25  # a pixel, at CRF 30


class WebM(Codec):
    """The codec behind ``webm``. See the module."""

    format = "webm"
    codec = "vp9"
    has_alpha = True
    has_audio = True
    has_loop = False
    even_sizes = True

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        total = shape.width * shape.height * shape.frame_count
        settings: dict[str, Any] = {
            "crf": 4 if goal.lossless else 30,
            "video": "vp9",
            "alpha": shape.has_alpha and goal.transparent is not False,
            "speed": next((speed for pixels, speed in SPEEDS if total < pixels), 4),
        }
        if shape.has_audio:
            settings["audio_bitrate"] = bitrate("webm", shape.duration_us, goal.max_bytes)
        return Plan("webm", shape.width, shape.height, goal.fps, settings)

    def lever(self, plan: Plan) -> Lever | None:
        return Lever("crf", finest=2, coarsest=63, start=34, slope=-0.055, step=1.0, whole=True)

    def guess(self, shape: Shape, limit: int) -> float:
        """The CRF at which a clip like others would fill ``limit`` bytes: a start, no more."""
        bits = 8.0 * limit / max(shape.width * shape.height * shape.frame_count, 1)
        return float(round(min(max(30.0 - 14.0 * math.log(max(bits, 1e-9) / USUAL_BITS), 6.0), 60.0)))

    def variant_bytes(self, value: float) -> float:
        return 0.6

    def variants(self, plan: Plan, goal: Goal) -> list[Plan]:
        """The motion-gated temporal mean takes out GIF noise; it pays where quality is low anyway."""
        if plan.settings.get("denoise"):
            return []
        return [replace(plan, settings=plan.settings | {"denoise": 1.0})]

    def quick(self, plan: Plan) -> Plan:
        """The same at the fastest setting that is still of the same kind."""
        return replace(plan, settings=plan.settings | {"speed": 6})

    def quick_share(self, quick: Plan) -> float:
        """Of the bytes of a ``quick`` plan those that the real one has, as a rule."""
        return 0.97

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Planes:
        return planes(frames, plan, alpha=bool(plan.settings.get("alpha")))

    def encode(
        self,
        frames: Iterable[Any],
        plan: Plan,
        out: Path,
        *,
        loop: int | None = None,
        tick: Tick | None = None,
        audio: Iterable[AudioBlock] | None = None,
    ) -> None:
        from .video_file import write

        video = str(plan.settings.get("video", "vp9"))
        alpha = bool(plan.settings.get("alpha")) and video == "vp9"
        write(
            out,
            frames if isinstance(frames, Planes) else planes(frames, plan, alpha=alpha),
            container="webm",
            encoder=ENCODERS[video],
            options=options(plan),
            clock=CLOCK,
            tick=tick,
            audio=audio,
            audio_bitrate=int(plan.settings.get("audio_bitrate", BITRATES["webm"][0])),
            pixel_format="yuva420p" if alpha else "yuv420p",
        )


def options(plan: Plan) -> dict[str, str]:
    """The encoder's options for a plan: a pure function."""
    crf, speed = str(int(plan.settings["crf"])), int(plan.settings.get("speed", 2))
    if plan.settings.get("video") == "av1":
        return {"crf": crf, "preset": str(min(10, 4 + speed)), "svtav1-params": "tune=0:enable-overlays=1"}
    found = {
        "crf": crf,
        "b": "0",
        "deadline": "good",
        "cpu-used": str(speed),
        "row-mt": "1",
        "tile-columns": "1" if (os.cpu_count() or 1) > 1 and plan.width >= 512 else "0",
        "lag-in-frames": "25",
        "auto-alt-ref": "1",
    }
    if plan.settings.get("alpha"):
        found["auto-alt-ref"] = "0"  # the two streams must have the same packets
    return found


CODEC = WebM()
