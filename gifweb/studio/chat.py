"""The chat of a project: takes messages, applies edits, and always replies with a sentence that says what changed.

``say`` serves the page and agents. It yields an event for each tool call, tool result and reply, and stores both sides
of the turn. A turn costs no credits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from compressor.timeline import Edit
from gifweb.errors import NotFound

from . import plan, replies, reply_text, turn
from . import project_facts as facts_of
from . import project_files as benches
from .models import Media, Project, Turn
from .turn import Exporter, Talk
from .turn_events import Answered, Called, Said, TurnEvent

__all__ = [
    "Answered", "Called", "Exporter", "Said", "TurnEvent",
    "export_all", "say", "summary", "touch", "uploaded", "work_on",
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
    last = Said("")
    taken = Talk(project, words, export, lang or project.language, placed)
    for event in taken.take():
        if isinstance(event, Said):
            last = event
        elif isinstance(event, Called):
            told.append({"call": event.name, "args": event.args})
        yield event
    data: dict[str, Any] = {"calls": told, "lang": taken.lang}
    if last.pending:
        data["pending"] = last.pending
    Turn.objects.create(project=project, role="model", text=last.text, data=data)


def spoken(project: Project) -> str:
    """Return the language of the last message; before the first, of the project."""
    last = project.turns.filter(role="model", data__has_key="lang").order_by("-pk").first()
    return str(last.data["lang"]) if last else project.language


def summary(project: Project) -> str:
    """Return the timeline in one line."""
    return turn.summary(benches.of(project))


def uploaded(project: Project, media: Sequence[Media]) -> None:
    """Say in the chat that files were uploaded, unless the first of them is the one being edited."""
    bench = benches.of(project)
    new = [m for m in media if m.public_id != bench.current]
    if new and bench.current:
        text = reply_text.arrived(bench, new, spoken(project))
        Turn.objects.create(project=project, role="model", text=text)


def work_on(project: Project, media: str) -> None:
    """Switch to another file: save a revision and say so in the chat. Raises NotFound for an unknown file."""
    bench = benches.of(project)
    if media not in bench.names:
        raise NotFound("There is no such file in this project.")
    after = replace(bench, current=media)
    if media == bench.current:
        return
    text = reply_text.joined(reply_text.changes(project, bench, after, [media], spoken(project)))
    benches.save(project, after, text, {"edits": {}, "explain": {"media": [*bench.names].index(media) + 1}})
    Turn.objects.create(project=project, role="model", text=text)


def export_all(project: Project, export: Exporter) -> None:
    """Render each file that waits for an export, as the word "export" does, and say in the chat which."""
    taken = Talk(project, "", export, spoken(project))
    bench = benches.of(project)
    for _ in taken.start(bench, benches.waiting(project, bench)):
        pass
    Turn.objects.create(project=project, role="model", text=reply_text.joined(taken.said))


def touch(project: Project, key: str, value: str | None) -> None:
    """Change a chip to ``value``, or remove it (None): save a revision and say so in the chat.

    Raises Conflict when the chip no longer exists, BadInput for an impossible value.
    """
    bench, lang = benches.of(project), spoken(project)
    stands = bench.standing()
    if value is None:
        draft, goal = plan.without(stands.draft, stands.goal, key, bench.infos)
    else:
        draft, goal = plan.with_value(stands.draft, stands.goal, key, value)
    after = bench.with_piece(bench.current, draft, goal)
    if after.standing() == stands:
        text = replies.nothing_changed("already", facts_of.of(project, bench), lang)
    else:
        text = reply_text.joined(reply_text.changes(project, bench, after, [bench.current], lang))
        benches.save(project, after, text)
    Turn.objects.create(project=project, role="model", text=text, data={"plan": key})
