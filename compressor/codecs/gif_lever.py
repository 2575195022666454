"""Our GIF encoder as a codec of the search: its lever is λ, from nearly lossless to coarse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..media import Frame
from . import Capabilities, Codec, Lever, Shape, Tick, copying
from .one_bit import Dithered

if TYPE_CHECKING:
    from ..decode import AudioBlock
    from .gif import Analysis


SMALL_PICTURE = 20_000  # pixels; a sticker's table of colours is a good part of its bytes
FEW: tuple[dict[str, Any], ...] = ({"colors": 48}, {"colors": 32, "local": True}, {"colors": 16, "local": True})


TABLE_BYTES, FRAME_BYTES = 780, 22
EXACT_BELOW = 0.001  # λ at which the very pixels take hardly more bytes, on noisy sources fewer: the lever ends there


class Analysed:
    """The frames, and what one pass over them told (made when first needed)."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self.frames = frames
        self._analysis: Analysis | None = None

    def __iter__(self) -> Any:
        return iter(self.frames)

    @property
    def analysis(self) -> Analysis:
        from . import gif

        if self._analysis is None:
            self._analysis = gif.analyse(self.frames)
        return self._analysis


class Gif(Codec):
    """The codec behind ``gif``. See the module."""

    spec = OUTPUTS["gif"]
    codec = "gif"
    can = Capabilities(finest_is_exact=True, careful=True)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        settings: dict[str, Any] = {"lambda_": 0.0 if goal.lossless else 0.05}
        if goal.colors is not None:
            settings["colors"] = goal.colors
        if goal.lossless:
            settings["thorough"] = True
        if shape.dithered:
            settings["dithered_alpha"] = True
        return Plan(self.format, shape.width, shape.height, goal.fps, settings)

    def lever(self, plan: Plan) -> Lever | None:
        if plan.settings["lambda_"] == 0:
            return None
        return Lever("lambda_", finest=EXACT_BELOW, coarsest=20.0, start=0.05, slope=-0.62, step=0.02, log=True)

    def fixed_bytes(self, shape: Shape) -> int:
        """What does not shrink with the pictures, about: the table of colours and each frame's blocks."""
        return TABLE_BYTES + FRAME_BYTES * shape.frame_count

    def variants(self, plan: Plan, goal: Goal) -> list[Plan]:
        """Fewer colours pay on flat pictures at low quality, so they are a choice of the search."""
        if goal.colors is not None or plan.settings.get("colors", 256) < 256 or plan.settings["lambda_"] == 0:
            return []
        if plan.width * plan.height > SMALL_PICTURE:
            return [replace(plan, settings=plan.settings | {"colors": 64})]
        return [replace(plan, settings=plan.settings | few) for few in FEW]

    def idle(self, ready: Iterable[Any], plan: Plan, variant: Plan) -> bool:
        """Whether ``variant`` would give the file of ``plan`` again: the clip has no more colours than it allows, or no
        more are taken."""
        from . import gif

        colors = int(variant.settings.get("colors", 256))
        if not isinstance(ready, Analysed) or plan.settings["lambda_"] == 0:
            return False
        if ready.analysis.exact and len(ready.analysis.rgb) < colors:
            return True
        taken = len(gif.lossy_palette(ready.analysis, gif.Settings(lambda_=plan.settings["lambda_"])))
        return not variant.settings.get("local") and taken <= colors

    def cleaned(self, data: bytes) -> bytes | None:
        return copying.gif(data)

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Analysed:
        if isinstance(frames, Analysed):
            return frames
        return Analysed(Dithered(frames) if plan.settings.get("dithered_alpha") else frames)

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
        from . import gif

        ready = self.prepare(frames, plan)
        asked = {k: v for k, v in plan.settings.items() if k in ("lambda_", "colors", "thorough", "local")}
        if "care_frames" in plan.settings:
            asked["care"] = tuple((int(a), int(b), float(k)) for a, b, k in plan.settings["care_frames"])
        if asked["lambda_"] <= EXACT_BELOW and asked.get("colors", 256) == 256 and ready.analysis.most <= 256:
            asked |= {"lambda_": 0.0, "thorough": True}
        settings = gif.Settings(**asked)
        gif.encode(ready.frames, settings, out, loop=0 if loop is None else loop, analysis=ready.analysis, tick=tick)


CODEC = Gif()
