"""Reads the JSON of a draft, checked; ``write_json`` writes it. ``docs/draft.schema.json`` is the same as a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import BadRequest
from . import value_checks
from .draft import (
    AUDIO,
    TEXT,
    VIDEO,
    Clip,
    Crop,
    Draft,
    Layer,
    Meta,
    Part,
    Segment,
    Sound,
    Title,
    Track,
    Transition,
    Unknown,
)  # fmt: skip

MAX_JSON = 1_000_000
MAX_TRACKS = 50
MAX_SEGMENTS = 500
MAX_DEPTH = 20
FITS = ("crop", "pad", "blur")
SHAPES = ("rectangle", "rounded", "circle")
SIDES = ("left", "right", "top", "bottom")
TRANSITIONS = ("crossfade", "fade")
MAX_TRANSITION_MS = 10_000
LEAST_PART = 0.01


def read(value: Any) -> Draft:
    """See ``Draft.from_json``."""
    if isinstance(value, str | bytes):
        value = _parsed(value)
    if not isinstance(value, Mapping):
        raise BadRequest("A draft must be an object with t, d and m.", field="draft")
    _check_depth(value, 0)
    tracks = value.get("t", [])
    if not isinstance(tracks, list | tuple) or len(tracks) > MAX_TRACKS:
        raise BadRequest(f"t must be a list of at most {MAX_TRACKS} tracks.", field="t")
    draft = Draft(
        tuple(_tracks(tracks)),
        _meta(value.get("m")),
        {k: v for k, v in value.items() if k not in ("t", "d", "m")},
    )
    check_whole(draft)
    return draft


def check_whole(draft: Draft) -> None:
    """Raise BadRequest for a draft of too many pieces, or longer than a day: none is read, so none is made either."""
    if sum(len(t.sg) for t in draft.tracks) > MAX_SEGMENTS:
        raise BadRequest(f"A draft may have at most {MAX_SEGMENTS} pieces.", field="sg")
    if max(draft.d_ms, *(clip.d_ms for clip in draft.clips), 0) > value_checks.DAY_MS:
        raise BadRequest("The timeline is longer than a day.", field="d")


def _parsed(text: str | bytes) -> Any:
    if len(text) > MAX_JSON:
        raise BadRequest("The draft is too long.", field="draft")
    try:
        value = json.loads(text)
        # A client that encodes twice sends a string inside the string.
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError) as error:
        raise BadRequest("The draft is not JSON.", field="draft", detail=str(error)[:200]) from error


def _check_depth(value: Any, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise BadRequest("The draft is nested too deeply.", field="draft")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise BadRequest("The keys of a draft must be text.", field="draft")
            _check_depth(inner, depth + 1)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_depth(inner, depth + 1)


def _tracks(values: Sequence[Any]) -> Iterator[Track]:
    """The first video track holds the clips, every further one layers over them."""
    layers = False
    for value in values:
        track = _track(value, layers)
        layers = layers or track.tt == VIDEO
        yield track


def _track(value: Any, layers: bool) -> Track:
    if not isinstance(value, Mapping):
        raise BadRequest("A track must be an object with tt and sg.", field="t")
    kind = value_checks.whole(value.get("tt"), "tt", 0, 1000)
    pieces = value.get("sg", [])
    if not isinstance(pieces, list | tuple) or not all(isinstance(s, Mapping) for s in pieces):
        raise BadRequest("sg must be a list of objects.", field="sg")
    reader = {VIDEO: _layer if layers else _clip, AUDIO: _sound, TEXT: _title}.get(kind, _unknown)
    extra = {k: v for k, v in value.items() if k not in ("tt", "sg")}
    return Track(kind, tuple(reader(s) for s in pieces), extra)


class _Fields:
    """One JSON object being read: what was taken is known, the rest is extra. ``null`` counts as left out."""

    def __init__(self, value: Mapping[str, Any], *ignored: str) -> None:
        self.value = value
        self.taken = set(ignored)

    def take(self, key: str, check: Any, default: Any, *args: Any) -> Any:
        self.taken.add(key)
        found = self.value.get(key)
        return default if found is None else check(found, *args)

    def rest(self) -> dict[str, Any]:
        return {k: v for k, v in self.value.items() if k not in self.taken}


def _clip(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value, "at")
    clip = Clip(
        media=f.take("media", value_checks.media_id, "") or value_checks.media_id(None),
        d_ms=f.take("d", value_checks.span_ms, 0, "d", 1),
        name=f.take("name", value_checks.line, "", "name"),
        still=f.take("still", value_checks.flag, False, "still"),
        from_ms=f.take("from", value_checks.span_ms, 0, "from"),
        to_ms=f.take("to", value_checks.span_ms, None, "to", 1),
        speed=f.take("speed", value_checks.number, 1.0, "speed", 0.05, 100),
        reverse=f.take("reverse", value_checks.flag, False, "reverse"),
        boomerang=f.take("boomerang", value_checks.flag, False, "boomerang"),
        crop=f.take("crop", _crop, None),
        rotate=f.take("rotate", _turn, 0),
        flip=f.take("flip", value_checks.flag, False, "flip"),
        volume=f.take("volume", value_checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", value_checks.flag, False, "muted"),
        transition=f.take("transition", _transition, None),
        extra=f.rest(),
    )
    if not clip.d_ms:
        raise BadRequest("A clip needs d, its length in milliseconds.", field="d")
    if clip.to_ms is not None and clip.to_ms <= clip.from_ms:
        raise BadRequest("A clip must end after it starts.", field="to")
    return clip


def _transition(value: Any) -> Transition:
    if not isinstance(value, Mapping):
        raise BadRequest("transition must be an object with kind, d and color.", field="transition")
    kind = value_checks.choice(value.get("kind"), "kind", TRANSITIONS)
    color = value.get("color")
    length = value_checks.whole(value.get("d"), "d", 1, MAX_TRANSITION_MS)
    return Transition(kind, length, "#000000" if color is None else value_checks.colour(color))


def _layer(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    layer = Layer(
        media=f.take("media", value_checks.media_id, "") or value_checks.media_id(None),
        name=f.take("name", value_checks.line, "", "name"),
        still=f.take("still", value_checks.flag, False, "still"),
        at_ms=f.take("at", value_checks.span_ms, 0, "at"),
        d_ms=_length(f),
        from_ms=f.take("from", value_checks.span_ms, 0, "from"),
        to_ms=f.take("to", value_checks.span_ms, None, "to", 1),
        crop=f.take("crop", part, None),
        width=f.take("width", value_checks.number, 0.25, "width", 0.005, 2),
        position=f.take("position", value_checks.position, "bottom-right"),
        margin=f.take("margin", value_checks.number, 0.03, "margin", 0, 0.5),
        x=f.take("x", value_checks.number, None, "x", 0, 1),
        y=f.take("y", value_checks.number, None, "y", 0, 1),
        rotate=f.take("rotate", value_checks.number, 0.0, "rotate", -3600, 3600),
        opacity=f.take("opacity", value_checks.number, 1.0, "opacity", 0, 1),
        shape=f.take("shape", value_checks.choice, "rectangle", "shape", SHAPES),
        repeat=f.take("repeat", value_checks.flag, True, "repeat"),
        volume=f.take("volume", value_checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", value_checks.flag, False, "muted"),
        **_entrance(f),
        extra=f.rest(),
    )
    if layer.to_ms is not None and layer.to_ms <= layer.from_ms:
        raise BadRequest("A layer must end after it starts.", field="to")
    return layer


def _entrance(f: _Fields) -> dict[str, Any]:
    return {
        "fade_in_ms": f.take("fade_in", value_checks.span_ms, 0, "fade_in"),
        "fade_out_ms": f.take("fade_out", value_checks.span_ms, 0, "fade_out"),
        "slide": f.take("slide", value_checks.choice, None, "slide", SIDES),
    }


def _crop(value: Any) -> Crop:
    if not isinstance(value, Mapping):
        raise BadRequest("crop must be an object with x, y, w and h.", field="crop")
    side = 100_000
    return Crop(
        value_checks.whole(value.get("x", 0), "x", 0, side),
        value_checks.whole(value.get("y", 0), "y", 0, side),
        value_checks.whole(value.get("w"), "w", 1, side),
        value_checks.whole(value.get("h"), "h", 1, side),
    )


def part(value: Any) -> Part:
    """A piece of a picture; cut to the picture where it hangs over. Raises BadRequest where hardly anything is left."""
    if isinstance(value, Part):
        return value
    if not isinstance(value, Mapping):
        raise BadRequest("The part must be an object with x, y, w and h, each from 0 to 1.", field="part")
    x, y = (value_checks.number(value.get(side, 0), side, 0, 1) for side in ("x", "y"))
    w, h = (value_checks.number(value.get(side), side, LEAST_PART, 1) for side in ("w", "h"))
    w, h = min(w, 1 - x), min(h, 1 - y)
    if min(w, h) < LEAST_PART:
        raise BadRequest("That part lies outside of the picture.", field="part")
    return Part(x, y, w, h)


def _turn(value: Any) -> int:
    degrees = value_checks.whole(value, "rotate", -3600, 3600)
    if degrees % 90:
        raise BadRequest("rotate must be 90, 180 or 270.", field="rotate")
    return degrees % 360


def _sound(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    sound = Sound(
        media=f.take("media", value_checks.media_id, None),
        loop=f.take("loop", loop_name, None),
        name=f.take("name", value_checks.line, "", "name"),
        at_ms=f.take("at", value_checks.span_ms, 0, "at"),
        d_ms=_length(f),
        from_ms=f.take("from", value_checks.span_ms, 0, "from"),
        volume=f.take("volume", value_checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", value_checks.flag, False, "muted"),
        fade_out_ms=f.take("fade_out", value_checks.span_ms, 0, "fade_out"),
        extra=f.rest(),
    )
    if (sound.media is None) == (sound.loop is None):
        raise BadRequest("A sound needs either media or loop.", field="sg")
    return sound


def _length(f: _Fields) -> int | None:
    """``d``, unless ``to_end`` says that it follows the picture."""
    length = f.take("d", value_checks.span_ms, None, "d", 0)
    return None if f.take("to_end", value_checks.flag, False, "to_end") else length


def loop_name(value: Any) -> str:
    from . import music_names

    if not isinstance(value, str) or value not in music_names.TITLES:
        raise BadRequest(f"There is no such music; there are: {', '.join(music_names.TITLES)}.", field="loop")
    return value


def _title(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    return Title(
        text=value_checks.shown_text(f.take("text", lambda v: v, None)),
        at_ms=f.take("at", value_checks.span_ms, 0, "at"),
        d_ms=_length(f),
        position=f.take("position", value_checks.position, "bottom"),
        x=f.take("x", value_checks.number, None, "x", 0, 1),
        y=f.take("y", value_checks.number, None, "y", 0, 1),
        size=f.take("size", value_checks.number, None, "size", 1, 5000),
        color=f.take("color", value_checks.colour, "#ffffff"),
        outline=f.take("outline", outline, None),
        **_entrance(f),
        extra=f.rest(),
    )


def outline(value: Any) -> str:
    return "none" if value == "none" else value_checks.colour(value, "outline")


def _unknown(value: Mapping[str, Any]) -> Segment:
    return Unknown(dict(value))


def _meta(value: Any) -> Meta:
    if value is None:
        return Meta()
    if not isinstance(value, Mapping):
        raise BadRequest("m must be an object.", field="m")
    f = _Fields(value)
    return Meta(
        title=f.take("title", value_checks.line, "", "title"),
        width=f.take("width", value_checks.whole, 0, "width", 0, 100_000),
        height=f.take("height", value_checks.whole, 0, "height", 0, 100_000),
        fps=f.take("fps", value_checks.number, 0.0, "fps", 0, 100_000),
        aspect=f.take("aspect", value_checks.aspect, None),
        fit=f.take("fit", value_checks.choice, None, "fit", FITS),
        background=f.take("background", value_checks.background, None),
        grayscale=f.take("grayscale", value_checks.flag, False, "grayscale"),
        loop=f.take("loop", value_checks.whole, None, "loop", 0, 65_535),
        extra=f.rest(),
    )
