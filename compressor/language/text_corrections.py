"""One word of a text that is there, put right: "Wednesday instead of Thursday", "1955, not 1954", "two Ls in Holly"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from .clauses import Span
from .tokens import FILLERS, Row, Token

_WORD = re.compile(r"[^\W_](?:[\w'’&-]*[^\W_])?")
_NEW = frozenset({"word", "plain", "num", "ord", "quote", "px", "pres"})  # kinds of token that letters of a text may be
_LIKE = 0.7  # how much alike two spellings of one word are


def whole(found: Sequence[Span]) -> Span:
    """All clauses of a message as one."""
    return Span(found[0].first, found[-1].last, found[0].start, found[-1].end)


def reworded(row: Row, span: Span, texts: Sequence[str]) -> tuple[str, str] | None:
    """The text that is meant and what it says when the clause is heeded; None where it changes no word for sure."""
    found = {change for change in _changes(row, span, texts) if change[0] != change[1]}
    return found.pop() if len(found) == 1 else None


def _changes(row: Row, span: Span, texts: Sequence[str]) -> Iterator[tuple[str, str]]:
    tokens = [t for t in row.tokens[span.first : span.last] if t.kind in _NEW]
    words = [(t, w) for t in tokens for w in [_typed(row, t)] if w]
    for text in texts:
        stands = {m.group().casefold() for m in _WORD.finditer(text)}
        old = [w for _, w in words if w.casefold() in stands]
        new = [(t, w) for t, w in words if w.casefold() not in stands and not (t.kind == "plain" and len(w) < 4)]
        pairs = [(o, w) for o in old for t, w in new if o.isdigit() == w.isdigit() and t.kind != "ord"]
        if len(pairs) == 1:
            yield text, _put(text, *pairs[0])
            continue
        close = [(s, w) for _, w in new for s in stands if len(w) > 3 and s[0] == w[0].casefold()]
        near = [(s, w) for s, w in close if SequenceMatcher(None, s, w.casefold()).ratio() >= _LIKE]
        figures = re.findall(r"\d+", text)
        counted = [str(int(t.value)) for t, _ in new if t.kind in {"num", "ord"} and t.value == int(t.value)]
        if not old and len(near) == 1:
            yield text, _put(text, *near[0])
        elif len(figures) == len(counted) == 1 and figures[0] not in old:
            yield text, text.replace(figures[0], counted[0], 1)


def _typed(row: Row, token: Token) -> str:
    typed = row.words[token.start : token.end].strip(" '’\"“”.,!?")
    return "" if token.kind in FILLERS else re.sub(r"['’]s$", "", typed)


def _put(text: str, old: str, new: str) -> str:
    """``text`` with ``new`` where ``old`` stands, with its capitals."""

    def cased(match: re.Match[str]) -> str:
        there = match.group()
        if there.isupper() and len(there) > 1:
            return new.upper()
        return new[:1].upper() + new[1:] if there[:1].isupper() else new

    return re.sub(rf"(?<!\w){re.escape(old)}(?!\w)", cased, text, count=1, flags=re.IGNORECASE)
