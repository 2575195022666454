"""The story of one turn: the words are read in their context, decided for each file that is meant, done as one
revision, and answered in the writer's language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compressor import deciding, language
from compressor.deciding import Decided, Question
from compressor.language import Understood
from compressor.timeline import Edit, edits, stem
from gifweb.errors import PublicError
from gifweb.renders.models import Render

from . import media_mentions, replies, reply_text, revisions
from . import project_facts as facts_of
from . import project_files as benches
from .models import Project
from .project_files import Bench
from .project_state import Facts, Result, Standing, Started
from .turn_events import Answered, Called, Said, TurnEvent, call_id

Export = Callable[[Standing], Render]
_ORDERS = {"order", "correction", "unclear"}
_QUIET = {"report", "smalltalk"}
# What placing a file by its name has said already.
_OF_MUSIC = ("music", "volume", "relative_volume", "remove_music")
_CALLS = {"credits": "get_credits", "status": "get_state"}


@dataclass(slots=True)
class Talk:
    """One turn while it is taken. ``lang`` is the language that it is answered in, ``placed`` edits that came as data
    with the words."""

    project: Project
    words: str
    export: Export
    lang: str
    placed: Sequence[Edit] = ()
    said: list[str] = field(default_factory=list)

    def take(self) -> Iterator[TurnEvent]:
        """The events of the turn; the last is a Said."""
        bench = benches.of(self.project)
        earlier = list(self.project.turns.order_by("-pk")[1:5])  # the first is this very message
        pending = facts_of.pending_of(next((t for t in earlier if t.role == "model"), None))
        said = next((t.text for t in earlier if t.role == "user"), "")
        found = self._read(self.words, bench, said, pending)
        explain = dict(found.explain)
        if pending and explain == {"action": "undo"}:  # the last message is what is taken back, and it did nothing yet
            found, explain = replace(found, answer="no"), {}
        if pending and found.answer == "yes":
            explain = {**{k: v for k, v in pending.items() if k not in explain}, **explain}
        self.lang = found.lang or self.lang
        action, to = explain.get("action"), explain.get("to")
        if action in ("undo", "redo", "start_over"):
            yield from self._go(str(action), to)
            explain = {k: v for k, v in explain.items() if k not in ("action", "to")}
            bench = benches.of(self.project)
        known = {k: v for k, v in explain.items() if not _unknown(v)}
        asking = {k: v for k, v in explain.items() if _unknown(v)} | found.doubt
        yield from self._decide(bench, found, known)
        self.said += [replies.cannot(kinds, self.lang)] if (kinds := _list(known.get("cannot"))) else []
        self.said += [text] if (text := replies.unclear(found.unclear, self.lang)) else []
        if asking:
            self.said.append(replies.doubt(asking, self._facts(), self.lang))
        if not self.said:
            self.said.append(self._nothing(found, known, pending))
        since = earlier[0] if earlier else None
        if "media" not in known and (new := facts_of.new_files(benches.of(self.project), since)):
            self.said.append(reply_text.arrived(bench, new, self.lang))
        yield Said(reply_text.joined(self.said), asking, found.unclear)

    def _read(self, words: str, bench: Bench, said: str, pending: Mapping[str, Any]) -> Understood:
        last = self._last(bench, bench.current)
        context = facts_of.context(bench, last, said=said, pending=bool(pending))
        found = language.read(words, context)
        if not {c.role for c in found.clauses} & _ORDERS:
            return found
        spot = media_mentions.place(words, bench.media, bench.piece(bench.current).draft)
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

    def _last(self, bench: Bench, media: str) -> Result | None:
        return benches.last_result(self.project, bench, media)

    def _facts(self, bench: Bench | None = None, media: str | None = None, **more: Any) -> Facts:
        return facts_of.of(self.project, bench or benches.of(self.project), media=media, **more)

    # --- going back --------------------------------------------------------------------------------------------------

    def _go(self, action: str, to: Any) -> Iterator[TurnEvent]:
        call, before = call_id(), benches.of(self.project)
        yield Called(call, action, {} if to is None else {"to": to})
        try:
            revisions.go(self.project, action, to)
        except revisions.NotThere as error:
            why = replies.nothing_changed(error.reason, self._facts(before), self.lang)
        except PublicError as error:
            why = replies.refused(error, self.lang)
        else:
            after = benches.of(self.project)
            answer = {"status": "ok", "revision": self.project.draft_number, "summary": summary(after)}
            yield Answered(call, action, answer, _state(after))
            self.said += reply_text.changes(
                self.project, before, after, sorted({*before.pieces, *after.pieces}), self.lang
            )
            return
        yield Answered(call, action, {"status": "error", "message": why})
        self.said.append(why)

    # --- deciding and doing ------------------------------------------------------------------------------------------

    def _decide(self, bench: Bench, found: Understood, explain: Mapping[str, Any]) -> Iterator[TurnEvent]:
        meant = deciding.which(explain.get("media"), bench.names, bench.infos, bench.current)
        if meant.why:
            self.said.append(replies.nothing_changed(meant.why, self._facts(bench), self.lang))
            return
        decided = self._decided(bench, found, explain, meant.media)
        after = bench
        for media, one in decided.items():
            after = after.with_piece(media, one.draft, one.goal)
        if meant.told and (len(meant.media) == 1 or bench.current not in meant.media):
            after = replace(after, current=meant.media[0])
        if after.current != bench.current or any(after.piece(m) != bench.piece(m) for m in decided):
            try:
                yield from self._save(bench, after, explain, decided)
            except PublicError as error:
                self.said.append(replies.refused(error, self.lang))
                return
        self.said += reply_text.refusals(self.project, after, {m: d.refused for m, d in decided.items()}, self.lang)
        first = decided.get(meant.media[0]) or next(iter(decided.values()))
        if first.action == "export":
            yield from self.start(after, meant.media if meant.told else benches.waiting(self.project, after))
        for question in first.questions:
            yield from self._answer(after, question, summary_too=explain.get("action") == "state")

    def _decided(
        self, bench: Bench, found: Understood, explain: Mapping[str, Any], media: Sequence[str]
    ) -> dict[str, Decided]:
        """What is done to each file that is meant; one budget over all is shared by their bytes."""
        corrects = any(c.role == "correction" for c in found.clauses)
        wishes = [dict(explain) for _ in media]
        if explain.get("together") and explain.get("max_bytes") and len(media) > 1:
            each = deciding.shares(int(explain["max_bytes"]), [bench.standing(m).source_bytes for m in media])
            wishes = [{**explain, "max_bytes": share} for share in each]
        if len(media) > 1 and bench.current in bench.wished and not set(explain) - {"media", "same"}:  # "both alike"
            model = bench.standing()
            return {m: deciding.alike(bench.standing(m), model) for m in media if m != bench.current}
        if self.placed and bench.current not in media:  # they are about the file that was worked on
            media, wishes = [bench.current, *media], [{}, *wishes]
        return {
            one: deciding.apply(
                wish,
                bench.standing(one),
                last=self._last(bench, one),
                names=bench.names,
                before=benches.past(self.project, bench, one) if corrects else (),
                recent=benches.recent_text(self.project, bench, one) if explain.get("change_text") else None,
                placed=self.placed if one == bench.current else (),
            )
            for one, wish in zip(media, wishes, strict=True)
        }

    def _save(
        self, bench: Bench, after: Bench, explain: Mapping[str, Any], decided: Mapping[str, Decided]
    ) -> Iterator[TurnEvent]:
        """Do it, as one revision whatever the number of files."""
        calls: list[tuple[Called, dict[str, Any]]] = []
        for media, one in decided.items():
            old, new = bench.piece(media).goal.to_json(), one.goal.to_json()
            args: dict[str, Any] = {"edits": [e.to_json() for e in one.edits]}
            if old != new:
                args["goal"] = {k: new.get(k) for k in {**old, **new} if old.get(k) != new.get(k)}
            if len(decided) > 1 or after.current != bench.current:
                args["media"] = media
            calls.append((Called(call_id(), "edit_timeline", args), {"name": bench.names.get(media, "")}))
        yield from (called for called, _ in calls)
        told = reply_text.changes(self.project, bench, after, list(decided), self.lang)
        cause = {
            "edits": {m: [e.to_json() for e in d.edits] for m, d in decided.items()},
            "base": {m: d.base for m, d in decided.items() if d.base is not None},
            "explain": dict(explain),
        }
        revision = benches.save(self.project, after, reply_text.joined(told), cause)
        for called, name in calls:
            answer = {"status": "ok", "revision": revision.number, "changed": told, "summary": summary(after)}
            yield Answered(called.id, called.name, answer | (name if len(calls) > 1 else {}), _state(after, bench))
        self.said += told
        if not bench.names and told:
            self.said.append(replies.nothing_changed("no_file", self._facts(after), self.lang))

    # --- exports and questions ---------------------------------------------------------------------------------------

    def start(self, bench: Bench, media: Sequence[str]) -> Iterator[TurnEvent]:
        """Start a render of each of these files."""
        started: list[Started] = []
        for one in media:
            standing, call = bench.standing(one), call_id()
            yield Called(call, "export", {"media": one} if len(media) > 1 else {})
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
            yield Answered(call, "export", answer)
        self.said.append(replies.export_started(started, self.lang))

    def _answer(self, bench: Bench, question: Question, *, summary_too: bool) -> Iterator[TurnEvent]:
        facts = self._facts(bench, place=str(question.about.get("preset") or ""))
        text = replies.answer(question.ask, question.about, facts, self.lang)
        if question.ask in _CALLS:
            call, line = call_id(), summary(bench)
            yield Called(call, _CALLS[question.ask], {})
            if question.ask == "credits":
                total = facts.available + facts.frozen
                known: dict[str, Any] = {"available": facts.available, "frozen": facts.frozen, "total": total}
            else:
                known = {"summary": line}
                if newest := self.project.renders.first():
                    known |= {"render": newest.public_id, "render_state": newest.state}
                    known["progress"] = round(newest.progress)
            yield Answered(call, _CALLS[question.ask], known)
            text = f"{line}. {text}" if summary_too else text
        self.said.append(text)

    def _nothing(self, found: Understood, explain: Mapping[str, Any], pending: Mapping[str, Any]) -> str:
        """What is said where nothing was done and nothing asked."""
        roles = {c.role for c in found.clauses}
        wishes = set(explain) - {"action", "media"}
        if pending and found.answer == "no":
            return replies.nothing_changed("dropped", self._facts(), self.lang)
        if wishes or self.placed:
            reason = "kept" if wishes == {"keep"} else "already"
            return replies.nothing_changed(reason, self._facts(), self.lang)
        if "smalltalk" in roles or found.answer:
            return replies.small_talk(self.words, self.lang)
        if roles and roles <= _QUIET:
            return replies.nothing_changed("told", self._facts(), self.lang)
        return replies.unclear([self.words], self.lang)


def _name_of(render: Render) -> str:
    """What the render is called by whoever asked for it: agents name theirs themselves."""
    door, _, name = render.idempotency_key.partition(":")
    return name if door == "agent" and name else render.public_id


def summary(bench: Bench) -> str:
    """The timeline of the file worked on in one line, as agents know it."""
    return bench.piece(bench.current).draft.summary({m: stem(name) for m, name in bench.names.items()})


def _state(after: Bench, before: Bench | None = None) -> dict[str, Any]:
    """The parts of the project's state that changed."""
    old, new = before.standing() if before else None, after.standing()
    state: dict[str, Any] = {"goal": new.goal.to_json()}
    if old is None or old.draft != new.draft:
        state["draft"] = new.draft.to_json() if new.draft.clips else {}
    return state


def _music(media: str, name: str, explain: Mapping[str, Any]) -> Edit:
    """An uploaded file as the music, at the volume that the words gave."""
    asked = explain.get("music")
    volume = asked.get("volume") if isinstance(asked, Mapping) else None
    if volume is None:
        volume = explain.get("volume")
    return edits.SetMusic(media=media, name=stem(name), volume=volume if isinstance(volume, int | float) else None)


def _unknown(value: Any) -> bool:
    """Whether a wish lacks its value."""
    if isinstance(value, Mapping):
        return any(v is None for v in value.values())
    return value is None


def _list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value or ()]
