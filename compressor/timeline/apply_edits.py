"""Applies edits: ``apply(draft, edit, infos)`` returns the next draft and a sentence that describes the change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import canvas, edits, layers, music_names, read_json, titles, transitions
from .cutting import cut_clip, cut_timeline
from .describe import clip_name, seconds
from .draft import AUDIO, VIDEO, Clip, Crop, Draft, Sound, clip_for, stem, with_segments

Infos = Mapping[str, MediaInfo]


@dataclass(frozen=True, slots=True)
class Applied:
    draft: Draft
    sentence: str


def apply(draft: Draft, edit: edits.Edit, infos: Infos) -> Applied:
    """The draft after one edit. Pure: no file is opened. An edit that cannot be done raises BadRequest and says why."""
    changed, sentence = _DOES[type(edit)](draft, edit, infos)
    changed = refreshed(changed, infos)
    read_json.check_whole(changed)
    return Applied(changed, sentence)


def apply_all(draft: Draft, wishes: list[edits.Edit], infos: Infos) -> Applied:
    """Several edits one after the other; the sentences stand one after the other too."""
    said = []
    for edit in wishes:
        applied = apply(draft, edit, infos)
        draft = applied.draft
        said.append(applied.sentence)
    return Applied(draft, " ".join(said))


def refreshed(draft: Draft, infos: Infos) -> Draft:
    """The draft with lengths and canvas worked out again from the facts of its files; the last clip leads nowhere."""
    clips = tuple(replace(c, d_ms=c.played_ms(infos[c.media])) if c.media in infos else c for c in draft.clips)
    clips = (*clips[:-1], *(replace(c, transition=None) for c in clips[-1:]))
    draft = with_clips(draft, clips)
    width, height = canvas.natural_size(draft, infos)
    rates = [infos[c.media].fps * c.speed for c in clips if c.media in infos and not c.still]
    meta = replace(draft.meta, width=width, height=height, fps=round(max(rates, default=0.0), 3))
    return replace(draft, meta=meta)


def with_clips(draft: Draft, clips: tuple[Clip, ...]) -> Draft:
    return with_segments(draft, VIDEO, clips)


def _fact(infos: Infos, media: str) -> MediaInfo:
    if media not in infos:
        raise BadRequest("There is no such file in this project.", field="media")
    return infos[media]


def _picked(draft: Draft, number: int | None) -> range:
    """The numbers of the clips that an edit is about."""
    count = len(draft.clips)
    if not count:
        raise BadRequest("There is no picture on the timeline yet. Add a file first.", field="clip")
    if number is None:
        return range(count)
    if number >= count:
        clips = "is 1 clip" if count == 1 else f"are {count} clips"
        raise BadRequest(f"There is no clip {number + 1}; there {clips}.", field="clip")
    return range(number, number + 1)


def _each(draft: Draft, number: int | None, change: Callable[[Clip], Clip]) -> Draft:
    picked = _picked(draft, number)
    return with_clips(draft, tuple(change(c) if i in picked else c for i, c in enumerate(draft.clips)))


def _which(number: int | None) -> str:
    return "" if number is None else f" in clip {number + 1}"


def _add_clip(draft: Draft, edit: edits.AddClip, infos: Infos) -> tuple[Draft, str]:
    info = _fact(infos, edit.media)
    name = stem(edit.name) or "the file"
    if info.kind == "audio":
        return _set_music(draft, edits.SetMusic(media=edit.media, name=edit.name or None), infos)
    if not draft.clips:
        clip = clip_for(edit.media, info, edit.name, edit.d_ms)
        meta = replace(draft.meta, title=draft.meta.title or stem(edit.name))
        return with_clips(replace(draft, meta=meta), (clip,)), f"Put {name} on the timeline."
    clips = list(draft.clips)
    place = len(clips) if edit.at is None else min(edit.at, len(clips))
    clips.insert(place, clip_for(edit.media, info, edit.name, edit.d_ms))
    where = "at the end" if place == len(clips) - 1 else "at the start" if place == 0 else f"as clip {place + 1}"
    return with_clips(draft, tuple(clips)), f"Added {name} {where}."


def _remove_clip(draft: Draft, edit: edits.RemoveClip, infos: Infos) -> tuple[Draft, str]:
    (place,) = _picked(draft, edit.clip)
    clips = draft.clips
    if len(clips) == 1:
        raise BadRequest("This is the only clip; without it there would be nothing to show.", field="clip")
    return with_clips(draft, clips[:place] + clips[place + 1 :]), f"Removed {clip_name(clips[place], {})}."


def _move_clip(draft: Draft, edit: edits.MoveClip, infos: Infos) -> tuple[Draft, str]:
    (place,) = _picked(draft, edit.clip)
    clips = list(draft.clips)
    clip = clips.pop(place)
    at = min(edit.at, len(clips))
    clips.insert(at, clip)
    return with_clips(draft, tuple(clips)), f"Moved {clip_name(clip, {})} to place {at + 1}."


def _still_length(draft: Draft, edit: edits.StillLength, infos: Infos) -> tuple[Draft, str]:
    if not any(draft.clips[i].still for i in _picked(draft, edit.clip)):
        raise BadRequest("There is no still picture here; use trim or speed for a moving one.", field="clip")
    changed = _each(draft, edit.clip, lambda c: replace(c, d_ms=edit.d_ms) if c.still else c)
    return changed, f"The still picture is shown for {seconds(edit.d_ms)}."


def _trim(draft: Draft, edit: edits.Trim, infos: Infos) -> tuple[Draft, str]:
    start, end = edit.start_ms or 0, edit.end_ms
    picked = _picked(draft, edit.clip)
    length = draft.d_ms if edit.clip is None else draft.clips[picked[0]].d_ms
    if end is not None and end <= start:
        raise BadRequest("The end must come after the start.", field="end_ms")
    if start >= length:
        raise BadRequest(
            f"It is only {seconds(length)} long, so nothing is left after {seconds(start)}.", field="start_ms"
        )
    end = length if end is None else min(end, length)
    if (start, end) == (0, length):
        return draft, f"It is {seconds(length)} long already; nothing was cut."
    if edit.clip is None:
        return cut_timeline(draft, start, end, infos)
    changed = _each(draft, edit.clip, lambda c: cut_clip(c, start, end, infos[c.media]))
    return changed, f"Trimmed clip {edit.clip + 1} to {seconds(end - start)}."


def _keep_last(draft: Draft, edit: edits.KeepLast, infos: Infos) -> tuple[Draft, str]:
    _picked(draft, None)
    if edit.last_ms >= draft.d_ms:
        return draft, f"It is only {seconds(draft.d_ms)} long; nothing was cut."
    changed, _ = cut_timeline(draft, draft.d_ms - edit.last_ms, draft.d_ms, infos)
    return changed, f"Kept the last {seconds(edit.last_ms)}."


def _max_duration(draft: Draft, edit: edits.MaxDuration, infos: Infos) -> tuple[Draft, str]:
    _picked(draft, None)
    if edit.max_duration_ms >= draft.d_ms:
        return draft, f"It is {seconds(draft.d_ms)} long, within {seconds(edit.max_duration_ms)}; nothing was cut."
    changed, _ = cut_timeline(draft, 0, edit.max_duration_ms, infos)
    return changed, f"Cut to {seconds(edit.max_duration_ms)}, the longest that you allow."


def _speed(draft: Draft, edit: edits.Speed, infos: Infos) -> tuple[Draft, str]:
    changed = refreshed(_each(draft, edit.clip, lambda c: c if c.still else replace(c, speed=edit.speed)), infos)
    return changed, f"Speed set to {edit.speed:g}x{_which(edit.clip)}: it now lasts {seconds(changed.d_ms)}."


def _reverse(draft: Draft, edit: edits.Reverse, infos: Infos) -> tuple[Draft, str]:
    changed = _each(draft, edit.clip, lambda c: replace(c, reverse=edit.on))
    if edit.clip is None and len(changed.clips) > 1 and any(c.reverse != edit.on for c in draft.clips):
        changed = with_clips(changed, transitions.backwards(changed.clips))
    return changed, f"It plays {'backwards' if edit.on else 'forwards'}{_which(edit.clip)}."


def _boomerang(draft: Draft, edit: edits.Boomerang, infos: Infos) -> tuple[Draft, str]:
    changed = refreshed(_each(draft, edit.clip, lambda c: c if c.still else replace(c, boomerang=edit.on)), infos)
    how = "forwards and back" if edit.on else "one way only"
    return changed, f"It plays {how}{_which(edit.clip)}: {seconds(changed.d_ms)} in all."


def _loop(draft: Draft, edit: edits.Loop, infos: Infos) -> tuple[Draft, str]:
    times = {0: "for ever", 1: "once"}.get(edit.loop, f"{edit.loop} times")
    return replace(draft, meta=replace(draft.meta, loop=edit.loop)), f"It plays {times}."


def _shape(draft: Draft, edit: edits.Shape, infos: Infos) -> tuple[Draft, str]:
    meta = draft.meta
    aspect = meta.aspect if edit.aspect is None else None if edit.aspect == "original" else edit.aspect
    fit = meta.fit if edit.fit is None else None if edit.fit == "original" else edit.fit
    if aspect is not None and fit is None:
        fit = "crop"
    changed = replace(draft, meta=replace(meta, aspect=aspect, fit=fit))
    how = {
        "crop": "what does not fit is cut off",
        "pad": "nothing is cut off, bars fill the rest",
        "blur": "nothing is cut off, a blurred copy fills the rest",
    }.get(fit or "", "each picture keeps its shape")
    if aspect is None:
        return changed, f"The canvas has the picture's own shape; where another does not fit, {how}." if fit else (
            "The canvas has the picture's own shape."
        )
    return changed, f"The canvas is {aspect}: {how}."


def _crop(draft: Draft, edit: edits.CropTo, infos: Infos) -> tuple[Draft, str]:
    sizes: list[tuple[int, int]] = []

    def change(clip: Clip) -> Clip:
        info = _fact(infos, clip.media)
        changed = replace(clip, crop=_in_source(clip, edit, info))
        sizes.append(canvas.clip_size(changed, info))
        return changed

    changed = _each(draft, edit.clip, change)
    return changed, f"Cropped to {sizes[0][0]} x {sizes[0][1]}{_which(edit.clip)}."


def _in_source(clip: Clip, edit: edits.CropTo, info: MediaInfo) -> Crop | None:
    """The rectangle seen now, in the pixels of the source: turn back, mirror back, add what was cropped before."""
    width, height = canvas.clip_size(clip, info)
    if edit.x >= width or edit.y >= height:
        raise BadRequest(f"That piece lies outside of the picture, which is {width} x {height}.", field="crop")
    x, y, w, h = edit.x, edit.y, min(edit.w, width - edit.x), min(edit.h, height - edit.y)
    old_x, old_y, old_w, old_h = canvas.crop_box(clip, info)
    if clip.rotate == 90:
        x, y, w, h = y, old_h - (x + w), h, w
    elif clip.rotate == 180:
        x, y = old_w - (x + w), old_h - (y + h)
    elif clip.rotate == 270:
        x, y, w, h = old_w - (y + h), x, h, w
    if clip.flip:
        x = old_w - (x + w)
    if (w, h) == (info.width, info.height):
        return None
    return Crop(old_x + x, old_y + y, w, h)


def _rotate(draft: Draft, edit: edits.Rotate, infos: Infos) -> tuple[Draft, str]:
    changed = _each(draft, edit.clip, lambda c: replace(c, rotate=(c.rotate + edit.rotate) % 360))
    return changed, f"Turned by {edit.rotate} degrees{_which(edit.clip)}."


def _flip(draft: Draft, edit: edits.Flip, infos: Infos) -> tuple[Draft, str]:
    # Mirroring what was turned: left-right undoes the turn, top-bottom is left-right and half a turn more.
    half = 180 if edit.flip == "vertical" else 0
    changed = _each(draft, edit.clip, lambda c: replace(c, flip=not c.flip, rotate=(half - c.rotate) % 360))
    how = "top to bottom" if half else "left to right"
    return changed, f"Mirrored {how}{_which(edit.clip)}."


def _background(draft: Draft, edit: edits.Background, infos: Infos) -> tuple[Draft, str]:
    changed = replace(draft, meta=replace(draft.meta, background=edit.background))
    if edit.background != "transparent":
        return changed, f"The background is {edit.background}."
    if any(infos[c.media].has_alpha for c in draft.clips if c.media in infos):
        return changed, "Transparency is kept."
    return changed, "Transparency is kept where there is any; this picture itself has none."


def _grayscale(draft: Draft, edit: edits.Grayscale, infos: Infos) -> tuple[Draft, str]:
    changed = replace(draft, meta=replace(draft.meta, grayscale=edit.on))
    return changed, "It is in shades of grey." if edit.on else "It is in colour."


def _set_music(draft: Draft, edit: edits.SetMusic, infos: Infos) -> tuple[Draft, str]:
    old = draft.sounds[0] if draft.sounds else None
    if edit.media is not None and edit.loop_name is not None:
        raise BadRequest("Music is either a file or a built-in loop.", field="music")
    if edit.media is None and edit.loop_name is None:
        if old is not None:
            music = replace(
                old,
                volume=old.volume if edit.volume is None else edit.volume,
                fade_out_ms=old.fade_out_ms if edit.fade_out_ms is None else edit.fade_out_ms,
                muted=False,
            )
            said = f"The music is at {round(music.volume * 100)} %."
            return with_segments(draft, AUDIO, (music, *draft.sounds[1:])), said
        edit = replace(edit, loop_name=music_names.DEFAULT)
    music = Sound(
        media=edit.media,
        loop=edit.loop_name,
        name=music_names.TITLES[edit.loop_name] if edit.loop_name else stem(edit.name or ""),
        volume=1.0 if edit.volume is None else edit.volume,
        fade_out_ms=1000 if edit.fade_out_ms is None else edit.fade_out_ms,
    )
    if edit.media is not None:
        info = _fact(infos, edit.media)
        if info.kind != "audio" and not info.has_audio:
            raise BadRequest("That file has no sound.", field="media")
    word = "Added" if old is None else "Changed the music to"
    name = f"the music “{music.name}”" if old is None else f"“{music.name}”"
    said = f"{word} {name} at {round(music.volume * 100)} %."
    return with_segments(draft, AUDIO, (music,)), said


def _remove_music(draft: Draft, edit: edits.RemoveMusic, infos: Infos) -> tuple[Draft, str]:
    if not draft.sounds:
        return draft, "There is no music to remove."
    return with_segments(draft, AUDIO, ()), "Removed the music."


def _volume(draft: Draft, edit: edits.Volume, infos: Infos) -> tuple[Draft, str]:
    percent = f"{round(edit.volume * 100)} %"
    if edit.clip is not None or not draft.sounds:
        changed = _each(draft, edit.clip, lambda c: replace(c, volume=edit.volume, muted=False))
        return changed, f"The volume{_which(edit.clip)} is {percent}."
    music = tuple(replace(s, volume=edit.volume, muted=False) for s in draft.sounds)
    changed = with_clips(draft, tuple(replace(c, volume=edit.volume) for c in draft.clips))
    own = any(infos[c.media].has_audio and c.audible for c in draft.clips if c.media in infos)
    return with_segments(
        changed, AUDIO, music
    ), f"The volume of {'picture and music' if own else 'the music'} is {percent}."


def _mute(draft: Draft, edit: edits.Mute, infos: Infos) -> tuple[Draft, str]:
    if edit.clip is not None:
        changed = _each(draft, edit.clip, lambda c: replace(c, muted=edit.on))
        return changed, f"Clip {edit.clip + 1} is {'muted' if edit.on else 'heard again'}."
    changed = with_clips(draft, tuple(replace(c, muted=edit.on) for c in draft.clips))
    changed = with_segments(changed, AUDIO, tuple(replace(s, muted=edit.on) for s in draft.sounds))
    return changed, "The sound is off." if edit.on else "The sound is on."


def _rename(draft: Draft, edit: edits.Rename, infos: Infos) -> tuple[Draft, str]:
    return replace(draft, meta=replace(draft.meta, title=edit.title)), f"It is called “{edit.title}” now."


_DOES: dict[type[edits.Edit], Callable[[Draft, Any, Infos], tuple[Draft, str]]] = {
    edits.AddClip: _add_clip,
    edits.RemoveClip: _remove_clip,
    edits.MoveClip: _move_clip,
    edits.StillLength: _still_length,
    edits.Trim: _trim,
    edits.KeepLast: _keep_last,
    edits.MaxDuration: _max_duration,
    edits.Speed: _speed,
    edits.Reverse: _reverse,
    edits.Boomerang: _boomerang,
    edits.Loop: _loop,
    edits.Shape: _shape,
    edits.CropTo: _crop,
    edits.Rotate: _rotate,
    edits.Flip: _flip,
    edits.Background: _background,
    edits.Grayscale: _grayscale,
    edits.AddText: titles.add,
    edits.ChangeText: titles.change,
    edits.RemoveText: titles.remove,
    edits.AddLayer: layers.add,
    edits.ChangeLayer: layers.change,
    edits.MoveLayer: layers.move,
    edits.RemoveLayer: layers.remove,
    edits.SetTransition: transitions.put,
    edits.SetMusic: _set_music,
    edits.RemoveMusic: _remove_music,
    edits.Volume: _volume,
    edits.Mute: _mute,
    edits.Rename: _rename,
}
