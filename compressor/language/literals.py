"""Figures that are known by their shape: 480x270, 16:9, #1a73e8, 0:07, x=10 y=20, max_bytes=500000."""

from __future__ import annotations

import re
from typing import Any

from . import numbers

ASPECTS: set[tuple[float, float]] = {
    (1, 1), (16, 9), (9, 16), (4, 3), (3, 4), (4, 5), (5, 4), (3, 2), (2, 3), (21, 9), (9, 21), (2, 1), (1, 2),
    (18, 9), (16, 10), (10, 16), (5, 3), (3, 5), (7, 5), (5, 7), (1.91, 1), (2.35, 1), (2.39, 1), (1.85, 1), (3, 1),
    (9, 18), (19, 9), (32, 9), (6, 5), (5, 6), (8, 5), (1, 3), (9, 19), (9, 20), (20, 9), (10, 9), (17, 9),
}  # fmt: skip
_SHAPES: list[tuple[str, re.Pattern[str]]] = [
    ("hex", re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-z])")),
    ("times", re.compile(r"x(\d{1,2}(?:\.\d{1,2}|,\d(?![\da-z]))?)(?![\d=:.,x])")),
    ("geometry", re.compile(r"(\d{1,5})\s*x\s*(\d{1,5})\s*\+\s*(\d{1,5})\s*\+\s*(\d{1,5})")),
    ("clocks", re.compile(r"(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)")),
    ("xy", re.compile(
        r"x\s*[=:]?\s*(\d{1,5})\s*(?:px)?\s*(?:[,;，、和]|and|und|et|e|y)?\s*y\s*[=:]?\s*(\d{1,5})(?:px)?"
    )),
    ("xy", re.compile(r"\(\s*(\d{1,5})\s*[,，;]\s*(\d{1,5})\s*\)")),
    ("xy", re.compile(r"(?:(?<=\bat )|(?<=\bfrom ))(\d{1,5})\s*,\s*(\d{1,5})(?!\d|\.\d|\s*(?:k|m|b|sec|s\b|px|%))")),
    ("dim", re.compile(
        r"(\d{1,5})\s*(?:px|pixels?|像素)?\s*(?:x|\*|by|乘以?|times(?= \d+ ?(?:px|pixels)))\s*"
        r"(\d{1,5})(?!\d|\.\d|\s*[x%])\s*(?:px|pixels?|像素)?"
    )),
    ("sides", re.compile(
        r"(?<![a-z])(?:w|width|宽度?)\s*[=:为]?\s*(\d{1,5})\s*(?:px)?\s*[,，、x ]?\s*"
        r"(?:h|height|高度?)\s*[=:为]?\s*(\d{1,5})(?:px)?"
    )),
    ("ratio", re.compile(
        r"(\d{1,2}(?:\.\d{1,2})?)\s*(?::|比|to|/)\s*([1-9]\d?)"
        r"(?![\d:]|[.,]\d|[ ]*(?:秒|%|帧|(?:s|secs?|seconds?|m|mins?|k|kb|mb|megs?|px|fps)(?![a-z])))"
    )),
    ("clock", re.compile(r"(\d{1,2})\s?m(?:in)?\s?(\d{1,2})\s?s(?:ec)?(?![a-z])")),
    ("seconds", re.compile(r"(?<![\d:]):(\d{2})(?![\d:])")),
    ("clock", re.compile(r"(\d{1,2}):(\d{2}(?:\.\d+)?)(?!\d)")),
]  # fmt: skip


_PHYSICAL = re.compile(r" ?(?:(?:m|cm|mm|inch(?:es)?|ft|feet|foot|meters?|metres?)\b|米|厘米|寸|英寸|公分)")
_SETTING = re.compile(r"([a-z]+(?:_[a-z]+)+)\"?\s*[=:]\s*\"?([a-z0-9.]+)")
_KEPT_FRAMES = re.compile(
    r"(每隔|每|隔)?([一二两三四五六七八九十]|\d{1,2})帧(?:里|中|里面)?(?:只)?(?:抽|取|留|保留|抽取|留下)[一1]帧"
)
_KEPT_JA = re.compile(r"(\d{1,2})(?:フレーム|コマ)(?:に|ごとに)(?:1|一)(?:フレーム|コマ)")
_PLACE = re.compile(r"第([一二两三四五六七八九十]{1,3}|\d{1,3})(?=[个张段句行条份幅只首层]|$)")
_SHAPING = re.compile("crop|ratio|aspect|format|recort|zuschneid|recadr|proportion|shape")
_VAGUE = re.compile(r"(?:几|好几)(百|十|千)?(?:多)?(k|m|兆)b?")


def setting(text: str, at: int, end: int) -> tuple[str, Any, int] | None:
    """ "max_bytes=500000": what a program would say, in the words of the flat object itself."""
    match = _SETTING.match(text, at, end) if "_" in text[at : at + 24] else None
    if not match:
        return None
    key, said = match.groups()
    value: Any = {"true": True, "false": False}.get(said, said)
    if re.fullmatch(r"\d{1,12}(\.\d{1,6})?", said):
        value = float(said) if "." in said else int(said)
    return "setting", (key, value), match.end()


def shape(text: str, at: int, end: int) -> tuple[str, Any, int] | None:
    """(Kind, value, end) of the shape of digits that begins at ``text[at]``; None where none does."""
    letter = text[at]
    if letter in "每隔" or letter in "二两三四五六七八九十" or letter.isdigit():
        kept = _KEPT_JA.match(text, at, end)
        if kept:
            return ("keepevery", int(kept[1]), kept.end()) if 2 <= int(kept[1]) <= 100 else None
        kept = _KEPT_FRAMES.match(text, at, end)
        if kept:
            every = int(kept[2]) if kept[2].isdigit() else int(numbers.cjk(kept[2]))
            every += "隔" in (kept[1] or "")
            return ("keepevery", every, kept.end()) if 2 <= every <= 100 else None
    if letter == "第":
        place = _PLACE.match(text, at, end)
        return ("ord", float(place[1]) if place[1].isdigit() else numbers.cjk(place[1]), place.end()) if place else None
    if letter in "几好":
        vague = _VAGUE.match(text, at, end)
        return ("vaguebytes", 1000 if vague[2] == "k" else 10**6, vague.end()) if vague else None
    if "a" <= letter <= "z":
        found = setting(text, at, end)
        if found:
            return found
    if not (letter.isdigit() or letter in "#x(wh宽:"):
        return None
    if letter in "xwh" and at and text[at - 1].isascii() and text[at - 1].isalnum():
        return None
    for kind, pattern in _SHAPES:
        match = pattern.match(text, at, end)
        if not match:
            continue
        if kind in {"dim", "ratio"} and _PHYSICAL.match(text, match.end()):
            return "plain", match.group(), match.end()  # a 3x2 m wall
        if kind == "hex":
            digits = match.group()[1:]
            full = "".join(c * 2 for c in digits) if len(digits) == 3 else digits[:6]
            return "color", f"#{full}", match.end()
        pair = tuple(float(g.replace(",", ".")) for g in match.groups())
        if kind == "seconds":
            return "ms", round(pair[0] * 1000), match.end()
        if kind == "times":
            return "mult", pair[0], match.end()
        if kind == "geometry":
            box = (("x", int(pair[2])), ("y", int(pair[3])), ("w", int(pair[0])), ("h", int(pair[1])))
            return "crop_box", box, match.end()
        if kind == "xy":
            return "xy", (int(pair[0]), int(pair[1])), match.end()
        if kind in {"clock", "clocks"}:
            seconds = 0.0
            for part in pair:
                seconds = seconds * 60 + part
            return "ms", round(seconds * 1000), match.end()
        if kind == "ratio":
            separator = text[at + len(match[1]) : match.end() - len(match[2])].strip()
            shaping = separator not in {"to", "/"} or _SHAPING.search(text[max(0, at - 30) : match.end() + 20])
            if (pair[0], pair[1]) in ASPECTS and shaping:
                wide = match[1].rstrip("0").rstrip(".") if "." in match[1] else match[1]
                return "ratio", f"{wide}:{match[2]}", match.end()
            continue
        width, height = int(pair[0]), int(pair[1])
        if kind == "dim" and (width, height) in ASPECTS:
            return "ratio", f"{width}:{height}", match.end()
        if min(width, height) < 8:
            continue
        return "dim", (width, height), match.end()
    return None
