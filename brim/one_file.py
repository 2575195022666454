"""One file from its path to its result: probe → read the words → the engine in the sandbox → put in its place."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from compressor import formats
from compressor.errors import BadRequest, Cancelled, CannotFit, CompressorError, EngineFailure
from compressor.events import Event, Failed, Finished, Said
from compressor.words_to_draft import MEDIA

from .arguments import STDOUT, Output, Source
from .outcome import CANNOT_FIT, Outcome, failed
from .request import Asked, Wish, wish

if TYPE_CHECKING:
    from compressor.media import MediaInfo

Hear = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Task:
    """One file to be made. ``number`` counts from 1; ``share`` is its part of one budget over all files, in bytes;
    ``backup`` is the ending under which an original that is replaced is kept, "" for not at all."""

    source: Source
    number: int
    asked: Asked
    output: Output
    share: int | None = None
    in_place: bool = False
    backup: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """A task whose file was looked at: the file to read, what it is, what is asked of it, and where it goes."""

    task: Task
    path: Path
    info: MediaInfo
    wish: Wish
    out: Path


class Claims:
    """The places that results of one run go to: none is written twice, and none is another file's original."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        self._lock = threading.Lock()
        self._originals = {source.path.resolve() for source in sources if not source.is_stdin}
        self._taken: dict[Path, str] = {}

    def take(self, out: Path, source: str) -> None:
        """Raises BadRequest when another file of this run has the place."""
        place = out.resolve()
        with self._lock:
            if place in self._originals:
                raise BadRequest(f"{out} is one of the originals; choose another -o or --name.")
            if (other := self._taken.setdefault(place, source)) != source:
                raise BadRequest(f"{out} is written for {other} already; --name with {{n}} tells them apart.")


def ready(task: Task, path: Path, claims: Claims | None = None) -> Ready:
    """Look at the file and read the words about it; nothing is written. Raises CompressorError."""
    from compressor import sandbox

    info = sandbox.probe(path)
    if info.kind == "audio":
        raise BadRequest(f"{task.source.shown} has only sound.")
    name = "stdin" if task.source.is_stdin else task.source.path.name
    fixed = task.output.place if task.output.place and not task.output.folder and task.output.place != STDOUT else ""
    found = wish(task.asked, info, name, fixed, task.in_place)
    if task.share is not None:
        goal = found.goal
        found = replace(found, goal=replace(goal, max_bytes=min(task.share, goal.max_bytes or task.share)))
    ext = formats.OUTPUTS[str(found.goal.format)].suffix
    out = task.source.path.resolve() if task.in_place else task.output.path(task.source, ext, task.number)
    if task.backup and (kept := out.with_name(out.name + task.backup)).exists():
        raise BadRequest(f"{kept} is there already; the original is not replaced.")
    if not task.in_place and str(out) != STDOUT:
        _may_write(task, out)
        if claims is not None:
            claims.take(out, task.source.shown)
    return Ready(task, path, info, found, out)


def _may_write(task: Task, out: Path) -> None:
    """Raises BadRequest where writing would lose something or cannot work."""
    if out.exists() and not task.source.is_stdin and out.samefile(task.source.path):
        raise BadRequest(f"{out} is the original; --in-place replaces it.")
    if out.is_dir():
        raise BadRequest(f"{out} is a folder.")
    if not task.output.place and out.exists() and not task.force:
        raise BadRequest(f"{out} is there already; --force replaces it, -o names another place.")
    if not task.output.folder and not out.parent.is_dir():
        raise BadRequest(f"There is no folder {out.parent}.")


def run(
    task: Task, stop: threading.Event, hear: Hear, claims: Claims | None = None, stdin: IO[bytes] | None = None
) -> Outcome:
    """Make one file; never raises for what is wrong with it. Leaves the whole result at its place, or nothing."""
    try:
        if stop.is_set():
            raise Cancelled("Stopped.")
        with contextlib.ExitStack() as stack:
            path = task.source.path
            if task.source.is_stdin:
                path = _taken_in(stdin or sys.stdin.buffer, stack)
            return _made(ready(task, path, claims), stop, hear)
    except CompressorError as error:
        return failed(task.source.shown, error)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return failed(task.source.shown, BadRequest(f"{error.filename or task.source.shown}: {reason}."))


def _taken_in(stream: IO[bytes], stack: contextlib.ExitStack) -> Path:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="brim-"))
    path = Path(folder) / "stdin"
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return path


def _made(asked: Ready, stop: threading.Event, hear: Hear) -> Outcome:
    from compressor import sandbox
    from compressor.engine import Job

    task = asked.task
    said = list(asked.wish.said)
    beside: str | None = None
    if str(asked.out) != STDOUT:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        beside = str(asked.out.parent)  # on the same disk, so that moving the result there is one rename
    with tempfile.TemporaryDirectory(prefix=".brim-", dir=beside) as folder:
        made = Path(folder) / "out"
        job = Job(
            sources={MEDIA: str(asked.path.absolute())},
            out=str(made),
            goal=asked.wish.goal.to_json(),
            draft=asked.wish.draft,
        )
        done: Finished | None = None
        for event in sandbox.run(job, cancel=stop):
            if isinstance(event, Finished):
                done = event
            elif isinstance(event, Failed):
                raise CompressorError.from_json(event.error)
            else:
                if isinstance(event, Said):
                    said.append(event.text)
                hear(event)
        if done is None:
            raise EngineFailure("The job ended without a result.")
        if stop.is_set():
            raise Cancelled("Stopped.")
        report = dict(done.report)
        report["input"] = dict(report["input"], path=task.source.shown)
        report["output"] = dict(report["output"], path=task.source.shown if task.in_place else str(asked.out))
        if task.in_place and (not done.fits or report["output"]["bytes"] >= asked.info.bytes):
            report["output"]["path"] = None
            return _left(task, report, done, said)
        _deliver(made, asked)
    status = 0 if done.fits else CANNOT_FIT
    error = None if done.fits else _cannot_fit(report, done, f"The closest was written to {asked.out}.")
    if error is not None:
        said.append(error.message)
    return Outcome(task.source.shown, status, report, said=tuple(said))


def _left(task: Task, report: dict[str, Any], done: Finished, said: list[str]) -> Outcome:
    """``--in-place`` where nothing better came out: the original stays."""
    if done.fits:
        return Outcome(task.source.shown, 0, report, said=(*said, "Nothing smaller was found; the original stays."))
    error = _cannot_fit(report, done, "The original stays.")
    return Outcome(task.source.shown, CANNOT_FIT, report, said=(*said, error.message))


def _cannot_fit(report: dict[str, Any], done: Finished, then: str) -> CannotFit:
    ceiling, got = report.get("max_bytes"), report["output"]["bytes"]
    if ceiling is None or got <= ceiling:
        return CannotFit(f"{done.would_fit} {then}".strip())
    return CannotFit(f"It cannot be made to fit {ceiling:,} bytes; the closest has {got:,}. {then} {done.would_fit}")


def _deliver(made: Path, asked: Ready) -> None:
    """Put the result where it belongs, in one step."""
    if str(asked.out) == STDOUT:
        with made.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    if asked.task.in_place:
        mode = asked.out.stat().st_mode
        if asked.task.backup:
            _copied(asked.out, asked.out.with_name(asked.out.name + asked.task.backup))
        os.chmod(made, mode & 0o777)
    else:
        os.chmod(made, 0o666 & ~_MASK)
        if not asked.task.output.place and not asked.task.force:
            put(made, asked.out)
            return
    os.replace(made, asked.out)


def put(made: Path, out: Path) -> None:
    """Give the result its name, unless something came there while it was made: then BadRequest."""
    try:
        os.link(made, out)
    except FileExistsError:
        raise BadRequest(f"{out} is there already; nothing is overwritten.") from None
    except OSError:  # a disk without links
        if out.exists():
            raise BadRequest(f"{out} is there already; nothing is overwritten.") from None
        os.replace(made, out)


def _copied(original: Path, copy: Path) -> None:
    """Keep the original under a name that is still free, and no link either: the work took a while."""
    with original.open("rb") as source, copy.open("xb") as target:
        shutil.copyfileobj(source, target)
    shutil.copystat(original, copy)


_MASK = os.umask(0o077)  # it can only be read by setting it
os.umask(_MASK)
