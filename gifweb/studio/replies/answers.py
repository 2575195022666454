"""Answers questions from facts: about the file, the last result, the price, the state of a render."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any

from compressor import notice_words, timeline
from compressor.goal import FORMATS
from compressor.message_catalogue import Words, later, words
from compressor.number_format import exact, listed, named, number, paragraph, percent, pixels, seconds, size
from compressor.setting_labels import format_name, music_name, wishes
from compressor.timeline.draft import length_ms
from compressor.timeline.music_names import TITLES
from compressor.unsupported import cannot
from gifweb.studio.project_snapshot import Facts, Result

from . import explanations, places, quality_answers
from .refusals import translated

About = Mapping[str, Any]


def answer(ask: str, about: About, facts: Facts, lang: str) -> str:
    """The answer to one question. ``ask`` is a kind of docs/language.md, ``about`` what it is about; a kind that is not
    known is answered as ``help``."""
    say = words(lang)
    return paragraph(_ANSWERS.get(ask, _help)(about, facts, say), say)


def nothing_here(say: Words) -> list[str]:
    return [say("There is no file yet: upload one first.")]


def _size(about: About, facts: Facts, say: Words) -> list[str]:
    standing, last = facts.standing, facts.last
    source = standing.source_bytes
    if not source:
        return nothing_here(say)
    told = []
    wish = wishes({k: v for k, v in about.items() if k not in ("max_bytes", "media")}, say.lang)
    if last:
        told.append(_last_size(last, source, say))
    elif len(standing.draft.clips) > 1:
        told.append(say("The files on the timeline are {size} together.", size=size(source, say)))
    else:
        told.append(say("The file is {size}.", size=size(source, say)))
    if standing.ceiling and (last is None or standing.ceiling != last.max_bytes):
        told.append(say("The next export will be at most {size}.", size=exact(standing.ceiling, say)))
    if wish:
        told.append(
            say(
                "What it comes to is known when it is made; say “{wish}” to try it. A limit that you say is "
                "always kept.",
                wish=listed(wish, say),
            )
        )
    return told


def _last_size(last: Result, source: int, say: Words) -> str:
    now, before = size(last.bytes, say), size(source, say)
    if last.bytes < source:
        saved = percent(1 - last.bytes / source, say)
        return say(
            "The last result is {size}: {percent} less than the {source} of the file.",
            size=now,
            percent=saved,
            source=before,
        )
    return say("The last result is {size}; the file is {source}.", size=now, source=before)


def _dimensions(about: About, facts: Facts, say: Words) -> list[str]:
    info, last, goal = facts.standing.info, facts.last, facts.standing.goal
    if info is None or not info.width:
        return nothing_here(say)
    told = [say("The picture is {size}.", size=pixels(info.width, info.height, say))]
    if last and last.width:
        told.append(say("The last picture is {size}.", size=pixels(last.width, last.height, say)))
    asked = {k: v for k, v in goal.to_json().items() if k in ("width", "height", "short_side", "scale")}
    if asked:
        told.append(say("Asked for: {wishes}.", wishes=listed(wishes(asked, say.lang), say)))
    return told


def _duration(about: About, facts: Facts, say: Words) -> list[str]:
    standing = facts.standing
    length = standing.draft.d_ms or (length_ms(standing.info) if standing.info else 0)
    if not length:
        return nothing_here(say)
    told = [say("It lasts {time} now.", time=seconds(length, say))]
    whole = length_ms(standing.info) if standing.info else 0
    if whole and abs(whole - length) > 10 and len(standing.draft.clips) < 2:
        told.append(say("The file itself lasts {time}.", time=seconds(whole, say)))
    first = standing.draft.clips[0].speed if standing.draft.clips else 1.0
    if first != 1:
        told.append(say("It plays at {n} times the original speed.", n=number(first, say, 3)))
    return told


def _frames(about: About, facts: Facts, say: Words) -> list[str]:
    standing, last = facts.standing, facts.last
    info = standing.info
    if info is None or not info.frames:
        return nothing_here(say)
    count = number(info.frames, say)
    text = say.many("The file has {count} frame", "The file has {count} frames", info.frames, count=count)
    told = [say("{frames}, {fps} per second.", frames=text, fps=number(info.fps, say))]
    if last and last.frames:
        told.append(
            say.many(
                "The last result has {count} frame.", "The last result has {count} frames.", last.frames,
                count=number(last.frames, say),
            )
        )  # fmt: skip
    if about.get("keep_every") or about.get("fps"):
        length = (standing.draft.d_ms or length_ms(info)) / 1000
        left = info.frames / about["keep_every"] if about.get("keep_every") else min(about["fps"], info.fps) * length
        wish = listed(wishes({k: about[k] for k in ("keep_every", "fps") if about.get(k)}, say.lang), say)
        told.append(say("With “{wish}” it would have about {n} frames.", wish=wish, n=number(ceil(left), say)))
    return told


def _price(about: About, facts: Facts, say: Words) -> list[str]:
    if facts.price is None:
        return [
            say("An export costs one credit for every started 100 million pixels of all frames together."),
            _left(facts, say),
        ]
    cost = say.many("An export costs at most {n} credit now.", "An export costs at most {n} credits now.", facts.price)
    return [cost, _left(facts, say), say("Talking about it costs nothing.")]


def _left(facts: Facts, say: Words) -> str:
    return say.many("You have {n} credit.", "You have {n} credits.", facts.available)


def _credits(about: About, facts: Facts, say: Words) -> list[str]:
    told = [_left(facts, say)]
    if facts.frozen:
        told.append(
            say.many(
                "{n} more is set aside for an export in progress.", "{n} more are set aside for exports in progress.",
                facts.frozen,
            )
        )  # fmt: skip
    return told


def _time(about: About, facts: Facts, say: Words) -> list[str]:
    if facts.render_state == "running":
        return [_running(facts, say)]
    told = []
    took = float((facts.last.report.get("seconds") if facts.last else None) or 0)
    if took:
        told.append(
            say("The last export took {time}; expect about the same.", time=seconds(max(1, round(took)) * 1000, say))
        )
    else:
        told.append(say("An export mostly takes some seconds, a long or large film some minutes."))
    if facts.queue:
        told.append(say.many("{n} export waits before it.", "{n} exports wait before it.", facts.queue))
    else:
        told.append(say("Nothing waits before it in the queue."))
    return told


def _running(facts: Facts, say: Words) -> str:
    done = percent(facts.progress / 100, say)
    if facts.left_s:
        left = seconds(max(1, round(facts.left_s)) * 1000, say)
        return say("It is being made: {percent} done, about {time} left.", percent=done, time=left)
    return say("It is being made: {percent} done.", percent=done)


def _status(about: About, facts: Facts, say: Words) -> list[str]:
    if facts.render_state == "queued":
        before = (
            say.many("{n} export waits before it.", "{n} exports wait before it.", facts.queue) if facts.queue else ""
        )
        return [say("Not yet: the export waits for its turn."), before]
    if facts.render_state == "running":
        return [say("Not yet."), _running(facts, say)]
    if facts.render_state == "failed":
        why = translated(facts.render_error, say) if facts.render_error else ""
        return [say("The last export failed."), why, say("Nothing was charged for it.")]
    if facts.render_state == "cancelled":
        return [say("The last export was cancelled; nothing was charged for it.")]
    if last := facts.last:
        made = size(last.bytes, say, last.max_bytes)
        told = [
            say(
                "Yes, it is done: {size} as {format}, {dimensions}.",
                size=made,
                format=format_name(last.format),
                dimensions=pixels(last.width, last.height, say),
            )
        ]
        if last.fits is False and last.max_bytes:
            told.append(
                say(
                    "That is more than the limit of {size}; it is the closest that could be made.",
                    size=exact(last.max_bytes, say),
                )
            )
        return told + [notice_words.translated(one, say) for one in last.report.get("warnings") or []]
    return [say("Nothing has been exported yet. Say “export” when it is as you want it.")]


def _formats(about: About, facts: Facts, say: Words) -> list[str]:
    if about.get("preset"):
        return [places.limits(str(about["preset"]), say)]
    names = named([format_name(f) for f in FORMATS], say)
    return [
        say("You can have {formats}.", formats=names),
        say("MP4 is the smallest for most films and plays nearly everywhere; GIF is the largest, but goes "
            "where only pictures go; WebP and AVIF are small pictures that move."),
    ]  # fmt: skip


def _limits(about: About, facts: Facts, say: Words) -> list[str]:
    told = []
    place = about.get("preset") or facts.place
    if place:
        told.append(places.limits(str(place), say))
    if not about.get("preset"):
        stated = facts.standing.stated
        if stated and not place:
            told.append(say("Your limit is {size}.", size=exact(stated, say)))
        told.append(say("An uploaded file may be up to {size}.", size=size(facts.max_upload, say)))
    return told


def _changes(about: About, facts: Facts, say: Words) -> list[str]:
    """Return everything that was asked of the file and done on the timeline."""
    standing = facts.standing
    if facts.first is not None and (facts.first.draft, facts.first.goal) == (standing.draft, standing.goal):
        return [say("Nothing has been changed so far: the file is as you uploaded it.")]
    asked = dict(standing.goal.to_json())
    told = wishes(asked, say.lang)
    for one in timeline.done(standing.draft, facts.names):
        if one.key in asked:
            continue  # loop, grey and background are in the goal too
        label = listed(wishes(one.wish, say.lang), say)
        told.append(f"{label} ({one.clip})" if one.clip else label)
    if len(standing.draft.clips) > 1:
        told.append(say.many("{n} clip", "{n} clips", len(standing.draft.clips)))
    if not told:
        return [say("Nothing has been changed so far: the file is as you uploaded it.")]
    return [say("So far: {wishes}.", wishes=listed(told, say, apart=True))]


# The subject of a question about an ability → how to ask for it.
_EXAMPLES = {
    "text": later("add the text ‘Hello’ at the top"),
    "music": later("lo-fi music at 35 %"),
    "speed": later("twice as fast"),
    "relative_pace": later("a bit slower"),
    "start_ms": later("from 2 s to 5 s"),
    "end_ms": later("the first 3 seconds"),
    "last_ms": later("the last 2 seconds"),
    "max_duration_ms": later("at most 5 seconds"),
    "reverse": later("play it backwards"),
    "boomerang": later("forwards, then backwards"),
    "loop": later("play it 3 times"),
    "aspect": later("make it square"),
    "fit": later("make it square"),
    "crop": later("make it square"),
    "rotate": later("turn it to the right"),
    "flip": later("mirror it"),
    "width": later("480 px wide"),
    "height": later("480 px wide"),
    "short_side": later("480 px wide"),
    "scale": later("half the width and height"),
    "fps": later("12 frames per second"),
    "colors": later("64 colours"),
    "grayscale": later("black and white"),
    "format": later("as MP4"),
    "max_bytes": later("under 500 KB"),
    "max_ratio": later("half the size"),
    "quality": later("high quality"),
    "background": later("a white background"),
    "transparent": later("keep the transparency"),
    "volume": later("volume 50 %"),
    "mute": later("without sound"),
    "preset": later("for Slack emoji"),
    "media": later("now the second file"),
    "order": later("swap the clips"),
    "undo": later("undo"),
    "change_text": later("make the text larger"),
}


# Keys whose own value is the best example.
_AS_ASKED = {"format", "preset", "max_bytes", "fps", "colors", "width", "height", "short_side", "speed", "loop"}


def _capability(about: About, facts: Facts, say: Words) -> list[str]:
    if about.get("cannot"):
        return [cannot(about["cannot"], say.lang)]
    if "music" in about:
        own = say("Yes: upload a sound file (MP3, WAV, M4A or AAC) and say “use it as the music”.")
        return [own, say("There is built-in music too: {names}.", names=_music(say))]
    for key in about:
        if key in _AS_ASKED and (said := wishes({key: about[key]}, say.lang)):
            return [say("Yes. Just say so, for example “{example}”.", example=said[0])]
        if key in _EXAMPLES:
            return [say("Yes. Just say so, for example “{example}”.", example=say.plain(_EXAMPLES[key]))]
    return _help(about, facts, say)


def _music(say: Words) -> str:
    return named([music_name(name, say) for name in TITLES], say)


def _help(about: About, facts: Facts, say: Words) -> list[str]:
    if told := quality_answers.of_setting(about, facts, say):
        return told
    return [
        say("I make animations fit: smaller in bytes, as MP4, GIF, WebP and more, for a place such as a Slack emoji, "
            "shorter, in another shape or pace, with text, built-in music or a song that you upload."),
        say("You can say it in your own words, such as “{example}”, and ask me about the file at any time; "
            "“undo” takes the last change back and “export” makes the file.", example=say.plain("under 500 KB")),
    ]  # fmt: skip


def _privacy(about: About, facts: Facts, say: Words) -> list[str]:
    told = [say("Only you can see your files; others see a result only by a link that you make.")]
    if facts.kept_days is None:
        told.append(say("They are kept until you delete them."))
    else:
        told.append(say.many("They are deleted after {n} day.", "They are deleted after {n} days.", facts.kept_days))
        told.append(say("You can delete them sooner."))
    return told


def _why(about: About, facts: Facts, say: Words) -> list[str]:
    return explanations.why(about, facts, say)


def _fits(about: About, facts: Facts, say: Words) -> list[str]:
    return places.fits(about, facts, say)


def _quality(about: About, facts: Facts, say: Words) -> list[str]:
    return quality_answers.quality(about, facts, say)


_ANSWERS: dict[str, Callable[[About, Facts, Words], list[str]]] = {
    "size": _size, "dimensions": _dimensions, "duration": _duration, "frames": _frames, "price": _price,
    "credits": _credits, "time": _time, "status": _status, "why": _why, "fits": _fits, "quality": _quality,
    "formats": _formats, "limits": _limits, "changes": _changes, "capability": _capability, "help": _help,
    "privacy": _privacy,
}  # fmt: skip
KINDS = tuple(_ANSWERS)
