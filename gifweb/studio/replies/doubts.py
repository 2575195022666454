"""Asks for confirmation before an uncertain change, or for a missing value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressor.message_catalogue import Words, later, words
from compressor.number_format import exact, listed, named, seconds, size
from compressor.setting_labels import music_name, wishes
from compressor.timeline.music_names import TITLES
from gifweb.studio.project_snapshot import Facts

from .asides import numbered, smallest

# The questions for missing values.
_MISSING = {
    "max_duration_ms": later("How long may it be? It lasts {time} now; say for example “{half}”."),
    "cut": later(
        "Which part shall stay? It lasts {time} now; say for example “the first {half}” or “from {a} to {b}”."
    ),
    "remove_part": later("Which part shall go? It lasts {time} now; say for example “from {a} to {b}”."),
    "crop": later("Which part of the picture shall stay? Say for example “square”, “16:9” or “4:5”."),
    "max_bytes": later("How small? It is {size} now; say for example “{less}”."),
    "more_bytes": later("How large may it be at most? It is {size} now; say a size, for example “1 MB”."),
    "width": later("How wide shall it be, in pixels? Say for example “480 px wide”."),
    "fps": later("How many frames per second? Say for example “12 fps”."),
    "colors": later("How many colours? Say for example “64 colours”."),
    "speed": later("How fast? Say for example “twice as fast” or “half speed”."),
    "text": later("What shall the text say? Put the words in quotes."),
    "position": later("Where shall the text stand? Say for example “top” or “bottom right”."),
    "color": later("Which colour? Say for example “red”."),
    "format": later("Which format: MP4, GIF or WebP?"),
    "preset": later("For which place? Say for example “Slack emoji” or “Discord sticker”."),
    "music": later("Which music: {music}?"),
    "volume": later("How loud? Say for example “50 %”."),
    "media": later("Which file do you mean: {files}?"),
    "clip": later("Which clip do you mean? Say its number or its name."),
    "which": later("Which text do you mean? Say some of its words, or “the first” or “the last”."),
    "rotate": later("Turn it to the left or to the right?"),
    "loop": later("How often shall it play? Say a number, or “for ever”."),
    "when": later("Go back to which moment? Say “undo” for the last step, or “start over”."),
    "": later("Could you say more exactly what you would like?"),
}  # fmt: skip
_SAME = {
    "end_ms": "cut",
    "start_ms": "cut",
    "last_ms": "cut",
    "fit": "crop",
    "aspect": "crop",
    "height": "width",
    "short_side": "width",
    "scale": "width",
    "max_ratio": "max_bytes",
    "less_bytes": "max_bytes",
    "relative_pace": "speed",
    "keep_every": "fps",
    "max_frames": "fps",
    "order": "clip",
    "undo": "when",
    "action": "when",
    "background": "color",
}
_OF_TEXT = ("which", "text", "position", "color", "size", "start_ms", "end_ms", "last_ms")


def doubt(doubt: Mapping[str, Any], facts: Facts, lang: str) -> str:
    """One question. ``doubt`` is what was perhaps meant, as an explain object: a value of None is asked for ("make it
    shorter" is ``{"max_duration_ms": None}``); without one it asks for a yes."""
    say = words(lang)
    missing = _missing(doubt)
    if missing is None:
        return _sure(doubt, facts, say)
    return say(_MISSING[missing], **_figures(facts, say))


def _missing(doubt: Mapping[str, Any]) -> str | None:
    """Return the question of ``_MISSING`` for the missing value, or None."""
    if not doubt:
        return ""
    empty = [key for key, value in doubt.items() if value is None]
    for key in ("change_text", "text"):
        inner = doubt.get(key)
        if isinstance(inner, Mapping):
            empty += [name for name in _OF_TEXT if name in inner and inner[name] is None]
    gone = doubt.get("remove")
    if isinstance(gone, Mapping) and None in gone.values():
        empty += ["clip" if "clip" in gone else "which" if "text" in gone else "remove_part"]
    if not empty:
        return None
    if {"start_ms", "end_ms"} <= set(empty) and "remove" in doubt:
        return "remove_part"
    if "remove" in empty:
        return "remove_part"
    if "change_text" in empty:
        return "which"
    key = _SAME.get(empty[0], empty[0])
    return key if key in _MISSING else ""


def _sure(doubt: Mapping[str, Any], facts: Facts, say: Words) -> str:
    said = wishes(doubt, say.lang)
    gone = doubt.get("remove")
    if isinstance(gone, Mapping):
        if "clip" in gone:
            said.append(say("without clip {n}", n=gone["clip"]))
        if "text" in gone:
            said.append(say("without the text “{text}”", text=gone["text"]))
        if "music" in gone:
            said.append(say("without the music"))
    if not said:
        return say(_MISSING[""])
    limit = facts.standing.stated
    wanted = doubt.get("max_bytes")
    if limit and isinstance(wanted, int | float) and wanted > limit:
        return say(
            "The limit is {limit} now. Shall it be {size}? Say “yes”.", limit=exact(limit, say), size=exact(wanted, say)
        )
    return say("Do you want this: {wishes}? Say “yes” and it is done.", wishes=listed(said, say))


def _figures(facts: Facts, say: Words) -> dict[str, str]:
    """Return the values that a question can contain: length, size, files."""
    standing = facts.standing
    length = standing.draft.d_ms or 0
    has = smallest(facts)
    half = _round(length / 2)
    less = float(f"{has * 0.75:.2g}")
    return {
        "time": seconds(length, say), "half": seconds(half, say), "a": seconds(_round(length / 4), say),
        "b": seconds(_round(length * 3 / 4), say), "size": size(has, say), "less": size(less, say),
        "files": numbered(list(facts.names.values()), say), "music": named([music_name(n, say) for n in TITLES], say),
    }  # fmt: skip


def _round(ms: float) -> int:
    """Round a time to whole seconds, or to tenths when it is short."""
    step = 1000 if ms >= 2000 else 100
    return max(100, int(ms // step) * step)
