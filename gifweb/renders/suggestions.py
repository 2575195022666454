"""Suggests other renders of the same source, as words for one-click buttons. Pure functions, no queries."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compressor import number_format
from compressor.deciding.goal_changes import LEAST_BYTES
from compressor.formats import OUTPUTS
from compressor.message_catalogue import words as words_of


def offers(
    goal: Mapping[str, Any], facts: Mapping[str, Any], ceiling: int | None, fits: bool | None
) -> list[dict[str, str]]:
    """Return ``label`` and ``words`` of each suggestion. For a result that is too large, those that would fit come
    first."""
    made = str(facts.get("format") or goal.get("format") or "")
    under = f" under {number_format.in_words(ceiling)}" if ceiling else ""
    found: list[tuple[str, str]] = []
    if fits is False and ceiling:
        closest = int(facts.get("bytes") or 0)
        if closest > ceiling:
            limit = next_limit(closest)
            shown = number_format.exact(limit, words_of(get_language() or "en"))
            found.append((_("Allow {size}").format(size=shown), f"{made} under {number_format.in_words(limit)}"))
        if min(int(facts.get("width") or 0), int(facts.get("height") or 0)) >= 32:
            found.append((_("Half the width and height"), f"{made}{under}, half the dimensions"))
        if int(facts.get("frames") or 0) >= 6:
            found.append((_("Every other frame"), f"{made}{under}, drop every other frame"))
        if int(facts.get("duration_ms") or 0) > 4000:
            found.append((_("First 2 seconds"), f"{made}{under}, first 2 seconds"))
    found += [
        (_("As {format}").format(format=row.label), f"{row.name}{under}")
        for row in OUTPUTS.values()
        if row.offered and row.name != made and (not ceiling or ceiling >= LEAST_BYTES)
    ]
    return [{"label": label, "words": words.strip()} for label, words in found]


def next_limit(closest: int) -> int:
    """Return the next round number of bytes at or above ``closest``."""
    step = 1000 if closest < 100_000 else 10_000 if closest < 1_000_000 else 100_000
    return ceil(closest / step) * step
