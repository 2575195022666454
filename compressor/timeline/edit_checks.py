"""How the fields of edits are checked: each name has one meaning, whichever edit it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import BadRequest
from . import read_json, value_checks

FLIPS = ("horizontal", "vertical")


def _fit(value: Any) -> str:
    return value_checks.choice(value, "fit", (*read_json.FITS, "original"))


def _aspect(value: Any) -> str:
    return "original" if value == "original" else value_checks.aspect(value)


def _rotate(value: Any) -> int:
    degrees = value_checks.whole(value, "rotate", -3600, 3600)
    if degrees % 90:
        raise BadRequest("rotate must be 90, 180 or 270.", field="rotate")
    return degrees % 360


CHECKS: dict[str, Callable[[Any], Any]] = {
    "media": value_checks.media_id,
    "name": lambda v: value_checks.line(v, "name"),
    "title": lambda v: value_checks.line(v, "title"),
    "loop_name": lambda v: read_json.loop_name(v),
    "at": lambda v: value_checks.whole(v, "at", 0, 10_000),
    "clip": lambda v: value_checks.whole(v, "clip", 0, 10_000),
    "number": lambda v: value_checks.whole(v, "number", 0, 10_000),
    "d_ms": lambda v: value_checks.span_ms(v, "d_ms", 10),
    "start_ms": lambda v: value_checks.span_ms(v, "start_ms"),
    "end_ms": lambda v: value_checks.span_ms(v, "end_ms", 1),
    "last_ms": lambda v: value_checks.span_ms(v, "last_ms", 1),
    "max_duration_ms": lambda v: value_checks.span_ms(v, "max_duration_ms", 1),
    "fade_in_ms": lambda v: value_checks.span_ms(v, "fade_in_ms"),
    "fade_out_ms": lambda v: value_checks.span_ms(v, "fade_out_ms"),
    "from_ms": lambda v: value_checks.span_ms(v, "from_ms"),
    "to_ms": lambda v: value_checks.span_ms(v, "to_ms", 1),
    "width_share": lambda v: value_checks.number(v, "width_share", 0.005, 2),
    "margin": lambda v: value_checks.number(v, "margin", 0, 0.5),
    "opacity": lambda v: value_checks.number(v, "opacity", 0, 1),
    "angle": lambda v: value_checks.number(v, "angle", -3600, 3600),
    "shape": lambda v: value_checks.choice(v, "shape", read_json.SHAPES),
    "part": read_json.part,
    "transition": lambda v: value_checks.choice(v, "transition", ("cut", *read_json.TRANSITIONS)),
    "slide": lambda v: value_checks.choice(v, "slide", (*read_json.SIDES, "none")),
    "repeat": lambda v: value_checks.flag(v, "repeat"),
    "speed": lambda v: value_checks.number(v, "speed", 0.05, 100),
    "on": lambda v: value_checks.flag(v, "on"),
    "loop": lambda v: value_checks.whole(v, "loop", 0, 65_535),
    "aspect": _aspect,
    "fit": _fit,
    "x": lambda v: value_checks.whole(v, "x", 0, 100_000),
    "y": lambda v: value_checks.whole(v, "y", 0, 100_000),
    "w": lambda v: value_checks.whole(v, "w", 1, 100_000),
    "h": lambda v: value_checks.whole(v, "h", 1, 100_000),
    "x_share": lambda v: value_checks.number(v, "x_share", 0, 1),
    "y_share": lambda v: value_checks.number(v, "y_share", 0, 1),
    "rotate": _rotate,
    "flip": lambda v: value_checks.choice(v, "flip", FLIPS),
    "background": value_checks.background,
    "text": value_checks.shown_text,
    "position": value_checks.position,
    "color": value_checks.colour,
    "outline": read_json.outline,
    "size": lambda v: value_checks.number(v, "size", 1, 5000),
    "volume": lambda v: value_checks.number(v, "volume", 0, 4),
}
