"""Which of several uploaded files a message speaks of: by number, by name, the last, the other, each, all together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .context import Context
from .normalise import fold
from .numbers import orders
from .phrases import found_in, holds, patterns
from .tokens import Row, Token

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
    if holds(text, lang, "files", "timeline") or "transition" in explained:
        return {}  # "cross-fade between them" speaks of the clips of one timeline
    if holds(text, lang, "files", "together"):
        return {"media": "all", "together": True}
    if holds(text, lang, "files", "each"):
        return {"media": "all"} | ({"together": True} if "max_bytes" in explained and summed(row) else {})
    if {"layer", "change_layer"} & explained.keys() or "layer" in explained.get("remove", {}):
        return {}
    if named := named_in(text, context.files):
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
        return {"media": _other(context)}
    if holds(text, lang, "files", "new"):
        return {"media": "last"}
    return {}


def summed(row: Row) -> bool:
    """Whether a limit in bytes is for all files together: it is one sum, not a ceiling for each."""
    text = row.folded.text
    if found := found_in(text, row.lang, "files", "allformats"):
        text = text[: found.start()] + text[found.end() :]  # "in all formats" is no sum
    return any(holds(text, row.lang, "files", name) for name in ("together", "total"))


def _other(context: Context) -> int | str:
    """The one of two files that the message before did not speak of; "other" where it named none."""
    spoken = named_in(fold(context.said).text, context.files)
    return 2 - context.files.index(spoken) if spoken else "other"


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


def marked(row: Row, context: Context) -> Row:
    """The row in which each name of a file or layer (or a word of it) is one token, a ``filename`` or ``layername``."""
    if not (context.layers or len(context.files) > 1):
        return row
    called: dict[str, str] = {}
    for concept, names in (
        ("filename", context.files if len(context.files) > 1 else ()),
        ("layername", context.layers),
    ):
        for name in names:
            stem = fold(re.sub(r"\.\w{2,5}$", "", name)).text
            parts = re.findall(r"[a-z]{3,}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}", stem)
            called |= dict.fromkeys([fold(name).text, stem, *(p for p in parts if p not in _GENERIC)], concept)
    pieces = "|".join(re.escape(p) for p in sorted(called, key=len, reverse=True) if len(p) > 1)
    tokens: list[Token] = list(row.tokens)
    for match in re.finditer(rf"(?<![a-z0-9])(?:{pieces})(?![a-z0-9])", row.folded.text) if pieces else ():
        inside = [t for t in tokens if t.at < match.end() and t.till > match.start() and t.kind != "quote"]
        if not inside or inside[0].at < match.start() or inside[-1].till > match.end():
            continue
        if not any(t.kind in _NAMING for t in inside) and "." not in match.group():
            continue  # "red" of red.mp4 is a colour, too
        said, one, end, at = match.group(), inside[0], inside[-1], tokens.index(inside[0])
        tokens[at : at + len(inside)] = [Token("name", said, one.start, end.end, said, called[said], one.at, end.till)]
    return Row(row.words, row.lang, tokens, row.folded)


_NAMING = frozenset({"word", "plain", "file", "layer", "watermark", "name"})
_STILLS = (".png", ".jpg", ".jpeg", ".webp", ".svg", ".gif", ".apng", ".avif")


def is_still(name: str) -> bool:
    return name.casefold().endswith(_STILLS)


def named_in(text: str, names: Sequence[str], *, layer: bool = False) -> str:
    """The name of which a word stands in the folded ``text``, where only one has it. ``layer``: of several that are
    named, the picture that lies over another file: a still one, else the one named first."""
    said = set(re.findall(r"[a-z0-9]{3,}|[\u3400-\u9fff]{2,}", text)) - _GENERIC
    found: dict[str, int] = {}
    places: dict[str, int] = {}
    for name in names:
        whole = fold(name).text
        stem = fold(re.sub(r"\.\w{2,5}$", "", name)).text
        if (len(stem) > 3 and stem in text) or whole in text:
            found[name], places[name] = 99, text.find(stem)
            continue
        parts = {p for p in re.findall(r"[a-z]{2,}|[\u3400-\u9fff]{2,}", stem) if p not in _GENERIC}
        if hits := [p for p in parts if p in said or (not p.isascii() and p in text)]:
            found[name], places[name] = len(hits), min(text.find(p) for p in hits)
    best = [n for n in found if found[n] == max(found.values())]
    if layer and len(found) > 1:
        stills = [n for n in found if is_still(n)] or list(found)
        return min(stills, key=lambda n: (-found[n] if len(stills) > 1 and found[n] == 99 else 0, places[n]))
    return best[0] if len(best) == 1 or (best and found[best[0]] == 99 and not layer) else ""
