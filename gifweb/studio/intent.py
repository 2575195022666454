"""Words outside of a conversation turned into a draft and a goal: the start page's, a render's, and what words mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compressor import deciding, engine, language
from compressor.deciding.limits import merge
from compressor.figures import capital
from compressor.goal import Goal
from compressor.labels import labels
from compressor.language import Context
from compressor.media import MediaInfo
from compressor.timeline import Draft

from . import replies
from .project_state import Result, Standing

__all__ = ["Wish", "meaning", "merge", "read", "with_format"]

STILL_FORMAT = "webp"
MOVING_FORMAT = "mp4"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the words came to. ``changes`` says what changed, ``missed`` are the pieces that were not understood or not
    done; ``media`` is which files the words are about, as the explain object has it."""

    draft: Draft
    goal: Goal
    changes: list[str] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    explain: dict[str, Any] = field(default_factory=dict)

    @property
    def media(self) -> Any:
        return self.explain.get("media")

    @property
    def understood(self) -> dict[str, Any]:
        """JSON for a row: what the page echoes beside the result."""
        return {"sentences": self.changes, "missed": self.missed, "goal": self.goal.to_json(), "explain": self.explain}


def read(
    words: str,
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    *,
    goal: Mapping[str, Any] | None = None,
    last: Result | None = None,
    names: Mapping[str, str] | None = None,
    lang: str = "en",
) -> Wish:
    """Read ``words`` over a draft and the goal so far; ``last`` is the last result, for comparatives.

    What cannot be done is told in ``missed`` and the rest is done.
    """
    names = names or {}
    stands = standing(draft, infos, goal, names)
    context = Context(
        goal=stands.goal.to_json(),
        texts=tuple(t.text for t in draft.titles),
        clips=len(draft.clips),
        speed=draft.clips[0].speed if draft.clips else 1.0,
        files=tuple(names.values()),
    )
    found = language.read(words, context)
    decided = deciding.apply(found.explain, stands, last=last, names=names)
    lang = found.lang or lang
    changed = replies.changed(stands, deciding.after(stands, decided), lang, names=names, last=last)
    missed = [{"text": piece, "nearest": ""} for piece in found.unclear]
    missed += [{"text": replies.refused(e, lang), "nearest": ""} for e in decided.refused if not isinstance(e, str)]
    return Wish(decided.draft, decided.goal, changed, missed, dict(found.explain))


def standing(
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    goal: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
) -> Standing:
    """What stands of the file that a draft shows first."""
    media = draft.clips[0].media if draft.clips else ""
    name = (names or {}).get(media, "")
    return Standing(draft, Goal.from_json(dict(goal or {})), media, name, infos.get(media), infos)


def meaning(words: str) -> dict[str, Any]:
    """What the words would be read as while there is no file: like ``Wish.understood``, with a label for each wish."""
    found = language.read(words)
    stands = Standing()
    goal = deciding.apply(found.explain, stands).goal
    chips = [capital(label) for label in labels(found.explain, found.lang or "en").values()]
    missed = [{"text": piece, "nearest": ""} for piece in found.unclear]
    return {"sentences": chips, "missed": missed, "goal": goal.to_json(), "explain": found.explain, "chips": chips}


def with_format(goal: Goal, choice: str, draft: Draft, infos: Mapping[str, MediaInfo]) -> Goal:
    """The goal with a format: the words' or the preset's own, else the ``choice`` of the form, else (``auto``) MP4 for
    what moves, WebP for a still picture or where transparency was asked for, and what keeps the transparency that a
    source has."""
    if choice not in ("", "auto"):
        return replace(goal, format=choice)
    if goal.format or goal.preset:
        return goal
    still = bool(draft.clips) and len(draft.clips) == 1 and draft.clips[0].still
    if still or goal.transparent:
        return replace(goal, format=STILL_FORMAT)
    clear = [info for c in draft.clips if (info := infos.get(c.media)) and info.has_alpha]
    if clear and goal.transparent is None and draft.meta.background in (None, "transparent"):
        return replace(goal, format=engine.usual_format(clear[0], clear=True))
    return replace(goal, format=MOVING_FORMAT)
