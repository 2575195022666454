"""Starts renders for the pages, the chat, the agent API and /api/v1: words and goal fields of one file → a render.

A caller describes what was asked in an ``Export``. The rules are the same for all callers: the rate limit, what the
words mean, which fields win, the format where none was asked for, and the answer to a repeated key. The credits, the
limits of the plan and the queue follow in ``renders.submit``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from compressor import presets, unsupported
from compressor.errors import CompressorError
from compressor.formats import holds
from compressor.goal import Goal
from compressor.timeline import Draft
from gifweb import renders
from gifweb.accounts import rate_limits
from gifweb.errors import NotFound, Unusable, from_engine
from gifweb.renders.models import Render, State

from . import chips, project_files, words_to_request
from .models import Project
from .project_files import FileSet
from .project_snapshot import Result, Standing

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Export:
    """A request for one render.

    ``key`` is the idempotency key; ``sent`` is what is compared when it comes again (left out: goal and draft).
    ``media`` is the file, "" the one that is worked on; ``draft`` is used in place of the file's own draft. ``words``
    are read over the draft and the goal, and ``fields`` (goal fields) win over the words. ``format`` is a format, or
    "auto"; ``defaults`` says what "auto" means. With ``fresh`` the words start from the upload instead of from what
    was asked before, with ``after`` from that render and its result, and with ``saved`` what they come to is the next
    revision of the project.
    """

    project: Project
    key: str
    media: str = ""
    draft: Draft | None = None
    words: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    format: str = AUTO
    defaults: words_to_request.Defaults = words_to_request.BY_CONTENT
    fresh: bool = False
    after: Render | None = None
    saved: bool = False
    sent: Any = None


def start(request: HttpRequest, export: Export) -> Render:
    """The render of an export: queued, or the one that the same key made before.

    Raises TooMany, NotFound for a file that is not the project's, Unusable for a format that is not made and for goal
    fields that cannot be meant, and what ``renders.submit`` raises.
    """
    project = export.project
    account = project.account
    rate_limits.hit_request("render", request, account)
    if export.sent is not None and (before := renders.submitted(account, project, export.key, export.sent)):
        return before  # whatever became of the file or the words since
    file_set = project_files.of(project)
    standing = _standing(file_set, export)
    try:
        found = _read(file_set, standing, export)
        if found.unmade and export.format in ("", AUTO) and not export.fields.get("format"):
            unsupported.made(found.unmade)  # refuses: to make another format would be no answer
        goal = _goal(found.goal, found.draft, standing, export)
    except CompressorError as error:
        raise from_engine(error) from error
    if export.saved:
        after = replace(file_set, current=standing.media).with_draft(standing.media, found.draft, goal)
        project_files.save(project, after, " ".join(found.changes))
    words = export.words.strip() or _in_words(project, found.draft, found.goal)
    understood = (found.understood if export.words.strip() else {}) | {"media": standing.media}
    return renders.submit(
        account, project, goal, found.draft, export.key, words=words, understood=understood, request=export.sent
    )


def changes_something(export: Export) -> bool:
    """Whether the words of an export come to another draft or goal than the one they start from."""
    file_set = project_files.of(export.project)
    standing = _standing(file_set, export)
    found = _read(file_set, standing, export)
    return (found.draft, found.goal) != (standing.draft, standing.goal)


def _standing(file_set: FileSet, export: Export) -> Standing:
    """The draft and the goal that the export starts from."""
    if export.after is not None and export.after.draft:
        return words_to_request.standing(
            Draft.from_json(export.after.draft), file_set.infos, export.after.goal, file_set.names
        )
    if export.draft is not None:
        return words_to_request.standing(export.draft, file_set.infos, export.project.goal, file_set.names)
    media = export.media or file_set.current
    if export.media and media not in file_set.names:
        raise NotFound("There is no such file in this project.")
    return (replace(file_set, edited={}) if export.fresh else file_set).standing(media)


def _read(file_set: FileSet, standing: Standing, export: Export) -> words_to_request.Wish:
    if not export.words.strip():
        return words_to_request.Wish(standing.draft, standing.goal)
    if export.after is not None and export.after.state == State.FINISHED:
        last: Result | None = project_files.result_of(export.after, standing.name)
    else:
        last = project_files.last_result(export.project, file_set, standing.media)
    return words_to_request.read(
        export.words, standing.draft, standing.infos, goal=standing.goal.to_json(), last=last, names=file_set.names
    )


def _goal(asked: Goal, draft: Draft, standing: Standing, export: Export) -> Goal:
    """The goal that was asked for, with the export's fields over it, and a format."""
    merged = words_to_request.merge(asked.to_json(), export.fields)
    named = [name for name in ("format", "codec") if export.fields.get(name)]
    if len(named) == 1 and not holds(merged.get("format"), merged.get("codec")):
        del merged["codec" if named == ["format"] else "format"]  # what was asked before gives way
    goal = Goal.from_json(merged)
    if goal.preset and goal.preset not in presets.names():
        raise Unusable("Unknown preset.", field="goal.preset")
    if export.format not in ("", AUTO):
        format = unsupported.made(export.format)
        goal = replace(goal, format=format, codec=goal.codec if holds(format, goal.codec) else None)
    return words_to_request.with_defaults(goal, draft, standing.infos, export.defaults)


def _in_words(project: Project, draft: Draft, goal: Goal) -> str:
    """What a render is called by when it was ordered without words: the plan. The last message may have been "undo"."""
    names = {m.public_id: m.name for m in project.media.all()}
    return str(_(", ").join(chip.label for chip in chips.of(draft, goal, names)))[:2000]
