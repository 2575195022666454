"""Turns an explain object into edits, in the order in which they must be applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits, music_names
from .draft import Draft, stem


def edits_from_explain(
    explain: Mapping[str, Any],
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    names: Mapping[str, str] | None = None,
) -> list[edits.Edit]:
    """The edits that one explain object asks of the timeline; keys about the file (bytes, format, size…) ask none.

    Order: remove what is to go; trim, speed, direction, then the longest length; the picture; what lies between clips;
    the sound; the words.
    ``names`` is media id → file name, for music that is asked for by the name of an upload. A value that cannot be
    meant raises BadRequest.
    """
    found: list[edits.Edit] = []
    if explain.get("remove_text"):
        found.append(edits.RemoveText())
    if explain.get("remove_music"):
        found.append(edits.RemoveMusic())
    found += _time(explain)
    found += _picture(explain)
    if between := explain.get("transition"):
        found.append(_transition(between))
    found += _sound(explain, draft, infos, names or {})
    texts = explain.get("text")
    for text in texts if isinstance(texts, list | tuple) else [texts] if texts else []:
        found.append(_text(text))
    if (loop := explain.get("loop")) is not None:
        found.append(edits.Loop(loop))
    return found


def _time(explain: Mapping[str, Any]) -> list[edits.Edit]:
    found: list[edits.Edit] = []
    start, end = explain.get("start_ms"), explain.get("end_ms")
    if start or end:
        found.append(edits.Trim(start_ms=start or None, end_ms=end))
    if explain.get("last_ms"):
        found.append(edits.KeepLast(explain["last_ms"]))
    if explain.get("speed") is not None:
        found.append(edits.Speed(explain["speed"]))
    for key, kind in (("reverse", edits.Reverse), ("boomerang", edits.Boomerang)):
        if explain.get(key) is not None:
            found.append(kind(explain[key]))
    if explain.get("max_duration_ms"):
        found.append(edits.MaxDuration(explain["max_duration_ms"]))
    return found


def _picture(explain: Mapping[str, Any]) -> list[edits.Edit]:
    found: list[edits.Edit] = []
    if crop := explain.get("crop"):
        if not isinstance(crop, Mapping) or not {"w", "h"} <= crop.keys():
            raise BadRequest("crop needs x, y, w and h.", field="crop")
        found.append(edits.CropTo(crop.get("x", 0), crop.get("y", 0), crop["w"], crop["h"]))
    if explain.get("rotate"):
        found.append(edits.Rotate(explain["rotate"]))
    if explain.get("flip"):
        found.append(edits.Flip(explain["flip"]))
    if explain.get("aspect") or explain.get("fit"):
        found.append(edits.Shape(explain.get("aspect"), explain.get("fit")))
    if explain.get("background"):
        found.append(edits.Background(explain["background"]))
    elif explain.get("transparent"):
        found.append(edits.Background("transparent"))
    if explain.get("grayscale") is not None:
        found.append(edits.Grayscale(explain["grayscale"]))
    return found


def _sound(
    explain: Mapping[str, Any], draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str]
) -> list[edits.Edit]:
    found: list[edits.Edit] = []
    volume, music = explain.get("volume"), explain.get("music")
    if music is False:
        music = None
    if volume is not None and not (explain.get("mute") and music is not None):
        found.append(edits.Volume(volume))
        volume = None
    if explain.get("mute") is not None:
        found.append(edits.Mute(explain["mute"]))
    if music is not None:
        # "Mute it and add lo-fi at 40 %": the silence is about what was there, the rest about the music.
        added = _music({} if music is True else music, draft, infos, names)
        found.append(replace(added, volume=volume) if added.volume is None and volume is not None else added)
    return found


def _music(music: Any, draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str]) -> edits.SetMusic:
    if isinstance(music, str):
        music = {"name": music}
    if not isinstance(music, Mapping):
        raise BadRequest("music must say a name, a volume or both.", field="music")
    volume, wanted, media = music.get("volume"), music.get("name"), music.get("media")
    if media is not None:
        return edits.SetMusic(media=media, name=names.get(media), volume=volume)
    if wanted:
        if not isinstance(wanted, str):
            raise BadRequest("The name of the music must be text.", field="music")
        uploaded = _uploaded(wanted, infos, names)
        if uploaded is not None:
            return edits.SetMusic(media=uploaded, name=names[uploaded], volume=volume)
        if (built_in := music_names.find(wanted)) is not None:
            return edits.SetMusic(loop_name=built_in, volume=volume)
        known = ", ".join(music_names.TITLES.values())
        raise BadRequest(f"There is no music “{wanted[:60]}”. Built in: {known}; or upload a file.", field="music")
    if not draft.sounds:
        # Somebody who uploaded a sound and says "add music" means that sound, the latest if there are several.
        heard = [key for key, info in infos.items() if info.kind == "audio"]
        if heard:
            return edits.SetMusic(media=heard[-1], name=names.get(heard[-1]), volume=volume)
    return edits.SetMusic(volume=volume)


def _uploaded(wanted: str, infos: Mapping[str, MediaInfo], names: Mapping[str, str]) -> str | None:
    """The file with that name, its ending left out or not."""
    plain = wanted.strip().casefold()
    sounding = [(k, n) for k, n in names.items() if k in infos and (infos[k].kind == "audio" or infos[k].has_audio)]
    for key, name in sounding:
        if plain in (name.casefold(), stem(name).casefold()):
            return key
    return None


def _transition(between: Any) -> edits.SetTransition:
    """``kind``, and ``clip`` (from 0; left out: all), ``d_ms`` and ``color`` as in the edit."""
    if isinstance(between, str):
        between = {"kind": between}
    if not isinstance(between, Mapping) or not between.get("kind"):
        raise BadRequest("transition must say a kind: cut, crossfade or fade.", field="transition")
    return edits.SetTransition(between["kind"], between.get("clip"), between.get("d_ms"), between.get("color"))


def _text(text: Any) -> edits.AddText:
    if isinstance(text, str):
        text = {"text": text}
    if not isinstance(text, Mapping):
        raise BadRequest("text must say what to write.", field="text")
    return edits.AddText(
        text.get("text", ""),
        position=text.get("position"),
        x_share=text.get("x"),
        y_share=text.get("y"),
        start_ms=text.get("start_ms"),
        end_ms=text.get("end_ms"),
        color=text.get("color"),
        size=text.get("size"),
        outline=text.get("outline"),
        **{name: text[name] for name in ("fade_in_ms", "fade_out_ms", "slide") if text.get(name) is not None},
    )
