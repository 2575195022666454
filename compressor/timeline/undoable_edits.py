"""Lists the edits that a draft contains, and how each of them is undone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits
from .apply_edits import apply, refreshed, with_clips
from .describe import clip_name
from .draft import Clip, Draft
from .layers import layer_wish
from .transitions import transition_wish


@dataclass(frozen=True, slots=True)
class Done:
    """One change that stands. ``key`` names it (``speed``, ``trim:1`` for one clip of several), ``wish`` is what would
    ask for it, as the explain object has it; ``clip`` is the clip's name where it is about one of several."""

    key: str
    wish: dict[str, Any]
    clip: str = ""


def _trim(clip: Clip) -> dict[str, Any]:
    said = {"start_ms": clip.from_ms or None, "end_ms": clip.to_ms}
    return {name: value for name, value in said.items() if value is not None}


def _flip(clip: Clip) -> dict[str, Any]:
    return {"flip": "vertical" if clip.rotate == 180 else "horizontal"} if clip.flip else {}


def _rotate(clip: Clip) -> dict[str, Any]:
    # Mirrored top to bottom is kept as left to right and half a turn.
    return {"rotate": clip.rotate} if clip.rotate and not (clip.flip and clip.rotate == 180) else {}


def _crop(clip: Clip) -> dict[str, Any]:
    box = clip.crop
    return {"crop": {"x": box.x, "y": box.y, "w": box.w, "h": box.h}} if box else {}


def _unflipped(clip: Clip) -> Clip:
    return replace(clip, flip=False, rotate=0 if clip.rotate == 180 else clip.rotate)


_OF_CLIPS: dict[str, tuple[Callable[[Clip], dict[str, Any]], Callable[[Clip], Clip]]] = {
    "trim": (_trim, lambda c: replace(c, from_ms=0, to_ms=None)),
    "speed": (lambda c: {"speed": c.speed} if c.speed != 1 else {}, lambda c: replace(c, speed=1.0)),
    "reverse": (lambda c: {"reverse": True} if c.reverse else {}, lambda c: replace(c, reverse=False)),
    "boomerang": (lambda c: {"boomerang": True} if c.boomerang else {}, lambda c: replace(c, boomerang=False)),
    "crop": (_crop, lambda c: replace(c, crop=None)),
    "rotate": (_rotate, lambda c: replace(c, rotate=0)),
    "flip": (_flip, _unflipped),
    "mute": (lambda c: {"mute": True} if c.muted else {}, lambda c: replace(c, muted=False)),
    "volume": (lambda c: {"volume": c.volume} if c.volume != 1 else {}, lambda c: replace(c, volume=1.0)),
}


def done(draft: Draft, names: Mapping[str, str] | None = None) -> list[Done]:
    """All of it, in the order in which it acts: time, picture, sound, words. ``names`` is media id → file name."""
    clips = draft.clips
    found: list[Done] = []
    for key, (wish_of, _) in _OF_CLIPS.items():
        wishes = [wish_of(c) for c in clips]
        if any(wishes) and all(w == wishes[0] for w in wishes):
            found.append(Done(key, wishes[0]))
        else:
            several = ((n, w) for n, w in enumerate(wishes) if w)
            found += [Done(f"{key}:{n}", w, clip_name(clips[n], names or {})) for n, w in several]
    joins = [transition_wish(c.transition) if c.transition else {} for c in clips[:-1]]
    if any(joins) and all(wish == joins[0] for wish in joins):
        found.append(Done("transition", {"transition": joins[0]}))
    else:
        several = ((n, wish) for n, wish in enumerate(joins) if wish)
        found += [Done(f"transition:{n}", {"transition": w}, clip_name(clips[n], names or {})) for n, w in several]
    meta = draft.meta
    if meta.aspect or meta.fit:
        wish = {"aspect": meta.aspect, "fit": None if meta.aspect and meta.fit == "crop" else meta.fit}
        found.append(Done("shape", {k: v for k, v in wish.items() if v}))
    if meta.background:
        found.append(Done("background", {"background": meta.background}))
    if meta.grayscale:
        found.append(Done("grayscale", {"grayscale": True}))
    if meta.loop is not None:
        found.append(Done("loop", {"loop": meta.loop}))
    if clips:
        for sound in draft.sounds[:1]:
            said = {"name": sound.name, "volume": sound.volume if sound.volume != 1 else None}
            found.append(Done("music", {"music": {k: v for k, v in said.items() if v is not None}}))
    found += [Done(f"layer:{number}", {"layer": layer_wish(layer)}) for number, layer in enumerate(draft.layers)]
    for number, title in enumerate(draft.titles):
        said = {"text": title.text, "position": title.position if title.x is None and title.y is None else None}
        if title.at_ms or title.d_ms is not None:
            said |= {"start_ms": title.at_ms or None}
            said |= {"end_ms": title.at_ms + title.d_ms if title.d_ms is not None else None}
        found.append(Done(f"text:{number}", {"text": {k: v for k, v in said.items() if v is not None}}))
    return found


def taken_back(draft: Draft, key: str, infos: Mapping[str, MediaInfo]) -> Draft:
    """The draft without what ``done`` calls ``key``. Raises BadRequest when it is not there (any more)."""
    if key not in {d.key for d in done(draft)}:
        raise BadRequest("That is not on the timeline any more.", field="key")
    name, _, number = key.partition(":")
    if name == "layer":
        return apply(draft, edits.RemoveLayer(int(number)), infos).draft
    if name == "transition":
        return apply(draft, edits.SetTransition("cut", int(number) if number else None), infos).draft
    if name == "text":
        return apply(draft, edits.RemoveText(int(number)), infos).draft
    if name in ("reverse", "music", "mute") and not number:
        # Backwards turned the order of the clips too, and silence went for the music as well.
        whole = {"reverse": edits.Reverse(on=False), "music": edits.RemoveMusic(), "mute": edits.Mute(on=False)}
        return apply(draft, whole[name], infos).draft
    if name in _OF_CLIPS:
        undo = _OF_CLIPS[name][1]
        only = int(number) if number else None
        clips = tuple(undo(c) if only in (None, n) else c for n, c in enumerate(draft.clips))
        return refreshed(with_clips(draft, clips), infos)
    blank: dict[str, Any] = {"aspect": None, "fit": None} if name == "shape" else {name: None}
    if name == "grayscale":
        blank = {"grayscale": False}
    return refreshed(replace(draft, meta=replace(draft.meta, **blank)), infos)
