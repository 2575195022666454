"""Sites and programs of which no limits are known here, as a message names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from .clauses import Span
from .normalise import folded_letters
from .tokens import Row
from .word_files import languages, read_table

_WISHING = frozenset({"order", "correction", "beyond", "unclear"})


@cache
def _names() -> re.Pattern[str]:
    """The names of ``<code>/unknown_places.txt`` of all languages; Latin ones only as whole words."""
    lines = (line for code in languages() for line in read_table(code, "unknown_places"))
    folded = {folded_letters(name.strip()) for line in lines for name in line.split("|")}
    pieces = "|".join(map(re.escape, sorted(folded, key=len, reverse=True)))
    return re.compile(rf"(?<![a-z])(?:{pieces})(?![a-z])")


def unknown_places(row: Row, found: Sequence[Span], roles: Sequence[str], wish: dict[str, Any]) -> tuple[str, ...]:
    """The names as typed, each once, of the clauses that wish for something. One that is told of, or that stands in a
    text, in the name of a file or of a known place, is none."""
    kept = [(t.at, t.till) for t in row.tokens if t.kind in {"quote", "file", "place"}]
    texts = wish.get("text", [])
    shown = " ".join(str(one.get("text", "")) for one in (texts if isinstance(texts, list) else [texts])).casefold()
    named: dict[str, str] = {}
    for match in _names().finditer(row.folded.text):
        at = row.folded.origin[match.start()]
        role = next((r for span, r in zip(found, roles, strict=True) if span.start <= at < span.end), "order")
        typed = row.folded.source(match.start(), match.end())
        held = any(first <= match.start() < last for first, last in kept) or typed.casefold() in shown
        if role in _WISHING and not held:
            named.setdefault(match.group(), typed)
    return tuple(named.values())
