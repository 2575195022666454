"""Describes changes of clips and sound: added, removed, moved, cut, speed, volume."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from compressor.message_catalogue import Words
from compressor.number_format import named, number, percent, seconds
from compressor.setting_labels import color_name, music_name
from compressor.timeline import Clip, Draft, Sound, Transition, stem
from compressor.timeline.describe import clip_name
from compressor.timeline.draft import length_ms, transition_ms
from gifweb.studio.project_snapshot import Standing

Pair = tuple[Clip, Clip]


def told(before: Standing, after: Standing, names: Mapping[str, str], say: Words) -> list[str]:
    """Describe added, removed and moved clips; then cuts, speed and direction of the others."""
    old, new = before.draft.clips, after.draft.clips
    pairs = _pairs(old, new)
    found = _list_changes(old, new, names, say)
    for pair in pairs:
        which = "" if len(new) == 1 else clip_name(pair[1], names)
        cut = _cut(pair, after, say)
        if cut:
            found.append(say("{clip}: {sentence}", clip=which, sentence=cut) if which else cut)
    found += _transitions(before.draft, after.draft, names, say)
    pace, whole = _pace(pairs, after.draft, names, say)
    found += pace
    several = {len(old), len(new)} != {1} and bool(old and new)
    if several and not whole and before.draft.d_ms != after.draft.d_ms:
        found.append(say("It lasts {time} in all.", time=seconds(after.draft.d_ms, say)))
    return found


def _pairs(old: tuple[Clip, ...], new: tuple[Clip, ...]) -> list[Pair]:
    """Pair the clips that are in both drafts, by file and order."""
    left = list(old)
    found = []
    for clip in new:
        match = next((c for c in left if c.media == clip.media), None)
        if match is not None:
            left.remove(match)
            found.append((match, clip))
    return found


def _list_changes(old: tuple[Clip, ...], new: tuple[Clip, ...], names: Mapping[str, str], say: Words) -> list[str]:
    had, has = Counter(c.media for c in old), Counter(c.media for c in new)
    added, removed = has - had, had - has
    found = []
    for place, clip in enumerate(new):
        if not added[clip.media]:
            continue
        added[clip.media] -= 1
        name = clip_name(clip, names)
        if len(new) == 1:
            found.append(say("“{name}” is on the timeline now.", name=name))
        elif place == len(new) - 1:
            found.append(say("Added “{name}” at the end.", name=name))
        elif place == 0:
            found.append(say("Added “{name}” at the start.", name=name))
        else:
            found.append(say("Added “{name}” as clip {n}.", name=name, n=place + 1))
    for clip in old:
        if removed[clip.media]:
            removed[clip.media] -= 1
            found.append(say("Removed the clip “{name}”.", name=clip_name(clip, names)))
    if had == has and [c.media for c in old] != [c.media for c in new]:
        order = named([f"{n}. {clip_name(c, names)}" for n, c in enumerate(new, 1)], say)
        found.append(say("The order now: {clips}.", clips=order))
    return found


def _transitions(before: Draft, after: Draft, names: Mapping[str, str], say: Words) -> list[str]:
    """Describe the transitions between clips that are new or changed: one sentence where all are alike."""
    old = {(one.media, two.media): one.transition for one, two in pairwise(before.clips)}
    joins = [*pairwise(after.clips)]
    spans = transition_ms(after.clips, [c.d_ms for c in after.clips])
    new = [n for n, (one, two) in enumerate(joins) if one.transition != old.get((one.media, two.media))]
    if len(new) == len(joins) > 1 and len({one.transition for one, _ in joins}) == 1:
        return [_transition(joins[0][0].transition, max(spans), None, say)]
    found = []
    for place in new:
        one, two = joins[place]
        found.append(_transition(one.transition, spans[place], (clip_name(one, names), clip_name(two, names)), say))
    return found


def _transition(made: Transition | None, d_ms: int, between: tuple[str, str] | None, say: Words) -> str:
    """Describe one transition; ``between`` is None where all clips have it."""
    time = seconds(d_ms, say)
    if between is None:
        if made is None:
            return say("The clips follow one another with plain cuts now.")
        if made.kind == "crossfade":
            return say("Each clip cross-fades into the next one, over {time}.", time=time)
        color = color_name(made.color, say)
        return say("Each clip fades through {color} into the next one, over {time}.", color=color, time=time)
    one, two = between
    if made is None:
        return say("Between “{one}” and “{two}” there is a plain cut now.", one=one, two=two)
    if made.kind == "crossfade":
        return say("“{one}” cross-fades into “{two}”, over {time}.", one=one, two=two, time=time)
    color = color_name(made.color, say)
    return say("“{one}” fades through {color} into “{two}”, over {time}.", one=one, two=two, color=color, time=time)


def _cut(pair: Pair, after: Standing, say: Words) -> str:
    was, now = pair
    if now.still:
        if was.d_ms == now.d_ms:
            return ""
        return say("The picture is shown for {time} now.", time=seconds(now.d_ms, say))
    if (was.from_ms, was.to_ms) == (now.from_ms, now.to_ms):
        return ""
    info = after.infos.get(now.media)
    whole = length_ms(info) if info else 0
    left = seconds(now.d_ms, say)
    ends = now.to_ms is not None and (not whole or now.to_ms < whole)
    start, end = now.from_ms, now.to_ms or whole
    if start and ends:
        cut = say("Kept from {start} to {end}; it lasts {time} now.", start=_s(start, say), end=_s(end, say), time=left)
    elif start:
        cut = say("Cut off the first {cut}; it lasts {time} now.", cut=_s(start, say), time=left)
    elif ends and whole:
        cut = say("Cut off the last {cut}; it lasts {time} now.", cut=_s(whole - end, say), time=left)
    elif ends:
        cut = say("Kept the first {kept}; it lasts {time} now.", kept=_s(end, say), time=left)
    else:
        cut = say("Nothing is cut off any more; it lasts {time}.", time=left)
    return cut


def _s(ms: int, say: Words) -> str:
    return seconds(ms, say)


def _pace(pairs: list[Pair], draft: Draft, names: Mapping[str, str], say: Words) -> tuple[list[str], bool]:
    """Speed and direction: one sentence where all clips changed alike, else one for each. And whether the length of
    the whole is said in it."""
    found, whole = [], False
    for name in ("speed", "reverse", "boomerang"):
        moved = [(a, b) for a, b in pairs if getattr(a, name) != getattr(b, name)]
        if len(moved) == len(draft.clips) and len({getattr(b, name) for _, b in moved}) == 1:
            found.append(_moved(name, moved[0][1], draft.d_ms, say))
            whole = whole or name != "reverse"
            continue
        for _, clip in moved:
            text = _moved(name, clip, clip.d_ms, say)
            found.append(say("{clip}: {sentence}", clip=clip_name(clip, names), sentence=text))
    return found, whole


def _moved(name: str, clip: Clip, d_ms: int, say: Words) -> str:
    time = seconds(d_ms, say)
    if name == "speed":
        if clip.speed == 1:
            return say("It plays at its original speed again and lasts {time}.", time=time)
        pace = number(clip.speed, say, 3)
        return say("It plays at {n} times the original speed and lasts {time}.", n=pace, time=time)
    if name == "reverse":
        return say("It plays backwards now.") if clip.reverse else say("It plays forwards again.")
    if clip.boomerang:
        return say("It plays forwards and back now, {time} in all.", time=time)
    return say("It plays one way only again, {time}.", time=time)


def sound(before: Draft, after: Draft, names: Mapping[str, str], say: Words) -> list[str]:
    """Describe the music and its volume."""
    old, new = (d.sounds[0] if d.sounds else None for d in (before, after))
    if not after.clips and not before.clips:
        return []  # the file itself is the sound
    if new is None:
        return [say("Removed the music.")] if old else []
    name, level = _music(new, names, say), percent(new.volume, say)
    if old is None:
        return [say("Added the music “{name}” at {percent}.", name=name, percent=level)]
    if (old.media, old.loop) != (new.media, new.loop):
        return [say("The music is “{name}” now, at {percent}.", name=name, percent=level)]
    if old.muted != new.muted:
        return [
            say("The music is silent now.") if new.muted else say("The music plays again, at {percent}.", percent=level)
        ]
    if old.volume != new.volume:
        was = percent(old.volume, say)
        if new.volume > old.volume:
            return [say("The music is louder: {percent} instead of {old}.", percent=level, old=was)]
        return [say("The music is quieter: {percent} instead of {old}.", percent=level, old=was)]
    if old.fade_out_ms != new.fade_out_ms:
        return [say("The music fades out over {time}.", time=seconds(new.fade_out_ms, say))]
    return []


def _music(sound: Sound, names: Mapping[str, str], say: Words) -> str:
    if sound.loop is not None:
        return music_name(sound.loop, say)
    return stem(names.get(sound.media or "", "")) or sound.name or say("music")
