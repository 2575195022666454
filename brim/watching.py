"""``brim watch``: each file that is put into a folder is made small as soon as it is whole."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from compressor.errors import BadRequest

from . import one_file
from .arguments import TAKEN, Output, Source
from .many_files import stopping
from .one_file import Claims, Task
from .outcome import STOPPED
from .output import Screen
from .request import Asked

LOOK_MS = 1000
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
        from watchfiles import watch as changes
    except ModuleNotFoundError:
        raise BadRequest("watchfiles is not installed; install brim-gif[watch].") from None
    out.mkdir(parents=True, exist_ok=True)
    output, claims = Output(f"{out}/", True), Claims()
    screen = Screen(1, "json" if as_json else "plain")
    seen = {} if existing else {path: _mark(path) for path in _inside(folder)}
    with stopping(stop) as stop:
        # Looked through at each event, and each second: an event that is lost loses no file.
        for _ in changes(folder, stop_event=stop, yield_on_timeout=True, rust_timeout=LOOK_MS, raise_interrupt=False):
            for path in _inside(folder):
                if stop.is_set() or seen.get(path) == _mark(path) or not (mark := whole(path, stop.is_set)):
                    continue
                seen[path] = mark
                task = Task(Source(path), len(seen), Asked(words), output)
                screen.ended(one_file.run(task, stop, partial(screen.hear, str(path)), claims))
    return STOPPED


def _inside(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if _taken(path)]


def _taken(path: Path) -> bool:
    return path.suffix.lower() in TAKEN and not path.name.startswith(".") and path.is_file()


def whole(
    path: Path, stopped: Callable[[], bool], sleep: Callable[[float], None] = time.sleep
) -> tuple[int, int] | None:
    """(bytes, time of the last change) of a file once it has stopped growing; None when it went away."""
    before = _mark(path)
    while before is not None and not stopped():
        sleep(STILL_S)
        now = _mark(path)
        if now == before:
            return now
        before = now
    return None


def _mark(path: Path) -> tuple[int, int] | None:
    """(bytes, time of the last change); None when the file is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns
