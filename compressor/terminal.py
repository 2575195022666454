"""Shows a job on the command line: a progress bar on a terminal, plain sentences otherwise."""

from __future__ import annotations

import shutil
from typing import IO, Any

from .events import Event, Said, Step, Tried
from .formats import label


class Screen:
    """A progress bar on a terminal; plain sentences otherwise."""

    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._live = out.isatty()
        self._tries = 0
        self._drawn = False

    def show(self, event: Event) -> None:
        if isinstance(event, Said):
            self.clear()
            print(event.text, file=self._out)
        elif isinstance(event, Tried):
            self._tries = event.number
        elif isinstance(event, Step) and self._live:
            width = max(10, min(40, shutil.get_terminal_size().columns - 45))
            full = round(width * event.percent / 100)
            left = f", {event.left_s:.0f} s left" if event.left_s is not None else ""
            tries = f", attempt {self._tries + 1}" if self._tries else ""
            line = f"{'█' * full}{'░' * (width - full)} {event.percent:3.0f} %  {event.stage}{tries}{left}"
            print(f"\r\x1b[2K{line}", end="", file=self._out, flush=True)
            self._drawn = True

    def clear(self) -> None:
        if self._drawn:
            print("\r\x1b[2K", end="", file=self._out, flush=True)
            self._drawn = False

    def summary(self, report: dict[str, Any]) -> None:
        source, made, seen = report["input"], report["output"], report.get("quality")
        likeness = f", quality {seen['mean']:.1f}" if seen else ""
        share = 100 * made["bytes"] / max(source["bytes"], 1)
        print(
            f"{made['path']}: {made['bytes']:,} bytes ({share:.0f} % of the source), {label(made['format'])} "
            f"{made['width']} x {made['height']}{likeness}",
            file=self._out,
        )
