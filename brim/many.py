"""Many files: several at once, one budget over all, stopped by Ctrl-C without anything half-written."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from compressor.errors import BadRequest, Cancelled

from . import one
from .one import Claims, Task
from .outcome import Outcome
from .screen import Screen


def jobs(asked: int | None, files: int) -> int:
    """How many files are made at once: what was asked, else half of the cores; the engine uses several itself."""
    return max(1, min(files, asked or (os.cpu_count() or 2) // 2))


def shared(tasks: Sequence[Task], total: int) -> list[Task]:
    """The tasks with one budget divided among them by their bytes. Raises BadRequest when it is less than a byte for
    each, or when the bytes of a file are not known."""
    from compressor import deciding

    if any(task.source.is_stdin for task in tasks):
        raise BadRequest("--total needs files whose size is known, not standard input.")
    if total < len(tasks):
        raise BadRequest(f"--total is less than a byte for each of {len(tasks)} files.")
    parts = deciding.shares(total, [max(1, task.source.path.stat().st_size) for task in tasks])
    return [replace(task, share=part) for task, part in zip(tasks, parts, strict=True)]


def run(tasks: Sequence[Task], at_once: int, screen: Screen) -> list[Outcome]:
    """Make all of them; a line is shown as each ends. Outcomes come in the order of the tasks."""
    claims = Claims([task.source for task in tasks])

    def made(task: Task) -> Outcome:
        outcome = one.run(task, stop, partial(screen.hear, task.source.shown), claims)
        if not isinstance(outcome.error, Cancelled):
            screen.ended(outcome)
        return outcome

    with stopping() as stop, ThreadPoolExecutor(at_once, thread_name_prefix="brim") as pool:
        outcomes = list(pool.map(made, tasks))
    screen.last(outcomes)
    if any(isinstance(each.error, Cancelled) for each in outcomes):
        print("brim: Stopped.", file=sys.stderr)
    return outcomes


@contextmanager
def stopping(stop: threading.Event | None = None) -> Iterator[threading.Event]:
    """An event (``stop`` where one is given) that Ctrl-C and SIGTERM set. Jobs that see it end within a second and
    remove what is unfinished."""
    stop = stop or threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
