"""The vocabulary of the explain object as types: what may stand in it, whoever wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..formats import CODEC_CHOICES
from ..goal import FORMATS

_POSITIONS = {"top", "bottom", "center", "left", "right", "top-left", "top-right", "bottom-left", "bottom-right"}
WIDER, CLEARER = ("bigger", "smaller"), ("more", "less")
_COLOR = re.compile(r"#[0-9a-f]{6}|[a-z]{3,12}")
Check = Callable[[Any], bool]


def _number(low: float, high: float, whole: bool = False) -> Check:
    def check(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
            return False
        return bool(low <= value <= high)

    return check


def _one_of(*choices: Any) -> Check:
    return lambda value: not isinstance(value, bool) and isinstance(value, str | int) and value in choices


def _true(value: Any) -> bool:
    return value is True


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _color(value: Any) -> bool:
    return isinstance(value, str) and bool(_COLOR.fullmatch(value))


def _parts(value: Any, checks: Mapping[str, Check], needed: set[str]) -> bool:
    return (
        isinstance(value, dict)
        and needed <= set(value)
        and all(key in checks and checks[key](part) for key, part in value.items())
    )


_time = _number(0, 3_600_000, whole=True)
_TEXT: dict[str, Check] = {
    "text": lambda v: isinstance(v, str) and 0 < len(v.strip()) <= 500,
    "position": _one_of(*_POSITIONS),
    "start_ms": _time,
    "end_ms": _time,
    "color": _color,
    "size": _number(1, 1000),
}
_SIDES = ("left", "right", "top", "bottom")
_TEXT |= (_FADES := {"fade_in_ms": _time, "fade_out_ms": _time, "slide": _one_of(*_SIDES)})
_NAMED = lambda v: v == "last" or _number(1, 1000, True)(v) or (isinstance(v, str) and 0 < len(v) <= 200)  # noqa: E731
_until = _number(-3_600_000, 3_600_000, whole=True)  # a negative time counts from the end
_LAYER: dict[str, Check] = _FADES | {
    "file": _NAMED, "position": _one_of(*_POSITIONS), "margin": _number(0, 1000), "width": _number(0.01, 1),
    "opacity": _number(0, 1), "rotate": _number(-360, 360), "shape": _one_of("rectangle", "rounded", "circle"),
    "start_ms": _until, "end_ms": _until, "last_ms": _time, "loop": _flag, "mute": _flag,
}  # fmt: skip
_CHANGED_LAYER: dict[str, Check] = {k: v for k, v in _LAYER.items() if k != "file"} | {
    "which": _NAMED,
    "width": lambda v: v in WIDER or _number(0.01, 1)(v),
    "opacity": lambda v: v in CLEARER or _number(0, 1)(v),
    "to": _one_of("front", "back"),
}
_TRANSITION: dict[str, Check] = {
    "kind": _one_of("crossfade", "fade", "cut"), "color": _color, "duration_ms": _time, "after": _number(1, 1000, True),
}  # fmt: skip
_CHANGE: dict[str, Check] = _TEXT | {
    "which": lambda v: isinstance(v, str) and 0 < len(v.strip()) <= 500,
    "last_ms": _time,
    "size": lambda v: v in ("bigger", "smaller") if isinstance(v, str) else _number(1, 1000)(v),
}
_MUSIC: dict[str, Check] = {"name": lambda v: isinstance(v, str) and 0 < len(v) <= 100, "volume": _number(0, 10)}
_BOX: dict[str, Check] = {k: _number(0, 16384, whole=True) for k in "xy"} | {k: _number(1, 16384, True) for k in "wh"}


def _text(value: Any) -> bool:
    if isinstance(value, list):
        return 0 < len(value) <= 20 and all(_parts(v, _TEXT, {"text"}) for v in value)
    return _parts(value, _TEXT, {"text"})


def _quality(value: Any) -> bool:
    return value in ("low", "medium", "high", "lossless") if isinstance(value, str) else _number(0, 100)(value)


def _preset(value: Any) -> bool:
    from .. import presets

    return isinstance(value, str) and value in presets.names()


KEYS: dict[str, Check] = {
    **dict.fromkeys(("max_bytes", "less_bytes", "more_bytes"), _number(1, 10**12, whole=True)),
    **dict.fromkeys(("width", "height", "short_side"), _number(1, 16384, whole=True)),
    **dict.fromkeys(("grayscale", "reverse", "boomerang", "remove_text", "remove_music"), _true),
    **dict.fromkeys(("transparent", "strip_metadata"), _true),
    **dict.fromkeys(("dither", "mute"), _flag),
    **dict.fromkeys(("start_ms", "last_ms"), _time),
    "format": _one_of(*FORMATS), "codec": _one_of(*CODEC_CHOICES), "max_ratio": lambda v: _number(0, 1)(v) and v > 0,
    "quality": _quality, "relative": _one_of("smaller", "better", "faster", "slower"), "scale": _number(0.01, 8),
    "fps": _number(0.01, 240), "keep_every": _number(2, 1000, whole=True), "colors": _number(2, 256, whole=True),
    "speed": _number(0.05, 100), "end_ms": _until, "max_duration_ms": _number(1, 3_600_000, whole=True),
    "loop": _number(0, 65535, whole=True), "fit": _one_of("crop", "pad", "blur"), "rotate": _one_of(90, 180, 270),
    "aspect": lambda v: isinstance(v, str) and bool(re.fullmatch(r"\d{1,2}(\.\d{1,2})?:\d{1,2}", v)),
    "crop": lambda v: _parts(v, _BOX, {"x", "y", "w", "h"}), "flip": _one_of("horizontal", "vertical"), "text": _text,
    "music": lambda v: _parts(v, _MUSIC, set()), "volume": _number(0, 10), "background": _color, "preset": _preset,
    "max_frames": _number(1, 100_000, whole=True), "relative_pace": _number(0.05, 20),
    "change_text": lambda v: bool(v) and _parts(v, _CHANGE, set()), "layer": lambda v: _parts(v, _LAYER, set()),
    "change_layer": lambda v: bool(v) and _parts(v, _CHANGED_LAYER, set()),
    "transition": lambda v: bool(v) and _parts(v, _TRANSITION, set()),
}  # fmt: skip


def checked(value: Any) -> dict[str, Any]:
    """Only what the vocabulary knows, with values that it allows; anything else is left out."""
    if not isinstance(value, dict):
        return {}
    return {key: part for key, part in value.items() if key in KEYS and KEYS[key](part)}
