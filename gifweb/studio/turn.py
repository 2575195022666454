"""One turn of the chat: read the message in its context, decide for each file, save one revision, and reply in the
writer's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from compressor import deciding, language
from compressor.deciding import Decided, Question
from compressor.language import Understood
from compressor.timeline import Edit, edits, media_ids, stem
from gifweb.errors import PublicError
from gifweb.renders.models import Render

from . import forecast, media_mentions, project_files, replies, reply_assembly, revisions
from . import project_facts as facts_of
from .models import Project
from .project_files import FileSet
from .project_snapshot import Facts, Result, Standing, Started
from .turn_events import Reply, ToolCall, ToolResult, TurnEvent, call_id

Exporter = Callable[[Standing], Render]
_ORDERS = {"order", "correction", "unclear"}
_QUIET = {"report", "smalltalk"}
# Wishes that naming a music file has handled already.
_OF_MUSIC = ("music", "volume", "relative_volume", "remove_music")
_CALLS = {"credits": "get_credits", "status": "get_state"}


@dataclass(slots=True)
class ChatTurn:
    """``lang`` is the language of the reply; ``placed`` are edits that came as data with the message."""

    project: Project
    words: str
    export: Exporter
    lang: str
    placed: Sequence[Edit] = ()
    said: list[str] = field(default_factory=list)

    def take(self) -> Iterator[TurnEvent]:
        """Yield the events of the turn; the last is a Reply."""
        file_set = project_files.of(self.project)
        earlier = list(self.project.turns.order_by("-pk")[1:5])  # the first is the present message
        pending = facts_of.pending_of(next((t for t in earlier if t.role == "model"), None))
        said = next((t.text for t in earlier if t.role == "user"), "")
        found = self._read(self.words, file_set, said, pending)
        explain = dict(found.explain)
        if pending and explain == {"action": "undo"}:  # undo refers to the question, and that did nothing yet
            found, explain = replace(found, answer="no"), {}
        if pending and found.answer == "yes":
            explain = {**{k: v for k, v in pending.items() if k not in explain}, **explain}
        self.lang = found.lang or self.lang
        action, to = explain.get("action"), explain.get("to") or ({"before": found.back_to} if found.back_to else None)
        if action in ("undo", "redo", "start_over"):
            yield from self._go(str(action), to)
            explain = {k: v for k, v in explain.items() if k not in ("action", "to")}
            file_set = project_files.of(self.project)
        known = {k: v for k, v in explain.items() if not _unknown(v)}
        asking = {k: v for k, v in explain.items() if _unknown(v)} | found.doubt
        yield from self._decide(file_set, found, known)
        self.said += replies.not_done(_list(known.get("cannot")), found, self.lang)
        self.said += [text] if (text := replies.unclear(found.unclear, self.lang)) else []
        if asking:
            self.said.append(replies.doubt(asking, self._facts(), self.lang))
        if not self.said:
            self.said.append(self._nothing(found, known, pending))
        since = earlier[0] if earlier else None
        if "media" not in known and (new := facts_of.new_files(project_files.of(self.project), since)):
            self.said.append(reply_assembly.arrived(file_set, new, self.lang))
        yield Reply(reply_assembly.joined(self.said), asking, found.unclear)

    def _read(self, words: str, file_set: FileSet, said: str, pending: Mapping[str, Any]) -> Understood:
        last = self._last(file_set, file_set.current)
        context = facts_of.context(file_set, last, said=said, pending=bool(pending))
        found = language.read(words, context)
        if not {c.role for c in found.clauses} & _ORDERS:
            return found
        spot = media_mentions.place(words, file_set.media, file_set.draft_of(file_set.current).draft)
        if {"layer", "change_layer"} & found.explain.keys() and not spot.joining:
            return found  # "then add screen.gif" joins, whatever the name sounds like
        if found.explain.get("order") and not spot.joining:
            self.placed = [*self.placed, *_joined(found.explain["order"], file_set)]
            return found
        if (not spot.edits and spot.music is None) or ("media" in found.explain and not spot.joining):
            return found
        rest = language.read(spot.rest, context) if spot.rest else Understood({}, found.clauses, lang=found.lang)
        explain = dict(rest.explain)
        if spot.music is not None:
            spot.edits.append(_music(spot.music.public_id, spot.music.name, explain))
            explain = {k: v for k, v in explain.items() if k not in _OF_MUSIC}
        if explain.get("action") in ("unknown", "help", "upload"):
            del explain["action"]
        self.placed = [*self.placed, *spot.edits]
        return replace(rest, explain=explain, lang=rest.lang or found.lang)

    def _last(self, file_set: FileSet, media: str) -> Result | None:
        return project_files.last_result(self.project, file_set, media)

    def _facts(self, file_set: FileSet | None = None, media: str | None = None, **more: Any) -> Facts:
        return facts_of.of(self.project, file_set or project_files.of(self.project), media=media, **more)

    # --- going back --------------------------------------------------------------------------------------------------

    def _go(self, action: str, to: Any) -> Iterator[TurnEvent]:
        call, before = call_id(), project_files.of(self.project)
        yield ToolCall(call, action, {} if to is None else {"to": to})
        try:
            revisions.go(self.project, action, to)
        except revisions.NoRevision as error:
            why = replies.nothing_changed(error.reason, self._facts(before), self.lang)
        except PublicError as error:
            why = replies.refused(error, self.lang)
        else:
            after = project_files.of(self.project)
            answer = {"status": "ok", "revision": self.project.draft_number, "summary": summary(after)}
            yield ToolResult(call, action, answer, _state(after))
            self.said += reply_assembly.changes(
                self.project, before, after, sorted({*before.edited, *after.edited}), self.lang
            )
            return
        yield ToolResult(call, action, {"status": "error", "message": why})
        self.said.append(why)

    # --- deciding and doing ------------------------------------------------------------------------------------------

    def _decide(self, file_set: FileSet, found: Understood, explain: Mapping[str, Any]) -> Iterator[TurnEvent]:
        meant = deciding.which(explain.get("media"), file_set.names, file_set.infos, file_set.current)
        if meant.why:
            self.said.append(replies.nothing_changed(meant.why, self._facts(file_set), self.lang))
            return
        decided = self._decided(file_set, found, explain, meant.media)
        after = file_set
        for media, one in decided.items():
            after = after.with_draft(media, one.draft, one.goal)
        if meant.told and (len(meant.media) == 1 or file_set.current not in meant.media):
            after = replace(after, current=meant.media[0])
        if after.current != file_set.current or any(after.draft_of(m) != file_set.draft_of(m) for m in decided):
            try:
                yield from self._save(file_set, after, explain, decided)
            except PublicError as error:
                self.said.append(replies.refused(error, self.lang))
                return
        self.said += reply_assembly.beyond(self.project, file_set, after, list(decided), self.lang)
        self.said += reply_assembly.refusals(self.project, after, {m: d.refused for m, d in decided.items()}, self.lang)
        first = decided.get(meant.media[0]) or next(iter(decided.values()))
        if first.action == "export":
            yield from self.start(after, meant.media if meant.told else project_files.waiting(self.project, after))
        for question in first.questions:
            if found.beyond and question.ask == "capability":
                self.said.append(replies.cannot(found.beyond, self.lang))
                continue
            if found.unmade and question.ask in ("capability", "formats"):
                self.said.append(replies.not_made(found.unmade, self.lang))
                continue
            yield from self._answer(after, question, summary_too=explain.get("action") == "state")

    def _decided(
        self, file_set: FileSet, found: Understood, explain: Mapping[str, Any], media: Sequence[str]
    ) -> dict[str, Decided]:
        """Decide for each file. A byte limit for all files together is divided by what each would come to."""
        corrects = any(c.role == "correction" for c in found.clauses)
        nothing_else = not set(explain) - {"media", "same"}  # as in "both alike"
        if len(media) > 1 and nothing_else and file_set.current in file_set.wished:
            model = file_set.standing()
            return {m: deciding.alike(file_set.standing(m), model) for m in media if m != file_set.current}
        wishes = dict.fromkeys(media, explain)
        if self.placed and file_set.current not in media:  # they concern the file that was being edited
            wishes = {file_set.current: {}, **wishes}

        def decided(one: str) -> Decided:
            return deciding.apply(
                wishes[one],
                file_set.standing(one),
                last=self._last(file_set, one),
                names=file_set.names,
                before=project_files.past(self.project, file_set, one) if corrects else (),
                recent=project_files.recent_text(self.project, file_set, one) if explain.get("change_text") else None,
                placed=self.placed if one == file_set.current else (),
            )

        if explain.get("together") and explain.get("max_bytes") and len(media) > 1:
            whole = [decided(one) for one in media]
            parts = _divided(int(explain["max_bytes"]), file_set, media, whole)
            wishes |= {one: {**explain, "max_bytes": part} for one, part in zip(media, parts, strict=True)}
        return {one: decided(one) for one in wishes}

    def _save(
        self, file_set: FileSet, after: FileSet, explain: Mapping[str, Any], decided: Mapping[str, Decided]
    ) -> Iterator[TurnEvent]:
        """Save the decisions for all files as one revision."""
        calls: list[tuple[ToolCall, dict[str, Any]]] = []
        for media, one in decided.items():
            old, new = file_set.draft_of(media).goal.to_json(), one.goal.to_json()
            args: dict[str, Any] = {"edits": [e.to_json() for e in one.edits]}
            if old != new:
                args["goal"] = {k: new.get(k) for k in {**old, **new} if old.get(k) != new.get(k)}
            if len(decided) > 1 or after.current != file_set.current:
                args["media"] = media
            calls.append((ToolCall(call_id(), "edit_timeline", args), {"name": file_set.names.get(media, "")}))
        yield from (called for called, _ in calls)
        told = reply_assembly.changes(self.project, file_set, after, list(decided), self.lang)
        cause = {
            "edits": {m: [e.to_json() for e in d.edits] for m, d in decided.items()},
            "base": {m: d.base for m, d in decided.items() if d.base is not None},
            "explain": dict(explain),
        }
        revision = project_files.save(self.project, after, reply_assembly.joined(told), cause)
        for called, name in calls:
            answer = {"status": "ok", "revision": revision.number, "changed": told, "summary": summary(after)}
            yield ToolResult(called.id, called.name, answer | (name if len(calls) > 1 else {}), _state(after, file_set))
        self.said += told
        if not file_set.names and told:
            self.said.append(replies.nothing_changed("no_file", self._facts(after), self.lang))

    # --- exports and questions ---------------------------------------------------------------------------------------

    def start(self, file_set: FileSet, media: Sequence[str]) -> Iterator[TurnEvent]:
        """Start a render of each of these files."""
        started: list[Started] = []
        for one in media:
            standing, call = file_set.standing(one), call_id()
            yield ToolCall(call, "export", {"media": one} if len(media) > 1 else {})
            try:
                render = self.export(standing)
            except PublicError as error:
                answer = {"status": "error", "code": error.code, "message": error.message}
                started.append(Started(standing.name, error=error))
            else:
                name = _name_of(render)
                answer = {"status": "ok", "render_id": name, "credits": render.hold_credits, "state": render.state}
                format, asked = str(render.goal.get("format") or ""), standing.goal
                said = bool(asked.format or asked.preset)
                started.append(Started(standing.name, name, render.hold_credits, format, said))
            yield ToolResult(call, "export", answer)
        self.said.append(replies.export_started(started, self.lang))

    def _answer(self, file_set: FileSet, question: Question, *, summary_too: bool) -> Iterator[TurnEvent]:
        facts = self._facts(file_set, place=str(question.about.get("preset") or ""))
        text = replies.answer(question.ask, question.about, facts, self.lang)
        if question.ask in _CALLS:
            call, line = call_id(), summary(file_set)
            yield ToolCall(call, _CALLS[question.ask], {})
            if question.ask == "credits":
                total = facts.available + facts.frozen
                known: dict[str, Any] = {"available": facts.available, "frozen": facts.frozen, "total": total}
            else:
                known = {"summary": line}
                if newest := self.project.renders.first():
                    known |= {"render": newest.public_id, "render_state": newest.state}
                    known["progress"] = round(newest.progress)
            yield ToolResult(call, _CALLS[question.ask], known)
            text = f"{line}. {text}" if summary_too else text
        self.said.append(text)

    def _nothing(self, found: Understood, explain: Mapping[str, Any], pending: Mapping[str, Any]) -> str:
        """Return the reply when nothing was done and nothing asked."""
        roles = {c.role for c in found.clauses}
        wishes = set(explain) - {"action", "media"}
        if pending and found.answer == "no":
            return replies.nothing_changed("dropped", self._facts(), self.lang)
        if wishes or self.placed:
            reason = "kept" if wishes == {"keep"} else "already"
            return replies.nothing_changed(reason, self._facts(), self.lang)
        if "smalltalk" in roles or found.answer:
            return replies.small_talk(self.words, self.lang)
        if roles and (roles <= _QUIET or not found.unclear):  # an order too may ask for nothing: "don't crop it"
            return replies.nothing_changed("told", self._facts(), self.lang)
        return replies.unclear([self.words], self.lang)


def _divided(total: int, file_set: FileSet, media: Sequence[str], decided: Sequence[Decided]) -> list[int]:
    """The bytes of each file, by what it would come to with everything else that was decided."""
    rows = {one.public_id: one for one in file_set.media}
    jobs = [partial(forecast.by_draft, one.draft, one.goal, rows) for one in decided]
    return forecast.divided(total, [rows[one].bytes for one in media], jobs, [None] * len(jobs))


def _name_of(render: Render) -> str:
    """Return the id of the render as its client knows it: agents choose their own."""
    prefix, _, name = render.idempotency_key.partition(":")
    return name if prefix == "agent" and name else render.public_id


def summary(file_set: FileSet) -> str:
    """Return the timeline of the file being edited in one line."""
    return file_set.draft_of(file_set.current).draft.summary({m: stem(name) for m, name in file_set.names.items()})


def _state(after: FileSet, before: FileSet | None = None) -> dict[str, Any]:
    """Return the parts of the project's state that changed."""
    old, new = before.standing() if before else None, after.standing()
    state: dict[str, Any] = {"goal": new.goal.to_json()}
    if old is None or old.draft != new.draft:
        state["draft"] = new.draft.to_json() if new.draft.clips else {}
    return state


def _music(media: str, name: str, explain: Mapping[str, Any]) -> Edit:
    """Return the edit that makes an uploaded file the music, at the volume that was asked for."""
    asked = explain.get("music")
    volume = asked.get("volume") if isinstance(asked, Mapping) else None
    if volume is None:
        volume = explain.get("volume")
    return edits.SetMusic(media=media, name=stem(name), volume=volume if isinstance(volume, int | float) else None)


def _joined(order: Sequence[int], file_set: FileSet) -> list[Edit]:
    """The uploads that an order speaks of and that are not on the timeline yet, put at its end."""
    draft = file_set.draft_of(file_set.current).draft
    waiting = [m for m in file_set.media if m.info.kind != "audio" and m.public_id not in media_ids(draft)]
    return [edits.AddClip(m.public_id, stem(m.name)) for m in waiting[: max(len(order) - len(draft.clips), 0)]]


def _unknown(value: Any) -> bool:
    """Whether a wish has no value."""
    if isinstance(value, Mapping):
        return any(v is None for v in value.values())
    return value is None


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value or ()]
