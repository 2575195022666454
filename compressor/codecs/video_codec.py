"""What the codecs of films share: encoding planes to a file, sound beside the picture, the variant without flicker."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import formats
from ..goal import Goal, Plan
from ..media import Frame
from . import Codec, Shape, Tick
from .audio import bitrate
from .encoder_frames import Planes, planes
from .two_pass import Pass

if TYPE_CHECKING:
    from ..decode import AudioBlock


@dataclass(frozen=True, slots=True)
class Track:
    """How FFmpeg encodes the pictures: the encoder by its name there, its options, what it takes. ``threads`` None: as
    many as there are cores, 8 at most."""

    encoder: str
    options: dict[str, str]
    pixel_format: str = "yuv420p"
    threads: int | None = None


class VideoCodec(Codec):
    """A codec whose pictures go through FFmpeg's encoders as planes."""

    carries = ("denoise", "effort")

    @abstractmethod
    def track(self, plan: Plan, pictures: Planes, which: Pass | None = None) -> Track:
        """How ``pictures`` are encoded under ``plan``; ``which`` of two passes this is, if there are two."""

    def prepared_for(self, plan: Plan) -> Hashable:
        return plan.settings.get("denoise")

    def sound(self, goal: Goal, shape: Shape) -> dict[str, Any]:
        """The settings of the sound that goes with the picture; none where there is none."""
        if not shape.has_audio or self.spec.sound is None:
            return {}
        return {"audio_bitrate": bitrate(self.spec.sound, shape.duration_us, goal.max_bytes)}

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """The motion-gated temporal mean takes out GIF noise, which pays where quality is low anyway. Grain of films is
        foretold wrongly by few of them: 4 and 8 points were lost by it on one, 2 won on another."""
        if plan.settings.get("denoise") or shape.source_format in formats.FILMS:
            return []
        return [replace(plan, settings=plan.settings | {"denoise": 1.0})]

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
        which: Pass | None = None,
    ) -> None:
        from .video_file import write

        pictures = frames if isinstance(frames, Planes) else self.prepare(frames, plan)
        track = self.track(plan, pictures, which)
        write(
            out,
            pictures,
            spec=self.spec,
            encoder=track.encoder,
            options=track.options,
            tick=tick,
            audio=audio,
            audio_bitrate=plan.settings.get("audio_bitrate"),
            pixel_format=track.pixel_format,
            threads=track.threads,
        )
