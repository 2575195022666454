"""Which of several uploaded files a message speaks of: by number, by name, the last, the other, each, all together."""

from __future__ import annotations

import re
from typing import Any

from .context import Context
from .normalise import fold
from .numbers import orders
from .phrases import holds, patterns
from .tokens import Row

_GENERIC = frozenset({
    "gif", "mp4", "webm", "webp", "apng", "avif", "png", "jpg", "jpeg", "mov", "video", "image", "picture", "photo",
    "clip", "file", "anim", "animation", "final", "copy", "new", "untitled", "export", "screen", "sticker", "the",
    "and", "for", "with",
})  # fmt: skip


def media_of(row: Row, context: Context, explained: dict[str, Any]) -> dict[str, Any]:
    """``{"media": …}`` (and ``"together"`` for one budget over all); empty where no file is named.

    A number is the place in the order of uploads. Ordinals of a text or of a clip of the timeline do not count.
    """
    if len(context.files) < 2:
        return {}
    text, lang = row.folded.text, row.lang
    if holds(text, lang, "files", "timeline"):
        return {}
    if holds(text, lang, "files", "together"):
        return {"media": "all", "together": True}
    if holds(text, lang, "files", "each"):
        return {"media": "all"}
    if named := _named(row, context):
        return {"media": named}
    if {"change_text", "remove", "order", "text"} & explained.keys() or holds(text, lang, "files", "notfile"):
        return {}
    names = orders(lang)
    for at, token in enumerate(row.tokens):
        if token.kind == "other" and 1 <= (place := names.get(token.text.split()[0], 0)) <= len(context.files):
            return {"media": int(place)}  # "the second one"
        if token.kind not in {"ord", "num", "first", "last"}:
            continue
        before = row.folded.text[max(0, token.at - 14) : token.at]
        after = row.folded.text[token.till : token.till + 14]
        noun_after = _touches(after, lang, "noun", start=True)
        noun_before = _touches(before, lang, "noun", start=False)
        if token.kind == "first" and (noun_after or _alone(row, at)):
            return {"media": 1}
        if token.kind == "last" and noun_after:
            return {"media": "last"}
        if token.kind == "ord" and (noun_after or _alone(row, at)) and 1 <= token.value <= len(context.files):
            return {"media": int(token.value)}
        if token.kind == "num" and noun_before and 1 <= token.value <= len(context.files):
            return {"media": int(token.value)}
    if holds(text, lang, "files", "other") and len(context.files) == 2:
        return {"media": "other"}
    if holds(text, lang, "files", "new"):
        return {"media": "last"}
    return {}


def _touches(text: str, lang: str, name: str, *, start: bool) -> bool:
    """Whether a phrase stands at the edge of ``text``."""
    text = text.lstrip(" -の") if start else text.rstrip(" #.n°")
    found = patterns(lang, "files").get(name)
    if found is None:
        return False
    return bool(found.match(text)) if start else any(m.end() == len(text) for m in found.finditer(text))


def _alone(row: Row, at: int) -> bool:
    """Whether an ordinal names a thing by itself: "now the second: gif", "back to the first"."""
    after = row.tokens[at + 1] if at + 1 < len(row.tokens) else None
    return after is None or after.kind in {"colon", "comma", "stop", "and"}


def _named(row: Row, context: Context) -> str:
    """The file of which a word of its name stands in the message, where only one has it."""
    said = set(re.findall(r"[a-z0-9]{3,}|[\u3400-\u9fff]{2,}", row.folded.text)) - _GENERIC
    text = row.folded.text
    found: dict[str, int] = {}
    for name in context.files:
        stem = fold(re.sub(r"\.\w{2,5}$", "", name)).text
        if len(stem) > 3 and stem in text:
            return name
        parts = {p for p in re.findall(r"[a-z]{3,}|[\u3400-\u9fff]{2,}", stem) if p not in _GENERIC}
        hits = sum(p in said or (not p.isascii() and p in text) for p in parts)
        if hits:
            found[name] = hits
    best = sorted(found, key=lambda n: -found[n])
    if len(best) == 1 or (len(best) > 1 and found[best[0]] > found[best[1]]):
        return best[0]
    return ""
