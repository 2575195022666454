"""Our GIF encoder as a codec of the search: its lever is λ, from nearly lossless to coarse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..media import Frame
from . import Capabilities, Codec, CodecSettings, Lever, Shape, Tick, copying
from .one_bit_alpha import Dithered

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


@dataclass(frozen=True, slots=True)
class GifSettings(CodecSettings):
    """As ``gif.Settings`` has them. ``care_frames``: [first frame, last frame, times λ] of those that get less of it;
    ``dithered_alpha``: half-transparent areas are dithered first."""

    lambda_: float = 0.05
    colors: int | None = None
    local: bool | None = None
    thorough: bool | None = None
    dithered_alpha: bool | None = None
    care_frames: Sequence[Sequence[float]] | None = None
    max_frames: int | None = None


class Gif(Codec):
    """The codec behind ``gif``. See the module."""

    spec = OUTPUTS["gif"]
    codec = "gif"
    can = Capabilities(finest_is_exact=True, careful=True)
    carries = ("colors", "local")

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        settings = GifSettings(
            0.0 if goal.lossless else 0.05,
            goal.colors,
            thorough=goal.lossless or None,
            dithered_alpha=shape.dithered or None,
            max_frames=goal.max_frames,
        )
        return Plan(self.format, shape.width, shape.height, goal.fps, settings.to_json())

    def lever(self, plan: Plan) -> Lever | None:
        if GifSettings.of(plan).lambda_ == 0:
            return None
        return Lever(
            "lambda_", finest=EXACT_BELOW, coarsest=20.0, start=0.05, slope=-0.62, step=0.02, log=True, unsure=True
        )

    def fixed_bytes(self, shape: Shape) -> int:
        """What does not shrink with the pictures, about: the table of colours and each frame's blocks."""
        return TABLE_BYTES + FRAME_BYTES * shape.frame_count

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """Fewer colours pay on flat pictures at low quality, so they are a choice of the search."""
        settings = GifSettings.of(plan)
        if goal.colors is not None or (settings.colors or 256) < 256 or settings.lambda_ == 0:
            return []
        if plan.width * plan.height > SMALL_PICTURE:
            return [replace(plan, settings=plan.settings | {"colors": 64})]
        return [replace(plan, settings=plan.settings | few) for few in FEW]

    def idle(self, ready: Iterable[Any], plan: Plan, variant: Plan) -> bool:
        """The clip has no more colours than ``variant`` allows, or no more are taken."""
        from . import gif

        settings, other = GifSettings.of(plan), GifSettings.of(variant)
        colors = other.colors or 256
        if not isinstance(ready, Analysed) or settings.lambda_ == 0:
            return False
        if ready.analysis.exact and len(ready.analysis.rgb) < colors:
            return True
        taken = len(gif.lossy_palette(ready.analysis, gif.Settings(lambda_=settings.lambda_)))
        return not other.local and taken <= colors

    def fillers(self, ready: Iterable[Any], plan: Plan) -> list[Plan]:
        """No more colours than ``plan`` takes, at a finer λ: where twice as many are taken bytes leap by a tenth."""
        from . import gif

        settings = GifSettings.of(plan)
        if not isinstance(ready, Analysed) or settings.lambda_ == 0 or settings.local:
            return []
        taken = len(gif.lossy_palette(ready.analysis, gif.Settings(lambda_=settings.lambda_)))
        return [replace(plan, settings=plan.settings | {"colors": taken})] if taken < (settings.colors or 256) else []

    def cleaned(self, data: bytes) -> bytes | None:
        return copying.gif(data)

    def recoded(self, data: bytes) -> bytes:
        from . import gif

        return gif.recoded(data)

    def prepare(self, frames: Iterable[Frame], plan: Plan) -> Analysed:
        if isinstance(frames, Analysed):
            return frames
        return Analysed(Dithered(frames) if GifSettings.of(plan).dithered_alpha else frames)

    def sampled(self, plan: Plan) -> Plan:
        return replace(plan, settings=plan.settings | {"thorough": False})

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
        typed = GifSettings.of(plan)
        asked = {
            k: v for k, v in typed.to_json().items() if k in ("lambda_", "colors", "thorough", "local", "max_frames")
        }
        if typed.care_frames:
            asked["care"] = tuple((int(a), int(b), float(k)) for a, b, k in typed.care_frames)
        if asked["lambda_"] <= EXACT_BELOW and asked.get("colors", 256) == 256 and ready.analysis.most <= 256:
            asked |= {"lambda_": 0.0, "thorough": typed.thorough is not False}
        settings = gif.Settings(**asked)
        gif.encode(ready.frames, settings, out, loop=0 if loop is None else loop, analysis=ready.analysis, tick=tick)


CODEC = Gif()
