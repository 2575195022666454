"""Where a message quotes: texts to be shown, in whatever marks people set around them."""

from __future__ import annotations

import re
from bisect import bisect_left

from .normalise import Folded

QUOTES = {
    '"': '"', "“": "”", "‘": "’", "«": "»", "„": "“”", "「": "」", "『": "』", "《": "》", "`": "`", "‹": "›", "”": "”",
}  # fmt: skip


# What its form sets apart without quotation marks: a handle, an address, an amount of money.
_FORMED = re.compile(r"(?<![\w@.])(?:[@#][A-Za-z]|www\.)[\w.-]*\w|[$€£¥￥]\s?\d+(?:[.,]\d+)*")


def quotes(folded: Folded) -> list[tuple[int, int, int, int]]:
    """Where quoted texts are: outer start and end, inner start and end, in the folded text."""
    found: list[tuple[int, int, int, int]] = []
    original, place = folded.original, 0
    spans: list[tuple[int, int]] = []
    closing = {closers: _apostrophe_ends(original, closers) for closers in ("’", "'’")}
    while place < len(original):
        letter = original[place]
        closer = QUOTES.get(letter)
        end = -1
        if closer:
            ends = [e for e in (original.find(c, place + 1) for c in closer) if e > place]
            end = min(ends) if ends else -1
            if letter == "‘":
                end = _apostrophe_end(original, place, closing["’"])
        elif letter in "'’" and (place == 0 or not original[place - 1].isalnum() or ord(original[place - 1]) > 0x2E80):
            end = _apostrophe_end(original, place, closing["'’"])
        if end > place + 1 and "\n\n" not in original[place:end]:
            spans.append((place, end))
            place = end
        place += 1
    inside = [(start, end) for start, end in spans]
    for match in _FORMED.finditer(original):
        start, end = match.span()
        if not re.fullmatch(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?", match.group()) and all(
            end <= a or start > b for a, b in inside
        ):
            found.append((_first_at(folded.origin, start), _first_at(folded.origin, end)) * 2)
    for start, end in spans:
        low = bisect_left(folded.origin, start)
        if low < len(folded.origin) and folded.origin[low] == start:
            inner = _first_at(folded.origin, start + 1)
            found.append((low, _first_at(folded.origin, end + 1), inner, _first_at(folded.origin, end)))
    return found


def _first_at(origin: tuple[int, ...], place: int) -> int:
    return min(bisect_left(origin, place), len(origin) - 1)


def _apostrophe_ends(text: str, closers: str) -> list[int]:
    """Where a text in apostrophes may end: no letter follows there."""
    found = []
    for place, letter in enumerate(text):
        after = text[place + 1] if place + 1 < len(text) else " "
        if letter in closers and not (after.isalnum() and ord(after) < 0x2E80):
            found.append(place)
    return found


def _apostrophe_end(text: str, start: int, ends: list[int]) -> int:
    if start + 1 >= len(text) or text[start + 1] in " ;,":
        return -1
    at = bisect_left(ends, start + 2)
    return ends[at] if at < len(ends) else -1
