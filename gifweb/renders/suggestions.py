"""What else could be made of the same source: wishes in words, one press away. Plain rules, no queries."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from compressor import figures
from compressor.catalogue import words as words_of

FORMATS = (("gif", "GIF"), ("mp4", "MP4"), ("webp", "WebP"))


def offers(
    goal: Mapping[str, Any], facts: Mapping[str, Any], ceiling: int | None, fits: bool | None
) -> list[dict[str, str]]:
    """``label`` and ``words`` of each. A result that was too large gets the ways that would make it fit first."""
    made = str(facts.get("format") or goal.get("format") or "")
    under = f" under {size(ceiling).replace(' ', '').replace(',', '')}" if ceiling else ""
    found: list[tuple[str, str]] = []
    if fits is False and ceiling:
        closest = int(facts.get("bytes") or 0)
        if closest > ceiling:
            room = allowed(closest)
            found.append((f"Allow {size(room)}", f"{made} under {size(room).replace(' ', '')}"))
        if min(int(facts.get("width") or 0), int(facts.get("height") or 0)) >= 32:
            found.append(("Half the width and height", f"{made}{under}, half the dimensions"))
        if int(facts.get("frames") or 0) >= 6:
            found.append(("Every other frame", f"{made}{under}, drop every other frame"))
        if int(facts.get("duration_ms") or 0) > 4000:
            found.append(("First 2 seconds", f"{made}{under}, first 2 seconds"))
    found += [(f"As {label}", f"{name}{under}") for name, label in FORMATS if name != made]
    return [{"label": label, "words": words.strip()} for label, words in found]


def size(value: int) -> str:
    return figures.size(value, words_of("en"))


def allowed(closest: int) -> int:
    """The next ceiling that people would say, at or above these bytes."""
    step = 1000 if closest < 100_000 else 10_000 if closest < 1_000_000 else 100_000
    return ceil(closest / step) * step
