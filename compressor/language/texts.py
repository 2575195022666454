"""Words to be shown on the picture: which letters they are, where, when, in which colour and size."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from .normal import Folded
from .pattern import Reading
from .tables import read_table

_CUES = {"text", "write", "add", "pos", "textsize", "hue", "font"}
_BREAKS = {"stop", "comma", "and"}
_ATTRIBUTES = {
    "pos",
    "color",
    "hue",
    "textsize",
    "pt",
    "font",
    "at",
    "of",
    "to",
    "art",
    "be",
    "bgword_",
    "size",
    "px",
    "num",
}
_ATTRIBUTES |= {
    "from",
    "until",
    "ms",
    "span",
    "first",
    "ord",
    "dash",
    "corner",
    "make",
    "use",
    "plain",
    "colon",
    "add",
    "end",
    "text",
}
# What cannot be said of a text, so that "last 4 seconds at half speed with …" ends before the text begins.
_OTHER_WISHES = {"halfspeed", "doublespeed", "multspeed", "mult", "bytes", "fps", "pres", "dim", "format", "aspect"}
_OTHER_WISHES |= {"grayscale", "reverse", "boomerang", "mute", "forever", "colors", "ratio", "rotate", "flip", "crop"}
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
_ENDS_TEXT = {"stop", "comma", "quote"}
_VERBS = {
    "trim", "remove", "compress", "make", "crop", "loopword", "reverse", "boomerang", "mute", "music", "export",
    "rotate", "flip", "mirror", "keep", "add", "faster", "slower", "grayscale", "bytes", "speedword", "doublespeed",
    "under", "format", "place", "not", "from", "at", "dims",
}  # fmt: skip


def read_texts(reading: Reading, folded: Folded) -> None:
    """Take every text out of the row, with what is said of it."""
    found = _quoted(reading) or _bare(reading, folded)
    if not found:
        return
    reading.put("text", found[0] if len(found) == 1 else found)


def wants_quotes(reading: Reading) -> bool:
    """Whether anything outside of the quotes speaks of letters to be shown, or of music by name."""
    row = reading.row
    if len(row) > 1 and row[0].kind == "quote" and row[1].kind in {"at", "from", "ms", "span", "first", "pos"}:
        return True
    return any(t.kind in _CUES | {"music", "hue", "color"} for t in row)


def _segment(reading: Reading, at: int) -> tuple[int, int]:
    """The stretch around ``row[at]`` that belongs to it: up to a break, on over breaks with attributes only."""
    row = reading.row
    first = at
    cue = False
    while first > 0 and row[first - 1].kind not in _BREAKS | {"quote"} and reading.left(first - 1):
        if cue and row[first - 1].kind in _OTHER_WISHES:
            break
        first -= 1
        cue = cue or row[first].kind in {"add", "write"}
    while first > 1 and row[first - 1].kind in _BREAKS:
        start = first - 1
        while start > 0 and row[start - 1].kind not in _BREAKS | {"quote"} and reading.left(start - 1):
            start -= 1
        before = {row[i].kind for i in range(start, first - 1)}
        looks = before & {"textsize", "font", "pt", "hue"} and before <= _ATTRIBUTES - {"ms", "span", "first"}
        named = {"pos"} < before <= {"pos", "at", "art", "write", "text", "add"}  # "caption at the bottom, green: …"
        if not looks and not named:
            break
        first = start
    last = _segment_end(reading, at)
    while last < len(row) and row[last].kind in _BREAKS:
        end = _segment_end(reading, last)
        inside = [t.kind for t in row[last + 1 : end]]
        telling = {"pos", "color", "hue", "textsize", "pt", "span"} & set(inside) or {"size", "num"} <= set(inside)
        telling = telling or inside[:2] == ["from", "ms"]
        telling = telling or (set(inside) <= {"ms", "to", "until", "dash", "from"} and inside.count("ms") == 2)
        shown = {"write", "keep"} & set(inside) and {"ms", "span"} & set(inside)  # 前4秒显示
        telling, allowed = (True, _ATTRIBUTES | {"write", "keep"}) if shown else (telling, _ATTRIBUTES)
        if not inside or not telling or not set(inside) <= allowed or (end < len(row) and row[end].kind == "quote"):
            break
        last = end
    return first, last


def _segment_end(reading: Reading, at: int) -> int:
    row, last = reading.row, at + 1
    while last < len(row) and row[last].kind not in _BREAKS | {"quote"} and reading.left(last):
        last += 1
    return last


def _quoted(reading: Reading) -> list[dict[str, Any]]:
    row, found = reading.row, []
    seen = False
    for at, token in enumerate(row):
        if token.kind != "quote" or not reading.left(at):
            continue
        first, last = _segment(reading, at)
        kinds = [t.kind for t in row[first:last]]
        if "music" in kinds or not str(token.value).strip():
            continue
        if at and not seen and not set(kinds) & _CUES and not any(t.kind in _CUES for t in row[:at]):
            continue
        before = {t.kind for t in row[first:at]}
        if before & {"remove"} and "text" in before | set(kinds):
            reading.put("remove_text", True)
            reading.use(first, last)
            continue
        if "remove" in kinds and "text" in before and not {"add", "write"} & set(kinds):  # 把水印“ABC”去掉
            reading.put("remove_text", True)
            reading.use(first, last)
            continue
        if before & {"not"} and not before & {"remove"}:
            reading.nothing = True
            reading.use(first, last)
            continue
        seen = True
        ends = [i for i in range(at + 1, last - 1) if row[i].kind == "last" and row[i + 1].kind == "ms"]
        reading.refused += [(i, i + 2) for i in ends]  # where the end is is not known here
        wish = {"text": str(token.value).strip()} | attributes(reading, first, last, at)
        reading.use(first, last)
        found.append(wish)
    return found


def attributes(reading: Reading, first: int, last: int, at: int) -> dict[str, Any]:
    """Position, times, colour and size among ``row[first:last]``, leaving the text itself at ``at`` out."""
    row = reading.row
    wish: dict[str, Any] = {}
    tokens = [t for i, t in enumerate(row[first:last], first) if i != at]
    places = [t.value for t in tokens if t.kind == "pos"]
    if places:
        wish["position"] = _position(places)
    kinds = [t.kind for t in tokens]
    times = [t for t in tokens if t.kind == "ms"]
    spans = [t.value for t in tokens if t.kind == "span"]
    numbered = [
        tokens[i + 1].value * 1000 for i, t in enumerate(tokens[:-1]) if t.kind == "ord" and tokens[i + 1].kind == "num"
    ]
    if spans:
        wish["start_ms"], wish["end_ms"] = spans[0]
    elif len(times) >= 2:
        wish["start_ms"], wish["end_ms"] = times[0].value, times[1].value
    elif len(numbered) >= 2:
        wish["start_ms"], wish["end_ms"] = round(numbered[0]), round(numbered[1])
    elif times:
        before = kinds[: tokens.index(times[0])]
        number = next((t.value for t in tokens[: tokens.index(times[0])] if t.kind == "num"), None)
        if "from" in before and number is not None and {"to", "until", "dash", "and"} & set(kinds):
            wish["start_ms"], wish["end_ms"] = round(number * 1000), times[0].value
        elif "from" in before or (kinds[tokens.index(times[0]) + 1 :][:1] == ["begin"] and "first" not in before):
            wish["start_ms"] = times[0].value
        elif "last" not in before and "end" not in before:
            at_time = any(
                t.kind == "at" and t.value in {"at", "@", "在"} for t in tokens[: tokens.index(times[0])][-2:]
            )
            wish["start_ms" if at_time and "first" not in before else "end_ms"] = times[0].value
    elif any(t.kind == "first" and k.kind == "ord" for t, k in pairwise(tokens)):
        wish["end_ms"] = 1000  # "for the first second"
    color = next((t.value for t in tokens if t.kind == "color"), None)
    if color:
        wish["color"] = color
    size = _size(tokens)
    if size:
        wish["size"] = size
    return wish


def _size(tokens: list[Any]) -> int | None:
    for index, token in enumerate(tokens):
        if token.kind == "pt":
            return int(token.value)
        if token.kind in {"textsize", "size", "font"}:
            near = next((t for t in tokens[index + 1 : index + 4] if t.kind in {"num", "px", "pt"}), None)
            if near:
                return int(near.value)
            if index and tokens[index - 1].kind in {"num", "px"}:
                return int(tokens[index - 1].value)
    return next((int(t.value) for t in tokens if t.kind == "px"), None)


def _position(places: list[str]) -> str:
    if len(places) > 1:
        vertical = next((p for p in places if p in {"top", "bottom"}), None)
        side = next((p for p in places if p in {"left", "right"}), None)
        if vertical and side:
            return f"{vertical}-{side}"
    return places[0]


def _bare(reading: Reading, folded: Folded) -> list[dict[str, Any]]:
    """Text without quotes: "add the caption Hello World at the bottom", "底部写上新年快乐"."""
    row = reading.row
    found: list[dict[str, Any]] = []
    at = 0
    while at < len(row):
        start = _text_begins(reading, folded, at)
        if start is None:
            at += 1
            continue
        end = _text_ends(reading, start)
        low = row[start - 1].end
        high = row[end].start if end < len(row) else len(folded.text)
        shown = _trimmed(folded.source(low, high))
        if not shown or shown.lower() in {"the", "a", "an", "this", "that", "it", "my"}:
            at += 1
            continue
        first, last = _segment(reading, max(start - 1, 0))
        last = max(last, end)
        while last < len(row) and row[last].kind in _ATTRIBUTES - {"plain", "add", "make"} and reading.left(last):
            last += 1
        kept = [i for i in range(first, last) if not start <= i < end]
        attribute_row = Reading([row[i] for i in kept], reading.lang)
        wish = {"text": shown} | attributes(attribute_row, 0, len(kept), -1)
        reading.use(first, last)
        found.append(wish)
        at = last
    return found


_POLITE = re.compile(r"[,，]?\s*(?:please|pls|plz|thanks|thank you|thx|谢谢|好吗|吧)\s*$", re.IGNORECASE)


def _trimmed(shown: str) -> str:
    shown = _POLITE.sub("", shown.strip(" :：-"))
    bare = shown.strip(" \"'“”‘’「」:：,，。.")
    if bare.endswith("的") and len(bare) > 2:
        bare = bare[:-1]
    return bare or shown


def _negated(reading: Reading, at: int) -> bool:
    for index in range(at - 1, max(at - 5, -1), -1):
        kind = reading.row[index].kind
        if kind in {"not", "remove"}:
            return True
        if kind in _BREAKS or not reading.left(index):
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
    if token.kind in {"write", "text"}:  # "write in the top right corner: Beta"
        colon = next((i for i in range(nxt, min(nxt + 5, len(row))) if row[i].kind == "colon"), None)
        if (
            colon is not None
            and colon > nxt
            and all(row[i].kind in {"at", "pos", "art", "of"} for i in range(nxt, colon))
        ):
            return colon + 1
    if token.kind == "add" and nxt < len(row):  # "put SALE at the top"
        end = nxt
        while end < len(row) and row[end].kind in {"word", "plain", "use"} and end - nxt < 5:
            end += 1
        shown = folded.source(row[nxt].start, row[end - 1].end) if end > nxt else ""
        if shown.isupper() and len(shown) > 1 and _placed(row, end):
            return nxt
    if token.kind == "write" and after == "colon":
        return nxt + 1
    if token.kind == "write" and said in _WRITING:
        if said == "say" and after in {"num", "pct", "bytes", "ms", "px", "fps", "dim", "count", "pres"}:
            return None  # "not too loud, say 25%"
        if said == "says" and at > 1 and row[at - 1].kind == "text" and row[at - 2].value in {"the", "this", "that"}:
            return None  # "the text says hello" tells what is there
        quoting = said in {"says", "say", "saying"} and at and row[at - 1].kind in {"word", "plain", "uploader"}
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
            if row[index].kind in _BREAKS or not reading.left(index):
                return None
            if row[index].kind == "text":
                inside = row[at + 1 : index]
                return at + 1 if any(t.kind == "word" for t in inside) and inside[0].kind in {"word", "plain"} else None
    return None


def _placed(row: list[Any], at: int) -> bool:
    """Whether what follows says where letters stand or what they look like."""
    ahead = [t.kind for t in row[at : at + 6]]
    until = next((i for i, kind in enumerate(ahead) if kind in _BREAKS), len(ahead))
    return "pos" in ahead[:3] or bool({"hue", "text", "font", "textsize"} & set(ahead[:until]))


def _worth_showing(reading: Reading, at: int) -> bool:
    return any(
        reading.row[i].kind not in _BREAKS | {"at", "pos", "art"} for i in range(at, min(at + 3, len(reading.row)))
    )


def _next_kind(row: list[Any], at: int) -> str:
    while at < len(row) and row[at].kind in {"art", "of"}:
        at += 1
    return str(row[at].kind) if at < len(row) else ""


def _text_ends(reading: Reading, start: int) -> int:
    row = reading.row
    end = start
    while end < len(row) and reading.left(end):
        kind = row[end].kind
        if kind in _ENDS_TEXT or kind == "text":
            break
        ahead = {t.kind for t in row[end + 1 : end + 4]}
        if (kind == "at" or row[end].value == "in the") and _next_kind(row, end + 1) in {
            "pos",
            "color",
            "first",
            "last",
            "ms",
            "white",
        }:
            break
        if kind == "pos" and (end + 1 == len(row) or row[end + 1].kind in _BREAKS):
            break
        if kind == "and" and ahead & _VERBS:
            break
        if kind in {"from", "first", "textsize", "pt"} and ahead & {"ms", "span", "num", "ord"}:
            break
        end += 1
    return end
