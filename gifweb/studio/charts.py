"""Charts as whole numbers for SVG: bytes against quality, and bytes along the frames."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gifweb.renders.models import Render

WIDE, HIGH = 360, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 346, 24, 164  # where dots may stand
_STEPS = (1, 2, 3, 5, 7)
_ASIDE = 20  # from the line of the limit to the middle of a label, at least
_RISES = (-10, 20, -24, 34, -38, 48, -52, 62, 76, 90)  # from a dot to the foot of its label


@dataclass(frozen=True, slots=True)
class Dot:
    """One file: ``score`` is None where only its bytes were measured. ``kind``: kept, fits or over."""

    bytes: int
    score: float | None
    kind: str
    label: str = ""
    x: int = 0
    y: int = 0
    rise: int = -10  # from the dot to the foot of its label
    middle: int = 0  # of its label, from the left


@dataclass(frozen=True, slots=True)
class Mark:
    at: int
    value: int


@dataclass(frozen=True, slots=True)
class Chart:
    """``line``: where the ceiling is, or None. Bytes grow to the right on a scale of factors, quality upwards."""

    dots: list[Dot]
    line: int | None
    across: list[Mark]
    up: list[Mark]


def of_attempts(render: Render, attempts: Sequence[dict[str, Any]], ceiling: int | None) -> Chart | None:
    """Every attempt of a render, its ceiling and the one that was kept; None where there is nothing to compare."""
    quality = (render.report.get("quality") or {}).get("mean")
    dots = []
    for told in attempts:
        attempt = told["attempt"]
        kept = attempt["bytes"] == render.result_bytes
        score = (attempt.get("quality") or {}).get("mean", quality if kept else None)
        dots.append(Dot(attempt["bytes"], score, "kept" if kept else "fits" if told["fits"] else "over"))
    return drawn(dots, ceiling)


def drawn(found: Iterable[Dot], ceiling: int | None) -> Chart | None:
    """The chart of at least two files of which one was looked at."""
    dots = [dot for dot in found if dot.bytes > 0]
    scores = [dot.score for dot in dots if dot.score is not None]
    if len(dots) < 2 or not scores:
        return None
    sizes = [dot.bytes for dot in dots] + ([ceiling] if ceiling else [])
    low, high = math.log(min(sizes) * 0.85), math.log(max(sizes) * 1.15)
    best = min(100, 10 * math.ceil((max(scores) + 3) / 10))
    worst = min(10 * math.floor((min(scores) - 3) / 10), best - 20)

    def x(size: float) -> int:
        return round(_LEFT + (math.log(size) - low) / (high - low) * (_RIGHT - _LEFT))

    def y(score: float) -> int:
        return round(_BOTTOM - (score - worst) / (best - worst) * (_BOTTOM - _TOP))

    placed = [
        Dot(d.bytes, d.score, d.kind, d.label, x(d.bytes), _BOTTOM if d.score is None else y(d.score)) for d in dots
    ]
    placed = _labelled(sorted(placed, key=lambda dot: dot.x), x(ceiling) if ceiling else None)
    placed.sort(key=lambda dot: dot.kind == "kept")  # drawn last, over the others
    step = 10 if best - worst <= 50 else 20
    up = [Mark(y(score), score) for score in range(int(worst), int(best) + 1, step)]
    return Chart(placed, x(ceiling) if ceiling else None, _across(low, high, x), up)


def _labelled(dots: Sequence[Dot], line: int | None) -> list[Dot]:
    """The dots with their labels above them, else below, else further off: where no other dot or label is. Beside the
    line, never on it."""

    def middle(x: int) -> int:
        if line is None:
            return x
        return min(x, line - _ASIDE) if x <= line else max(x, line + _ASIDE)

    placed: list[Dot] = []
    dots = [replace(dot, middle=middle(dot.x)) for dot in dots]
    for dot in dots:

        def free(rise: int, dot: Dot = dot) -> bool:
            height = dot.y + rise - 5
            taken = [(o.x, o.y, 28) for o in dots if o is not dot] + [(o.middle, o.y + o.rise - 5, 42) for o in placed]
            inside = _TOP - 14 <= dot.y + rise <= _BOTTOM - 4  # above the floor, whose figures stand below it
            return inside and all(abs(x - dot.middle) >= apart or abs(y - height) >= 12 for x, y, apart in taken)

        placed.append(replace(dot, rise=next(filter(free, _RISES), _RISES[0])))
    return placed


def _across(low: float, high: float, x: Any) -> list[Mark]:
    """Round numbers of bytes, far enough from each other to be read."""
    marks: list[Mark] = []
    for power in range(int(low / math.log(10)), int(high / math.log(10)) + 1):
        for step in _STEPS:
            value = step * 10**power
            if low <= math.log(value) <= high and (not marks or x(value) - marks[-1].at > 64):
                marks.append(Mark(x(value), value))
    return marks


def strip(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """(left edge, height in percent) of a bar for each frame or group of frames, WIDE units across."""
    most = max(sizes, default=0)
    return [(n, max(1, round(100 * size / most))) for n, size in enumerate(sizes)] if most and len(sizes) > 1 else []
