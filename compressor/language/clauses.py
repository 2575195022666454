"""A row cut into clauses: at punctuation, before conjunctions, and at a blank between Chinese or Japanese pieces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from .tokens import SEPARATORS, Row

_CONJUNCTIONS = frozenset({
    "so", "but", "then", "because", "since", "though", "although", "if", "while", "which", "anyway", "otherwise",
    "and", "plus", "also", "or", "pero", "y", "luego", "entonces", "und", "aber", "dann", "et", "mais", "donc",
    "puis", "顺便", "但是", "不过", "然后",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens ``first`` to ``last`` (excluded) of a row, and their place in the message."""

    first: int
    last: int
    start: int
    end: int


def spans(row: Row) -> list[Span]:
    """The clauses of ``row``; joined, their places cover the whole message."""
    tokens, cuts = row.tokens, [0]
    for at in range(1, len(tokens)):
        token, before = tokens[at], tokens[at - 1]
        if token.kind in SEPARATORS:
            continue
        if (
            before.kind in SEPARATORS
            or token.kind in {"and", "otherwise"}
            or token.text in _CONJUNCTIONS
            or (row.lang in {"zh", "ja"} and _blank(row.words, before.end, token.start))
        ):
            cuts.append(at)
    cuts.append(len(tokens))
    pairs = [(a, b) for a, b in pairwise(cuts) if b > a]
    found = []
    for number, (first, last) in enumerate(pairs):
        start = 0 if number == 0 else tokens[first].start
        end = len(row.words) if number == len(pairs) - 1 else tokens[last].start
        found.append(Span(first, last, start, end))
    return found


def _blank(words: str, end: int, start: int) -> bool:
    """Whether a blank parts two pieces that are no Latin words or figures: 转webp 算了还是gif."""
    gap = words[end:start]
    if not gap or gap.strip(" \u3000"):
        return False
    return start < len(words) and not words[start].isascii() and end > 1
