"""What is asked of each file: flags and words together, and the ending that follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compressor import formats, unsupported
from compressor.errors import BadRequest
from compressor.goal import QUALITY_WORDS, Goal

if TYPE_CHECKING:
    from compressor.media import MediaInfo


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command line asks of every file. ``flags`` are Goal fields and win over ``words``."""

    words: str = ""
    flags: dict[str, Any] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of one file. ``goal.format`` is always set; ``said`` are sentences for the person."""

    goal: Goal
    draft: dict[str, Any] | None
    said: tuple[str, ...] = ()


def flags(options: dict[str, Any]) -> dict[str, Any]:
    """Goal fields of the options that were given; ``quality`` may be one of the words. Raises BadRequest."""
    found = {k: v for k, v in options.items() if v is not None}
    quality = found.pop("quality", None)
    if quality == "lossless":
        found["lossless"] = True
    elif isinstance(quality, str):
        found["quality"] = QUALITY_WORDS[quality]
    elif quality is not None:
        found["quality"] = quality
    Goal.from_json(found)  # a wrong value is told before any file is opened
    return found


def of_name(place: str) -> str | None:
    """The format that the ending of a file name means; None where it has no ending. Raises BadRequest."""
    suffix = Path(place).suffix.lower()
    if not suffix:
        return None
    if suffix in formats.SUFFIXES:
        return formats.SUFFIXES[suffix]
    if formats.named(suffix) in formats.OTHERS:
        raise BadRequest(f"{place}: {unsupported.not_made(formats.named(suffix))}")
    known = ", ".join(sorted(formats.SUFFIXES))
    raise BadRequest(f"{place}: {suffix} is not an ending that is made. Made are {known}.")


def wish(asked: Asked, info: MediaInfo, name: str, out: str = "", in_place: bool = False) -> Wish:
    """What ``asked`` comes to for the file ``name``; ``out`` is the path of its result where one was named.

    The format is the flag's, the words' or the place's, else that of the ending of ``out``, else the source's own
    where it is one that is made, else MP4 for what moves and PNG for a still. Raises BadRequest.
    """
    draft: dict[str, Any] | None = None
    value: dict[str, Any] = {}
    said: list[str] = []
    if asked.words:
        from compressor import words_to_draft

        found = words_to_draft.read(asked.words, info, name)
        if asked.strict and (found.missed or found.refused):
            raise BadRequest(" ".join([*(f"Not understood: {piece}." for piece in found.missed), *found.refused]))
        draft, value, said = found.draft, found.goal, found.sentences()
        if found.unmade and not asked.flags.get("format"):
            raise BadRequest(" ".join(found.refused))  # to make another format in its place would be no answer
    goal = Goal.from_json(value | asked.flags)
    if goal.preset:
        from compressor import presets

        presets.get(goal.preset)
    ending = of_name(out) if out else None
    if ending:
        goal = _agreed(goal, ending, out)
    if in_place and goal.format is None:
        goal = replace(goal, format=_own(info))
    if in_place and goal.format != _own(info):
        raise BadRequest(f"{name} would become {formats.label(str(goal.format))}; --in-place keeps the format.")
    if goal.format is None:
        goal = replace(goal, format=_usual(goal, info))
    return Wish(goal, draft, tuple(said))


def _agreed(goal: Goal, ending: str, out: str) -> Goal:
    """The goal with the format of the output's ending. Raises BadRequest when another one was asked for."""
    row = formats.OUTPUTS[ending]
    if goal.format is None:
        return replace(goal, format=row.moving or ending)  # what moves has that ending too; a still comes out as one
    if goal.format not in (ending, row.moving, row.still):
        raise BadRequest(f"{formats.label(goal.format)} was asked for, and {out} is the name of {row.label}.")
    return goal


def _own(info: MediaInfo) -> str | None:
    return info.format if info.format in formats.OUTPUTS else None


def _usual(goal: Goal, info: MediaInfo) -> str:
    if goal.preset:
        from compressor import presets

        return str(presets.goal_for(goal.preset, info)["format"])
    return _own(info) or (formats.USUAL if info.animated else formats.STILL)
