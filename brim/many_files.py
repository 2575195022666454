"""Many files: several at once, one budget over all, stopped by Ctrl-C without anything half-written."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from compressor.errors import BadRequest, Cancelled, CompressorError
from compressor.words_to_draft import MEDIA

from . import one_file
from .one_file import Claims, Task
from .outcome import Outcome
from .output import Screen

if TYPE_CHECKING:
    from compressor import deciding


def jobs(asked: int | None, files: int) -> int:
    """How many files are made at once: what was asked, else half of the cores; the engine uses several itself."""
    return max(1, min(files, asked or (os.cpu_count() or 2) // 2))


def shared(tasks: Sequence[Task], total: int, at_once: int = 1) -> list[Task]:
    """The tasks with one budget divided among them so that the worst of them looks as good as can be foreseen; what
    cannot be foreseen gets its share by size. Raises BadRequest when the budget is less than a byte for each, or when
    the bytes of a file are not known."""
    from compressor import deciding

    if any(task.source.is_stdin for task in tasks):
        raise BadRequest("--total needs files whose size is known, not standard input.")
    if total < len(tasks):
        raise BadRequest(f"--total is less than a byte for each of {len(tasks)} files.")
    by_size = deciding.shares(total, [max(1, task.source.path.stat().st_size) for task in tasks])
    with ThreadPoolExecutor(at_once, thread_name_prefix="brim") as pool:
        curves = list(pool.map(_curve, tasks, by_size))
    parts = deciding.divided(total, by_size, curves)
    return [replace(task, share=part) for task, part in zip(tasks, parts, strict=True)]


def _curve(task: Task, share: int) -> deciding.Curve | None:
    from compressor import deciding, sandbox
    from compressor.engine import Job

    try:
        found = one_file.ready(replace(task, share=share), task.source.path)
        with tempfile.TemporaryDirectory(prefix="brim-") as folder:
            goal = found.wish.goal.to_json()
            job = Job({MEDIA: str(found.path)}, f"{folder}/out", goal, found.wish.draft)
            return deciding.Curve(tuple(sandbox.foresee(job, deciding.ceilings(share))))
    except CompressorError:
        return None  # its own run says why


def run(tasks: Sequence[Task], at_once: int, screen: Screen) -> list[Outcome]:
    """Make all of them; a line is shown as each ends. Outcomes come in the order of the tasks."""
    claims = Claims([task.source for task in tasks])

    def made(task: Task) -> Outcome:
        outcome = one_file.run(task, stop, partial(screen.hear, task.source.shown), claims)
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
