"""Words and choices turned into a draft and a goal: what pages, chat and API all ask for in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from compressor import language, timeline
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft

STILL_FORMAT = "webp"
MOVING_FORMAT = "mp4"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words came to. ``changes`` says what happened to the draft, ``echo`` what will be made, ``missed`` the
    pieces that were not understood; ``calls`` are the edits as data."""

    draft: Draft
    goal: Goal
    changes: list[str] = field(default_factory=list)
    echo: list[str] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    action: str = ""
    explain: dict[str, Any] = field(default_factory=dict)

    @property
    def understood(self) -> dict[str, Any]:
        """JSON for a row: what the page echoes beside the result."""
        return {"sentences": self.echo, "missed": self.missed, "goal": self.goal.to_json(), "explain": self.explain}


def read(
    words: str,
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    *,
    goal: Mapping[str, Any] | None = None,
    last: Mapping[str, Any] | None = None,
) -> Wish:
    """Read ``words`` over a draft and the goal so far; ``last`` is the report of the last result, for comparatives.

    An edit that cannot be made is told in ``missed`` and the rest is done.
    """
    understood = language.read(words, draft, infos, last)
    changes: list[str] = []
    calls: list[dict[str, Any]] = []
    missed = [_missed(piece) for piece in understood.missed]
    for edit in understood.edits:
        try:
            applied = timeline.apply(draft, edit, infos)
        except BadRequest as error:
            missed.append({"text": error.message, "nearest": ""})
            continue
        draft = applied.draft
        changes.append(applied.sentence)
        calls.append(edit.to_json())
    merged = merge(goal or {}, understood.goal)
    return Wish(
        draft=draft,
        goal=Goal.from_json(merged),
        changes=changes,
        echo=list(understood.sentences),
        missed=missed,
        calls=calls,
        action=understood.action or "",
        explain=dict(understood.explain),
    )


def meaning(words: str) -> dict[str, Any]:
    """What the words would be read as while there is no file: like ``Wish.understood``, with a label for each wish."""
    understood = language.read(words)
    return {
        "sentences": list(understood.sentences) if words else [],
        "chips": [chip.label for chip in understood.chips],
        "missed": [_missed(piece) for piece in understood.missed],
        "goal": understood.goal,
        "explain": understood.explain,
    }


def merge(goal: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The goal with new wishes in it: a new size ceiling replaces a ratio and the other way round, a new size in
    pixels replaces any other."""
    merged = dict(goal)
    for group in (
        ("max_bytes", "max_ratio"),
        ("width", "height", "short_side", "scale"),
        ("fps", "keep_every"),
        ("quality", "lossless"),
    ):
        if any(name in new for name in group):
            for name in group:
                merged.pop(name, None)
    return {k: v for k, v in (merged | dict(new)).items() if v is not None}


def with_format(goal: Goal, choice: str, draft: Draft) -> Goal:
    """The goal with a format: the words' or the preset's own, else the ``choice`` of the form, else (``auto``) MP4 for
    what moves and WebP for a still picture or where transparency was asked for."""
    from dataclasses import replace

    if choice not in ("", "auto"):
        return replace(goal, format=choice)
    if goal.format or goal.preset:
        return goal
    still = bool(draft.clips) and len(draft.clips) == 1 and draft.clips[0].still
    return replace(goal, format=STILL_FORMAT if still or goal.transparent else MOVING_FORMAT)


def _missed(piece: Any) -> dict[str, Any]:
    if isinstance(piece, Mapping):
        return dict(piece)
    return {"text": getattr(piece, "text", str(piece)), "nearest": getattr(piece, "nearest", "") or ""}
