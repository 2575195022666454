"""What a typed value may fill: for every kind of token the slots it is licensed for, and the wish each would make.

A slot is a name (``max_bytes``, ``text.start_ms``, ``change.color``); what it makes is a list of keys and values of the
explain object. ``NONE`` is always possible: a figure may be told without asking for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..formats import CODEC_CHOICES, OTHERS
from .context import Context
from .doubts import OF_TEXT
from .preset_names import PLACES, place_that_stands, presets_of
from .slots import RATIO_SLOTS, TIME_SLOTS, of_number, share_of
from .tokens import Row, Token

NONE = "none"
_CODECS = {*CODEC_CHOICES, *(row.name for row in OTHERS.values() if row.codec)}
Wishes = Mapping[str, Any]
Make = Callable[[Any, Context], Any]


_FIXED = {
    "halve": 0.5, "halfthesize": 0.5, "halfthedims": 0.5, "halfspeed": 0.5, "doublespeed": 2.0, "doublesize": 2.0,
    "triplespeed": 3.0, "double": 2.0, "triple": 3.0, "quadruple": 4.0, "twice": 2.0, "samespeed": 1.0,
    "fullvolume": 1.0,
}  # fmt: skip
_COUNTED = frozenset({"pct", "frac", "mult", "count", "multspeed", "multslow"})


def _ratio(kind: str, value: Any) -> float:
    """The factor that a token says; 0 where it says none."""
    if kind in _FIXED or kind not in _COUNTED or not isinstance(value, int | float):
        return _FIXED.get(kind, 0.0)
    return value / 100 if kind == "pct" else (1 / value if value else 0.0) if kind == "multslow" else float(value)


# Kinds whose value is what the slot's key becomes: kind → slots and their keys.
_KEYS = {kind: [(slot, key or slot) for slot, _, key in (s.partition("=") for s in slots.split())] for kind, slots in {
    "bytes": "max_bytes less_bytes more_bytes", "aspect": "aspect", "ratio": "aspect", "clear": "layer.opacity",
    "color": "text.color background transition.color", "wide": "layer.width", "shape": "layer.shape",
    "qword": "quality", "track": "music.name", "keepevery": "keep_every", "hardcut": "transition.cut=transition.kind",
    "flush": "layer.margin", "halfturn": "layer.rotate", "rightway": "layer.rotate",
    "quarterturn": "layer.rotate",
    "quote": "text=text.text change.text which=text.which remove.text music.name",
}.items()}  # fmt: skip
_AS: dict[str, Callable[[Any], Any]] = {
    "clear": float, "wide": float, "keepevery": int, "ratio": str, "hardcut": lambda _: "cut", "flush": int,
    "halfturn": lambda _: 180, "rightway": lambda _: 0, "quarterturn": lambda _: 90,
    "qword": lambda word: "lossless" if word == "unharmed" else word,
}  # fmt: skip
_NUMBERS = frozenset({"num", "px", "frames", "count", "deg", "pt", "ord", "pres", "fps", "colors", "bits"})

# What may be told to stay as it is, by the concept that names it.
KEPT = {
    "dims": "dimensions", "width": "dimensions", "height": "dimensions", "size": "dimensions", "aspectword": "aspect",
    "fpsword": "fps", "frames": "frames", "frameplural": "frames", "sound": "audio", "music": "audio",
    "longword": "duration", "part": "duration", "trim": "duration", "text": "text", "formatword": "format",
    "colorword": "colors", "hue": "colors", "quality": "quality",
}  # fmt: skip


def text_at(position: str, context: Context) -> str:
    """The words of the one text that stands there ("the lower one"); the position, where it cannot be told."""
    rows = [p.partition("-")[0] for p in context.places]
    if len(context.places) == len(context.texts):
        exact = [n for n, p in enumerate(context.places) if p == position]
        exact = exact or [n for n, row in enumerate(rows) if row == position]
        return context.texts[exact[0]] if len(exact) == 1 else position
    order = {"top": 0, "bottom": -1, "center": 1 if len(context.texts) == 3 else None}.get(position)
    return context.texts[order] if order is not None and len(context.texts) in {2, 3} else position


def _text_named(token: Token, context: Context) -> str:
    """The text of several that a place in their order names, where it stands, or that was not spoken of."""
    if token.kind == "pos":
        return text_at(str(token.value), context)
    if token.kind == "other" and len(context.texts) == 2:
        said = context.said.casefold()
        spoken = [t for t in context.texts if t.casefold() in said]
        return next(t for t in context.texts if t not in spoken) if len(spoken) == 1 else ""
    if token.kind == "ord" and 1 <= token.value <= len(context.texts):
        return context.texts[int(token.value) - 1]
    return {"first": context.texts[0], "last": context.texts[-1]}.get(token.kind, "")


# What compares a side with the one that stands, and the slots of figures beside it.
SIDE_STEPS = frozenset({"wider", "narrower", "taller", "flatter"})
_SIDES_THEMSELVES = frozenset({"width", "height", "short_side"})
STEP_SLOTS = frozenset(f"{side}.{way}" for side in _SIDES_THEMSELVES for way in ("plus", "minus"))

# What speaks of layers and of transitions: without one of these, and where none stands, nothing is said of them.
OVERLAID = {
    "layer": frozenset("layer watermark file opacity clear slide tofront toback shape name wide flush".split()),  # noqa: SIM905
    "transition": frozenset({"transition", "through", "hardcut"}),
}


def uses_of(row: Row) -> list[str]:
    """The uses (emoji, sticker …) that are named anywhere in the message; a denied one begins with "!", a place with
    "@". ``layer``, ``transition`` and ``text`` where a word speaks of them, ``over`` where a place may."""
    found = [f"@{t.value}" for t in row.tokens if t.kind == "place"]
    spoken = [t for t in row.tokens if t.kind == "use" or not t.filler]
    for at, token in enumerate(spoken):
        if token.kind == "use":
            denied = any(t.kind in {"not", "besides"} for t in spoken[max(at - 2, 0) : at])
            found.append(f"!{token.value}" if denied else str(token.value))
    kinds = {t.kind for t in row.tokens}
    found += [head for head, needed in OVERLAID.items() if kinds & needed]
    if kinds & {"crossfade", "fade"} and "layer" not in found:
        found.append("transition")
    if kinds & OF_TEXT or (not row.words.isupper() and any(_capital(row, t) for t in row.tokens)):
        found.append("text")
    placed = "pos" in kinds and not kinds & (OF_TEXT - {"write"} | _TURNED)  # "the map appears top left"
    if (placed or kinds & {"use", "thing"}) and not kinds & {"crop", "trim", "place"}:
        found.append("over")  # what stands at a place and is no text
    return [*found, "video"] if any(t.kind == "video" for t in row.tokens) else found


_TURNED = {"flip", "mirror", "rightway", "halfturn", "aspect", "music"}  # what a film may be, and a place in it tells


def _capital(row: Row, token: Token) -> bool:
    return token.concept == "w" and len(token.text) > 2 and row.words[token.start : token.end].isupper()


def allowed(head: str, uses: list[str], context: Context) -> bool:
    """Whether something may be said of layers ("layer") or of what lies between clips ("transition")."""
    head = head.removeprefix("change_")
    return head in uses or (bool(context.layers) or "over" in uses if head == "layer" else context.clips > 1)


def candidates(token: Token, context: Context, uses: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Every slot that ``token`` may fill and what it makes. ``uses``: what the message is about, by
    ``uses_of``."""
    found = _all(token, context, uses)
    if token.beside in {"gap", "opacity"} and allowed("layer", uses, context):
        part = "layer.margin" if token.beside == "gap" else "layer.opacity"
        found = [one for one in found if part in one[0]] or found
    if token.kind == "px" and token.beside in SIDE_STEPS:
        found = [one for one in found if one[0] not in _SIDES_THEMSELVES]  # "50 px wider": no width of 50
    barred = tuple(f"{head}." for head in OVERLAID if not allowed(head, uses, context))
    if not context.texts and "text" not in uses and (context.layers or "layer" in uses):
        barred += ("text.",)  # what is said of a layer is said of no text
    return [(slot, made) for slot, made in found if not slot.removeprefix("s.").startswith(barred)] if barred else found


def _all(token: Token, context: Context, uses: list[str]) -> list[tuple[str, dict[str, Any]]]:
    kind, value = token.kind, token.value
    found: list[tuple[str, dict[str, Any]]] = []
    if token.like and kind == "num":
        found.append(("max_bytes.as", {"max_bytes": round(value * token.like)}))
    if share := _ratio(kind, value):
        for slot, (key, make) in RATIO_SLOTS.items():
            made = make(share)
            if made and made > 0:
                found.append((slot, {key: share_of(made)}))
        if kind in {"mult", "count", "twice", "double", "triple"} and share == int(share):
            found.append(("loop", {"loop": int(share)}))
            if share >= 2:
                found.append(("keep_every", {"keep_every": int(share)}))
    if kind in _KEYS:
        made = _AS[kind](value) if kind in _AS else value
        found = [(slot, {key: made}) for slot, key in _KEYS[kind]]
    elif kind == "ms":
        found = [(slot, make(value)) for slot, make in TIME_SLOTS.items()]
        for key in ("start_ms", "end_ms", "last_ms", "max_duration_ms"):  # "end it a second earlier", "1 s longer"
            now = context.goal.get(key)
            if isinstance(now, int) and now > 0:
                found += [
                    (f"{key}.{way}", {key: t}) for way, t in (("later", now + value), ("earlier", now - value)) if t > 0
                ]
    elif kind == "span":
        start, end = value
        found = [
            ("range", {"start_ms": start, "end_ms": end}),
            ("text.range", {"text.start_ms": start, "text.end_ms": end}),
            ("layer.range", {"layer.start_ms": start, "layer.end_ms": end}),
            ("max_duration_ms", {"max_duration_ms": end}),
            ("cut_end", {"end_ms": -end}),
        ]
    elif kind in _NUMBERS and isinstance(value, int | float | str):
        number = float(value) if kind == "pres" else value
        found += of_number(kind, number, context) if isinstance(number, int | float) else []
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
    elif kind in {"width", "height"}:
        other = context.goal.get("height" if kind == "width" else "width")
        found = [(f"{kind}.as", {kind: other})] if isinstance(other, int) else []  # "width, I meant, not height"
    elif kind == "pos":
        found = [*_over(value), ("which", {"text.which": text_at(value, context)})]
    elif kind in _SIDES or token.text in _SIDES:
        found = _over(_SIDES.get(kind) or _SIDES[token.text])
    elif kind == "through":
        found = [("transition.through", {"transition.kind": "fade", "transition.color": value})]
    elif kind in {"format", "video", "still", "togif", "animation"}:
        name = {"video": "mp4", "still": "png", "togif": "gif", "animation": "gif"}.get(kind, value)
        found = [("format", {"codec" if name in _CODECS else "format": name})]  # a codec is asked for like one
    elif kind == "place":
        found = [(f"preset{n or ''}", {"preset": name}) for n, name in enumerate(presets_of(value, uses)[:2])]
        if context.goal.get("preset"):
            found.append(("preset.none", {"preset": "none"}))
    elif kind == "use" and uses:
        place = "" if any(use.startswith("@") for use in uses) else place_that_stands(context)
        if place and value in PLACES.get(place, {}):
            found = [("preset", {"preset": PLACES[place][value]}), ("preset.none", {"preset": "none"})]
    elif kind == "unit":
        stated = context.goal.get("max_bytes")
        if isinstance(stated, int) and stated >= 1000:
            figure = stated / (10**6 if stated >= 10**6 else 1000)
            found = [("max_bytes", {"max_bytes": round(figure * value)})]
    elif kind == "last" and context.clips > 1 and not token.counted:
        seam = context.clips - 1
        found = [("remove.clip", {"remove.clip": context.clips}), ("transition.after", {"transition.after": seam})]
    elif ((kind == "first" and context.clips != 1) or kind == "once") and not token.counted:
        found = [("remove.clip", {"remove.clip": 1})]
        found += [("transition.after", {"transition.after": 1})] if kind == "first" else []
    elif kind == "setting":
        found = [("setting", {value[0]: value[1]})]
    if kind == "pos" and value == "center" and context.clips == 3:
        found.append(("remove.clip", {"remove.clip": 2}))
    if len(context.texts) > 1 and not token.counted and (named := _text_named(token, context)):
        found.append(("remove.text", {"remove.text": named}))
        if kind != "pos":
            found.append(("which", {"text.which": named}))
    if (
        context.layers
        and not token.counted
        and (kind == "last" or (kind in {"first", "other"} and len(context.layers) > 1))
    ):
        which = {"last": "last", "first": 1}.get(kind, 2)
        found += [("layer.which", {"layer.which": which}), ("remove.layer", {"remove.layer": which})]
    asked = _ASKING.get(token.concept if kind == "fade" else kind, "").split()
    found += [(f"layer.{a}", _ASKED[a]) for a in asked if context.layers or a not in _COMPARED]
    if kind in KEPT:
        found += [("keep", {f"keep.{KEPT[kind]}": True})]
    return found


# What a word may ask of a layer, by its kind; a fade without a time takes half a second.
_ASKED: dict[str, dict[str, Any]] = {
    "in": {"layer.fade_in_ms": 500}, "out": {"layer.fade_out_ms": 500}, "mute": {"layer.mute": True},
    "both": {"layer.fade_in_ms": 500, "layer.fade_out_ms": 500}, "sound": {"layer.mute": False},
    "loop": {"layer.loop": True}, "once": {"layer.loop": False}, "front": {"layer.to": "front"},
    "back": {"layer.to": "back"}, "bigger": {"layer.width": "bigger"}, "smaller": {"layer.width": "smaller"},
    "more": {"layer.opacity": "more"}, "less": {"layer.opacity": "less"},
}  # fmt: skip
_ASKING = {
    "crossfade": "both", "fade=some": "in out both", "fade=in": "in", "fade=out": "out", "fade=both": "both",
    "mute": "mute", "sound": "mute sound", "forever": "loop", "loopword": "loop once", "once": "once",
    "bigger": "bigger", "wider": "bigger", "smaller": "smaller", "narrower": "smaller",
    "opacity": "more less", "tofront": "front", "toback": "back",
}  # fmt: skip
_COMPARED = frozenset({"bigger", "smaller", "more", "less", "front", "back"})  # with what stands
# Words that name a side beside a layer; some of them turn otherwise.
_SIDES = {"above": "top", "below": "bottom", "underneath": "bottom", "cw": "right", "ccw": "left"}


def _over(side: str) -> list[tuple[str, dict[str, Any]]]:
    """Where a layer or a text stands, or the side that it comes from."""
    parts = ("position",) if "-" in side or side == "center" else ("position", "slide")
    return [(f"{head}.{part}", {f"{head}.{part}": side}) for head in ("layer", "text") for part in parts]
