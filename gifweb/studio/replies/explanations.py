"""Explains a result: its limit, and what each setting contributed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressor import presets
from compressor.formats import USUAL
from compressor.message_catalogue import Words
from compressor.number_format import capital, exact, listed, number, pixels, size
from compressor.setting_labels import format_name, place_name, wishes
from gifweb.studio.project_snapshot import Facts, Result

from .places import limits


def why(about: Mapping[str, Any], facts: Facts, say: Words) -> list[str]:
    """Explain the last result from its report, or the source when there is no result."""
    goal = facts.standing.goal
    asked = {k: v for k, v in goal.to_json().items() if about.get(k) == v and k not in ("preset", "max_bytes")}
    told = [say("Asked for: {wishes}.", wishes=listed(wishes(asked, say.lang), say))] if asked else []
    if "format" in about and not asked:
        if goal.preset:
            return [limits(goal.preset, say)]
        if about["format"] == USUAL:
            return [say("It comes as MP4, which is smaller than GIF; say “as GIF” to keep that.")]
    return told + (_of_the_result(facts.last, say) if facts.last else _of_the_file(facts, say))


def _of_the_result(last: Result, say: Words) -> list[str]:
    source: Mapping[str, Any] = last.report.get("input") or {}
    told = _limit(last, source, say)
    levers = _levers(last, source, say)
    if levers:
        told.append(say("So it was made with {levers}.", levers=listed(levers, say)))
    elif last.max_bytes:
        told.append(say("Size and frame rate are those of the file; fine detail was left out instead."))
    else:
        told.append(say("Size and frame rate are those of the file."))
    if last.quality is not None:
        told.append(looks(last.quality, say))
    if last.max_bytes:
        told.append(say("A larger limit or a shorter piece would look better."))
    return told


def _of_the_file(facts: Facts, say: Words) -> list[str]:
    info = facts.standing.info
    if info is None:
        return [say("There is no file yet: upload one first.")]
    what = [pixels(info.width, info.height, say), format_name(info.format), size(info.bytes, say)]
    if info.fps:
        what.insert(1, say("{n} frames per second", n=number(info.fps, say)))
    told = [say("Nothing has been exported yet; this is the file itself: {facts}.", facts=listed(what, say))]
    place = facts.standing.goal.preset
    if place in presets.PRESETS:
        wish = {k: v for k, v in presets.goal_for(str(place), info).items() if k in ("width", "height", "max_bytes")}
        if wish:
            asks = listed(wishes(wish, say.lang), say)
            told.append(say("{place} asks for: {limits}.", place=capital(place_name(str(place), say)), limits=asks))
    elif facts.standing.ceiling:
        told.append(say("The limit is {size}.", size=exact(facts.standing.ceiling, say)))
    return told


def _limit(last: Result, source: Mapping[str, Any], say: Words) -> list[str]:
    """Describe the limit, and how many bits it leaves for each pixel of the source."""
    if not last.max_bytes:
        return [
            say(
                "No limit of bytes was set: it is {size} as {format}.",
                size=size(last.bytes, say),
                format=format_name(last.format),
            )
        ]
    limit = exact(last.max_bytes, say)
    frames = last.frames or int(source.get("frames") or 0)
    shown = int(source.get("width") or 0) * int(source.get("height") or 0) * frames
    if not shown:
        return [say("It had to fit into {size}.", size=limit)]
    bits = last.max_bytes * 8 / shown
    had = float(source.get("bytes") or 0) * 8 / shown
    told = say(
        "It had to fit into {size}: that leaves {bits} bits for each pixel of the file at full size.",
        size=limit,
        bits=_bits(bits, say),
    )
    return [told, say("The file itself uses {bits}.", bits=_bits(had, say))] if had > bits else [told]


def _bits(value: float, say: Words) -> str:
    return number(float(f"{value:.2g}"), say, 3)


def _levers(last: Result, source: Mapping[str, Any], say: Words) -> list[str]:
    """Describe size, frame rate and colours that are below the source's."""
    found = []
    width, height = int(source.get("width") or 0), int(source.get("height") or 0)
    if last.width and width and (last.width, last.height) != (width, height):
        now, was = pixels(last.width, last.height, say), pixels(width, height, say)
        found.append(say("{now} instead of {before}", now=now, before=was))
    frames, shown = int(source.get("frames") or 0), int(source.get("shown_ms") or source.get("duration_ms") or 0)
    rate = frames * 1000 / shown if shown else 0.0
    if last.fps and rate and last.fps < 0.95 * rate:
        now = say("{n} frames per second", n=number(last.fps, say, 1))
        found.append(say("{now} instead of {before}", now=now, before=number(rate, say, 1)))
    colors = _colors(last)
    if colors:
        found.append(say.many("{n} colour", "{n} colours", colors))
    return found


def _colors(last: Result) -> int:
    """Return the number of colours in the settings; 0 where the format has none or it was not limited."""
    for attempt in reversed(list(last.report.get("attempts") or [])):
        if attempt.get("bytes") == last.bytes:
            count = int(((attempt.get("plan") or {}).get("settings") or {}).get("colors") or 0)
            return count if 0 < count < 256 else 0
    return 0


def looks(quality: float, say: Words) -> str:
    return say(
        "Compared with the file it measures {n} of 100: from 90 on nobody sees a difference, at 70 it is not annoying.",
        n=number(max(0.0, quality), say, 0),
    )
