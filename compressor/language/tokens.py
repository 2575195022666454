"""A message as a row of tokens: each is a typed value, a named concept, or a word, with its place in the message."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from .. import formats
from .detection import language_of
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
FILLERS = frozenset({"soft", "art"})  # politeness, articles, pronouns: they ask for nothing
# Concepts whose value is what they mean, not how they were written.
_VALUED = frozenset(
    "qword aspect pos color format place use track pres keepevery shape clear fade opacity".split()  # noqa: SIM905
)


@dataclass(slots=True)
class Token:
    """``kind`` is a type of value (``bytes``, ``ms``, ``num`` …) or a concept (``remove``, ``first`` …) or ``word``;
    ``value`` the value, or the word as folded; ``start`` and ``end`` are places in the message as typed."""

    kind: str
    value: Any
    start: int
    end: int
    text: str  # as folded, at ``at`` to ``till`` of the folded message
    concept: str = ""  # what features call it
    at: int = 0
    till: int = 0
    like: int = 0  # bytes that one counts, where a figure of bytes stands before: "nothing above 200 kb. 180 then"
    beside: str = ""  # what tells what it is and stands beside it: "gap", "wider" …: "a margin of 4 %", "50 px wider"
    counted: bool = False  # a figure stands beside it: the first three seconds, not the first clip

    @property
    def filler(self) -> bool:
        return self.kind in FILLERS


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
    found = []
    for t in tokens(folded, lang, hidden):
        start = folded.origin[min(t.start, len(folded.origin) - 1)]
        end = folded.origin[max(t.end - 1, 0)] + 1 if t.end > t.start else start
        text = folded.text[t.start : t.end]
        if t.kind in _VALUED:
            named = formats.kin(t.value) if t.kind == "format" else t.value
            concept = f"{t.kind}={named}" if not str(t.value).startswith("#") else f"{t.kind}=#"
        elif t.kind in {"word", "plain"}:
            concept = "w"
        elif not isinstance(t.value, str):
            concept = f"#{t.kind}"
        else:
            concept = t.kind
        found.append(Token(t.kind, t.value, start, max(end, start), text, concept, t.start, t.end))
    found = _ordinals(found, orders(lang))
    for mend in (_seconds, _spelled_pairs, _places_in_time, _sides, _boxes, _up_and_down, _corners, _units, _counted):
        found = mend(found)
    return Row(words, lang, _sound_files(found, words), folded)


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


def _ordinals(row: list[Token], names: dict[str, float]) -> list[Token]:
    """ "the second clip", 第二段, 2番目: a place in an order, where no unit of time follows."""
    found: list[Token] = []
    for token, after in zip(row, [*row[1:], None], strict=False):
        before = found[-1] if found else token
        in_order = names.get(token.text, 0) > 1
        if before.text == "第" and token.kind == "num":
            found[-1] = _joined([before, token], "ord", token.value)
        elif (before.kind == "num" and token.text in {"番", "番目", "つ"}) or (
            before.kind == "ord" and before.text.endswith("番") and token.text == "目"
        ):
            found[-1] = _joined([before, token], "ord", before.value)
        elif in_order and (
            token.kind in {"word", "plain", "num", "first", "art"}
            or (token.kind == "secword" and after is not None and after.kind in {*_THINGS, "and"})
        ):
            found.append(_joined([token], "ord", names[token.text]))
        elif token.kind == "pt" and after is not None and after.kind in _THINGS:
            found.append(_joined([token], "ord", float(token.value)))  # 2号片段
        elif before.kind in _THINGS and token.text == "one":
            found.append(_joined([token], "num", 1.0))  # "clip one"
        else:
            found.append(token)
    return found


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


def _places_in_time(row: list[Token]) -> list[Token]:
    """ "ab der achten Sekunde", "between the 14th and the 17th second", "from minute two to three" are times."""
    found: list[Token] = []
    for token in row:
        before = found.pop() if found else None
        if before and before.kind == "ord" and token.text in _ONE_SECOND:
            found.append(_joined([before, token], "ms", round(before.value * 1000)))
        elif before and before.kind not in {"ms", "num"} and before.text in _TIMES and _figure(token) is not None:
            found.append(_joined([before, token], "ms", round((_figure(token) or 0) * _TIMES[before.text])))
        else:
            found += [before, token] if before else [token]
        _alike(found)
    return found


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


def _spelled_pairs(row: list[Token]) -> list[Token]:
    """ "three sixty" is 360 and "ten eighty" 1080, as people read such figures."""
    found: list[Token] = []
    for token in row:
        before = found[-1] if found else None
        if (
            before is not None
            and (before.kind == "num" or before.text in _SHY)
            and token.kind in {"num", "px", "pres"}
            and before.text.isalpha()
            and not token.text[:1].isdigit()
            and 1 <= (hundreds := _SHY.get(before.text, before.value)) <= 99
            and 10 <= token.value <= 99
            and (hundreds < 20 or hundreds % 10 == 0)
        ):
            found[-1] = _joined([before, token], token.kind, hundreds * 100 + token.value)
        else:
            found.append(token)
    return found


def _sides(row: list[Token]) -> list[Token]:
    """ "six hundred by four hundred": two numbers with a "by" are a width and a height."""
    found: list[Token] = []
    for token in row:
        by = found[-1] if found else None
        if by is None or token.kind not in {"num", "px"} or token.value < 16:
            found.append(token)
        elif by.kind == "count" and by.text.endswith(" mal") and by.value >= 16:  # 300 mal 200
            found[-1] = _joined([by, token], "dim", (int(by.value), int(token.value)))
        elif by.text in _BY and len(found) > 1 and found[-2].kind in {"num", "px"} and found[-2].value >= 16:
            found[-2:] = [_joined([found[-2], by, token], "dim", (int(found[-2].value), int(token.value)))]
        else:
            found.append(token)
    return found


def _boxes(row: list[Token]) -> list[Token]:
    """ "300x200 at 10,20": a size and a corner beside it are a box, as in 300x200+10+20."""
    found: list[Token] = []
    for token in row:
        if token.kind == "xy" and (at := next((n for n in (-1, -2) if _is_dim(found, n)), 0)):
            (w, h), (x, y) = found[at].value, token.value
            box = (("x", x), ("y", y), ("w", w), ("h", h))
            found[at:] = [_joined([*found[at:], token], "crop_box", box)]
        else:
            found.append(token)
    return found


def _is_dim(found: list[Token], at: int) -> bool:
    return (
        len(found) >= -at and found[at].kind == "dim" and all(t.kind in {"at", "from", "comma"} for t in found[at:][1:])
    )


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


def _corners(row: list[Token]) -> list[Token]:
    """ "on the right at the top" is one corner, "at the top in the middle" one side."""
    found: list[Token] = []
    for token in row:
        before = next((t for t in reversed(found) if not t.filler and t.kind not in {"at", "of"}), None)
        if before and before.kind in _PLACED and token.kind in _PLACED and token.text not in {"clockwise", "counter"}:
            places = [str(t.value) if t.kind == "pos" else _ACROSS[t.kind] for t in (before, token)]
            rows, sides = [p for p in places if p in {"top", "bottom"}], [p for p in places if p in {"left", "right"}]
            joint = "-".join(rows + sides)
            if places.count("center") + len(rows + sides) == 2 and max(len(rows), len(sides)) == 1:
                at = found.index(before)
                found[at:] = [_joined([*found[at:], token], "pos", joint)]
                found[at].concept = f"pos={joint}"
                continue
        found.append(token)
    return found


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
