"""How a value becomes what a slot makes of it; and the slots of numbers whose unit does not settle them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .context import Context


def share_of(value: float) -> float:
    return round(value, 3)


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


# Each slot: the key of the explain object and how the value of the token becomes that key's value. A maker that
# answers None refuses: the slot cannot be filled with this value.
_SHARES: dict[str, Callable[[float], float | None]] = {
    "": lambda f: f, ".off": lambda f: 1 - f if 0 < f < 1 else None, ".plus": lambda f: 1 + f if 0 < f <= 3 else None,
    ".inverse": lambda f: 1 / f if f > 1 else None,
}  # fmt: skip
RATIO_SLOTS: dict[str, tuple[str, Callable[[float], float | None]]] = {
    f"{slot}{way}": (key, make)
    for slot, key in {"scale": "scale", "speed": "speed", "pace": "relative_pace", "volume": "volume"}.items()
    for way, make in _SHARES.items()
} | {
    "max_ratio": ("max_ratio", lambda f: f if 0 < f < 1 else None),
    "max_ratio.off": ("max_ratio", _SHARES[".off"]),
    "max_ratio.inverse": ("max_ratio", _SHARES[".inverse"]),
    "music.volume": ("music.volume", lambda f: f if f <= 4 else None),
    "layer.width": ("layer.width", lambda f: f if f <= 1 else None),
    "layer.margin": ("layer.margin", lambda f: f if f <= 0.5 else None),
    "layer.opacity": ("layer.opacity", lambda f: f if f <= 1 else None),
    "layer.opacity.off": ("layer.opacity", lambda f: 1 - f if f < 1 else None),
    "quality": ("quality", lambda f: f * 100 if 0 <= f <= 1 else None),
}


def _as(name: str) -> Callable[[int], dict[str, int]]:
    return lambda t: {name: t}


TIME_SLOTS: dict[str, Callable[[int], dict[str, int]]] = {
    name: _as(name)
    for name in (
        "start_ms", "end_ms", "last_ms", "max_duration_ms", "length", "text.start_ms", "text.end_ms", "text.last_ms",
        "text.length", "text.fade_in_ms", "text.fade_out_ms", "layer.start_ms", "layer.end_ms", "layer.length",
        "layer.fade_in_ms", "layer.fade_out_ms", "transition.duration_ms",
    )
} | {
    "cut_end": lambda t: {"end_ms": -t},
    "both_ends": lambda t: {"start_ms": t, "end_ms": -t},
    "text.fades": lambda t: {"text.fade_in_ms": t, "text.fade_out_ms": t},
    "layer.fades": lambda t: {"layer.fade_in_ms": t, "layer.fade_out_ms": t},
    "layer.from_end": lambda t: {"layer.start_ms": -t},
    "layer.cut_end": lambda t: {"layer.end_ms": -t},
}  # fmt: skip


def of_number(kind: str, value: float, context: Context) -> list[tuple[str, dict[str, Any]]]:
    """Slots of a number with a unit that does not settle them, or with none."""
    whole = int(value) if value == int(value) else None
    found: list[tuple[str, dict[str, Any]]] = []

    def add(slot: str, key: str, made: Any) -> None:
        if made is not None:
            found.append((slot, {key: made}))

    number = _whole(value)
    if kind in {"num", "px", "pres"} and whole and 8 <= whole <= 16384:
        for side in ("width", "height", "short_side"):
            add(side, side, whole)
            now = context.goal.get(side) or (context.last or {}).get(side)
            if kind != "pres" and isinstance(now, int | float):
                add(f"{side}.plus", side, int(now + whole))
                add(f"{side}.minus", side, int(now - whole) if now > whole else None)
    if kind in {"num", "fps", "frames"} and 0 < value <= 240:
        add("fps", "fps", number)
        now = context.goal.get("fps") or (context.last or {}).get("fps")
        if isinstance(now, int | float):
            add("fps.plus", "fps", _whole(now + value))
            add("fps.minus", "fps", _whole(now - value) if now > value else None)
    if kind in {"num", "frames", "count", "ord", "fps"} and whole:
        if 2 <= whole <= 1000:
            add("keep_every", "keep_every", whole)
        add("max_frames", "max_frames", whole)
    if kind in {"num", "colors"} and whole and 2 <= whole <= 256:
        add("colors", "colors", whole)
    if kind in {"bits", "num"} and whole and 1 <= whole <= 8:
        add("colors.bits", "colors", 2**whole)
    if kind in {"num", "count"} and whole is not None and 0 <= whole <= 65535:
        add("loop", "loop", whole)
        add("loop.more", "loop", whole + 1)
    if kind in {"num", "deg"} and whole is not None and whole % 90 == 0 and whole % 360:
        add("rotate", "rotate", whole % 360)
        add("rotate.left", "rotate", -whole % 360)
    if kind in {"num", "deg"} and whole and 0 < whole < 360:
        add("layer.rotate", "layer.rotate", whole)
        add("layer.rotate.left", "layer.rotate", 360 - whole)
    if kind in {"num", "px"} and whole and whole <= 400:
        add("layer.margin", "layer.margin", whole)
    if kind in {"num", "pt", "px"} and 4 <= value <= 1000:
        add("text.size", "text.size", number)
    if kind == "num":
        if 0 <= value <= 100:
            add("quality", "quality", number)
            if 0 < value <= 1:
                add("quality.share", "quality", number * 100)
        if 0 <= value <= 3600:
            ms = round(value * 1000)
            for slot, make in TIME_SLOTS.items():
                found.append((f"s.{slot}", make(ms)))
        if 0 < value <= 16:
            for slot in ("speed", "pace", "scale"):
                add(slot, RATIO_SLOTS[slot][0], share_of(value))
        if 0 < value <= 100:
            add("pct.volume", "volume", share_of(value / 100))
            add("pct.music.volume", "music.volume", share_of(value / 100))
            add("pct.max_ratio", "max_ratio", share_of(value / 100) if value < 100 else None)
            add("pct.scale", "scale", share_of(value / 100))
            if value > 1:
                add("pct.layer.width", "layer.width", share_of(value / 100))
                add("pct.layer.opacity", "layer.opacity", share_of(value / 100))
        if 0 < value <= 1:
            for slot in ("layer.width", "layer.opacity"):
                add(slot, slot, share_of(value))
        limit = context.goal.get("max_bytes") or (context.last or {}).get("bytes") or 500_000
        add("max_bytes.like", "max_bytes", round(value * (1_000_000 if limit >= 1_000_000 and value < 1000 else 1000)))
        add("max_bytes.kb", "max_bytes", round(value * 1000))
        add("max_bytes.mb", "max_bytes", round(value * 1_000_000))
    if kind in {"num", "ord"} and whole and 1 <= whole <= 20:
        add("remove.clip", "remove.clip", whole)
        add("which", "text.which", "first" if whole == 1 else None)
        add("layer.file", "layer.file", whole if whole <= max(len(context.files), 4) else None)
        add("layer.which", "layer.which", whole if whole <= len(context.layers) else None)
        add("remove.layer", "remove.layer", whole if whole <= len(context.layers) else None)
        add("transition.after", "transition.after", whole if whole <= max(context.clips, 3) else None)
    return found
