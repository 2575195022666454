"""What a person sees: one line a file, a bar while something runs, colour where the terminal shows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import threading
from collections.abc import Mapping
from typing import IO, Any

from compressor import formats
from compressor.events import Event, Said, Step, Tried

from .outcome import CANNOT_FIT, DONE, STOPPED, Outcome

# What a terminal would obey, but for colours: names of files come from strangers.
_OBEYED = re.compile(r"(?!\x1b\[\d\d?m)[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_COLOURS = {"green": "32", "yellow": "33", "red": "31", "dim": "2"}


def coloured(out: IO[str], env: Mapping[str, str] = os.environ) -> bool:
    """Whether colour may be written to ``out``: NO_COLOR forbids it, FORCE_COLOR asks for it, else a terminal."""
    if env.get("NO_COLOR"):
        return False
    if env.get("FORCE_COLOR"):
        return True
    return out.isatty() and env.get("TERM") != "dumb"


def visible(text: str) -> str:
    """The text with a mark for each character that a terminal would obey."""
    return _OBEYED.sub("\ufffd", text)


def amount(value: int) -> str:
    """198 KB, 1.2 MB: three digits."""
    from compressor import message_catalogue, number_format

    return number_format.size(value, message_catalogue.words("en"))


class Screen:
    """Safe for several threads. Results go to ``out``, everything else to ``err``.

    ``mode`` is "json", "quiet" (only what went wrong), "plain" or "verbose" (every attempt and remark).
    """

    def __init__(self, files: int, mode: str, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self._out, self._err = out or sys.stdout, err or sys.stderr
        self._files, self._mode = files, mode
        self._bar = self._err.isatty() and os.environ.get("TERM") != "dumb" and mode not in ("json", "quiet")
        self._done = 0
        self._drawn = False
        self._percent: dict[str, float] = {}
        self._lock = threading.Lock()

    def hear(self, source: str, event: Event) -> None:
        with self._lock:
            if isinstance(event, Step):
                self._percent[source] = event.percent
                if self._bar:
                    self._draw(source, event)
            elif self._mode == "verbose" and isinstance(event, Said):
                self._print(f"{source}: {event.text}", self._err)
            elif self._mode == "verbose" and isinstance(event, Tried):
                got = event.attempt
                seen = got.get("quality") or {}
                likeness = f", quality {seen['mean']:.1f}" if seen else ""
                self._print(f"{source}: attempt {event.number}: {got['bytes']:,} bytes{likeness}", self._err)

    def _draw(self, source: str, event: Step) -> None:
        share = sum(self._percent.values()) + 100 * (self._done - len(self._percent.keys() & self._ended))
        percent = min(100.0, share / max(self._files, 1))
        width = max(10, min(30, shutil.get_terminal_size().columns - 50))
        full = round(width * percent / 100)
        head = f"{self._done}/{self._files} " if self._files > 1 else ""
        left = f", {event.left_s:.0f} s left" if event.left_s is not None and self._files == 1 else ""
        solid, empty = ("█", "░") if _unicode(self._err) else ("#", ".")
        line = visible(f"{head}{solid * full}{empty * (width - full)} {percent:3.0f} %  {event.stage}{left}")
        print(f"\r\x1b[2K{line}", end="", file=self._err, flush=True)
        self._drawn = True

    @property
    def _ended(self) -> set[str]:
        return {source for source, percent in self._percent.items() if percent >= 100}

    def clear(self) -> None:
        if self._drawn:
            print("\r\x1b[2K", end="", file=self._err, flush=True)
            self._drawn = False

    def _print(self, text: str, stream: IO[str]) -> None:
        self.clear()
        print(visible(text), file=stream, flush=True)

    def _paint(self, text: str, colour: str, stream: IO[str]) -> str:
        return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if coloured(stream) else text

    def ended(self, one: Outcome) -> None:
        """One line about a file that has ended."""
        with self._lock:
            self._done += 1
            self._percent[one.source] = 100.0
            if self._mode == "json":
                self._print(json.dumps(one.to_json(), ensure_ascii=False), self._json_stream(one))
            elif one.error is not None:
                self._print(self._paint(f"brim: {one.source}: {one.error.message}", "red", self._err), self._err)
            else:
                self._result(one)

    def _json_stream(self, one: Outcome) -> IO[str]:
        return self._err if _to_stdout(one) else self._out

    def _result(self, one: Outcome) -> None:
        stream = self._err if _to_stdout(one) else self._out
        if one.status != DONE:
            self._print(self._paint(f"brim: {one.source}: {one.said[-1]}", "yellow", self._err), self._err)
        if self._mode == "quiet":
            return
        notes = list(one.said) if self._files == 1 and self._mode == "plain" else []
        for text in notes if one.status == DONE else notes[:-1]:
            self._print(text, self._err)
        if one.status == CANNOT_FIT and one.report["output"]["path"] is None:
            return
        warned = one.report.get("warnings") or []
        tail = f" ({' '.join(warned)})" if warned and self._files > 1 else ""
        self._print(line(one.report) + self._paint(tail, "yellow", stream), stream)

    def last(self, outcomes: list[Outcome]) -> None:
        """A closing line where there were several files."""
        self.clear()
        made = [one.report for one in outcomes if one.made]
        if self._files < 2 or self._mode in ("json", "quiet"):
            return
        before = sum(report["input"]["bytes"] for report in made)
        after = sum(report["output"]["bytes"] for report in made)
        failed = sum(1 for one in outcomes if not one.made and one.status != STOPPED)
        text = f"{len(made)} of {self._files} files: {amount(before)} → {amount(after)}"
        self._print(text + (f", {failed} failed" if failed else ""), self._err)


def line(report: dict[str, Any]) -> str:
    """The result of one file in one line."""
    source, made, seen = report["input"], report["output"], report.get("quality")
    likeness = f", quality {seen['mean']:.1f}" if seen else ""
    share = 100 * made["bytes"] / max(source["bytes"], 1)
    return (
        f"{source['path']} → {made['path'] or 'unchanged'}: {amount(source['bytes'])} → {amount(made['bytes'])} "
        f"({share:.0f} %), {formats.label(made['format'])} {made['width']} x {made['height']}{likeness}"
    )


def _to_stdout(one: Outcome) -> bool:
    return one.made and one.report["output"]["path"] == "-"


def _unicode(stream: IO[str]) -> bool:
    return (getattr(stream, "encoding", "") or "").lower().replace("-", "") == "utf8"
