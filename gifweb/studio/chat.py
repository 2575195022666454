"""The chat of a project: takes messages, applies edits, and always replies with a sentence that says what changed.

``say`` serves the page and agents. It yields an event for each tool call, tool result and reply, and stores both sides
of the turn. A turn costs no credits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import transaction

from compressor.timeline import Edit, apply, edits, stem
from gifweb.errors import NotFound
from gifweb.renders import event_log
from gifweb.renders.models import Render

from . import chips, project_files, replies, reply_assembly, turn
from . import project_facts as facts_of
from .models import Media, Project, Turn
from .turn import ChatTurn, Exporter
from .turn_events import Reply, ToolCall, ToolResult, TurnEvent

__all__ = [
    "Exporter",
    "Reply",
    "ToolCall",
    "ToolResult",
    "TurnEvent",
    "edit",
    "export_all",
    "say",
    "summary",
    "touch",
    "uploaded",
    "work_on",
]  # fmt: skip


def say(
    project: Project, words: str, *, export: Exporter, lang: str = "", placed: Sequence[Edit] = ()
) -> Iterator[TurnEvent]:
    """Take one turn and yield its events; the last is always a Reply.

    ``export`` starts a render of one file; the reply contains the message of what it raises. ``lang`` is the language
    of the reply when that of the message is not clear (default: the project's). ``placed`` are edits that came with the
    message; they are applied first.
    """
    # The turn may have waited in a queue: use the present draft.
    project.refresh_from_db(fields=["draft_number", "goal"])
    Turn.objects.create(project=project, role="user", text=words)
    told: list[dict[str, Any]] = []
    last = Reply("")
    taken = ChatTurn(project, words, export, lang or project.language, placed)
    for event in taken.take():
        if isinstance(event, Reply):
            last = event
        elif isinstance(event, ToolCall):
            told.append({"call": event.name, "args": event.args})
        yield event
    data: dict[str, Any] = {"calls": told, "lang": taken.lang}
    if last.pending:
        data["pending"] = last.pending
    Turn.objects.create(project=project, role="model", text=last.text, data=data)


def ended(render: Render, number: int, kind: str) -> None:
    """Say in the chat what may disappoint in a result. The row of the project is locked before that of a render (see
    ``gifweb.deadlock``), so it is written behind the transaction that ends the render."""
    if warnings := render.report.get("warnings") if kind == "finished" else None:
        transaction.on_commit(partial(_warned, render, warnings), robust=True)


def _warned(render: Render, warnings: Sequence[str]) -> None:
    project = render.project
    text = replies.warned(render.result_name, warnings, spoken(project))
    Turn.objects.create(project=project, role="model", text=text)


def register() -> None:
    event_log.on_end.append(ended)


def spoken(project: Project) -> str:
    """Return the language of the last message; before the first, of the project."""
    last = project.turns.filter(role="model", data__has_key="lang").order_by("-pk").first()
    return str(last.data["lang"]) if last else project.language


def summary(project: Project) -> str:
    """Return the timeline in one line."""
    return turn.summary(project_files.of(project))


def uploaded(project: Project, media: Sequence[Media]) -> None:
    """Say in the chat that files were uploaded, unless the first of them is the one being edited."""
    file_set = project_files.of(project)
    new = [m for m in media if m.public_id != file_set.current]
    if new and file_set.current:
        text = reply_assembly.arrived(file_set, new, spoken(project))
        Turn.objects.create(project=project, role="model", text=text)


def work_on(project: Project, media: str) -> None:
    """Switch to another file: save a revision and say so in the chat. Raises NotFound for an unknown file."""
    file_set = project_files.of(project)
    if media not in file_set.names:
        raise NotFound("There is no such file in this project.")
    after = replace(file_set, current=media)
    if media == file_set.current:
        return
    text = reply_assembly.joined(reply_assembly.changes(project, file_set, after, [media], spoken(project)))
    project_files.save(project, after, text, {"edits": {}, "explain": {"media": [*file_set.names].index(media) + 1}})
    Turn.objects.create(project=project, role="model", text=text)


def export_all(project: Project, export: Exporter) -> None:
    """Render each file that waits for an export, as the word "export" does, and say in the chat which."""
    taken = ChatTurn(project, "", export, spoken(project))
    file_set = project_files.of(project)
    for _ in taken.start(file_set, project_files.waiting(project, file_set)):
        pass
    Turn.objects.create(project=project, role="model", text=reply_assembly.joined(taken.said))


def edit(project: Project, wish: Edit) -> None:
    """An edit made by hand on the file that is worked on: the next revision, and a sentence in the chat. Raises
    BadRequest where the edit cannot be done."""
    file_set, lang = project_files.of(project), spoken(project)
    stands = file_set.standing()
    if isinstance(wish, edits.AddLayer):
        wish = replace(wish, name=stem(file_set.names.get(wish.media, "")))
    after = file_set.with_draft(file_set.current, apply(stands.draft, wish, file_set.infos).draft, stands.goal)
    if after.standing() == stands:
        text = replies.nothing_changed("already", facts_of.of(project, file_set), lang)
    else:
        text = reply_assembly.joined(reply_assembly.changes(project, file_set, after, [file_set.current], lang))
        cause = {"edits": {file_set.current: [wish.to_json()]}, "explain": {}}
        project_files.save(project, after, text, cause)
    Turn.objects.create(project=project, role="model", text=text)


def touch(project: Project, key: str, value: str | None) -> None:
    """Change a chip to ``value``, or remove it (None): save a revision and say so in the chat.

    Raises Conflict when the chip no longer exists, BadInput for an impossible value.
    """
    file_set, lang = project_files.of(project), spoken(project)
    stands = file_set.standing()
    if value is None:
        draft, goal = chips.without(stands.draft, stands.goal, key, file_set.infos)
    else:
        draft, goal = chips.with_value(stands.draft, stands.goal, key, value)
    after = file_set.with_draft(file_set.current, draft, goal)
    if after.standing() == stands:
        text = replies.nothing_changed("already", facts_of.of(project, file_set), lang)
    else:
        text = reply_assembly.joined(reply_assembly.changes(project, file_set, after, [file_set.current], lang))
        project_files.save(project, after, text)
    Turn.objects.create(project=project, role="model", text=text, data={"plan": key})
