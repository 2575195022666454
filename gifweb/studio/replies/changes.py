"""Describes what changed between two states of a file, in sentences with figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressor import presets, timeline
from compressor.message_catalogue import Words, words
from compressor.number_format import exact, listed, percent, seconds, sentence
from compressor.setting_labels import place_name, wishes
from compressor.timeline import Draft, Layer, Title
from gifweb.studio.project_snapshot import Result, Standing

from . import clips, layers, titles

# These have sentences of their own, not a label.
_LIMITS = ("max_bytes", "max_ratio", "preset")
_SPOKEN = ("trim", "speed", "reverse", "boomerang", "transition", "music", "layer", "text")
# In the goal as well as on the timeline: key of the timeline → key of the goal. Described once.
_BOTH = {"loop": "loop", "grayscale": "grayscale", "background": "transparent"}
_OF_SOUND = ("volume", "mute")


def changed(
    before: Standing, after: Standing, lang: str, *, names: Mapping[str, str], last: Result | None = None
) -> list[str]:
    """One sentence for each change of draft and goal, in the order clips, pace, picture, words, sound, file.

    ``names`` is media id → file name. ``last`` is the last result: a new limit is compared with it. Empty when nothing
    changed.
    """
    say = words(lang)
    told = clips.told(before, after, names, say)
    told += _picture(before, after, names, say)
    told += layers.told(before.draft, after.draft, say)
    told += titles.told(before.draft, after.draft, say)
    told += _ends(before.draft, after.draft, say)
    told += clips.sound(before.draft, after.draft, names, say)
    told += _place(before, after, say)
    told += _limit(before, after, last, say)
    told += _file(before, after, lang, say)
    old, new = before.draft.meta.title, after.draft.meta.title
    if new and old != new and not told:  # the title follows the first clip
        told.append(say("It is called “{title}” now.", title=new))
    return told


def _ends(before: Draft, after: Draft, say: Words) -> list[str]:
    """Say of what was put over the picture for longer than it lasts that it ends with it."""
    if not after.clips:
        return []
    old, told = (*before.titles, *before.layers), []
    over: list[Title | Layer] = [*after.titles, *after.layers]
    for one in over:
        name = titles.short(one.text) if isinstance(one, Title) else one.name
        if one not in old and one.at_ms + (one.d_ms or 0) > after.d_ms:
            told.append(
                say("It is only {time} long: “{name}” stays to its end.", name=name, time=seconds(after.d_ms, say))
            )
    return told


def _picture(before: Standing, after: Standing, names: Mapping[str, str], say: Words) -> list[str]:
    """Describe the timeline changes that have a label: crop, rotation, aspect, background, loop."""
    silent = not any(after.infos[c.media].has_audio for c in after.draft.clips if c.media in after.infos)
    # Over silent clips the sentence about the music has the volume.
    skip = (*_SPOKEN, *_OF_SOUND) if silent and after.draft.sounds else _SPOKEN
    old, new = (
        {d.key: d for d in timeline.done(s.draft, names) if d.key.partition(":")[0] not in skip}
        for s in (before, after)
    )
    kept = {c.media for c in before.draft.clips} & {c.media for c in after.draft.clips}
    told = []
    for key, one in new.items():
        if key not in old or old[key].wish != one.wish:
            told.append(_of_clip(sentence(_label(one.wish, say), say), one.clip, say))
    for key, one in old.items():
        # The changes of a removed clip are not described; "clip 2 is turned" may now apply to all clips.
        if key not in new and kept and not any(k.partition(":")[0] == key.partition(":")[0] for k in new):
            told.append(_of_clip(_back(listed(wishes(one.wish, say.lang), say), say), one.clip, say))
    return told


def _label(wish: Mapping[str, Any], say: Words) -> str:
    """Return the label of a change; for a new aspect also what happens to the rest of the image."""
    if "aspect" in wish and "fit" not in wish:
        wish = {**wish, "fit": "crop"}
    return listed(wishes(wish, say.lang), say)


def _of_clip(text: str, clip: str, say: Words) -> str:
    return say("{clip}: {sentence}", clip=clip, sentence=text) if clip else text


def _back(label: str, say: Words) -> str:
    return say("Taken back: {wish}.", wish=label)


def _place(before: Standing, after: Standing, say: Words) -> list[str]:
    old, new = before.goal.preset, after.goal.preset
    if old == new:
        return []
    if new:
        wish = _wish_of_place(after)
        takes = listed(wishes(wish, say.lang), say)
        return [say("Now for {place}: {limits}.", place=place_name(new, say), limits=takes)]
    told = [say("No longer for {place}; its limits are gone.", place=place_name(str(old), say))]
    if after.ceiling and after.ceiling == before.stated:
        told.append(say("Your limit of {size} stays.", size=exact(after.ceiling, say)))
    return told


def _wish_of_place(after: Standing) -> dict[str, object]:
    """Describe what a place brings, merged with what the person asked for and the smaller limit."""
    asked = {k: v for k, v in after.goal.to_json().items() if k not in ("preset", "max_ratio")}
    wish = presets.goal_for(str(after.goal.preset), after.info) | asked
    if after.ceiling:
        wish["max_bytes"] = after.ceiling
    if wish.get("background"):
        wish.pop("background")
    return wish


def _limit(before: Standing, after: Standing, last: Result | None, say: Words) -> list[str]:
    """Describe a changed limit in bytes."""
    old, new = before.stated, after.stated
    if new is None and after.goal.max_ratio and before.goal.max_ratio != after.goal.max_ratio:
        return [sentence(listed(wishes({"max_ratio": after.goal.max_ratio}, say.lang), say), say)]
    if new is None:
        placed = before.goal.preset != after.goal.preset
        if placed or not old:
            return []
        told = [say("The limit of {size} is gone.", size=exact(old, say))]
        if after.ceiling:  # that of the place
            told.append(say("The next export will be at most {size}.", size=exact(after.ceiling, say)))
        return told
    placed = before.goal.preset != after.goal.preset and after.goal.preset is not None
    if old == new or placed:
        return []  # described with the place: the smaller limit applies
    if after.goal.max_ratio and before.goal.max_ratio != after.goal.max_ratio:
        share = percent(after.goal.max_ratio, say)
        return [say("At most {size} now, {percent} of the file.", size=exact(new, say), percent=share)]
    return [_compared(new, old, after, last, say)]


def _compared(new: int, old: int | None, after: Standing, last: Result | None, say: Words) -> str:
    now = exact(new, say)
    if old and new > old:
        return say("At most {size} now; the limit was {old}.", size=now, old=exact(old, say))
    if last and last.bytes > new and (old is None or last.bytes <= old):
        less = percent(1 - new / last.bytes, say)
        return say("At most {size} now, {percent} less than the last result.", size=now, percent=less)
    if old:
        less = percent(1 - new / old, say)
        return say("At most {size} now, {percent} less than the limit before.", size=now, percent=less)
    if len(str(new).rstrip("0")) > 2 and new % 1024 and after.source_bytes > new:  # no round number: it was computed
        less = percent(1 - new / after.source_bytes, say)
        return say("At most {size} now, {percent} less than the file.", size=now, percent=less)
    return say("At most {size} now.", size=now)


def _file(before: Standing, after: Standing, lang: str, say: Words) -> list[str]:
    """Describe all other goal fields: one sentence for new ones and one for removed ones."""
    old, new = before.goal.to_json(), after.goal.to_json()
    shown = {d.key for d in timeline.done(after.draft)} | {d.key for d in timeline.done(before.draft)}
    skip = {*_LIMITS, *(key for done, key in _BOTH.items() if done in shown)}
    if before.goal.preset != after.goal.preset and after.goal.preset:
        skip |= new.keys()  # described with the place
    fresh = {k: v for k, v in new.items() if k not in skip and old.get(k) != v}
    gone = {k: v for k, v in old.items() if k not in skip and k not in new}
    # A new size or rate replaces the old one; only the new one is described.
    for group in (("width", "height", "short_side", "scale"), ("fps", "keep_every"), ("quality", "lossless")):
        if any(key in fresh for key in group):
            gone = {k: v for k, v in gone.items() if k not in group}
    told = []
    if said := wishes(fresh, lang):
        told.append(sentence(listed(said, say), say))
    if said := wishes(gone, lang):
        told.append(_back(listed(said, say), say))
    return told
