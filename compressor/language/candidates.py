"""What a typed value may fill: for every kind of token the slots it is licensed for, and the wish each would make.

A slot is a name (``max_bytes``, ``text.start_ms``, ``change.color``); what it makes is a list of keys and values of the
explain object. ``NONE`` is always possible: a figure may be told without asking for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..formats import CODEC_CHOICES
from .context import Context
from .tokens import Token

NONE = "none"
Wishes = Mapping[str, Any]
Make = Callable[[Any, Context], Any]


def _share(value: float) -> float:
    return round(value, 3)


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _positive(value: float, least: float = 0.0) -> float | None:
    return value if value > least else None


# Each slot: the key of the explain object and how the value of the token becomes that key's value. A maker that
# answers None refuses: the slot cannot be filled with this value.
_RATIO_SLOTS: dict[str, tuple[str, Callable[[float], float | None]]] = {
    "max_ratio": ("max_ratio", lambda f: f if 0 < f < 1 else None),
    "max_ratio.off": ("max_ratio", lambda f: 1 - f if 0 < f < 1 else None),
    "max_ratio.inverse": ("max_ratio", lambda f: 1 / f if f > 1 else None),
    "scale": ("scale", lambda f: f),
    "scale.off": ("scale", lambda f: 1 - f if 0 < f < 1 else None),
    "scale.plus": ("scale", lambda f: 1 + f if 0 < f < 3 else None),
    "scale.inverse": ("scale", lambda f: 1 / f if f > 1 else None),
    "speed": ("speed", lambda f: f),
    "speed.plus": ("speed", lambda f: 1 + f if 0 < f <= 3 else None),
    "speed.off": ("speed", lambda f: 1 - f if 0 < f < 1 else None),
    "speed.inverse": ("speed", lambda f: 1 / f if f > 1 else None),
    "pace": ("relative_pace", lambda f: f),
    "pace.plus": ("relative_pace", lambda f: 1 + f if 0 < f <= 3 else None),
    "pace.off": ("relative_pace", lambda f: 1 - f if 0 < f < 1 else None),
    "pace.inverse": ("relative_pace", lambda f: 1 / f if f > 1 else None),
    "volume": ("volume", lambda f: f),
    "volume.off": ("volume", lambda f: 1 - f if 0 < f < 1 else None),
    "volume.plus": ("volume", lambda f: 1 + f if 0 < f <= 3 else None),
    "volume.inverse": ("volume", lambda f: 1 / f if f > 1 else None),
    "music.volume": ("music.volume", lambda f: f if f <= 4 else None),
    "quality": ("quality", lambda f: f * 100 if 0 <= f <= 1 else None),
}

_TIME_SLOTS: dict[str, Callable[[int], dict[str, int]]] = {
    "start_ms": lambda t: {"start_ms": t},
    "end_ms": lambda t: {"end_ms": t},
    "last_ms": lambda t: {"last_ms": t},
    "cut_end": lambda t: {"end_ms": -t},
    "both_ends": lambda t: {"start_ms": t, "end_ms": -t},
    "max_duration_ms": lambda t: {"max_duration_ms": t},
    "length": lambda t: {"length": t},
    "text.start_ms": lambda t: {"text.start_ms": t},
    "text.end_ms": lambda t: {"text.end_ms": t},
    "text.last_ms": lambda t: {"text.last_ms": t},
}

_RATIO_OF: dict[str, Callable[[Any], float]] = {
    "pct": lambda v: v / 100,
    "frac": lambda v: v,
    "mult": lambda v: v,
    "count": lambda v: v,
    "multspeed": lambda v: v,
    "multslow": lambda v: 1 / v if v else 0.0,
    "halve": lambda v: 0.5,
    "halfthesize": lambda v: 0.5,
    "halfthedims": lambda v: 0.5,
    "halfspeed": lambda v: 0.5,
    "doublespeed": lambda v: 2.0,
    "doublesize": lambda v: 2.0,
    "triplespeed": lambda v: 3.0,
    "double": lambda v: 2.0,
    "triple": lambda v: 3.0,
    "quadruple": lambda v: 4.0,
    "twice": lambda v: 2.0,
    "samespeed": lambda v: 1.0,
    "fullvolume": lambda v: 1.0,
}

_NUMBERS = frozenset({"num", "px", "frames", "count", "deg", "pt", "ord", "pres", "fps", "colors", "bits"})

# What may be told to stay as it is, by the concept that names it.
KEPT = {
    "dims": "dimensions", "width": "dimensions", "height": "dimensions", "size": "dimensions", "aspectword": "aspect",
    "fpsword": "fps", "frames": "frames", "frameplural": "frames", "sound": "audio", "music": "audio",
    "longword": "duration", "part": "duration", "trim": "duration", "text": "text", "formatword": "format",
    "colorword": "colors", "hue": "colors", "quality": "quality",
}  # fmt: skip

PLACES: dict[str, dict[str, str]] = {
    "discord": {
        "emoji": "discord-emoji", "emote": "discord-emoji", "sticker": "discord-sticker", "avatar": "discord-avatar",
        "": "discord-attachment",
    },
    "slack": {"": "slack-emoji"},
    "github": {"": "github-attachment"},
    "readme": {"": "github-readme-proxied"},
    "x": {"": "x-gif", "video": "x-video"},
    "xvideo": {"": "x-video"},
    "whatsapp": {"sticker": "whatsapp-sticker", "": "whatsapp-video", "emoji": "whatsapp-sticker"},
    "telegram": {
        "sticker": "telegram-sticker", "emoji": "telegram-emoji", "emote": "telegram-emoji", "": "telegram-sticker",
    },
    "twitch": {"": "twitch-emote-animated"},
    "7tv": {"": "7tv-emote"},
    "bttv": {"": "bttv-emote"},
    "kick": {"": "kick-emote"},
    "youtube": {"emote": "youtube-emote", "emoji": "youtube-emote"},
    "google": {"": "google-display"},
    "email": {"": "email-safe"},
    "instagram": {"": "instagram-reel"},
    "steam": {"": "steam-store"},
    "giphy": {"": "giphy-upload"},
    "shopify": {"": "shopify-media"},
}  # fmt: skip


def presets_of(place: str, uses: list[str]) -> list[str]:
    """The presets that a place may mean, the likeliest first: the one of a use that is named, then its own."""
    names = PLACES.get(place, {"": place})
    found = [names[use] for use in uses if use in names]
    if "" in names:
        found.append(names[""])
    return list(dict.fromkeys(found)) or list(names.values())[:1]


def _place_that_stands(context: Context) -> str:
    """The platform of the preset that stands: "an emoji after all" is one for it."""
    stands = str(context.goal.get("preset") or "")
    return next((place for place, uses in PLACES.items() if stands and stands in uses.values()), "")


def candidates(token: Token, context: Context, uses: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Every slot that ``token`` may fill and what it makes. ``uses``: the uses (emoji, sticker …) that are named."""
    kind, value = token.kind, token.value
    found: list[tuple[str, dict[str, Any]]] = []
    if kind in _RATIO_OF:
        share = _RATIO_OF[kind](value if isinstance(value, int | float) else 0.0)
        for slot, (key, make) in _RATIO_SLOTS.items():
            made = make(share) if share else None
            if made and made > 0:
                found.append((slot, {key: _share(made)}))
        if kind in {"mult", "count", "twice", "double", "triple"} and share and share == int(share):
            found.append(("loop", {"loop": int(share)}))
            if share >= 2:
                found.append(("keep_every", {"keep_every": int(share)}))
    if kind == "bytes":
        found = [(slot, {slot: value}) for slot in ("max_bytes", "less_bytes", "more_bytes")]
    elif kind == "ms":
        found = [(slot, make(value)) for slot, make in _TIME_SLOTS.items()]
    elif kind == "span":
        start, end = value
        found = [
            ("range", {"start_ms": start, "end_ms": end}),
            ("text.range", {"text.start_ms": start, "text.end_ms": end}),
            ("max_duration_ms", {"max_duration_ms": end}),
            ("cut_end", {"end_ms": -end}),
        ]
    elif kind in _NUMBERS and isinstance(value, int | float | str):
        number = float(value) if kind == "pres" else value
        found += _of_number(kind, number, context) if isinstance(number, int | float) else []
    elif kind == "dim":
        w, h = value
        found = [
            ("dims", {"width": w, "height": h}),
            ("short_side", {"short_side": min(w, h)}),
            ("box", {"box": value}),
        ]
    elif kind == "xy":
        found = [("corner", {"corner": value})]
    elif kind == "crop_box":
        found = [("crop", {"crop": dict(value)})]
    elif kind in {"ratio", "aspect"}:
        found = [("aspect", {"aspect": str(value)})]
    elif kind == "color":
        found = [(slot, {slot: value}) for slot in ("text.color", "background")]
    elif kind == "pos":
        found = [("text.position", {"text.position": value}), ("which", {"text.which": value})]
    elif kind in {"format", "video", "still", "togif", "animation"}:
        name = {"video": "mp4", "still": "png", "togif": "gif", "animation": "gif"}.get(kind, value)
        found = [
            ("format", {"codec" if name in CODEC_CHOICES else "format": name})
        ]  # a codec is asked for like a format
    elif kind == "place":
        found = [(f"preset{n or ''}", {"preset": name}) for n, name in enumerate(presets_of(value, uses)[:2])]
        found.append(("preset.none", {"preset": "none"}))
    elif kind == "use" and uses:
        place = _place_that_stands(context)
        if place and value in PLACES.get(place, {}):
            found = [("preset", {"preset": PLACES[place][value]}), ("preset.none", {"preset": "none"})]
    elif kind == "qword":
        name = "lossless" if value == "unharmed" else value
        found = [("quality", {"quality": name})]
    elif kind == "track":
        found = [("music.name", {"music.name": value})]
    elif kind == "keepevery":
        found = [("keep_every", {"keep_every": int(value)})]
    elif kind == "quote":
        found = [
            ("text", {"text.text": value}),
            ("change.text", {"change.text": value}),
            ("which", {"text.which": value}),
            ("remove.text", {"remove.text": value}),
            ("music.name", {"music.name": value}),
        ]
    elif kind == "unit":
        stated = context.goal.get("max_bytes")
        if isinstance(stated, int) and stated >= 1000:
            figure = stated / (10**6 if stated >= 10**6 else 1000)
            found = [("max_bytes", {"max_bytes": round(figure * value)})]
    elif kind == "last" and context.clips > 1 and not token.counted:
        found = [("remove.clip", {"remove.clip": context.clips})]
    elif ((kind == "first" and context.clips != 1) or kind == "once") and not token.counted:
        found = [("remove.clip", {"remove.clip": 1})]
    elif kind == "setting":
        found = [("setting", {value[0]: value[1]})]
    if kind in KEPT:
        found += [("keep", {f"keep.{KEPT[kind]}": True})]
    if kind in {"frames", "frameplural"}:
        found.append(("keep.frames", {"keep.frames": True}))
    return found


def _of_number(kind: str, value: float, context: Context) -> list[tuple[str, dict[str, Any]]]:
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
        now = context.goal.get("width") or (context.last or {}).get("width")
        if kind != "pres" and isinstance(now, int | float):
            add("width.plus", "width", int(now + whole))
            add("width.minus", "width", int(now - whole) if now > whole else None)
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
    if kind in {"num", "pt", "px"} and 4 <= value <= 1000:
        add("text.size", "text.size", number)
    if kind == "num":
        if 0 <= value <= 100:
            add("quality", "quality", number)
            if 0 < value <= 1:
                add("quality.share", "quality", number * 100)
        if 0 <= value <= 3600:
            ms = round(value * 1000)
            for slot, make in _TIME_SLOTS.items():
                found.append((f"s.{slot}", make(ms)))
        if 0 < value <= 16:
            for slot in ("speed", "pace", "scale"):
                add(slot, _RATIO_SLOTS[slot][0], _share(value))
        if 0 < value <= 100:
            add("pct.volume", "volume", _share(value / 100))
            add("pct.music.volume", "music.volume", _share(value / 100))
            add("pct.max_ratio", "max_ratio", _share(value / 100) if value < 100 else None)
            add("pct.scale", "scale", _share(value / 100))
        limit = context.goal.get("max_bytes") or (context.last or {}).get("bytes") or 500_000
        add("max_bytes.like", "max_bytes", round(value * (1_000_000 if limit >= 1_000_000 and value < 1000 else 1000)))
        add("max_bytes.kb", "max_bytes", round(value * 1000))
        add("max_bytes.mb", "max_bytes", round(value * 1_000_000))
    if kind in {"num", "ord"} and whole and 1 <= whole <= 20:
        add("remove.clip", "remove.clip", whole)
        add("which", "text.which", "first" if whole == 1 else None)
    return found
