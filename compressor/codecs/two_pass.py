"""Two-pass x264: the first pass records the cost of each frame, the second divides the bytes by it.

A second pass comes within a percent or so of the bytes that it aims at, where a constant rate factor takes a guess and
a correction; and it takes two thirds of the time, for which pictures refer to which is known already.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from statistics import pstdev

_COUNTED = re.compile(r"\b(?:tex|mv|misc):(\d+)")
_SHOWN = re.compile(r"\bdur:(\d+)")
_CLOCK = re.compile(r"\btimebase=(\d+)/(\d+)")

FIELDS = 2  # x264 tells for how many fields a picture is shown


@dataclass
class Stats:
    """x264's stats file at ``path`` (and beside it its ``.mbtree``), which a first pass writes. What is told of it is
    read once that pass is done."""

    path: Path
    owner: object = field(default=None, repr=False)  # whatever removes the files once nothing holds it
    _text: str = field(default="", repr=False)

    @property
    def text(self) -> str:
        """The file as the first pass left it; empty where it left none."""
        if not self._text and self._tree.exists() and self.path.exists():
            self._text = self.path.read_text("ascii", "replace")
        return self._text

    @property
    def counted(self) -> float:
        """Bytes of all pictures as x264 counts them."""
        return sum(map(int, _COUNTED.findall(self.text))) / 8

    @property
    def unevenness(self) -> float:
        """The standard deviation of ln(time shown), as far as x264 minds it (10 ms to a second): 0 at one pace."""
        clock = _CLOCK.search(self.text)
        if clock is None:
            return 0.0
        tick = int(clock[1]) / int(clock[2]) / FIELDS
        shown = [math.log(min(max(int(found) * tick, 0.01), 1.0)) for found in _SHOWN.findall(self.text)]
        return pstdev(shown) if shown else 0.0

    def aim(self, size: float) -> int:
        """The rate, in kbit/s, at which a second pass makes pictures of ``size`` bytes in all (as x264 counts them).

        x264 knows whole kbit/s only, and multiplies them by the time for which the pictures are shown: for the rest
        that time is told shorter. Weights and order of the pictures stay as they are.
        """
        clock = _CLOCK.search(self.text)
        ticks = sum(map(int, _SHOWN.findall(self.text)))
        if clock is None or not ticks:
            raise ValueError("the first pass told nothing")
        seconds = ticks * int(clock[1]) / int(clock[2]) / FIELDS
        exact = max(size, 1.0) * 8 / 1000 / seconds
        rate = max(1, math.ceil(exact))
        shorter = exact / rate

        told = [0.0, 0]  # what was to be told so far, and what was

        def shown(found: re.Match[str]) -> str:
            told[0] += int(found[1]) * shorter
            ticks = max(1, round(told[0] - told[1]))
            told[1] += ticks
            return f"dur:{ticks}"

        self.path.write_text(_SHOWN.sub(shown, self.text), "ascii")
        return rate

    @property
    def _tree(self) -> Path:
        return self.path.with_name(self.path.name + ".mbtree")


@dataclass(frozen=True)
class Pass:
    """The first pass over a film, or with ``rate`` (kbit/s) the second."""

    stats: Stats
    rate: int = 0
