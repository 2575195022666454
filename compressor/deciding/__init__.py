"""Decides what an explain object changes in a file of a project: pure functions over frozen data.

``apply`` decides about one file; ``which`` (in ``which_files``) says which files a message is about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import timeline
from ..errors import BadRequest
from ..goal import Goal
from ..timeline import Draft, Edit, edits
from . import corrections, goal_changes, timeline_edits
from .byte_budget import Curve, ceilings, divided, fair
from .corrections import Before
from .file_state import Result, Standing
from .which_files import Meant, shares, which

__all__ = [
    "Before",
    "Curve",
    "Decided",
    "Meant",
    "Question",
    "after",
    "alike",
    "apply",
    "ceilings",
    "divided",
    "fair",
    "shares",
    "which",
]

# What an explain object says apart from changes.
_NO_CHANGE = {"action", "ask", "about", "cannot", "media", "to", "together"}
_ACTIONS = {"credits": "credits", "state": "status", "help": "help", "upload": "help"}


@dataclass(frozen=True, slots=True)
class Question:
    """``ask`` is one of conversation.md's kinds, ``about`` what it is about."""

    ask: str
    about: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a message comes to for one file.

    ``edits`` are those that were made; ``refused`` why something was not done: a reason of standing.REASONS, or an
    error whose message says it. ``action`` is what is asked of the project as a whole: undo, redo, start_over, export,
    or "". ``to`` says how far back an undo goes. ``wishes`` is whether anything was to change. A correction made its
    edits from an earlier moment than what stands: ``base`` is its ``Before.number``.
    """

    draft: Draft
    goal: Goal
    edits: tuple[Edit, ...] = ()
    refused: tuple[str | BadRequest, ...] = ()
    action: str = ""
    to: Any = None
    questions: tuple[Question, ...] = ()
    cannot: tuple[str, ...] = ()
    wishes: bool = False
    base: int | None = None


def apply(
    explain: Mapping[str, Any],
    standing: Standing,
    *,
    last: Result | None = None,
    names: Mapping[str, str] | None = None,
    before: Sequence[Before] = (),
    recent: int | None = None,
    placed: Sequence[Edit] = (),
) -> Decided:
    """Decide what ``explain`` does to the file that stands.

    ``last`` is the file's last result, ``names`` media id → file name. ``before`` is what stood before the last
    messages, the nearest first, for a message that corrects one of them. ``recent`` is the number of the text that was
    spoken of last. ``placed`` are edits that other words of the message asked for; they are made first.
    """
    action = str(explain.get("action") or "")
    if explain.get("relative_volume"):  # said comparatively: what it would be by itself does not count
        explain = {k: v for k, v in explain.items() if k != "volume"}
        if isinstance(music := explain.get("music"), Mapping):
            explain["music"] = {k: v for k, v in music.items() if k != "volume"}
    refused: list[str | BadRequest] = []
    draft, made, base = _timeline(explain, standing, names or {}, before, recent, placed, refused)
    goal, why = goal_changes.settle(explain, standing, last, next((b for b in before if b.explain), None))
    refused += why
    return Decided(
        draft=draft,
        goal=goal,
        edits=tuple(made),
        refused=tuple(refused),
        action=action if action in ("undo", "redo", "start_over", "export") else "",
        to=explain.get("to"),
        questions=tuple(_questions(explain, action)),
        cannot=_names(explain.get("cannot")),
        base=base,
        wishes=bool(placed) or any(k not in _NO_CHANGE and v not in (None, [], {}) for k, v in explain.items()),
    )


def alike(standing: Standing, model: Standing) -> Decided:
    """What it takes to treat a file as another one is treated: its goal, and what was done to all of its timeline."""
    refused: list[str | BadRequest] = []
    wanted: list[Edit] = []
    for done in timeline.done(model.draft):
        if ":" not in done.key or done.key.startswith("text:"):
            wanted += timeline_edits.asked(done.wish, standing.draft, standing.infos, {}, refused)
    draft, made = _made(standing.draft, wanted, standing, refused)
    return Decided(draft, model.goal, tuple(made), tuple(refused), wishes=True)


def _timeline(
    explain: Mapping[str, Any],
    standing: Standing,
    names: Mapping[str, str],
    before: Sequence[Before],
    recent: int | None,
    placed: Sequence[Edit],
    refused: list[str | BadRequest],
) -> tuple[Draft, list[Edit], int | None]:
    """The draft after the edits, those that were made, and the moment of a correction that they were made from."""
    for one in before:
        tried: list[str | BadRequest] = []
        wish = corrections.meant(explain, one)
        new = timeline_edits.asked(wish, one.standing.draft, standing.infos, names, tried)
        if corrections.touches(one, new):
            refused += tried
            draft, made = _made(one.standing.draft, corrections.corrected(one.edits, new), standing, refused)
            more = timeline_edits.restyled(explain, draft, recent, refused)
            return *_then(draft, made, more, standing, refused), one.number
    draft, made = _made(standing.draft, placed, standing, refused)
    draft, made = _then(draft, made, timeline_edits.restyled(explain, draft, recent, refused), standing, refused)
    more = timeline_edits.asked(explain, draft, standing.infos, names, refused)
    return *_then(draft, made, more, standing, refused), None


def _then(
    draft: Draft, made: list[Edit], more: Sequence[Edit], standing: Standing, refused: list[str | BadRequest]
) -> tuple[Draft, list[Edit]]:
    draft, also = _made(draft, more, standing, refused)
    return draft, [*made, *also]


def _made(
    draft: Draft, wanted: Sequence[Edit], standing: Standing, refused: list[str | BadRequest]
) -> tuple[Draft, list[Edit]]:
    """The draft after those edits that can be made, and which they were."""
    made: list[Edit] = []
    for edit in wanted:
        if isinstance(edit, edits.RemoveClip) and len(draft.clips) == 1:
            refused.append("only_clip")
            continue
        try:
            changed = timeline.apply(draft, edit, standing.infos).draft
        except BadRequest as error:
            refused.append(error)
            continue
        if changed != draft:
            made.append(edit)
        draft = changed
    return draft, made


def _questions(explain: Mapping[str, Any], action: str) -> list[Question]:
    about = explain.get("about")
    about = about if isinstance(about, Mapping) else {}
    asked = _names(explain.get("ask")) if action in ("ask", "") or explain.get("ask") else ()
    found = [Question(one, about) for one in asked]
    if action in _ACTIONS and not found:
        found.append(Question(_ACTIONS[action]))
    return found


def _names(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(v) for v in value or ())


def after(standing: Standing, decided: Decided) -> Standing:
    """The state of the file once ``decided`` is done."""
    return replace(standing, draft=decided.draft, goal=decided.goal)
