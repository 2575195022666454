"""One turn of the conversation about a project: words in, edits made, and always a sentence that says what changed.

``say`` is one story for the chat on the page and for agents: it yields what it does as it does it (a tool is called, a
tool has answered, something is said) and writes it all down. A turn is free.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compressor import timeline
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft, edits
from gifweb.credits import ledger
from gifweb.errors import Conflict, PublicError
from gifweb.renders.models import Render, State

from . import drafts, placing, plan, wish
from .models import Media, Project, Turn

HELP = (
    "Upload a GIF, video or picture and say what you want, for example “under 500KB”, “720p MP4”, “first 3 seconds”, "
    "“1:1, text SALE at the top”, “lo-fi music at 35%” or “for Slack emoji”. Then say “export”."
)


@dataclass(frozen=True, slots=True)
class Called:
    """A tool is about to be used."""

    id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the tool answered; ``state`` holds the parts of the project's state that changed."""

    id: str
    name: str
    response: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """The words that end the turn."""

    text: str


TurnEvent = Called | Answered | Said


def say(project: Project, words: str, *, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    """Take one turn. ``export`` starts a render the way the door that we came through does; what it raises is said.

    The last event is always a Said. Both sides of the turn are kept as rows.
    """
    # The turn may have waited for its place: what counts is the draft of now.
    project.refresh_from_db(fields=["draft_number", "goal"])
    Turn.objects.create(project=project, role="user", text=words)
    told: list[dict[str, Any]] = []
    last = ""
    for event in _turn(project, words, export):
        if isinstance(event, Said):
            last = event.text
        elif isinstance(event, Called):
            told.append({"call": event.name, "args": event.args})
        yield event
    Turn.objects.create(project=project, role="model", text=last, data={"calls": told})


def _turn(project: Project, words: str, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    media = drafts.media_of(project)
    infos = {m.public_id: m.info for m in media}
    draft = drafts.current(project)
    try:
        placed = placing.place(words, media, draft)
        found = _read(project, placed, draft, infos)
    except BadRequest as error:
        yield Said(error.message)
        return
    if found.action in _ANSWERS:
        yield from _ANSWERS[found.action](project, export)
        return
    sentences: list[str] = []
    if found.calls or found.goal.to_json() != project.goal:
        try:
            yield from _edit(project, media, found, draft, sentences)
        except Conflict as error:
            yield Said(error.message)
            return
    if found.action == "export":
        yield from _export(project, export, sentences)
        return
    yield Said(_reply(found, sentences, bool(media)))


def _read(project: Project, placed: placing.Placed, draft: Draft, infos: dict[str, MediaInfo]) -> wish.Wish:
    """What the words ask for: the named files placed first, then the rest read by the grammar."""
    calls: list[dict[str, Any]] = []
    changes: list[str] = []
    for edit in placed.edits:
        applied = timeline.apply(draft, edit, infos)
        draft = applied.draft
        calls.append(edit.to_json())
        changes.append(applied.sentence)
    if placed.rest:
        last = project.renders.filter(state=State.FINISHED).values_list("report", flat=True).first()
        found = wish.read(placed.rest, draft, infos, goal=project.goal, last=last)
    else:
        found = wish.Wish(draft=draft, goal=Goal.from_json(project.goal))
    if placed.music is not None:
        found = _with_music(found, placed.music, infos)
    if calls or placed.music:
        action = "" if found.action in ("unknown", "help", "upload") else found.action
        found = replace(found, calls=calls + found.calls, changes=changes + found.changes, action=action)
    return found


def _with_music(found: wish.Wish, music: Media, infos: dict[str, MediaInfo]) -> wish.Wish:
    """The named file as the music, at the volume that the words gave."""
    asked = found.explain.get("music")
    volume = asked.get("volume") if isinstance(asked, dict) else None
    if volume is None:
        volume = found.explain.get("volume")
    edit = edits.SetMusic(media=music.public_id, name=timeline.stem(music.name), volume=volume)
    applied = timeline.apply(found.draft, edit, infos)
    # What the grammar made of "background music" or its volume is said by this one edit.
    kept = [
        (call, change)
        for call, change in zip(found.calls, found.changes, strict=False)
        if call.get("edit") not in ("music", "volume")
    ]
    return replace(
        found,
        draft=applied.draft,
        calls=[*(call for call, _ in kept), edit.to_json()],
        changes=[*(change for _, change in kept), applied.sentence],
    )


def _edit(
    project: Project, media: Sequence[Media], found: wish.Wish, draft: Draft, sentences: list[str]
) -> Iterator[TurnEvent]:
    """Make the changes as one revision."""
    call = _call_id()
    args: dict[str, Any] = {"edits": found.calls}
    goal = found.goal.to_json()
    if goal != project.goal:
        args["goal"] = {k: v for k, v in goal.items() if project.goal.get(k) != v}
    yield Called(call, "edit_timeline", args)
    revision = drafts.save(project, found.draft, found.goal, " ".join(found.changes + found.echo))
    sentences += found.changes
    # An echo that only repeats a change would say it twice.
    sentences += [s for s in found.echo if s not in found.changes] if not found.changes or "goal" in args else []
    state: dict[str, Any] = {"goal": goal}
    if found.draft != draft:
        state["draft"] = found.draft.to_json() if found.draft.clips else {}
    answer = {"status": "ok", "revision": revision.number, "changed": found.changes}
    yield Answered(call, "edit_timeline", answer | {"summary": _line_of(found.draft, media)}, state)


def _export(project: Project, export: Callable[[], Render], sentences: list[str]) -> Iterator[TurnEvent]:
    call = _call_id()
    yield Called(call, "export", {})
    try:
        render = export()
    except PublicError as error:
        yield Answered(call, "export", {"status": "error", "code": error.code, "message": error.message})
        yield Said(" ".join([*sentences, f"It was not exported: {error.message}"]))
        return
    name = render.idempotency_key.partition(":")[2] or render.public_id
    answer = {"status": "ok", "render_id": name, "credits": render.hold_credits, "state": render.state}
    yield Answered(call, "export", answer)
    price = f"{render.hold_credits} credit{'' if render.hold_credits == 1 else 's'}"
    yield Said(" ".join([*sentences, f"Export started: render {name}, at most {price}."]))


def _credits(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    call = _call_id()
    yield Called(call, "get_credits", {})
    balance = ledger.balance(project.account)
    facts = {"available": balance.available, "frozen": balance.frozen, "total": balance.total}
    yield Answered(call, "get_credits", facts)
    yield Said(
        f"{balance.available} credits are available, {balance.frozen} are held by renders in progress, "
        f"{balance.total} in total."
    )


def _state(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    call = _call_id()
    yield Called(call, "get_state", {})
    newest = project.renders.first()
    facts: dict[str, Any] = {"summary": summary(project)}
    sentences = [facts["summary"] + "."]
    if newest:
        facts |= {"render": newest.public_id, "render_state": newest.state, "progress": round(newest.progress)}
        sentences.append(_RENDER_WORDS[State(newest.state)].format(percent=round(newest.progress)))
    yield Answered(call, "get_state", facts)
    yield Said(" ".join(sentences))


_RENDER_WORDS = {
    State.QUEUED: "The last render waits for its turn.",
    State.RUNNING: "The last render is at {percent} %.",
    State.FINISHED: "The last render is finished.",
    State.FAILED: "The last render failed.",
    State.CANCELLED: "The last render was cancelled.",
}


def _undo(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    yield from _move(project, "undo", -1, "Undone.")


def _redo(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    yield from _move(project, "redo", 1, "Done again.")


def _move(project: Project, name: str, step: int, done: str) -> Iterator[TurnEvent]:
    call = _call_id()
    yield Called(call, name, {})
    try:
        drafts.move(project, step)
    except PublicError as error:
        yield Answered(call, name, {"status": "error", "code": error.code, "message": error.message})
        yield Said(error.message)
        return
    draft = drafts.current(project)
    state = {"draft": draft.to_json() if draft.clips else {}, "goal": project.goal}
    yield Answered(call, name, {"status": "ok", "revision": project.draft_number, "summary": summary(project)}, state)
    yield Said(f"{done} {summary(project)}.")


def _help(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    yield Said(HELP)


def _upload(project: Project, export: Callable[[], Render]) -> Iterator[TurnEvent]:
    yield Said("Send the file with the upload form or the upload endpoint; it goes on the timeline by itself.")


_ANSWERS: dict[str, Callable[[Project, Callable[[], Render]], Iterator[TurnEvent]]] = {
    "credits": _credits,
    "state": _state,
    "undo": _undo,
    "redo": _redo,
    "help": _help,
    "upload": _upload,
}


def _reply(found: wish.Wish, sentences: list[str], has_media: bool) -> str:
    """What changed, what was not understood with the nearest thing that would be, and what is missing."""
    words = list(sentences)
    for piece in found.missed:
        nearest = piece.get("nearest") or ""
        # A sentence of its own is said as it is; a piece of the person's words is quoted.
        text = str(piece.get("text", ""))
        if text.endswith("."):
            words.append(text)
        else:
            words.append(f"I did not understand “{text}”." + (f" Did you mean “{nearest}”?" if nearest else ""))
    if not words:
        words.append("Nothing was changed: everything is as you asked already." if found.explain else HELP)
    if not has_media and sentences:
        words.append("It counts as soon as a file is uploaded.")
    return " ".join(words)


def summary(project: Project) -> str:
    """The timeline in one line, as agents know it."""
    return _line_of(drafts.current(project), project.media.all())


def touch(project: Project, key: str, value: str | None) -> None:
    """A chip of the plan was changed to ``value``, or taken back (None): the next revision, and a sentence in the chat.

    Raises Conflict when the wish is not there any more, BadInput when the value cannot be meant.
    """
    infos = {m.public_id: m.info for m in drafts.media_of(project)}
    draft, goal = drafts.current(project), Goal.from_json(project.goal)
    if value is None:
        changed = plan.without(draft, goal, key, infos)
    else:
        changed = plan.with_value(draft, goal, key, value)
    if (changed.draft, changed.goal) != (draft, goal):
        drafts.save(project, changed.draft, changed.goal, changed.sentence)
    Turn.objects.create(project=project, role="model", text=changed.sentence, data={"plan": key})


def _line_of(draft: Draft, media: Iterable[Media]) -> str:
    return draft.summary({m.public_id: timeline.stem(m.name) for m in media})


def _call_id() -> str:
    return f"call_{secrets.token_hex(6)}"
