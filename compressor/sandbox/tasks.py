"""What a child can be asked to do, apart from whole jobs. All of this runs inside the sandbox."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image

from .. import compile_kernels
from ..decode import frames
from ..errors import UnreadableMedia
from ..events import Event, Failed, Finished
from ..input_limits import Limits
from ..media import MediaInfo
from ..probe import probe

Tell = Callable[[Event], None]
# numba looks for a place for compiled code when a module with kernels is loaded, and behind the walls it finds none.
_ENGINE = ("compressor.engine", "compressor.compose", "compressor.search", *compile_kernels.MODULES)
_LOOKED_PIXELS = 50_000_000  # of a still: 24 black frames of the largest size would be 14 s of computing
NEEDS = {"make": _ENGINE, "foresee": _ENGINE, "expected": _ENGINE}


def make(job: dict[str, Any], tell: Tell) -> None:
    """One whole job by the engine. Its last event is Finished, or the error is raised."""
    from .. import engine

    last: list[Event] = []

    def heard(event: Event) -> None:
        last[:] = [event]
        tell(event)

    report = engine.make(engine.Job(**job), heard)
    if not (last and isinstance(last[0], Finished | Failed)):
        tell(engine.finished(report))


def foresee(job: dict[str, Any], ceilings: list[int]) -> list[tuple[int, float]]:
    """What a job would score under each of the ceilings."""
    from .. import engine, forecast

    return forecast.foresee(engine.Job(**job), ceilings)


def expected(job: dict[str, Any]) -> int:
    """The bytes that a job will come to."""
    from .. import engine, forecast

    return forecast.expected(engine.Job(**job))


def look(path: str, limits: dict[str, Any]) -> MediaInfo:
    """Probe."""
    return probe(path, Limits(**limits))


def poster(path: str, out: str, width: int, height: int, limits: dict[str, Any]) -> dict[str, int]:
    """The first frame that shows something, scaled to fit, as WebP or JPEG or PNG by the name of ``out``."""
    info = probe(path, Limits(**limits))
    picture: Image.Image | None = None
    most = min(24, _LOOKED_PIXELS // max(info.width * info.height, 1))
    for number, frame in enumerate(frames(path, info)):
        picture = Image.fromarray(frame.rgba)
        if number + 1 >= most or (frame.rgba[..., 3].any() and frame.rgba[::7, ::7, :3].std() > 2):
            break  # films often begin with black
    if picture is None:
        raise UnreadableMedia("Not one picture of this file can be decoded.")
    picture.thumbnail((width, height), Image.Resampling.LANCZOS)
    kind = {".webp": "WEBP", ".png": "PNG"}.get(Path(out).suffix, "JPEG")
    if kind == "JPEG":
        ground = Image.new("RGBA", picture.size, (255, 255, 255, 255))
        picture = Image.alpha_composite(ground, picture).convert("RGB")
    elif picture.getchannel("A").getextrema()[0] == 255:
        picture = picture.convert("RGB")
    part = f"{out}.part"
    picture.save(part, kind, **({} if kind == "PNG" else {"quality": 80}))
    os.replace(part, out)
    return {"width": picture.width, "height": picture.height}


def encoders() -> dict[str, Any]:
    """Which H.264 encoders open behind the restrictions, where films are made."""
    from .. import hardware

    return hardware.report().to_json()


def nothing() -> None:
    """Only the walls, which every answer reports."""
