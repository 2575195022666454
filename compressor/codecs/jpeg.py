"""JPEG encoder: libjpeg-turbo by Pillow, progressive, one picture."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from ..errors import EncoderFailure
from ..formats import OUTPUTS
from ..goal import Goal, Plan
from ..media import Frame
from . import CodecSettings, Lever, Shape, UsualBits, copying
from .picture_codec import PictureCodec


@dataclass(frozen=True, slots=True)
class JpegSettings(CodecSettings):
    """``quality``: libjpeg's, 1 to 100; ``chroma``: 4:2:0 or 4:4:4."""

    quality: int = 75
    chroma: str = "4:2:0"
    lossless: bool = False  # as near as it gets


class Jpeg(PictureCodec):
    spec = OUTPUTS["jpeg"]
    codec = "jpeg"
    most_side = 65_500
    usual_bits = UsualBits(1.1, value=75.0, fold=-40.0, least=5.0, most=96.0, whole=True)

    def plan(self, goal: Goal, shape: Shape) -> Plan:
        settings = JpegSettings(100, "4:4:4", lossless=True) if goal.lossless else JpegSettings()
        return Plan(self.format, shape.width, shape.height, None, settings.to_json())

    def lever(self, plan: Plan) -> Lever | None:
        if JpegSettings.of(plan).lossless:
            return None
        return Lever("quality", finest=100, coarsest=1, start=75, slope=0.03, step=1, whole=True)

    def variants(self, plan: Plan, goal: Goal, shape: Shape) -> list[Plan]:
        """All of the chroma: at the bytes of quality 75 from 2 points less to 12 more, by what the picture shows."""
        if JpegSettings.of(plan).chroma == "4:4:4":
            return []
        return [replace(plan, settings=plan.settings | {"chroma": "4:4:4"})]

    def cleaned(self, data: bytes) -> bytes | None:
        return copying.jpeg(data)

    def write(self, frames: Iterator[Frame], plan: Plan, out: Path, loop: int) -> int:
        first = next(frames, None)
        if first is None:
            return 0
        settings = JpegSettings.of(plan)
        written = io.BytesIO()
        try:
            Image.fromarray(first.rgba[..., :3]).save(
                written, "JPEG", quality=settings.quality, subsampling=settings.chroma, optimize=True, progressive=True
            )
        except (OSError, ValueError) as error:
            raise EncoderFailure("The JPEG encoder failed.", detail=repr(error)) from error
        out.write_bytes(written.getvalue())
        return 1


CODEC = Jpeg()
