"""What the local server remembers while it runs: what stands of each file, and the renders."""

from __future__ import annotations

import secrets
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from compressor import formats
from compressor.errors import BadRequest, Cancelled, CompressorError, EngineFailure
from compressor.events import Event, Failed, Finished, Step
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.words_to_draft import MEDIA

from ..one_file import put
from .models import Edited, Rendered


@dataclass(slots=True)
class Piece:
    """One file: its draft and goal as they stand, and what stood before each change."""

    path: Path
    info: MediaInfo
    draft: dict[str, Any]
    goal: dict[str, Any] = field(default_factory=dict)
    before: list[tuple[dict[str, Any], dict[str, Any]]] = field(default_factory=list)


@dataclass(slots=True)
class Render:
    """One render: its events are written by the thread that makes it and read by any other."""

    id: str
    piece: Piece
    out: Path
    goal: dict[str, Any]
    draft: dict[str, Any]
    stop: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)
    progress: float = 0.0
    stage: str = "reading"
    report: dict[str, Any] = field(default_factory=dict)
    error: CompressorError | None = None

    def facts(self) -> Rendered:
        state = "running"
        if self.done.is_set():
            state = "finished" if self.report else "cancelled" if isinstance(self.error, Cancelled) else "failed"
        made = self.report.get("output", {})
        seen = self.report.get("quality") or {}
        return Rendered(
            id=self.id,
            state=state,  # type: ignore[arg-type]
            progress=100.0 if state == "finished" else self.progress,
            fits=self.report.get("fits"),
            would_fit=str(self.report.get("would_fit") or ""),
            quality=seen.get("mean"),
            uri=self.out.as_uri() if self.report else None,
            warnings=list(self.report.get("warnings") or []),
            error=self.error.message if self.error is not None else None,
            **{k: made.get(k) for k in ("bytes", "format", "width", "height", "frames", "duration_ms")},
        )


class Desk:
    """Files and renders of one server. Its methods block; the server calls them on threads."""

    def __init__(self) -> None:
        self._pieces: dict[Path, Piece] = {}
        self._renders: dict[str, Render] = {}
        self._lock = threading.Lock()

    def piece(self, path: Path) -> Piece:
        """What stands of the file at ``path``; a file that was changed on disk begins anew. Raises CompressorError."""
        from compressor import sandbox, timeline

        if not path.is_file():
            raise BadRequest(f"There is no file {path}.")
        info = sandbox.probe(path)
        with self._lock:
            known = self._pieces.get(path)
            if known is None or known.info != info:
                draft = {} if info.kind == "audio" else timeline.draft_for(MEDIA, info, path.name).to_json()
                known = self._pieces[path] = Piece(path, info, draft)
            return known

    def edit(self, path: Path, words: str) -> Edited:
        """Read ``words`` over what stands of the file and keep what they come to."""
        from compressor import deciding, language, message_catalogue, number_format, setting_labels, unsupported
        from compressor.deciding.file_state import Standing
        from compressor.language import Context
        from compressor.timeline import Draft

        piece = self.piece(path)
        draft, goal = Draft.from_json(piece.draft), Goal.from_json(piece.goal)
        found = language.read(words, Context(goal=piece.goal, clips=len(draft.clips), files=(path.name,)))
        if found.explain.get("action") == "undo":
            return self.undo(path)
        decided = deciding.apply(
            found.explain, Standing(draft, goal, MEDIA, path.name, piece.info, {MEDIA: piece.info})
        )
        say = message_catalogue.words(found.lang or "en")
        wished = number_format.listed(setting_labels.wishes(found.explain, say.lang), say)
        changed = (decided.draft, decided.goal) != (draft, goal)
        if changed:
            piece.before.append((piece.draft, piece.goal))
            piece.draft, piece.goal = decided.draft.to_json(), decided.goal.to_json()
        refused = [error.message for error in decided.refused if isinstance(error, BadRequest)]
        refused += unsupported.not_done(decided.cannot, found, say.lang)
        sentences = [number_format.sentence(wished, say)] if changed and wished else []
        return _edited(piece, sentences, [*found.unclear, *refused])

    def undo(self, path: Path) -> Edited:
        """Take the last change back. Raises BadRequest when there is none."""
        piece = self.piece(path)
        if not piece.before:
            raise BadRequest("There is nothing to undo.")
        piece.draft, piece.goal = piece.before.pop()
        return _edited(piece, ["Undone."], [])

    def start(self, piece: Piece, goal: dict[str, Any], out: Path) -> Render:
        """Begin a render on a thread of its own."""
        render = Render(f"render_{secrets.token_hex(8)}", piece, out, goal, dict(piece.draft))
        with self._lock:
            self._renders[render.id] = render
        threading.Thread(target=_work, args=(render,), name=render.id, daemon=True).start()
        return render

    def render(self, id: str) -> Render:
        found = self._renders.get(id)
        if found is None:
            raise BadRequest("There is no such render.")
        return found

    def renders(self) -> Iterator[Render]:
        yield from list(self._renders.values())


def free_name(source: Path, format: str) -> Path:
    """A name beside the source that no file has."""
    ending = formats.OUTPUTS[format].suffix
    names = [f"{source.stem}-small.{ending}", *(f"{source.stem}-small-{n}.{ending}" for n in range(2, 1000))]
    return next(p for name in names if not (p := source.with_name(name)).exists())


def _edited(piece: Piece, changed: list[str], missed: list[str]) -> Edited:
    from compressor.timeline import Draft

    summary = Draft.from_json(piece.draft).summary({MEDIA: piece.path.name})
    return Edited(changed=changed, missed=missed, goal=piece.goal, draft=piece.draft, summary=summary)


def _work(render: Render) -> None:
    from compressor import sandbox
    from compressor.engine import Job

    try:
        with tempfile.TemporaryDirectory(prefix=".brim-", dir=render.out.parent) as folder:
            made = Path(folder) / "out"
            job = Job({MEDIA: str(render.piece.path)}, str(made), render.goal, render.draft)
            done = _heard(render, sandbox.run(job, cancel=render.stop))
            if render.stop.is_set():
                raise Cancelled("Cancelled.")
            put(made, render.out)
            render.report = dict(done.report)
    except CompressorError as error:
        render.error = error
    except OSError as error:
        render.error = BadRequest(f"The result cannot be written: {error.strerror}.")
    finally:
        render.done.set()


def _heard(render: Render, events: Iterator[Event]) -> Finished:
    done: Finished | None = None
    for event in events:
        if isinstance(event, Failed):
            raise CompressorError.from_json(event.error)
        if isinstance(event, Finished):
            done = event
        elif isinstance(event, Step):
            render.progress, render.stage = event.percent, event.stage
    if done is None:
        raise EngineFailure("The job ended without a result.")
    return done
