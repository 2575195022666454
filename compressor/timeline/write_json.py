"""Writes a draft as JSON; ``read_json`` reads it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .draft import Clip, Draft, Layer, Meta, Sound, Title, Track, Transition, overlaps


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


def _write_track(track: Track, total: int) -> dict[str, Any]:
    pieces = []
    at = 0
    clips = [s for s in track.sg if isinstance(s, Clip)]
    lapped = iter(overlaps(clips, [c.d_ms for c in clips]))
    for segment in track.sg:
        if isinstance(segment, Clip):
            pieces.append(_write_clip(segment, at))
            at += segment.d_ms - next(lapped)
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
        "transition": _write_transition(clip.transition) if clip.transition else None,
    }
    volume = {} if clip.volume == 1 else {"volume": clip.volume}
    return said | {k: v for k, v in asked.items() if v} | volume | dict(clip.extra)


def _write_transition(transition: Transition) -> dict[str, Any]:
    color = {"color": transition.color} if transition.kind == "fade" else {}
    return {"kind": transition.kind, "d": transition.d_ms} | color


def _write_layer(layer: Layer, total: int) -> dict[str, Any]:
    said = {"media": layer.media, "name": layer.name, **_span(layer, total), "width": layer.width}
    said |= {"position": layer.position, "margin": layer.margin}
    asked = {
        "still": layer.still or None,
        "from": layer.from_ms or None,
        "to": layer.to_ms,
        "crop": asdict(layer.crop) if layer.crop else None,
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
