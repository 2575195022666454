"""Which of several uploaded files a message speaks of: by number, by name, the last, the other, each, all together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from .context import Context, is_sound
from .normalise import fold
from .numbers import orders
from .phrases import found_in, holds, places
from .tokens import FILLERS, SEPARATORS, Row, Token

_GENERIC = frozenset({
    "gif", "mp4", "webm", "webp", "apng", "avif", "png", "jpg", "jpeg", "mov", "video", "image", "picture", "photo",
    "clip", "file", "anim", "animation", "final", "copy", "new", "untitled", "export", "screen", "sticker", "the",
    "and", "for", "with", "one",
})  # fmt: skip


def media_of(row: Row, context: Context, explained: dict[str, Any]) -> dict[str, Any]:
    """``{"media": …}`` (and ``"together"`` for one budget over all); empty where no file is named.

    A number is the place in the order of uploads. Ordinals of a text or of a clip of the timeline do not count.
    """
    if len(context.files) < 2:
        return {}
    text, lang = row.folded.text, row.lang
    if holds(text, lang, "files", "timeline") or {"transition", "order"} & explained.keys():
        return {}  # "cross-fade between them" speaks of the clips of one timeline
    if holds(text, lang, "files", "together"):
        return {"media": "all", "together": True}
    if {"layer", "change_layer"} & explained.keys() or "layer" in {
        **explained.get("remove", {}),
        **explained.get("about", {}),
    }:
        return {}
    if holds(text, lang, "files", "each"):
        return {"media": "all"} | ({"together": True} if "max_bytes" in explained and summed(row) else {})
    if named := named_in(text, [name for name in context.files if not is_sound(name)]):
        return {} if named in context.layers else {"media": named}
    if {"change_text", "remove", "order", "text"} & explained.keys() or holds(text, lang, "files", "notfile"):
        return {}
    placed = placed_in(row, context)
    return {"media": placed} if placed else {}


def placed_in(row: Row, context: Context) -> int | str:
    """The file that is named by its place among the uploads: "the second one", "file 3", "the new one"; 0 for none."""
    text, lang, count = row.folded.text, row.lang, len(context.files)
    names = orders(lang)
    for at, token in enumerate(row.tokens):
        if token.kind == "other" and 1 <= (place := names.get(token.text.split()[0], 0)) <= count:
            return int(place)  # "the second one"
        if token.kind not in {"ord", "num", "first", "last"}:
            continue
        before = row.folded.text[max(0, token.at - 14) : token.at]
        after = row.folded.text[token.till : token.till + 14]
        noun_after = _touches(after, lang, "noun", start=True)
        noun_before = _touches(before, lang, "noun", start=False)
        if token.kind == "first" and (noun_after or _alone(row, at)):
            return 1
        if token.kind == "last" and noun_after:
            return "last"
        if token.kind == "ord" and (noun_after or _alone(row, at)) and 1 <= token.value <= count:
            return int(token.value)
        if token.kind == "num" and noun_before and 1 <= token.value <= count:
            return int(token.value)
    if holds(text, lang, "files", "other") and count == 2:
        return _other(context)
    return "last" if holds(text, lang, "files", "new") else 0


def summed(row: Row) -> bool:
    """Whether a limit in bytes is for all files together: it is one sum, not a ceiling for each."""
    text = row.folded.text
    if found := found_in(text, row.lang, "files", "allformats"):
        text = text[: found[0]] + text[found[1] :]  # "in all formats" is no sum
    return any(holds(text, row.lang, "files", name) for name in ("together", "total"))


def _other(context: Context) -> int | str:
    """The one of two files that the message before did not speak of; "other" where it named none."""
    spoken = named_in(fold(context.said).text, context.files)
    return 2 - context.files.index(spoken) if spoken else "other"


def _touches(text: str, lang: str, name: str, *, start: bool) -> bool:
    """Whether a phrase stands at the edge of ``text``."""
    text = text.lstrip(" -の") if start else re.sub(r"(?: (?:nr|no|nummer|number)\b|[ #.n°])*$", "", text)
    spots = places(text, lang, "files").get(name, ())
    return any(first == 0 if start else last == len(text) for first, last in spots)


def _alone(row: Row, at: int) -> bool:
    """Whether an ordinal names a thing by itself: "now the second: gif", "back to the first"."""
    after = row.tokens[at + 1] if at + 1 < len(row.tokens) else None
    return after is None or after.kind in {"colon", "comma", "stop", "and"}


def marked(row: Row, context: Context) -> Row:
    """The row in which each name of a file or layer (or a word of it) is one token: a ``filename``, a ``layername``, or
    what is to be heard."""
    if not (context.layers or len(context.files) > 1):
        return row
    called: dict[str, tuple[str, str, bool]] = {}
    heard_as: dict[str, str] = {}  # words of a sound file's name → its name
    files = context.files if len(context.files) > 1 else ()
    for concept, names in (("filename", files), ("layername", context.layers)):
        for number, name in enumerate(names):
            stem, ending = _stem(name), fold(name).text.rpartition(".")[2]
            parts = _PART.findall(stem)
            whole = {fold(name).text, stem, " ".join(parts), *([" ".join(parts[:2])] if len(parts) > 1 else [])}
            called |= dict.fromkeys((p for p in parts if p not in _GENERIC), (concept, ending, False))
            called |= dict.fromkeys(whole, (concept, ending, number > 0 or concept == "layername"))
            if is_sound(name):
                heard_as |= dict.fromkeys({*whole, *parts}, name)
    pieces = "|".join(re.escape(p) for p in sorted(called, key=len, reverse=True) if len(p) > 1 or not p.isascii())
    tokens: list[Token] = list(row.tokens)
    for at, quote in enumerate(tokens):  # a file that is named in quotation marks
        said = fold(str(quote.value)).text if quote.kind == "quote" else ""
        if "." in said and said in called:
            tokens[at] = _name(said, heard_as.get(said), called[said][0], quote, quote)
    for match in re.finditer(rf"(?<![a-z0-9])({pieces}){_CALLED}(?![a-z0-9])", row.folded.text) if pieces else ():
        inside = [t for t in tokens if t.at < match.end() and t.till > match.start() and t.kind != "quote"]
        if not inside or inside[0].at < match.start() or inside[-1].till > match.end():
            continue
        said, at = match[1], tokens.index(inside[0])
        concept, ending, whole_name = called[said]
        named = any(t.kind in _NAMING for t in inside) or _FORMED.search(said)
        if not named and not (whole_name and inside[0].kind not in _NEVER):
            continue  # "red" of red.mp4 is a colour, too
        end = at + len(inside)
        if end < len(tokens) and (tokens[end].text == ending or tokens[end].kind in _KINDS):
            end += 1  # "the subscribe gif"
        one, last = tokens[at], tokens[end - 1]
        tokens[at:end] = [_name(said, heard_as.get(said), concept, one, last)]
    return Row(row.words, row.lang, tokens, row.folded)


def _name(said: str, heard: str | None, concept: str, first: Token, last: Token) -> Token:
    """The token of a name; ``heard``: that of the sound file which it names."""
    kind, value, concept = ("track", heard, "track=file") if heard else ("name", said, concept)
    return Token(kind, value, first.start, last.end, said, concept, first.at, last.till)


def _stem(name: str) -> str:
    return fold(re.sub(r"\.\w{2,5}$", "", name)).text


_CJK = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}"
_PART = re.compile("[a-z]{3,}|" + _CJK)
_CALLED = "(?:图片|图像|图|视频|影片|文件|画像|動画|ファイル|파일|영상)?"
_FORMED = re.compile(r"[.]|[a-z][ _-]?\d|[a-z][_-][a-z]")
_NAMING = frozenset({"word", "plain", "file", "layer", "thing", "watermark", "name"})
_NEVER = FILLERS | SEPARATORS | frozenset("text music sound video animation format size width dims not".split())  # noqa: SIM905
_KINDS = frozenset({"still", "file", "video", "animation"})
_STILLS = (".png", ".jpg", ".jpeg", ".webp", ".svg", ".gif", ".apng", ".avif")


def is_still(name: str) -> bool:
    return name.casefold().endswith(_STILLS)


def _hits(text: str, names: Sequence[str], generic: frozenset[str] = _GENERIC) -> dict[str, tuple[int, int]]:
    """The names of which a word stands in the folded ``text``: how much of each, and where."""
    said = set(re.findall(r"[a-z0-9]{2,}|" + _CJK, text)) - generic
    found: dict[str, tuple[int, int]] = {}
    for name in names:
        stem = _stem(name)
        called = next((c for c in (fold(name).text, stem, " ".join(_PART.findall(stem))) if _stands(c, text)), "")
        parts = {p for p in re.findall(r"[a-z]{2,}|" + _CJK, stem) if p not in generic}
        if called:
            found[name] = WHOLE + len(called), text.find(called)
        elif hits := [p for p in parts if p in said or (not p.isascii() and p in text)]:
            found[name] = len(hits), min(text.find(p) for p in hits)
    return found


WHOLE = 90  # a name that stands whole counts more than all words of others


def named_in(text: str, names: Sequence[str]) -> str:
    """The name of which a word stands in the folded ``text``, where only one has it."""
    found = _hits(text, names)
    best = [n for n, hit in found.items() if hit[0] == max(hit for hit, _ in found.values())]
    return best[0] if len(best) == 1 or (best and found[best[0]][0] >= WHOLE) else ""


def first_named(text: str, names: Sequence[str]) -> str:
    """The name that stands first, "" where two may be meant there: "the logo is behind the webcam, bring it up"."""
    found = _hits(text, names, _GENERIC - {"sticker"})
    best = sorted(found, key=lambda n: _rank(found[n]))
    return best[0] if best and (len(best) == 1 or _rank(found[best[0]]) < _rank(found[best[1]])) else ""


def _rank(hit: tuple[int, int]) -> tuple[bool, int, int]:
    return hit[0] < WHOLE, hit[1], -hit[0]


def laid_over(text: str, files: Sequence[str]) -> str:
    """The file that lies over another, of those that are named: a still picture, else the one named first; it is not
    the first film, which lies below."""
    found = _hits(text, [name for name in files if not is_sound(name)], _GENERIC - {"sticker"})
    over = {n: hit for n, hit in found.items() if n != files[0] or is_still(n) or fold(n).text in text}
    over = {n: hit for n, hit in over.items() if n != files[0] or len(over) == 1} or over
    stills = {n: hit for n, hit in over.items() if is_still(n)} or over
    return min(stills, key=lambda n: _rank(stills[n]), default="")


def _stands(called: str, text: str) -> bool:
    """Whether a name stands in a text: as it is, or as a word."""
    if not called.isascii() or len(called) > 3:
        return len(called) > 0 and called in text
    return len(called) > 1 and re.search(rf"(?<![a-z0-9]){re.escape(called)}(?![a-z0-9])", text) is not None
