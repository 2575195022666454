"""Words to be shown that stand without quotation marks: "write BACK SOON across the middle".

A run of tokens may be such a text where something before it speaks of letters (or a text stands already) and where it
begins and ends at a seam. Which run it is, if any, the slot model decides.
"""

from __future__ import annotations

from collections.abc import Iterator

from .clauses import Span
from .context import Context
from .tokens import Row, Token

OF_TEXTS = ("text", "change.text", "which", "remove.text")
SLOTS = (*OF_TEXTS, "music.name")
_LONGEST = 10  # tokens
_SPEAKING = frozenset({"text", "watermark", "write", "font", "textsize", "hue"})
_BEFORE = frozenset({
    "text", "watermark", "write", "add", "colon", "comma", "make", "to", "be", "is", "at", "pos", "color", "with",
    "font", "remove", "from", "not", "and", "say", "by", "keep", "use", "case", "toword", "art", "soft", "dash", "trim",
    "under", "over", "repair", "of", "smaller", "bigger", "toomuch", "size", "losing", "hue", "textsize",
})  # fmt: skip
_AFTER = frozenset({
    "music", "track", "num", "#pct", "pos", "color", "at", "comma", "stop", "and", "from", "for", "hue", "font", "to",
    "first", "last", "#ms", "begin", "end", "text", "fade", "slide", "make", "write", "soft", "of", "under", "over",
    "add", "not", "remove", "corner", "smaller", "bigger", "toomuch", "size", "#frac", "volume", "#span", "by", "be",
    "until",
})  # fmt: skip


def runs(row: Row, spans: list[Span], context: Context) -> Iterator[tuple[int, int, int]]:
    """Every run that may be a text: its clause, its first token and the one after its last."""
    tokens = row.tokens
    spoken = {i for i, t in enumerate(tokens) if t.kind in _SPEAKING}
    played = {i for i, t in enumerate(tokens) if t.kind in {"music", "track"}}
    if any(t.kind == "pos" for t in tokens):
        spoken |= {i for i, t in enumerate(tokens) if t.kind == "add"}
    spoken |= {i for i, t in enumerate(tokens) if t.kind == "colon" and i and tokens[i - 1].kind in {"pos", "color"}}
    if not row.words.isupper():  # capitals stand out
        spoken |= {
            i
            for i, t in enumerate(tokens)
            if len(t.text) > 2 and row.words[t.start : t.end].isupper() and t.concept == "w"
        }
    if not spoken and not context.texts and not played:
        return
    standing = {w for text in context.texts for w in text.casefold().split()}
    for number, span in enumerate(spans):
        near = any(t.kind in _SPEAKING or t.kind in {"add", "quote"} for t in tokens[span.first : span.last])
        before = any(i < span.last for i in spoken) and (
            number == 0 or any(i >= spans[number - 1].first for i in spoken)
        )
        near = near or any(span.first <= i < span.last for i in played)
        if not (near or before or context.texts):
            continue
        for first in range(span.first, span.last):
            token = tokens[first]
            if token.kind in {"comma", "stop", "colon", "quote"} or token.concept == "filename":
                continue
            opens = first == 0 or tokens[first - 1].kind in _BEFORE or tokens[first - 1].concept in _BEFORE
            named = token.text in standing or _upper(row, token)
            if not (opens or named):
                continue
            for last in range(first + 1, min(span.last, first + _LONGEST) + 1):
                if tokens[last - 1].kind in {"stop", "colon", "quote"}:
                    break
                after = tokens[last] if last < len(tokens) else None
                if after and after.kind == "art" and last + 1 < span.last:
                    after = tokens[last + 1]
                if (
                    after is None
                    or last == span.last
                    or after.kind in _AFTER
                    or after.concept in _AFTER
                    or tokens[last - 1].text in standing
                    or (_upper(row, tokens[last - 1]) and not _upper(row, after))
                ):
                    yield number, first, last


def _upper(row: Row, token: Token) -> bool:
    typed = row.words[token.start : token.end]
    return typed[:1].isupper() and (len(typed) == 1 or typed.isupper() or typed[1:].islower())


def shown(row: Row, first: int, last: int) -> str:
    """The run as it was typed."""
    end = row.tokens[last - 1].end
    return row.words[row.tokens[first].start : end].strip(" \t\n,.;:，。；：、")


def features(row: Row, span: Span, first: int, last: int, role: str, context: Context) -> list[str]:
    """What a run looks like: its letters, its length, what stands on both sides of it."""
    tokens = row.tokens
    before, after = tokens[max(span.first - 2, 0) : first][::-1], tokens[last : last + 4]
    typed = shown(row, first, last)
    inner = tokens[first:last]
    bk = [t.concept if t.concept != "w" else f"w:{t.text}" for t in before if t.kind != "art"][:3] + ["^"] * 3
    ak = [t.concept if t.concept != "w" else f"w:{t.text}" for t in after if t.kind != "art"][:3] + ["$"] * 3
    standing = [t.casefold() for t in context.texts]
    match = (
        "whole" if typed.casefold() in standing else "part" if any(typed.casefold() in t for t in standing) else "no"
    )
    case = "UP" if typed.isupper() else "Up" if typed[:1].isupper() else "low"
    starts = first == span.first
    base = [
        "b", f"role:{role}", f"case:{case}", f"n:{min(last - first, 6)}", f"match:{match}", f"b1:{bk[0]}",
        f"a1:{ak[0]}", f"b12:{bk[1]} {bk[0]}", f"ba:{bk[0]} {ak[0]}", f"bt:{before[0].text if before else '^'}",
        f"bt2:{' '.join(t.text for t in before[:2][::-1])}", f"end:{last == span.last}", f"start:{starts}",
        f"texts:{bool(standing)}", f"case:{case} {bk[0]}", f"case:{case} {ak[0]}", f"i1:{inner[0].concept}",
        f"i9:{inner[-1].concept}", f"lang:{row.lang}", f"a12:{ak[0]} {ak[1]}",
        f"match:{match} {bk[0]}", f"ends:{last == span.last} {bk[0]}",
    ]  # fmt: skip
    base += [f"in:{t.concept}" for t in inner if t.concept != "w"]
    base += [f"L:{t.concept}" for t in tokens[span.first : first] if t.concept != "w"]
    base += [f"R:{t.concept}" for t in tokens[last : span.last] if t.concept != "w"]
    if first and first == span.first and tokens[first - 1].kind == "colon":
        base += [f"C:{t.concept}" for t in tokens[max(first - 6, 0) : first - 1] if t.concept != "w"]
        base.append(f"C:{last == span.last}")
    if last < span.last and _upper(row, tokens[last]) and case != "low":
        base.append("more up after")
    if first > span.first and _upper(row, tokens[first - 1]) and case != "low":
        base.append("more up before")
    return [f"T|{f}" for f in base]
