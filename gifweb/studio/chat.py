"""One turn of the conversation about a project: words in, edits made, and always a sentence that says what changed.

``say`` is one story for the chat on the page and for agents (told in ``turn``): it yields what it does as it does it (a
tool is called, a tool has answered, something is said) and writes it all down. A turn is free.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from compressor.timeline import Edit, apply, edits, stem
from gifweb.errors import NotFound

from . import plan, replies, reply_text, turn
from . import project_facts as facts_of
from . import project_files as benches
from .models import Media, Project, Turn
from .turn import Export, Talk
from .turn_events import Answered, Called, Said, TurnEvent

__all__ = [
    "Answered", "Called", "Export", "Said", "TurnEvent", "edit", "export_all", "say", "summary", "touch", "uploaded",
    "work_on",
]  # fmt: skip


def say(
    project: Project, words: str, *, export: Export, lang: str = "", placed: Sequence[Edit] = ()
) -> Iterator[TurnEvent]:
    """Take one turn. ``export`` starts a render of what stands of one file, the way the door that we came through does;
    what it raises is said. ``lang`` is the language of the answer where that of the words cannot be told (left out: the
    project's). ``placed`` are edits that came with the words; they are made first.

    The last event is always a Said. Both sides of the turn are kept as rows.
    """
    # The turn may have waited for its place: what counts is the draft of now.
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
    """The language of the last message; of the project before the first."""
    last = project.turns.filter(role="model", data__has_key="lang").order_by("-pk").first()
    return str(last.data["lang"]) if last else project.language


def summary(project: Project) -> str:
    """The timeline in one line, as agents know it."""
    return turn.summary(benches.of(project))


def uploaded(project: Project, media: Sequence[Media]) -> None:
    """Files came. Where another one is worked on, nothing changes, and the chat says that they are there."""
    bench = benches.of(project)
    new = [m for m in media if m.public_id != bench.current]
    if new and bench.current:
        text = reply_text.arrived(bench, new, spoken(project))
        Turn.objects.create(project=project, role="model", text=text)


def work_on(project: Project, media: str) -> None:
    """Another file is worked on from now on: the next revision, and a sentence in the chat. Raises NotFound for a file
    that is not the project's."""
    bench = benches.of(project)
    if media not in bench.names:
        raise NotFound("There is no such file in this project.")
    after = replace(bench, current=media)
    if media == bench.current:
        return
    text = reply_text.joined(reply_text.changes(project, bench, after, [media], spoken(project)))
    benches.save(project, after, text, {"edits": {}, "explain": {"media": [*bench.names].index(media) + 1}})
    Turn.objects.create(project=project, role="model", text=text)


def export_all(project: Project, export: Export) -> None:
    """A render for each file that waits for one, as the word "export" starts them; the chat says which, or why not."""
    taken = Talk(project, "", export, spoken(project))
    bench = benches.of(project)
    for _ in taken.start(bench, benches.waiting(project, bench)):
        pass
    Turn.objects.create(project=project, role="model", text=reply_text.joined(taken.said))


def edit(project: Project, wish: Edit) -> None:
    """An edit made by hand on the file that is worked on: the next revision, and a sentence in the chat. Raises
    BadRequest where the edit cannot be done."""
    bench, lang = benches.of(project), spoken(project)
    stands = bench.standing()
    if isinstance(wish, edits.AddLayer):
        wish = replace(wish, name=stem(bench.names.get(wish.media, "")))
    after = bench.with_piece(bench.current, apply(stands.draft, wish, bench.infos).draft, stands.goal)
    if after.standing() == stands:
        text = replies.nothing_changed("already", facts_of.of(project, bench), lang)
    else:
        text = reply_text.joined(reply_text.changes(project, bench, after, [bench.current], lang))
        cause = {"edits": {bench.current: [wish.to_json()]}, "explain": {}}
        benches.save(project, after, text, cause)
    Turn.objects.create(project=project, role="model", text=text)


def touch(project: Project, key: str, value: str | None) -> None:
    """A chip of the plan was changed to ``value``, or taken back (None): the next revision, and a sentence in the chat.

    Raises Conflict when the wish is not there any more, BadInput when the value cannot be meant.
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
