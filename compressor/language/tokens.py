"""A message as a row of tokens: each is a typed value, a named concept, or a word, with its place in the message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from .detection import language_of
from .lexer import FILLERS as FILLERS
from .lexer import Token as Token
from .lexer import tokens
from .measures import HALF_MORE
from .normalise import Folded, fold
from .numbers import orders
from .quoting import quotes

_BY = frozenset({"by", "x", "par", "por", "per", "mal", "sur", "乘", "乘以", "*"})
_BYTE_UNITS = {
    "kb": 1000, "kilobyte": 1000, "kilobytes": 1000, "kbytes": 1000, "ko": 1000, "kilos": 1000, "kilooctets": 1000,
    "mb": 10**6, "megabyte": 10**6, "megabytes": 10**6, "megs": 10**6, "megas": 10**6, "mo": 10**6, "mega": 10**6,
}  # fmt: skip
SEPARATORS = frozenset({"comma", "stop", "colon"})


@dataclass(slots=True)
class Row:
    """The tokens of a message. ``places[i]`` is where folded letter i stands in the message."""

    words: str
    lang: str
    tokens: list[Token]
    folded: Folded


def row_of(words: str) -> Row:
    """The row of ``words``; texts in quotation marks become one ``quote`` token each."""
    folded = fold(words)
    lang = language_of(folded.text)
    hidden = [(a, b, folded.source(c, d)) for a, b, c, d in quotes(folded)]
    found = tokens(folded, lang, hidden)
    for t in found:
        t.at, t.till = t.start, t.end
        t.start = folded.origin[min(t.at, len(folded.origin) - 1)]
        t.end = folded.origin[t.till - 1] + 1 if t.till > t.at else t.start
        t.text, t.concept = folded.text[t.at : t.till], t.named()
    found = _mended(found, partial(_ordinal, names=orders(lang)))
    found = _mended(_mended(_seconds(found), _spelled_pair), _place_in_time)
    found = _mended(_mended(found, _side), _box)
    found = _counted(_units(_mended(_up_and_down(found), _corner)))
    return Row(words, lang, _sound_files(found, words), folded)


# Takes what was found before a token, the token and the one after it, and returns what stands for the token; it may
# take tokens from what was found.
Mend = Callable[[list[Token], Token, Token | None], list[Token]]


def _mended(row: list[Token], mend: Mend) -> list[Token]:
    found: list[Token] = []
    for token, after in zip(row, [*row[1:], None], strict=False):
        found += mend(found, token, after)
    return found


_SOUND = re.compile(r"(?<=[^\x00-\x7f])\.(?:mp3|wav|m4a|aac|ogg|flac)(?![a-z0-9])", re.IGNORECASE)
_NAMING = frozenset("叫为是放换用首成来配上曲はに")  # what parts a name from the words before it


def _sound_files(row: list[Token], words: str) -> list[Token]:
    """Names of sound files that are no Latin letters: 海浪.mp3."""
    for match in _SOUND.finditer(words):
        dot = next((i for i, t in enumerate(row) if t.start <= match.start() < t.end), None)
        last = next((i for i, t in enumerate(row) if t.end >= match.end()), None)
        if dot is None or last is None:
            continue
        first = dot
        while (
            first
            and row[first - 1].end == row[first].start
            and not (
                row[first - 1].text in _NAMING
                or row[first - 1].kind in {*FILLERS, "make", "add", "music", "write", "be"}
            )
        ):
            first -= 1
        name = _joined(row[first : last + 1], "track", words[row[first].start : match.end()])
        name.concept, name.end = "track=file", match.end()
        row = [*row[:first], name, *row[last + 1 :]] if first < dot else row
    return row


_THINGS = frozenset({"part", "layer", "video", "text", "thing", "watermark", "file", "still"})  # what is counted


def _ordinal(found: list[Token], token: Token, after: Token | None, names: dict[str, float]) -> list[Token]:
    """ "the second clip", 第二段, 2番目: a place in an order, where no unit of time follows."""
    before = found[-1] if found else token
    thing = after is not None and after.kind in _THINGS
    if before.text == "第" and token.kind == "num":
        return [_joined([found.pop(), token], "ord", token.value)]
    if (before.kind == "num" and token.text in {"番", "番目", "つ"}) or (
        before.kind == "ord" and before.text.endswith("番") and token.text == "目"
    ):
        return [_joined([found.pop(), token], "ord", before.value)]
    if names.get(token.text, 0) > 1 and (
        token.kind in {"word", "plain", "num", "first", "art"}
        or (token.kind == "secword" and (thing or (after is not None and after.kind == "and")))
    ):
        return [_joined([token], "ord", names[token.text])]
    if token.kind == "pt" and thing:
        return [_joined([token], "ord", float(token.value))]  # 2号片段
    return [_joined([token], "num", 1.0) if before.kind in _THINGS and token.text == "one" else token]  # "clip one"


def _joined(tokens: list[Token], kind: str, value: Any) -> Token:
    first, last = tokens[0], tokens[-1]
    text = " ".join(t.text for t in tokens)
    return Token(kind, value, first.start, last.end, text, f"#{kind}", first.at, last.till)


# What a place in time is counted in, where the figure stands after it: "from second 3", "del minuto 2 al 3".
_TIMES = {
    "second": 1000, "seconds": 1000, "sec": 1000, "secs": 1000, "sekunde": 1000, "seconde": 1000, "segundo": 1000,
    "secondo": 1000, "minute": 60_000, "minutes": 60_000, "minuto": 60_000,
}  # fmt: skip
_ONE_TIME = frozenset(word for word in _TIMES if not word.endswith("s"))
_ONE_SECOND = frozenset({"second", "seconde", "sekunde", "segundo", "secondo"})


def _seconds(row: list[Token]) -> list[Token]:
    """ "the first second", "la première seconde" are one second: the word is a unit there. "les 3 premières secondes"
    are the first 3 seconds: a place that parts a figure from its unit stands before both."""
    for at, (figure, edge, unit) in enumerate(zip(row, row[1:], row[2:], strict=False)):
        if figure.kind == "num" and edge.kind in {"first", "last", "more", "less"} and unit.kind == "secword":
            time = _joined([edge, unit], "ms", round(figure.value * 1000))
            edge.start, edge.end, edge.at, edge.till = figure.start, figure.end, figure.at, figure.till
            return _seconds([*row[:at], edge, time, *row[at + 3 :]])
    found: list[Token] = []
    rest = 0
    for at, token in enumerate(row):
        placed = bool(found) and found[-1].kind in {"first", "last", "begin", "end"}
        if at < rest:
            continue
        if placed and token.text in _ONE_TIME and token.kind in {"ord", "secword", "word", "plain"}:
            more = next((n for n in (2, 3) if " ".join(t.text for t in row[at + 1 : at + 1 + n]) in HALF_MORE), 0)
            rest = at + 1 + more
            found.append(_joined(row[at:rest], "ms", round(_TIMES[token.text] * (1.5 if more else 1))))
        else:
            found.append(token)
    return found


_LINKS = frozenset({"to", "and", "until", "art"})
_MOST_LINKS = 3  # "until", "to", "the"


def _place_in_time(found: list[Token], token: Token, _after: Token | None) -> list[Token]:
    """ "ab der achten Sekunde", "between the 14th and the 17th second", "from minute two to three" are times."""
    before = found[-1] if found else None
    if before and before.kind == "ord" and token.text in _ONE_SECOND:
        token = _joined([found.pop(), token], "ms", round(before.value * 1000))
    elif before and before.kind not in {"ms", "num"} and before.text in _TIMES and _figure(token) is not None:
        token = _joined([found.pop(), token], "ms", round((_figure(token) or 0) * _TIMES[before.text]))
    found.append(token)
    _alike(found)
    return [found.pop()]


def _figure(token: Token) -> float | None:
    return token.value if token.kind == "num" else _SHY.get(token.text)


def _alike(found: list[Token]) -> None:
    """What links two places makes them alike: "the 2nd to 4th second", "minute two to three"."""
    last, most = found[-1], _MOST_LINKS + 2
    at = next((n for n in range(2, min(most, len(found)) + 1) if found[-n].kind not in _LINKS), 2)
    if at == 2:
        return
    first = found[-at]
    if first.kind == "ord" and last.kind == "ms" and last.text.split()[-1] in _ONE_SECOND:
        found[-at] = _joined([first], "ms", round(first.value * 1000))
    elif first.kind == "ms" and (factor := _TIMES.get(first.text.split()[0])) and _figure(last) is not None:
        found[-1] = _joined([last], "ms", round((_figure(last) or 0) * factor))


_SHY = {"six": 6.0, "seis": 6.0}  # numbers that are something else where they stand alone


def _spelled_pair(found: list[Token], token: Token, _after: Token | None) -> list[Token]:
    """ "three sixty" is 360 and "ten eighty" 1080, as people read such figures."""
    before = found[-1] if found else token
    if (
        (before.kind == "num" or before.text in _SHY)
        and token.kind in {"num", "px", "pres"}
        and before.text.isalpha()
        and not token.text[:1].isdigit()
        and 1 <= (hundreds := _SHY.get(before.text, before.value)) <= 99
        and 10 <= token.value <= 99
        and (hundreds < 20 or hundreds % 10 == 0)
        and found
    ):
        return [_joined([found.pop(), token], token.kind, hundreds * 100 + token.value)]
    return [token]


def _side(found: list[Token], token: Token, _after: Token | None) -> list[Token]:
    """ "six hundred by four hundred": two numbers with a "by" are a width and a height."""
    by = found[-1] if found and token.kind in {"num", "px"} and token.value >= 16 else None
    if by and by.kind == "count" and by.text.endswith(" mal") and by.value >= 16:  # 300 mal 200
        return [_joined([found.pop(), token], "dim", (int(by.value), int(token.value)))]
    if by and by.text in _BY and len(found) > 1 and found[-2].kind in {"num", "px"} and found[-2].value >= 16:
        return [_joined([wide := found.pop(-2), found.pop(), token], "dim", (int(wide.value), int(token.value)))]
    return [token]


_SIZED = (["dim"], ["dim", "at"], ["dim", "from"], ["dim", "comma"])  # what stands before the corner of a box


def _box(found: list[Token], token: Token, _after: Token | None) -> list[Token]:
    """ "300x200 at 10,20": a size and a corner beside it are a box, as in 300x200+10+20."""
    said = next((found[-n:] for n in (1, 2) if [t.kind for t in found[-n:]] in _SIZED), [])
    if token.kind != "xy" or not said:
        return [token]
    (w, h), (x, y) = said[0].value, token.value
    del found[-len(said) :]
    return [_joined([*said, token], "crop_box", (("x", x), ("y", y), ("w", w), ("h", h)))]


_DOWN_UP = {"down": "bottom", "lower": "bottom", "up": "top", "higher": "top"}


def _up_and_down(row: list[Token]) -> list[Token]:
    """ "move the text down": beside letters a direction is a place of theirs."""
    if any(t.kind in {"text", "write", "watermark"} for t in row):
        for token in row:
            if token.kind in {"word", "plain", "off", "soft"} and token.text in _DOWN_UP:
                token.kind, token.value = "pos", _DOWN_UP[token.text]
                token.concept = f"pos={token.value}"
    return row


_ACROSS = {"cw": "right", "ccw": "left", "left": "left", "right": "right"}


def _corner(found: list[Token], token: Token, _after: Token | None) -> list[Token]:
    """ "on the right at the top" is one corner, "at the top in the middle" one side."""
    before = next((t for t in reversed(found) if not t.filler and t.kind not in {"at", "of"}), None)
    if before and before.kind in _PLACED and token.kind in _PLACED and token.text not in {"clockwise", "counter"}:
        places = [str(t.value) if t.kind == "pos" else _ACROSS[t.kind] for t in (before, token)]
        rows, sides = [p for p in places if p in {"top", "bottom"}], [p for p in places if p in {"left", "right"}]
        joint = "-".join(rows + sides)
        if places.count("center") + len(rows + sides) == 2 and max(len(rows), len(sides)) == 1:
            at = found.index(before)
            token = _joined([*found[at:], token], "pos", joint)
            del found[at:]
            token.concept = f"pos={joint}"
    return [token]


_PLACED = frozenset({"pos", "cw", "ccw"})


# What tells of a figure beside it what it is: a distance, an opacity, or a step of a side.
_TELLING = frozenset({"gap", "opacity", "wider", "narrower", "taller", "flatter"})


def _counted(row: list[Token]) -> list[Token]:
    """Mark what stands beside a figure: "the last 2 seconds" speaks of no clip."""
    spoken = [t for t in row if not t.filler]
    like = 0
    for token in spoken:
        if token.kind == "bytes":
            like = 10**6 if token.value >= 10**6 else 1000
        elif token.kind == "num":
            token.like = like
    for before, token, after in zip([None, *spoken], spoken, [*spoken[1:], None], strict=False):
        token.counted = any(t is not None and t.concept.startswith("#") and t.kind != "ord" for t in (before, after))
    near = [t for t in spoken if t.kind not in {"of", "colon", "at"}]
    for before, token, after in zip([None, *near], near, [*near[1:], None], strict=False):
        token.beside = next((t.kind for t in (after, before) if t is not None and t.kind in _TELLING), "")
    return row


def _units(row: list[Token]) -> list[Token]:
    """A unit of bytes that counts nothing: "I meant kilobytes"."""
    for token in row:
        if token.kind in {"word", "plain"} and token.text in _BYTE_UNITS:
            token.kind, token.value, token.concept = "unit", _BYTE_UNITS[token.text], "unit"
    return row
