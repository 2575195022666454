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
        if token.kind in SEPARATORS or (
            token.kind == "and" and before.kind == "num" == tokens[min(at + 1, len(tokens) - 1)].kind
        ):
            continue  # "clips 2 and 3"
        if (
            before.kind in SEPARATORS
            or token.kind in {"and", "otherwise"}
            or token.text in _CONJUNCTIONS
            or (row.lang in {"zh", "ja"} and _blank(row.words, before.end, token.start))
        ):
            cuts.append(at)
    starts = [0, *(token.start for token in tokens[1:]), len(row.words)]
    return [Span(a, b, starts[a], starts[b]) for a, b in pairwise([*cuts, len(tokens)]) if b > a]


def _blank(words: str, end: int, start: int) -> bool:
    """Whether a blank parts two pieces that are no Latin words or figures: 转webp 算了还是gif."""
    gap = words[end:start]
    if not gap or gap.strip(" \u3000"):
        return False
    return start < len(words) and not words[start].isascii() and end > 1
