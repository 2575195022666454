"""Goal: what the user asked for. Plan: one setting of an encoder. Attempt: the size and quality that a plan reached."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from . import formats, unsupported
from .errors import BadRequest

FORMATS = formats.NAMES
QUALITY_WORDS = {"low": 55.0, "medium": 70.0, "high": 85.0}  # on the SSIMULACRA2 scale


@dataclass(frozen=True, slots=True)
class Goal:
    """The wish about the file itself; what happens on the timeline is in the draft. None means: not asked.

    ``quality`` is 0-100 on the SSIMULACRA2 scale; ``lossless`` overrides it. A result below
    ``min_quality`` is refused like one that does not fit. ``max_bytes`` and ``max_frames`` are hard ceilings.
    ``max_ratio`` is of the source's bytes, turned into ``max_bytes`` by ``resolve``. Sizes in pixels.
    """

    format: str | None = None
    codec: str | None = None  # of a format that may hold several; None: its usual one
    max_bytes: int | None = None
    max_ratio: float | None = None
    quality: float | None = None
    min_quality: float | None = None
    lossless: bool = False
    keep_quality: bool = False  # "without losing too much quality": the floor is said and answered honestly
    width: int | None = None
    height: int | None = None
    short_side: int | None = None
    scale: float | None = None
    fps: float | None = None
    keep_every: int | None = None
    max_frames: int | None = None
    colors: int | None = None
    palette: bool | None = None  # False: a PNG or APNG stores direct colours, as some places want it
    dither: bool | None = None
    grayscale: bool = False
    loop: int | None = None
    transparent: bool | None = None
    preset: str | None = None
    strip_metadata: bool = True  # our outputs never carry any

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in FORMATS:
            raise BadRequest(f"Unknown format “{self.format}”. Known: {', '.join(FORMATS)}.", field="format")
        if self.codec is not None and self.codec not in formats.CODEC_CHOICES:
            known = ", ".join(formats.CODEC_CHOICES)
            raise BadRequest(f"Unknown codec “{self.codec}”. Known: {known}.", field="codec")
        if not formats.holds(self.format, self.codec):
            row, other = formats.OUTPUTS[str(self.format)], formats.label(formats.holder(str(self.codec)))
            name = formats.CODECS[str(self.codec)]
            raise BadRequest(f"{name} is not made in {row.label} here; {other} may hold it.", field="codec")
        positive: tuple[tuple[str, float | None], ...] = (
            ("max_bytes", self.max_bytes),
            ("max_ratio", self.max_ratio),
            ("width", self.width),
            ("height", self.height),
            ("short_side", self.short_side),
            ("scale", self.scale),
            ("fps", self.fps),
            ("keep_every", self.keep_every),
            ("max_frames", self.max_frames),
        )
        for name, value in positive:
            if value is not None and not value > 0:
                raise BadRequest(f"{name} must be more than zero.", field=name)
        for name, value in (("quality", self.quality), ("min_quality", self.min_quality)):
            if value is not None and not 0 <= value <= 100:
                raise BadRequest(f"{name} must be between 0 and 100.", field=name)
        if self.colors is not None and not 2 <= self.colors <= 256:
            raise BadRequest("colors must be between 2 and 256.", field="colors")

    def to_json(self) -> dict[str, Any]:
        """Only what was asked, in a stable order."""
        blank = Goal()
        return {k: v for k, v in asdict(self).items() if v != getattr(blank, k)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Goal:
        """The inverse of ``to_json``; unknown keys are ignored, wrong values raise BadRequest. An ending may name a
        format."""
        names = {f.name for f in fields(cls)}
        if isinstance(value.get("format"), str):
            value = value | {"format": unsupported.made(value["format"])}
        try:
            return cls(**{k: v for k, v in value.items() if k in names})
        except TypeError as error:
            raise BadRequest("The goal has a value of the wrong type.", detail=str(error)) from error


@dataclass(frozen=True, slots=True)
class Plan:
    """One setting of all levers: made by a pure function, tested without encoding anything.

    ``settings`` are the codec's own levers (``crf``, ``preset``, ``lambda_``, ``colors`` …), flat and JSON-safe.
    """

    format: str
    width: int
    height: int
    fps: float | None  # None: the source's own times
    settings: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Quality:
    """How much a result looks like the composed source, both at the source's size. SSIMULACRA2: 100 is identical.

    ``shimmer`` is the mean change (0-255) of the result where the source does not change. ``samples`` frames were
    compared; ``error`` is the stated standard error of ``mean`` (0 when all frames were). ``scores``: the number of
    each frame that was compared and its own score; not told to anybody outside.
    """

    mean: float
    worst: float
    shimmer: float = 0.0
    samples: int = 0
    error: float = 0.0
    scores: tuple[tuple[int, float], ...] = field(default=(), repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        told = {k: v for k, v in asdict(self).items() if k != "scores"}
        return {k: round(v, 3) if isinstance(v, float) else v for k, v in told.items()}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A plan that was encoded and measured."""

    plan: Plan
    bytes: int
    seconds: float
    quality: Quality | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "plan": self.plan.to_json(),
            "bytes": self.bytes,
            "quality": self.quality.to_json() if self.quality else None,
            "seconds": round(self.seconds, 3),
        }
