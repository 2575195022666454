"""Chips: what is asked of the file and of the timeline now, one chip for each wish.

Chips are computed from the draft and the goal, not from the messages: a wish that was undone or replaced has none. Each
chip can be removed; one with a single value can be changed in place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as later

from compressor import language, timeline
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.number_format import capital, in_words
from compressor.setting_labels import labels
from compressor.timeline import Draft
from gifweb.errors import BadInput, Conflict

from . import words_to_request

# Chips that hold one number: label, minimum, maximum and step of the field.
NUMBERS: dict[str, tuple[str, float, float, str]] = {
    "width": (later("Pixels wide"), 1, 16384, "1"),
    "height": (later("Pixels high"), 1, 16384, "1"),
    "short_side": (later("Pixels on the short side"), 1, 16384, "1"),
    "fps": (later("Frames per second"), 0.1, 240, "any"),
    "quality": (later("Quality, 0 to 100"), 0, 100, "any"),
}
# Wishes that stand both in the goal and on the timeline; one chip represents both.
_BOTH = {"loop": "loop", "grayscale": "grayscale", "background": "transparent"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One wish. ``field`` is the kind of its form field (``size``, ``number``, ``format``, "" for none) and ``value``
    its value; ``least``, ``most`` and ``step`` belong to a number."""

    key: str
    label: str
    field: str = ""
    value: str = ""
    name: str = ""
    least: float = 0
    most: float = 0
    step: str = ""


def of(draft: Draft, goal: Goal, names: Mapping[str, str]) -> list[Chip]:
    """Return all chips: first those of the goal, then those of the timeline. ``names``: media id → name."""
    asked = goal.to_json()
    done = timeline.done(draft, names)
    for done_key, goal_key in _BOTH.items():
        if any(d.key == done_key for d in done):
            asked.pop(goal_key, None)
    found = [_of_goal(key, value) for key, value in asked.items()]
    for one in done:
        label = _label(one.wish) + (f" ({one.clip})" if one.clip else "")
        found.append(Chip(f"draft:{one.key}", label))
    return [chip for chip in found if chip.label]


def _label(explained: Mapping[str, Any]) -> str:
    return capital(gettext(", ").join(labels(explained, get_language() or "en").values()))


def _of_goal(key: str, value: Any) -> Chip:
    if value is False and key != "dither":
        label = ""  # False means that it was not asked for
    else:
        label = _label({key: value})
    key = f"goal:{key}"
    if key == "goal:max_bytes":
        return Chip(key, label, "size", in_words(value), gettext("At most"))
    if key == "goal:format":
        return Chip(key, label, "format", str(value), gettext("Format"))
    if key[5:] in NUMBERS:
        name, least, most, step = NUMBERS[key[5:]]
        return Chip(key, label, "number", f"{value:g}", gettext(name), least, most, step)
    return Chip(key, label)


def without(draft: Draft, goal: Goal, key: str, infos: Mapping[str, MediaInfo]) -> tuple[Draft, Goal]:
    """Return draft and goal without one chip. Raises Conflict when it no longer exists."""
    _chip(draft, goal, key)
    kind, _, name = key.partition(":")
    asked = goal.to_json()
    if kind == "goal":
        del asked[name]
    else:
        draft = timeline.taken_back(draft, name, infos)
        asked.pop(_BOTH.get(name, ""), None)
    return draft, Goal.from_json(asked)


def with_value(draft: Draft, goal: Goal, key: str, value: str) -> tuple[Draft, Goal]:
    """Return draft and goal with another value of one chip, as typed. Raises BadInput that says what is valid."""
    chip = _chip(draft, goal, key)
    name = key.partition(":")[2]
    if chip.field == "size":
        wanted: Any = language.read(f"under {value.strip()[:40]}").explain.get("max_bytes")
        if not wanted:
            raise BadInput("Give the size with its unit, for example 500 KB or 2 MB.", field=key)
    elif chip.field == "format":
        wanted = value
    elif chip.field == "number":
        wanted = _number(value, chip)
    else:
        raise BadInput("This can be removed, but not changed.", field=key)
    try:
        after = Goal.from_json(words_to_request.merge(goal.to_json(), {name: wanted}))
    except BadRequest as error:
        raise BadInput(error.message, field=key) from error
    return draft, after


def _number(value: str, chip: Chip) -> float | int:
    try:
        number = float(value.strip().replace(",", "."))
    except ValueError:
        number = -1.0
    if not chip.least <= number <= chip.most:
        raise BadInput(f"{chip.name}: a number from {chip.least:g} to {chip.most:g}.", field=chip.key)
    return round(number) if chip.step == "1" else round(number, 3)


def _chip(draft: Draft, goal: Goal, key: str) -> Chip:
    found = next((chip for chip in of(draft, goal, {}) if chip.key == key), None)
    if found is None:
        raise Conflict("This was removed or changed meanwhile.")
    return found
