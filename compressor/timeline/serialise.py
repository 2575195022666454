"""Reads and writes the JSON of a draft, checked. ``docs/draft.schema.json`` is the same as a schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..errors import BadRequest
from . import checks
from .draft import AUDIO, TEXT, VIDEO, Clip, Crop, Draft, Layer, Meta, Segment, Sound, Title, Track, Unknown

MAX_JSON = 1_000_000
MAX_TRACKS = 50
MAX_SEGMENTS = 500
MAX_DEPTH = 20
FITS = ("crop", "pad", "blur")
SHAPES = ("rectangle", "rounded", "circle")
SIDES = ("left", "right", "top", "bottom")


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
    if sum(len(t.sg) for t in draft.tracks) > MAX_SEGMENTS:
        raise BadRequest(f"A draft may have at most {MAX_SEGMENTS} pieces.", field="sg")
    if draft.d_ms > checks.DAY_MS:
        raise BadRequest("The timeline is longer than a day.", field="d")
    return draft


def write(draft: Draft) -> dict[str, Any]:
    """See ``Draft.to_json``."""
    if not draft.tracks and draft.meta == Meta() and not draft.extra:
        return {}
    total = draft.d_ms
    return {
        "t": [_write_track(t, total) for t in draft.tracks],
        "d": total,
        "m": _write_meta(draft.meta),
        **draft.extra,
    }


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
    kind = checks.whole(value.get("tt"), "tt", 0, 1000)
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
        media=f.take("media", checks.media_id, "") or checks.media_id(None),
        d_ms=f.take("d", checks.span_ms, 0, "d", 1),
        name=f.take("name", checks.line, "", "name"),
        still=f.take("still", checks.flag, False, "still"),
        from_ms=f.take("from", checks.span_ms, 0, "from"),
        to_ms=f.take("to", checks.span_ms, None, "to", 1),
        speed=f.take("speed", checks.number, 1.0, "speed", 0.05, 100),
        reverse=f.take("reverse", checks.flag, False, "reverse"),
        boomerang=f.take("boomerang", checks.flag, False, "boomerang"),
        crop=f.take("crop", _crop, None),
        rotate=f.take("rotate", _turn, 0),
        flip=f.take("flip", checks.flag, False, "flip"),
        volume=f.take("volume", checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", checks.flag, False, "muted"),
        extra=f.rest(),
    )
    if not clip.d_ms:
        raise BadRequest("A clip needs d, its length in milliseconds.", field="d")
    if clip.to_ms is not None and clip.to_ms <= clip.from_ms:
        raise BadRequest("A clip must end after it starts.", field="to")
    return clip


def _layer(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    layer = Layer(
        media=f.take("media", checks.media_id, "") or checks.media_id(None),
        name=f.take("name", checks.line, "", "name"),
        still=f.take("still", checks.flag, False, "still"),
        at_ms=f.take("at", checks.span_ms, 0, "at"),
        d_ms=_length(f),
        from_ms=f.take("from", checks.span_ms, 0, "from"),
        to_ms=f.take("to", checks.span_ms, None, "to", 1),
        width=f.take("width", checks.number, 0.25, "width", 0.005, 2),
        position=f.take("position", checks.position, "bottom-right"),
        margin=f.take("margin", checks.number, 0.03, "margin", 0, 0.5),
        x=f.take("x", checks.number, None, "x", 0, 1),
        y=f.take("y", checks.number, None, "y", 0, 1),
        rotate=f.take("rotate", checks.number, 0.0, "rotate", -3600, 3600),
        opacity=f.take("opacity", checks.number, 1.0, "opacity", 0, 1),
        shape=f.take("shape", checks.choice, "rectangle", "shape", SHAPES),
        repeat=f.take("repeat", checks.flag, True, "repeat"),
        volume=f.take("volume", checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", checks.flag, False, "muted"),
        **_entrance(f),
        extra=f.rest(),
    )
    if layer.to_ms is not None and layer.to_ms <= layer.from_ms:
        raise BadRequest("A layer must end after it starts.", field="to")
    return layer


def _entrance(f: _Fields) -> dict[str, Any]:
    return {
        "fade_in_ms": f.take("fade_in", checks.span_ms, 0, "fade_in"),
        "fade_out_ms": f.take("fade_out", checks.span_ms, 0, "fade_out"),
        "slide": f.take("slide", checks.choice, None, "slide", SIDES),
    }


def _crop(value: Any) -> Crop:
    if not isinstance(value, Mapping):
        raise BadRequest("crop must be an object with x, y, w and h.", field="crop")
    side = 100_000
    return Crop(
        checks.whole(value.get("x", 0), "x", 0, side),
        checks.whole(value.get("y", 0), "y", 0, side),
        checks.whole(value.get("w"), "w", 1, side),
        checks.whole(value.get("h"), "h", 1, side),
    )


def _turn(value: Any) -> int:
    degrees = checks.whole(value, "rotate", -3600, 3600)
    if degrees % 90:
        raise BadRequest("rotate must be 90, 180 or 270.", field="rotate")
    return degrees % 360


def _sound(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    sound = Sound(
        media=f.take("media", checks.media_id, None),
        loop=f.take("loop", loop_name, None),
        name=f.take("name", checks.line, "", "name"),
        at_ms=f.take("at", checks.span_ms, 0, "at"),
        d_ms=_length(f),
        from_ms=f.take("from", checks.span_ms, 0, "from"),
        volume=f.take("volume", checks.number, 1.0, "volume", 0, 4),
        muted=f.take("muted", checks.flag, False, "muted"),
        fade_out_ms=f.take("fade_out", checks.span_ms, 0, "fade_out"),
        extra=f.rest(),
    )
    if (sound.media is None) == (sound.loop is None):
        raise BadRequest("A sound needs either media or loop.", field="sg")
    return sound


def _length(f: _Fields) -> int | None:
    """``d``, unless ``to_end`` says that it follows the picture."""
    length = f.take("d", checks.span_ms, None, "d", 0)
    return None if f.take("to_end", checks.flag, False, "to_end") else length


def loop_name(value: Any) -> str:
    from . import music_names

    if not isinstance(value, str) or value not in music_names.TITLES:
        raise BadRequest(f"There is no such music; there are: {', '.join(music_names.TITLES)}.", field="loop")
    return value


def _title(value: Mapping[str, Any]) -> Segment:
    f = _Fields(value)
    return Title(
        text=checks.shown_text(f.take("text", lambda v: v, None)),
        at_ms=f.take("at", checks.span_ms, 0, "at"),
        d_ms=_length(f),
        position=f.take("position", checks.position, "bottom"),
        x=f.take("x", checks.number, None, "x", 0, 1),
        y=f.take("y", checks.number, None, "y", 0, 1),
        size=f.take("size", checks.number, None, "size", 1, 5000),
        color=f.take("color", checks.colour, "#ffffff"),
        outline=f.take("outline", outline, None),
        **_entrance(f),
        extra=f.rest(),
    )


def outline(value: Any) -> str:
    return "none" if value == "none" else checks.colour(value, "outline")


def _unknown(value: Mapping[str, Any]) -> Segment:
    return Unknown(dict(value))


def _meta(value: Any) -> Meta:
    if value is None:
        return Meta()
    if not isinstance(value, Mapping):
        raise BadRequest("m must be an object.", field="m")
    f = _Fields(value)
    return Meta(
        title=f.take("title", checks.line, "", "title"),
        width=f.take("width", checks.whole, 0, "width", 0, 100_000),
        height=f.take("height", checks.whole, 0, "height", 0, 100_000),
        fps=f.take("fps", checks.number, 0.0, "fps", 0, 100_000),
        aspect=f.take("aspect", checks.aspect, None),
        fit=f.take("fit", checks.choice, None, "fit", FITS),
        background=f.take("background", checks.background, None),
        grayscale=f.take("grayscale", checks.flag, False, "grayscale"),
        loop=f.take("loop", checks.whole, None, "loop", 0, 65_535),
        extra=f.rest(),
    )


def _write_track(track: Track, total: int) -> dict[str, Any]:
    pieces = []
    at = 0
    for segment in track.sg:
        if isinstance(segment, Clip):
            pieces.append(_write_clip(segment, at))
            at += segment.d_ms
        elif isinstance(segment, Layer):
            pieces.append(_write_layer(segment, total))
        elif isinstance(segment, Sound):
            pieces.append(_write_sound(segment, total))
        elif isinstance(segment, Title):
            pieces.append(_write_title(segment, total))
        else:
            pieces.append(dict(segment.extra))
    return {"tt": track.tt, "sg": pieces, **track.extra}


def _write_clip(clip: Clip, at: int) -> dict[str, Any]:
    said = {"media": clip.media, "name": clip.name, "at": at, "d": clip.d_ms}
    crop = clip.crop
    asked = {
        "still": clip.still,
        "from": clip.from_ms,
        "to": clip.to_ms,
        "speed": None if clip.speed == 1 else clip.speed,
        "reverse": clip.reverse,
        "boomerang": clip.boomerang,
        "crop": {"x": crop.x, "y": crop.y, "w": crop.w, "h": crop.h} if crop else None,
        "rotate": clip.rotate,
        "flip": clip.flip,
        "muted": clip.muted,
    }
    volume = {} if clip.volume == 1 else {"volume": clip.volume}
    return said | {k: v for k, v in asked.items() if v} | volume | dict(clip.extra)


def _write_layer(layer: Layer, total: int) -> dict[str, Any]:
    said = {"media": layer.media, "name": layer.name, **_span(layer, total), "width": layer.width}
    said |= {"position": layer.position, "margin": layer.margin}
    asked = {
        "still": layer.still or None,
        "from": layer.from_ms or None,
        "to": layer.to_ms,
        "x": layer.x,
        "y": layer.y,
        "rotate": layer.rotate or None,
        "opacity": None if layer.opacity == 1 else layer.opacity,
        "shape": None if layer.shape == "rectangle" else layer.shape,
        "repeat": None if layer.repeat else False,
        "volume": None if layer.volume == 1 else layer.volume,
        "muted": layer.muted or None,
        **_write_entrance(layer),
    }
    return said | {k: v for k, v in asked.items() if v is not None} | dict(layer.extra)


def _write_entrance(segment: Layer | Title) -> dict[str, Any]:
    return {
        "fade_in": segment.fade_in_ms or None,
        "fade_out": segment.fade_out_ms or None,
        "slide": segment.slide,
    }


def _write_sound(sound: Sound, total: int) -> dict[str, Any]:
    what = {"media": sound.media} if sound.media is not None else {"loop": sound.loop}
    asked = {"from": sound.from_ms, "muted": sound.muted, "fade_out": sound.fade_out_ms}
    return (
        {**what, "name": sound.name, **_span(sound, total), "volume": sound.volume}
        | {k: v for k, v in asked.items() if v}
        | dict(sound.extra)
    )


def _write_title(title: Title, total: int) -> dict[str, Any]:
    asked = {"x": title.x, "y": title.y, "size": title.size, "outline": title.outline, **_write_entrance(title)}
    return (
        {"text": title.text, **_span(title, total), "position": title.position, "color": title.color}
        | {k: v for k, v in asked.items() if v is not None}
        | dict(title.extra)
    )


def _span(segment: Layer | Sound | Title, total: int) -> dict[str, Any]:
    if segment.d_ms is None:
        return {"at": segment.at_ms, "d": max(0, total - segment.at_ms), "to_end": True}
    return {"at": segment.at_ms, "d": segment.d_ms}


def _write_meta(meta: Meta) -> dict[str, Any]:
    said = {"title": meta.title, "width": meta.width, "height": meta.height, "fps": meta.fps}
    asked = {"aspect": meta.aspect, "fit": meta.fit, "background": meta.background, "loop": meta.loop}
    gray = {"grayscale": True} if meta.grayscale else {}
    return said | {k: v for k, v in asked.items() if v is not None} | gray | dict(meta.extra)
