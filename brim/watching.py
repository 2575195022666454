"""``brim watch``: each file that is put into a folder is made small as soon as it is whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from compressor.errors import BadRequest

from . import one
from .arguments import TAKEN, Output, Source
from .many import stopping
from .one import Task
from .outcome import STOPPED
from .screen import Screen
from .wish import Asked

STILL_S = 1.0  # a file that has not grown for so long is whole


def watch(
    folder: Path,
    words: str,
    out: Path,
    *,
    existing: bool = False,
    as_json: bool = False,
    stop: threading.Event | None = None,
) -> int:
    """Make every file that appears in ``folder`` until Ctrl-C; returns 6. A file that fails is told, and the next is
    taken. Raises BadRequest where the results would be watched too, or watchfiles is not installed."""
    folder, out = folder.resolve(), out.resolve()
    if out == folder or out.is_relative_to(folder):
        raise BadRequest("The results' folder lies outside of the watched one; else each result would be taken again.")
    try:
        from watchfiles import Change
        from watchfiles import watch as changes
    except ModuleNotFoundError:
        raise BadRequest("watchfiles is not installed; install brim-gif[watch].") from None
    out.mkdir(parents=True, exist_ok=True)
    output = Output(f"{out}/", True)
    screen = Screen(1, "json" if as_json else "plain")
    with stopping(stop) as stop:
        if existing:
            for number, path in enumerate(sorted(folder.iterdir()), 1):
                if _taken(path) and not stop.is_set():
                    _make(path, number, words, output, screen, stop)
        seen: dict[Path, tuple[int, int]] = {}
        for found in changes(folder, stop_event=stop, recursive=False, raise_interrupt=False):
            for path in sorted({Path(name) for change, name in found if change is not Change.deleted}):
                if _taken(path) and (mark := whole(path, stop.is_set)) and seen.get(path) != mark:
                    seen[path] = mark
                    _make(path, len(seen), words, output, screen, stop)
    return STOPPED


def _taken(path: Path) -> bool:
    return path.suffix.lower() in TAKEN and not path.name.startswith(".") and path.is_file()


def whole(
    path: Path, stopped: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> tuple[int, int] | None:
    """(bytes, time of the last change) of a file once it has stopped growing; None when it went away."""
    for before, now in _marks(path, sleep):
        if stopped():
            return None
        if before == now:
            return now
    return None


def _marks(path: Path, sleep: Callable[[float], None]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    try:
        before = _mark(path)
        while True:
            sleep(STILL_S)
            now = _mark(path)
            yield before, now
            before = now
    except OSError:
        return


def _mark(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


def _make(path: Path, number: int, words: str, output: Output, screen: Screen, stop: threading.Event) -> None:
    task = Task(Source(path), number, Asked(words), output)
    screen.ended(one.run(task, stop, partial(screen.hear, str(path))))
