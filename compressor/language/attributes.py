"""What is said of words to be shown: the stretch that belongs to them, where, when, in which colour and size."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .pattern import Reading

BREAKS = {"stop", "comma", "and"}
ATTRIBUTES = {
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
ATTRIBUTES |= {
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
    "after",
    "vanish",
}
# What cannot be said of a text, so that "last 4 seconds at half speed with …" ends before the text begins.
_OTHER_WISHES = {"halfspeed", "doublespeed", "multspeed", "mult", "bytes", "fps", "pres", "dim", "format", "aspect"}
_OTHER_WISHES |= {
    "place",
    "use",
    "grayscale",
    "reverse",
    "boomerang",
    "mute",
    "forever",
    "colors",
    "ratio",
    "rotate",
    "flip",
    "crop",
}


_LETTER_PX = 100  # nobody makes a clip as narrow as that, nor letters as high


def segment(reading: Reading, at: int) -> tuple[int, int]:
    """The stretch around ``row[at]`` that belongs to it: up to a break, on over breaks with attributes only."""
    row = reading.row
    first = at
    cue = False
    while first > 0 and row[first - 1].kind not in BREAKS | {"quote"} and reading.left(first - 1):
        if cue and row[first].kind == "pos" and reading.lang == "zh" and not _timed(row, first - 1):
            break
        if cue and row[first - 1].kind in _OTHER_WISHES | {"pct", "volume", "keepevery", "mult"}:
            break
        if row[first].value == "with" and row[first - 1].kind in {"ms", "span"}:
            break  # "a sticker from 2s to 5s with …"
        first -= 1
        cue = cue or row[first].kind in {"add", "write"}
    while first > 1 and row[first - 1].kind in BREAKS:
        start = first - 1
        while start > 0 and row[start - 1].kind not in BREAKS | {"quote"} and reading.left(start - 1):
            start -= 1
        before = {row[i].kind for i in range(start, first - 1)}
        looks = before & {"textsize", "font", "pt", "hue"} and before <= ATTRIBUTES - {"ms", "span", "first"}
        named = {"pos"} < before <= {"pos", "at", "art", "write", "text", "add"}  # "caption at the bottom, green: …"
        if not looks and not named:
            break
        first = start
    last = _segment_end(reading, at)
    while last < len(row) and row[last].kind in BREAKS:
        end = _segment_end(reading, last)
        inside = [t.kind for t in row[last + 1 : end]]
        telling = {"pos", "color", "hue", "textsize", "pt", "span"} & set(inside) or {"size", "num"} <= set(inside)
        telling = telling or inside[:2] == ["from", "ms"] or {"vanish", "ms"} <= set(inside)
        after = {t.kind for t in row[end + 1 : _segment_end(reading, end)]} if end < len(row) else set()
        if inside and set(inside) <= {"not", "toomuch", "bigger", "smaller"} and after & {"pt", "textsize"}:
            last = end  # 不要太大，20号字
            continue
        sized = len(inside) == 1 and str(row[last + 1].value) in {"small", "tiny", "big", "huge", "large"}
        if sized and not (end < len(row) and row[end].kind == "and"):  # “…” top right, small
            last = end
            continue
        telling = telling or (inside == ["px"] and row[last + 1].value <= _LETTER_PX)  # "…, 40px"
        begun = any(str(t.value) in _APPEARING | {"show", "display"} for t in row[first:last])
        telling = telling or (begun and inside == ["first", "ms"])  # 顶部显示“…”，前3秒
        inside = [k for k, t in zip(inside, row[last + 1 : end], strict=True) if str(t.value) != "第"]
        telling = telling or (set(inside) <= {"ms", "to", "until", "dash", "from"} and inside.count("ms") == 2)
        shown = {"write", "keep"} & set(inside) and {"ms", "span"} & set(inside)  # 前4秒显示
        telling, allowed = (True, ATTRIBUTES | {"write", "keep"}) if shown else (telling, ATTRIBUTES)
        if {"text", "hue", "font"} & set(inside) and {"smaller", "bigger", "color"} & set(
            inside
        ):  # "…, small white text"
            telling, allowed = True, allowed | {"smaller", "bigger"}
        if "textsize" in inside and {"smaller", "bigger"} & set(inside) and {"num", "px", "pt"} & set(inside):
            telling, allowed = True, allowed | {"smaller", "bigger"}  # 字号大一点48
        if inside[:1] == ["keep"] and inside[1:2] and inside[1] in {"first", "last", "ms", "span"}:
            break  # "…, keep 0:05 to 0:12" speaks of the clip
        if (
            not inside
            or not telling
            or not set(inside) <= allowed
            or (end < len(row) and row[end].kind == "quote")
            or {"text", "colon"} <= set(inside)
        ):
            break
        last = end
    return first, last


def _elsewhere(row: list[Any], at: int) -> bool:
    """Whether another wish begins here, though nothing parts it from the text: “NEW” 去掉声音."""
    if row[at].kind == "remove":
        return at + 1 < len(row) and row[at + 1].kind in {
            "sound",
            "music",
            "meta",
            "first",
            "last",
            "begin",
            "end",
            "ms",
        }
    return row[at].kind in _OTHER_WISHES | {
        "loopword",
        "export",
        "compress",
        "dims",
        "volume",
        "meta",
        "mult",
        "under",
        "width",
        "height",
        "fpsword",
        "quality",
        "qword",
    }


def _timed(row: list[Any], at: int) -> bool:
    """Whether what stands before the place of a text may still belong to it: 前3秒顶部显示, 在顶部."""
    if row[at].kind == "num":
        return row[at + 1].kind in {"to", "until", "dash"}
    return row[at].kind in {
        "at",
        "pos",
        "word",
        "plain",
        "ms",
        "span",
        "first",
        "last",
        "from",
        "to",
        "until",
        "dash",
        "end",
        "begin",
        "of",
        "add",
        "make",
        "art",
    }


def _segment_end(reading: Reading, at: int) -> int:
    row, last = reading.row, at + 1
    between = False
    while last < len(row) and row[last].kind != "quote" and reading.left(last) and not _elsewhere(row, last):
        if row[last].kind in BREAKS and not (between and row[last].kind == "and"):
            break
        if row[last].kind in {"ms", "num"}:
            before = row[last - 1 - (row[last - 1].kind in {"secword", "ord"})]
            between = str(before.value) in _BETWEEN
        last += 1
    return last


_BETWEEN = {"between", "from", "zwischen", "entre"}


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
    elif times and "vanish" in kinds:
        wish["end_ms"] = times[0].value  # 3秒后消失
    elif times:
        before = kinds[: tokens.index(times[0])]
        number = next((t.value for t in tokens[: tokens.index(times[0])] if t.kind == "num"), None)
        if "from" in before and number is not None and {"to", "until", "dash", "and"} & set(kinds):
            wish["start_ms"], wish["end_ms"] = round(number * 1000), times[0].value
        elif (
            "from" in before
            or before[-1:] == ["after"]
            or (kinds[tokens.index(times[0]) + 1 :][:1] == ["begin"] and "first" not in before)
            or ("first" not in before and _appears(tokens, times[0]))
        ):
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


_APPEARING = {"出现", "显示", "显示出", "appear", "appears", "appearing", "show up", "erscheint", "aparece", "apparait"}


def _appears(tokens: list[Any], time: Any) -> bool:
    """ "第2秒出现": what follows the time says that it begins there; "前2秒显示" and "2 seconds" do not."""
    at = tokens.index(time)
    moment = at and (str(tokens[at - 1].value) == "第" or tokens[at - 1].kind in {"at", "after"})
    return bool(moment) and tokens[at + 1 : at + 2] != [] and str(tokens[at + 1].value) in _APPEARING


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
    places = [p for p in places if p != "center"] or places  # "centered at the top"
    if len(places) > 1:
        vertical = next((p for p in places if p in {"top", "bottom"}), None)
        side = next((p for p in places if p in {"left", "right"}), None)
        if vertical and side:
            return f"{vertical}-{side}"
    return places[0]
