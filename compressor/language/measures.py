"""Numbers with what they count: bytes, seconds, pixels, colours."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from . import numbers
from .units import unit
from .word_files import languages


@cache
def _broken() -> dict[str, list[tuple[tuple[str, ...], float]]]:
    """Phrases of a broken unit ("half a", "three quarters of a") by their first word."""
    found: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for code in languages():
        for name, worth in (("half", 0.5), ("quarter", 0.25), ("threequarters", 0.75)):
            for _, words in numbers.entries(code).get(name, []):
                found.setdefault(words[0], []).append((words, worth))
    return found


HALF_MORE = frozenset({
    "and a half", "e mezzo", "e mezza", "e meio", "e meia", "y medio", "y media", "et demie", "et demi", "半", "반",
})  # fmt: skip
_ORDINAL_ENDINGS = {"st", "nd", "rd", "th", "e", "eme", "ieme", "er", "re", "a", "o", "ª", "º"}  # 2e, 3ème, 2ª
_SECONDS = {"second", "seconds", "sec", "secs", "秒"}
_FULL_HD = {"4": 2160, "8": 4320, "2": 1440}
_SECOND_OF = {
    "line", "caption", "text", "title", "clip", "version", "one", "file", "gif", "copy", "time", "row", "word",
    "layer", "logo", "badge", "sticker", "overlay", "image", "picture",
}  # fmt: skip
_ORDINALS = [
    "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    "thirteenth", "fourteenth", "fifteenth",
]  # fmt: skip


def read(row: list[Any], at: int, lang: str) -> tuple[int, str, Any] | None:
    """The quantity that begins at ``row[at]``: how many atoms it took, its kind and its value."""
    texts = [a.text for a in row[at : at + 12]]
    special = _one_in(row, at, texts) or _in_parts(row, at, texts, lang)
    if special:
        return special
    found = _number(row, at, texts, lang)
    if not found:
        return None
    taken, value = found
    spelled = not row[at].number
    return _with_unit(row, at, taken, value, spelled, texts)


def _one_in(row: list[Any], at: int, texts: list[str]) -> tuple[int, str, Any] | None:
    """ "one frame in four", "1 out of every 3 frames"."""
    if texts[0] not in {"one", "1"}:
        return None
    index = 2 if texts[1:2] and texts[1] in {"frame", "frames"} else 1
    named = index == 2
    for joint in (["out", "of"], ["in"], ["of"], ["per"]):
        if texts[index : index + len(joint)] == joint:
            index += len(joint)
            break
    else:
        return None
    if texts[index : index + 1] == ["every"]:
        index += 1
    found = _number(row, at + index, texts[index:], "en")
    if not found or not 2 <= found[1] <= 100:
        return None
    index += found[0]
    if texts[index : index + 1] and texts[index] in {"frame", "frames"}:
        return index + 1, "keepevery", int(found[1])
    return (index, "keepevery", int(found[1])) if named else None


def _with_unit(
    row: list[Any], at: int, taken: int, value: float, spelled: bool, texts: list[str]
) -> tuple[int, str, Any] | None:
    following = [a.text for a in row[at + taken : at + taken + 3]]
    glued = bool(following) and row[at + taken].start == row[at].end
    endings = _ORDINAL_ENDINGS if glued else {"st", "nd", "rd", "th"}
    if following[:1] and row[at].number and following[0] in endings:
        if following[1:2] and following[1] in _SECONDS:  # the 2nd second
            return taken + 2, "ms", round(value * 1000)
        return taken + 1, "ord", value
    # a range: 400-600 KB, 3~5秒, 2 to 4 seconds; its upper end counts, for time both ends do
    if (following[:1] and following[0] in {"-", "~", "〜", "～", "到", "至", "a"}) or following[:1] == ["to"]:
        upper = _number(row, at + taken + 1, [a.text for a in row[at + taken + 1 : at + taken + 12]], "en")
        if upper:
            after = unit(row, at + taken + 1 + upper[0])
            if after and (after[1] == "ms" or following[0] != "to" or after[1] == "bytes") and upper[1] > value:
                total = taken + 1 + upper[0] + after[0]
                if after[1] == "ms":
                    return total, "span", (round(value * after[2]), round(upper[1] * after[2]))
                return total, after[1], _worth(after[1], upper[1] * after[2])
    if following[:2] == ["分", "半"]:
        return taken + 2, "ms", round((value + 0.5) * 60000)
    if following[:1] == ["分"]:  # 一分十秒, 2分零8秒, 1分30, 2分05
        at_rest = at + taken + 1 + (following[1:2] == ["零"])
        more = _number(row, at_rest, [a.text for a in row[at_rest : at_rest + 5]], "zh")
        if more and more[1] < 60:
            stop = at_rest + more[0]
            spoken = [a.text for a in row[stop : stop + 1]] == ["秒"]
            two_digits = more[1] >= 10 or row[at_rest].text.startswith("0")
            if spoken or (two_digits and not unit(row, stop)):
                return stop + spoken - at, "ms", round(value * 60000 + more[1] * 1000)
    taken += following[:1] in (["多"], ["来"], ["余"]) and unit(row, at + taken + 1) is not None  # 900多K
    measured = unit(row, at + taken)
    if measured and [a.text for a in row[at + taken + measured[0] :][:1]] == ["="]:
        measured = None  # width=300 fps=10
    if not measured:
        if spelled and taken == 1 and (texts[0] in numbers.shy_words() or texts[0] in {"one", "一"}):
            return None
        return taken, "num", value
    length, kind, factor = measured
    total = taken + length
    if kind == "ms" and factor == 60000:
        more = _number(row, at + total, [a.text for a in row[at + total : at + total + 4]], "en")
        rest = unit(row, at + total + more[0]) if more else None
        short = more and not rest and more[1] == int(more[1]) and 0 < more[1] < 60
        if more and short and row[at + total].text != "a":
            return total + more[0], "ms", round(value * 60000 + more[1] * 1000)  # a minute ten
        if more and rest and rest[1] == "ms" and rest[2] == 1000:
            return total + more[0] + rest[0], "ms", round(value * 60000 + more[1] * 1000)
    tail = [a.text for a in row[at + total : at + total + 3]]
    for size in range(len(tail), 0, -1) if kind in {"bytes", "ms"} or factor == 10 else ():
        if " ".join(tail[:size]) in HALF_MORE:
            return total + size, kind, _worth(kind, (value + 0.5) * factor)
    tenth = "一二三四五六七八九".find(tail[0]) + 1 if tail else 0  # 一兆二 is 1.2 MB, 七成五 75 %
    if tenth and texts[taken : taken + 1] in (["兆"], ["成"]) and not unit(row, at + total + 1):
        if tail[1:2] != [] and tail[1] in "十百千万点":
            return total, kind, _worth(kind, value * factor)
        return total + 1, kind, _worth(kind, (value + tenth / 10) * factor)
    if kind == "bytes" and texts[taken : taken + 1] == ["k"] and value in (4, 8) and texts[0] in _FULL_HD:
        return total, "pres", _FULL_HD[texts[0]]
    return total, kind, _worth(kind, value * factor)


def _worth(kind: str, value: float) -> Any:
    if kind in {"bytes", "ms"}:
        return round(value)
    return int(value) if value == int(value) else value


def _number(row: list[Any], at: int, texts: list[str], lang: str) -> tuple[int, float] | None:
    """How many atoms and what number."""
    if not texts:
        return None
    if row[at].number:
        value, taken = numbers.digits(texts[0]), 1
        if texts[1:2] == ["/"] and len(texts) > 2 and row[at + 2].number and numbers.digits(texts[2]) > value:
            return 3, value / numbers.digits(texts[2])
        mixed = len(texts) > 3 and row[at + 1].number and texts[2] == "/" and row[at + 3].number
        if mixed and numbers.digits(texts[3]):  # 1 1/2
            return 4, value + numbers.digits(texts[1]) / numbers.digits(texts[3])
        if texts[1:4] == ["and", "a", "half"]:
            return 4, value + 0.5
        if scale := numbers.scales(lang).get(texts[1]) if len(texts) > 1 else None:
            value, taken = value * scale, 2
        return taken, value
    if texts[0].isascii():
        for worth, words in numbers.entries("en").get("couple", []):
            if tuple(texts[: len(words)]) == words and unit(row, at + len(words)):
                return len(words), worth
        found = numbers.in_words(texts, lang)
        if found:
            value, taken = found
            if texts[taken : taken + 3] == ["and", "a", "half"]:
                return taken + 3, value + 0.5
            return taken, value
        counted = len(texts) > 2 and (row[at + 2].number or texts[2] in _SECOND_OF)  # "el segundo 3", "a second line"
        kind = unit(row, at + 1) if texts[0] in numbers.ones(lang) and not counted else None
        if kind and len(texts[1]) > 2 and kind[1] in {"bytes", "ms"} and kind[2] >= 1000:
            return 1, 1.0  # a second, under a meg
        return None
    hangul = _hangul(row, at, texts)
    if hangul:
        return hangul
    run = 0
    while run < len(texts) and texts[run] in "零〇一二两三四五六七八九十百千万点":
        run += 1
    if run:
        match = numbers.CJK_NUMBER.match("".join(texts[:run]))
        if match and not match.group().startswith("万"):
            return len(match.group()), numbers.cjk(match.group())
    return None


_HANGUL = re.compile("[\uac00-\ud7a3]")
_SINO = frozenset("일이삼사오육칠팔구만")


@cache
def _hangul_numbers() -> dict[str, float]:
    return {w[0]: n for n, w in numbers.entries("ko").get("number", []) if len(w) == 1}


def _hangul(row: list[Any], at: int, texts: list[str]) -> tuple[int, float] | None:
    """세, 열두, 삼십: at the beginning of a word and before a unit; 이 영상 is no two."""
    if not _HANGUL.match(texts[0]) or (at and row[at - 1].end == row[at].start and _HANGUL.match(row[at - 1].text)):
        return None
    for taken in range(min(6, len(texts)), 0, -1):
        value = _hangul_numbers().get("".join(texts[:taken]))
        if value is None or not unit(row, at + taken):
            continue
        apart = row[at + taken].start > row[at + taken - 1].end
        if not (taken == 1 and apart and texts[0] in _SINO):
            return taken, value
    return None


_HANGUL_PART = re.compile("(\\d+|[일이삼사오육칠팔구십백]+)분의(\\d+|[일이삼사오육칠팔구십])")


def _in_parts(row: list[Any], at: int, texts: list[str], lang: str) -> tuple[int, str, Any] | None:
    """Fractions: half a meg, a third, two thirds, 三分之一, 百分之五十, 1/2."""
    for words, worth in _broken().get(texts[0], ()):
        if tuple(texts[: len(words)]) == words:
            measured = unit(row, at + len(words))
            large = measured and measured[1] in {"bytes", "ms"} and measured[2] >= 1000
            if measured and large and texts[len(words)] not in {"k", "m"}:
                return len(words) + measured[0], measured[1], round(worth * measured[2])
    joined, parts = "".join(texts), numbers.parts(lang)
    if joined.startswith("百分之"):
        found = _number(row, at + 3, texts[3:], "zh")
        if found:
            return 3 + found[0], "pct", found[1]
    for pattern, spoken in ((numbers.CJK_FRACTION, numbers.cjk), (_HANGUL_PART, lambda g: _hangul_numbers().get(g, 0))):
        if match := pattern.match(joined):
            below, above = (float(g) if g.isdigit() else spoken(g) for g in match.groups())
            length = next(n for n in range(len(texts) + 1) if len("".join(texts[:n])) >= len(match.group()))
            if 0 < above < below:
                return length, "frac", above / below
    if row[at].number and texts[1:2] == ["/"] and len(texts) > 2 and row[at + 2].number:
        over, under = numbers.digits(texts[0]), numbers.digits(texts[2])
        if 0 < over < under <= 20 and not unit(row, at + 3):
            return 3, "frac", over / under
    if len(texts) > 1 and texts[1] in parts:
        moment = texts[0] in {"the", "la", "el"} and (
            texts[1] in {"third", "fourth", "fifth"} or texts[2:3] == ["second"]
        )
        if texts[0] in numbers.ones(lang) and not moment:
            if texts[1] == "half" and texts[0] != "one":
                return None
            return 2, "frac", 1 / parts[texts[1]]
        spelled = numbers.in_words(texts[:1], lang)
        above = numbers.digits(texts[0]) if row[at].number else spelled[0] if spelled else 0.0
        if 0 < above < parts[texts[1]]:
            return 2, "frac", above / parts[texts[1]]
    if texts[:4] == ["second", "and", "a", "half"]:
        return 4, "ms", 1500
    if texts[0] in _ORDINALS:
        value = float(_ORDINALS.index(texts[0]) + 2)
        if texts[1:2] and texts[1] in _SECONDS and texts[2:3] != ["frame"]:  # the third second
            return 2, "ms", round(value * 1000)
        return 1, "ord", value
    if texts[0] in {"tiers", "drittel", "viertel", "tercio", "quarter"} and texts[0] in parts:
        return 1, "frac", 1 / parts[texts[0]]
    return None
