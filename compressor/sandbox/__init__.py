"""The limited child process in which media of strangers is touched; the parent never opens a media file.

    run(job, limits, cancel)   a whole job by the engine, as events
    probe(path, limits)        what a file is
    poster(path, out, size)    a small still of it
    expected(job)              the bytes that a job will come to
    foresee(job, ceilings)     what a job would score under each of several ceilings
    state()                    which restrictions stand, as a child finds them now
    standing()                 the same, asked once, with sentences for the operator
    known()                    the same if it has been asked already, else None; never waits
    encoders()                 which H.264 encoders open in a child, and why others do not
    require()                  refuse to start where SANDBOX=strict and one is missing
    warm()                     start the server now, not with the first job

A server process (``sandbox.server``) has everything heavy loaded and forks a child for each order; the child bounds
itself and restricts itself (``sandbox.child``, ``sandbox.restrictions``) before it opens the first file; the server
looks at what it holds (``sandbox.watch``). Any thread
may call these. When this process ends, the server and its children end too.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import compile_kernels as kernels
from .. import events
from ..errors import ChildDied
from ..events import Event, Failed, Finished
from ..hardware import Report, check_wish
from ..input_limits import Limits
from ..media import MediaInfo
from .available_restrictions import Standing, sandbox_incomplete, strict
from .client import Answer, Order, follow, warm

if TYPE_CHECKING:
    from ..engine import Job

__all__ = [
    "Standing",
    "encoders",
    "foresee",
    "known",
    "poster",
    "probe",
    "require",
    "run",
    "standing",
    "state",
    "strict",
    "warm",
]

MAKER = "compressor.sandbox.tasks:make"
_MB = 1_000_000
# Probes and stills at once in one process. One that waits takes no processor, and its time runs from when it begins.
LOOKS_AT_ONCE = 2 * (os.cpu_count() or 1)
_looks = threading.BoundedSemaphore(LOOKS_AT_ONCE)
# Of these, what is foreseen takes half: who asks for it again and again keeps no upload waiting.
_ahead = threading.BoundedSemaphore(LOOKS_AT_ONCE // 2)
_LOOK_WALL_S, _LOOK_CPU_S = 60, 20


def run(
    job: Job | dict[str, Any], limits: Limits | None = None, cancel: Callable[[], bool] | threading.Event | None = None
) -> Iterator[Event]:
    """The events of ``engine.make(job)`` in a child; the last one is Finished or Failed, whatever happens.

    ``cancel`` is asked at least ten times a second; when it is true (or ``set``), the child stops by itself or is
    killed within a second, and the end is Failed with Cancelled. A child that dies ends with ChildDied, one that takes
    too long with OverLimit. Whatever the end, no half-written file of the job stays behind.
    """
    limits = limits or Limits()
    value: dict[str, Any] = asdict(job) if is_dataclass(job) else dict(job)
    out = Path(value["out"]).absolute()
    value["out"] = str(out)
    value["sources"] = {key: str(Path(path).absolute()) for key, path in dict(value["sources"]).items()}
    order = Order(
        target=MAKER,
        arguments=[value],
        read=sorted(set(value["sources"].values())),
        write=[str(out.parent)],
        limits=limits,
        tells=True,
        after_loading=not kernels.compiled(),
    )
    asked = _question(cancel)
    finished: Answer | None = None
    try:
        for answer in follow(order, asked):
            if finished is not None and answer.done:  # only now nobody can write into the file any more
                yield _event(finished, out)
                return
            event = _event(answer, out)
            if isinstance(event, Finished):
                finished = answer
                continue
            if finished is None or isinstance(event, Failed):
                yield event
            if isinstance(event, Failed):
                return
    finally:
        _sweep(out)


def _question(cancel: Callable[[], bool] | threading.Event | None) -> Callable[[], bool]:
    if cancel is None:
        return lambda: False
    return cancel.is_set if isinstance(cancel, threading.Event) else cancel


def _event(answer: Answer, out: Path) -> Event:
    if answer.error is not None:
        return Failed(error=answer.error.to_json())
    if answer.done:
        return Failed(error=ChildDied("The job ended without a result.").to_json())
    try:
        event = events.from_json(answer.event or {})
    except (KeyError, TypeError) as error:
        return Failed(error=ChildDied("The job said something unknown.", detail=repr(error)).to_json())
    if isinstance(event, Finished):
        path = Path(str(event.path))
        # The child is not trusted: it may only point at a plain file where it was allowed to write.
        if path.parent != out.parent or path.is_symlink() or not path.is_file():
            return Failed(error=ChildDied("The job's file is not where it belongs.", detail=str(path)).to_json())
        _take_over(path)
    return event


def _take_over(path: Path) -> None:
    """Make a file ours that a child with a user id of its own wrote."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.chown(path, 0, os.getegid(), follow_symlinks=False)


def _sweep(out: Path) -> None:
    """Remove what a killed child left half-written."""
    with contextlib.suppress(OSError):
        for part in out.parent.glob("*.part*"):
            if part.name.startswith(out.name):
                part.unlink(missing_ok=True)


def probe(path: str | os.PathLike[str], limits: Limits | None = None) -> MediaInfo:
    """``compressor.probe.probe`` in a child. Raises what it raises, and ChildDied."""
    limits = limits or Limits()
    path = Path(path).absolute()
    limits.check_bytes(_size(path))
    return MediaInfo.from_json(_call("look", [str(path), asdict(limits)], limits, read=[str(path)]))


def poster(
    path: str | os.PathLike[str],
    out: str | os.PathLike[str],
    size: tuple[int, int] = (640, 640),
    limits: Limits | None = None,
) -> tuple[int, int]:
    """Write a still of the file that fits into ``size`` to ``out`` (.webp, .png, else JPEG); answers its size."""
    limits = limits or Limits()
    path, out = Path(path).absolute(), Path(out).absolute()
    arguments = [str(path), str(out), *size, asdict(limits)]
    try:
        made = _call("poster", arguments, limits, read=[str(path)], write=[str(out.parent)])
        _take_over(out)
    finally:
        _sweep(out)
    return int(made["width"]), int(made["height"])


def foresee(job: Job, ceilings: Sequence[int], limits: Limits | None = None) -> list[tuple[int, float]]:
    """``forecast.foresee`` in a child, within the seconds of a look. Raises what it raises, OverLimit for what takes
    longer, and ChildDied."""
    return [(int(size), float(score)) for size, score in _look_ahead("foresee", job, [list(ceilings)], limits)]


def expected(job: Job, limits: Limits | None = None) -> int:
    """``forecast.expected`` in a child, likewise."""
    return int(_look_ahead("expected", job, [], limits))


def _look_ahead(name: str, job: Job, more: list[Any], limits: Limits | None) -> Any:
    out = Path(job.out).absolute()
    sources = {key: str(Path(path).absolute()) for key, path in job.sources.items()}
    value = asdict(job) | {"out": str(out), "sources": sources}
    try:
        read, write = sorted(set(sources.values())), [str(out.parent)]
        with _ahead:
            return _call(name, [value, *more], limits or Limits(), read=read, write=write)
    finally:
        _sweep(out)


def state() -> dict[str, Any]:
    """Which restrictions stand, as a child found them just now: landlock (the version, 0 for none), seccomp, network,
    ipc, user, capabilities; by what its memory is bounded; and ``missing``, restriction → why it does not stand."""
    order = Order("compressor.sandbox.tasks:nothing", [], [], [], Limits(), strict=False)
    for answer in follow(order, lambda: False):
        if answer.error is not None:
            raise answer.error
        if answer.done:
            return dict(answer.walls or {})
    raise ChildDied("The sandbox did not answer.")


_known: Standing | None = None


def standing() -> Standing:
    """What ``state`` found the first time it was asked in this process."""
    global _known
    if _known is None:
        found = state()
        missing = dict(found.pop("missing", {}))
        _known = Standing(found, missing)
    return _known


@cache
def encoders() -> Report:
    """What ``hardware.report`` finds in a child; asked once. Raises BadRequest for a name that is no encoder."""
    check_wish()
    return Report.from_json(_call("encoders", [], Limits(), read=[]))


def known() -> Standing | None:
    return _known


def require() -> Standing:
    """``standing()``; raises EngineFailure under SANDBOX=strict when a restriction is missing."""
    found = standing()
    if strict() and found.missing:
        raise sandbox_incomplete(found.missing)
    return found


def _call(name: str, arguments: list[Any], limits: Limits, *, read: list[str], write: list[str] | None = None) -> Any:
    bounded = Limits(
        **asdict(limits)
        | {
            "child_cpu_s": min(limits.child_cpu_s, _LOOK_CPU_S),
            "wall_s": min(limits.wall_s, _LOOK_WALL_S),
            "child_file_bytes": min(limits.child_file_bytes, 50 * _MB),
            "child_disk_bytes": min(limits.child_disk_bytes, 100 * _MB),
            "child_files": min(limits.child_files, 100),
        }
    )
    order = Order(f"compressor.sandbox.tasks:{name}", arguments, read, write or [], bounded)
    with _looks:
        for answer in follow(order, lambda: False):
            if answer.error is not None:
                raise answer.error
            if answer.done:
                return answer.result
    raise ChildDied("The sandbox did not answer.")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # the child says it properly
