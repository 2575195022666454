"""Text without quotes: "add the caption Hello World at the bottom", 底部写上新年快乐."""

from __future__ import annotations

import re
from typing import Any

from .attributes import ATTRIBUTES, BREAKS, attributes, segment
from ..reading.normal import Folded
from .pattern import Reading
from ..reading.tables import read_table

# Verbs that are only ever about letters; "show" and "print" need the word "text" or quotes beside them.
_WRITING = frozenset(phrase for line in read_table("writing") for phrase in line.split(" | "))
_CONTENT = {
    "word",
    "plain",
    "num",
    "pct",
    "place",
    "use",
    "format",
    "color",
    "better",
    "ord",
    "once",
    "speedword",
    "ms",
}
_LABELS = {"caption", "label"}
_WANTED = {
    "add",
    "put",
    "place",
    "write",
    "show",
    "insert",
    "print",
    "stick",
    "slap",
    "wanted",
    "include",
    "with",
    "set",
}
_FIGURES = {
    "num", "pct", "bytes", "ms", "px", "fps", "dim", "count", "pres", "format", "place", "colors", "aspect",
    "ratio", "frac", "track", "mult", "multspeed", "halfthesize", "halve",
}  # fmt: skip
_ENDS_TEXT = {"stop", "comma", "quote"}
_VERBS = {
    "trim", "remove", "compress", "make", "crop", "loopword", "reverse", "boomerang", "mute", "music", "export",
    "rotate", "flip", "mirror", "keep", "add", "faster", "slower", "grayscale", "bytes", "speedword", "doublespeed",
    "under", "format", "place", "not", "from", "at", "dims",
}  # fmt: skip


def bare_texts(reading: Reading, folded: Folded) -> list[dict[str, Any]]:
    """Text without quotes: "add the caption Hello World at the bottom", "底部写上新年快乐"."""
    row = reading.row
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(row):
        start = _text_begins(reading, folded, at)
        joined = bool(found) and row[at].kind in {"and", "comma"} and reading.left(at)
        if start is None and joined and _shouted(row, folded, at + 1):
            start = at + 1  # "put THIS at the top and THAT at the bottom"
        if start is None:
            at += 1
            continue
        end = _text_ends(reading, folded, start)
        low = row[start - 1].end
        high = row[end].start if end < len(row) else len(folded.text)
        shown = _trimmed(folded.source(low, high))
        if not shown or shown.lower() in {"the", "a", "an", "this", "that", "it", "my"}:
            at += 1
            continue
        first, last = segment(reading, start if row[start - 1].kind in BREAKS else max(start - 1, 0))
        last = max(last, end)
        last = next((i for i in range(end, last) if row[i].kind in BREAKS and _shouted(row, folded, i + 1)), last)
        while last < len(row) and row[last].kind in ATTRIBUTES - {"plain", "add", "make"} and reading.left(last):
            last += 1
        kept = [i for i in range(first, last) if not start <= i < end]
        attribute_row = Reading([row[i] for i in kept], reading.lang)
        wish = {"text": shown} | attributes(attribute_row, 0, len(kept), -1)
        reading.use(first, last)
        found.append(wish)
        at = last
    return found


_POLITE = re.compile(
    r"[,，]?\s*(?:please|pls|plz|thanks|thank you|thx|asap|lol|if possible|"
    r"if you can|谢谢啦?|好吗|可以吗|辛苦了|吧|哈)[.!?。！？]*\s*$",
    re.IGNORECASE,
)


_NAMING = re.compile(
    r"^(?:(?:our|my|the)\s+)?(?:url|website|site|link|handle|address|domain)\s*:?\s+(?=@|\S+\.\w)", re.IGNORECASE
)


def _trimmed(shown: str) -> str:
    shown = _NAMING.sub("", _POLITE.sub("", shown.strip(" :：-")))
    bare = shown.strip(" \"'“”‘’「」:：,，。.")
    if bare.endswith("的") and len(bare) > 2:
        bare = bare[:-1]
    return bare or shown


def _negated(reading: Reading, at: int) -> bool:
    for index in range(at - 1, max(at - 5, -1), -1):
        kind = reading.row[index].kind
        if kind in {"not", "remove"}:
            return True
        if kind in BREAKS or not reading.left(index):
            return False
    return False


_SEVERAL = {
    "captions",
    "subtitles",
    "subs",
    "texts",
    "titles",
    "labels",
    "watermarks",
    "字幕",
    "untertitel",
    "subtitulos",
}


def _text_begins(reading: Reading, folded: Folded, at: int) -> int | None:
    row = reading.row
    token = row[at]
    if not reading.left(at) or _negated(reading, at):
        return None
    said = folded.text[token.start : token.end]
    nxt = at + 1
    while nxt < len(row) and row[nxt].kind in {"art", "be"} and token.kind == "text":
        if folded.source(row[nxt].start, row[nxt].end)[:1].isupper():
            break  # "add the title My Trip"
        nxt += 1
    after = row[nxt].kind if nxt < len(row) else "stop"
    if after == "art" and token.kind == "text":
        after = "word"
    until = row[nxt].start if nxt < len(row) else len(folded.text)
    gap = bool(folded.text[row[nxt - 1].end : until].strip(" .!?。"))  # words that the row leaves out, such as "hello"
    if after == "end" and row[nxt].value == "back" and token.kind in {"write", "text"}:
        return None  # "put the caption back": which one is not known here
    if token.kind in {"write", "text"}:  # "write in the top right corner: Beta"
        colon = next((i for i in range(nxt, min(nxt + 5, len(row))) if row[i].kind == "colon"), None)
        if (
            colon is not None
            and colon > nxt
            and all(row[i].kind in {"at", "pos", "art", "of"} for i in range(nxt, colon))
        ):
            return colon + 1
    if token.kind in {"text", "write", "plain"} and after == "comma" and _apposed(reading, at, nxt):
        return nxt + 1
    if token.kind == "add" and _shouted(row, folded, at + 1):  # "put SALE at the top"
        return at + 1
    if token.kind == "write" and after == "colon":
        return nxt + 1
    if token.kind == "write" and said in _WRITING:
        if said == "say" and after in _FIGURES:
            return None  # "not too loud, say 25%"
        if said == "says" and at > 1 and row[at - 1].kind == "text" and row[at - 2].value in {"the", "this", "that"}:
            return None  # "the text says hello" tells what is there
        quoting = (
            said in {"says", "say", "saying"} and at and row[at - 1].kind in {"word", "plain", "uploader", "place"}
        )
        if quoting and not any(t.kind in {"add", "text", "make"} for t in row[max(0, at - 4) : at]):
            return None  # "legal says …" quotes somebody
        if after == "colon":
            return nxt + 1
        if gap:
            return nxt
        if after in {"text", "pos", "at", "stop", "comma", "quote", "write"} or not reading.left(nxt):
            return None
        return nxt if _worth_showing(reading, nxt) else None
    if token.kind == "text":
        if after in {"colon", "dash"}:
            return nxt + 1
        if after == "write":
            return None  # "a caption saying …": the text begins after "saying"
        asked = any(t.kind in {"add", "write", "make"} for t in row[max(0, at - 4) : at])
        if not asked and nxt == at + 1 and _announced(reading, folded, at, gap):
            return nxt
        if said in _SEVERAL and after != "colon":
            return None  # "add captions automatically" says of none what is in it
        only_made = not any(t.kind in {"add", "write"} for t in row[max(0, at - 4) : at])
        if only_made and after in {"color", "bigger", "smaller", "pos", "at", "better"}:
            return None  # "make the text red" speaks of one that is there
        if asked and gap and reading.lang == "en" and folded.text[row[nxt - 1].end :].lstrip()[:6] != "please":
            return nxt
        if asked and nxt < len(row) and reading.left(nxt) and _worth_showing(reading, nxt):
            return nxt if after in _CONTENT else None
        return None
    if token.kind == "add" and reading.lang in {"zh", "ja"}:  # 加上生日快乐四个字
        for index in range(at + 1, min(at + 16, len(row))):
            if row[index].kind in BREAKS or not reading.left(index):
                return None
            if row[index].kind == "text":
                inside = row[at + 1 : index]
                return at + 1 if any(t.kind == "word" for t in inside) and inside[0].kind in {"word", "plain"} else None
    return None


_NAMES = {"name", "brand", "company", "handle", "slogan", "tagline", "motto"}


def _apposed(reading: Reading, at: int, comma: int) -> bool:
    """ "add a title, Summer Vibes, at the top": what it says stands between two commas, and its place after them."""
    row = reading.row
    if row[at].kind != "text" and row[at].value not in _NAMES | _LABELS:
        return False
    if not any(t.value in _WANTED for t in row[max(0, at - 4) : at]):
        return False
    end = next((i for i in range(comma + 1, min(comma + 8, len(row))) if row[i].kind in BREAKS), None)
    if (
        end is None
        or end == comma + 1
        or any(t.kind not in _CONTENT | {"art", "be", "track"} for t in row[comma + 1 : end])
    ):
        return False
    after = [t.kind for t in row[end + 1 : end + 5] if t.kind not in {"at", "of", "art"}]
    return bool(after) and after[0] in {"pos", "color", "corner"}


def _shouted(row: list[Any], folded: Folded, begun: int) -> bool:
    """ "put THE END at the top": capitals are letters to be shown where they stand in a place."""
    end = begun
    while end < len(row) and end - begun < 6 and folded.source(row[end].start, row[end].end).isupper():
        end += 1
    shown = folded.source(row[begun].start, row[end - 1].end) if end > begun else ""
    return len(shown) > 1 and not folded.original.isupper() and _placed(row, end)


def _announced(reading: Reading, folded: Folded, at: int, gap: bool) -> bool:
    """ "square, text SALE at the top", 底部字幕谢谢观看: the clause begins by naming the letters, without a verb."""
    row = reading.row
    first = at
    while first and row[first - 1].kind in {"pos", "at", "of", "art"} and reading.left(first - 1):
        first -= 1
    if first and row[first - 1].kind not in BREAKS and reading.left(first - 1):
        return False
    placed_before = any(t.kind == "pos" for t in row[first:at])
    if not placed_before and first < at:
        return False  # "the text …" speaks of one that is there
    end = _text_ends(reading, folded, at + 1)
    low, high = row[at].end, row[end].start if end < len(row) else len(folded.text)
    shown = folded.source(low, high).strip()
    after = row[at + 1].kind if at + 1 < len(row) else "stop"
    if not shown:
        return False
    if reading.lang in {"zh", "ja"}:
        if after in ATTRIBUTES - {"plain", "first"} and not gap:
            return False
        told = shown[0] in "的太是在要有不" or shown[-1] in "了的" or any(t.kind in _DOING for t in row[at + 1 : end])
        return not told and (placed_before or _placed(row, end))
    if not gap and after not in _CONTENT | {"track"} and not (after == "art" and shown[0].isupper()):
        return False
    shouted = folded.original.isupper()
    return (shown[0].isupper() and not shouted) or (_placed(row, end) and not row[at].value.endswith("s"))


_DOING = {"be", "not", "remove", "keep", "make", "toomuch", "smaller", "bigger", "better", "write", "add"}


def _placed(row: list[Any], at: int) -> bool:
    """Whether what follows says where letters stand or what they look like."""
    ahead = [t.kind for t in row[at : at + 6]]
    until = next((i for i, kind in enumerate(ahead) if kind in BREAKS), len(ahead))
    return "pos" in ahead[:3] or bool({"hue", "text", "font", "textsize"} & set(ahead[:until]))


def _worth_showing(reading: Reading, at: int) -> bool:
    return any(
        reading.row[i].kind not in BREAKS | {"at", "pos", "art"} for i in range(at, min(at + 3, len(reading.row)))
    )


def _titled(folded: Folded, tokens: list[Any]) -> bool:
    """Whether the letters before the last token begin as a name does, and the last token goes on with it."""
    before, last = (folded.source(t.start, t.end) for t in (tokens[-2], tokens[-1]))
    return before[:1].isupper() and last[:1].isupper() and last[1:].islower()


def _next_kind(row: list[Any], at: int) -> str:
    while at < len(row) and row[at].kind in {"art", "of"}:
        at += 1
    return str(row[at].kind) if at < len(row) else ""


def _styled(row: list[Any], at: int) -> bool:
    """ "in huge red letters": how they look follows."""
    while at < len(row) and (
        row[at].kind in {"smaller", "bigger", "art"} or row[at].value in {"bold", "bright", "thick"}
    ):
        at += 1
    return at < len(row) and row[at].kind in {"color", "hue", "font"}


def _text_ends(reading: Reading, folded: Folded, start: int) -> int:
    row = reading.row
    end = start
    while end < len(row) and reading.left(end):
        kind = row[end].kind
        shouted = row[end].value == "!" and _next_kind(row, end + 1) in {"at", "pos", "from", "first"}
        if (kind in _ENDS_TEXT and not shouted) or kind == "text":
            break
        ahead = {t.kind for t in row[end + 1 : end + 4]}
        if end > start and not folded.original.isupper() and _titled(folded, row[start : end + 1]):
            end += 1  # "Game Over in the middle"
            continue
        if (kind == "at" or row[end].value == "in the") and _next_kind(row, end + 1) in {
            "pos",
            "color",
            "first",
            "last",
            "ms",
            "white",
        }:
            break
        if kind == "at" and end > start and _styled(row, end + 1):
            break
        if str(row[end].value) in {"放在", "放到", "位于"} and _next_kind(row, end + 1) == "pos":
            break
        if (
            kind == "pos"
            and (end > start or row[start].start > row[start - 1].end + 2)  # filler may be shown: "write Hello at …"
            and row[end + 1 : end + 2]
            and row[end + 1].kind == "at"
            and _next_kind(row, end + 2) in {"color", "first", "last", "ms", "textsize", "px", "span"}
        ):
            break
        if kind == "pos" and (end + 1 == len(row) or row[end + 1].kind in BREAKS):
            break
        if kind == "and" and ahead & _VERBS:
            break
        if kind in {"from", "first", "textsize", "pt"} and ahead & {"ms", "span", "num", "ord"}:
            break
        end += 1
    return end
