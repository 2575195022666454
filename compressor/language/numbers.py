"""Numbers as people write them: digits of all habits, and words from the tables of the languages."""

from __future__ import annotations

import re
from functools import cache
from itertools import takewhile

from .word_files import languages, read_table

DIGITS = re.compile(
    r"(?<![a-z])\d{1,3}(?:[ ,.'](?=\d{3}(?!\d))\d{3})+(?:[.,]\d{1,2})?(?!\d)|"
    r"(?<=mp)[34](?=,\d)|\d+(?:[.,]\d+)?|(?<!\w)[.,]\d+"
)


@cache
def entries(lang: str) -> dict[str, list[tuple[float, tuple[str, ...]]]]:
    """The quantities of a language by head (number, scale, part, one, half …): (N, words)."""
    found: dict[str, list[tuple[float, tuple[str, ...]]]] = {}
    for line in read_table(lang, "quantities"):
        head, _, rest = line.partition(": ")
        name, _, value = head.partition(" ")
        if name != "unit":
            for phrase in rest.split(" | "):
                found.setdefault(name, []).append((float(value or 1), tuple(phrase.split())))
    return found


@cache
def _single(name: str, lang: str) -> dict[str, float]:
    """Single words of a head, in English and in ``lang``."""
    codes = dict.fromkeys((lang, "en"))
    return {words[0]: value for code in codes for value, words in entries(code).get(name, []) if len(words) == 1}


@cache
def number_words() -> frozenset[str]:
    """Words that are numbers in any language, for the speller."""
    return frozenset(w for code in languages() for name in ("number", "scale", "part") for w in _single(name, code))


@cache
def shy_words() -> frozenset[str]:
    """Words that are something else far more often than numbers, unless a unit follows."""
    return frozenset(w for code in languages() for w in _single("shy", code))


def scales(lang: str) -> dict[str, float]:
    """Words that multiply the number before them: thousand 1000, mil 1000, 万 10000."""
    return _CJK_SCALES | _single("scale", lang)


def parts(lang: str) -> dict[str, float]:
    return _single("part", lang)


def ones(lang: str) -> dict[str, float]:
    return _single("one", lang)


def orders(lang: str) -> dict[str, float]:
    """Words for a place in an order: second 2, deuxième 2."""
    return _single("order", lang)


@cache
def glued(word: str, lang: str) -> float | None:
    """A number whose words are written as one: "dreihundertsechzig" 360, "viereinhalb" 4.5."""
    known = {w: v for w, v in _single("number", lang).items() if v < 100}
    if word in known or not (more := entries(lang).get("glued")):
        return known.get(word)
    for value, (scale,) in sorted(more, reverse=True):
        before, found, after = word.partition(scale)
        if found:
            times, rest = glued(before, lang) if before else 1.0, glued(after, lang) if after else 0.0
            return None if times is None or rest is None else times * value + rest
    for value, (ending,) in entries(lang).get("plus", []):
        if word.endswith(ending) and (whole := glued(word.removesuffix(ending), lang)) is not None:
            return whole + value
    for _, (joint,) in entries(lang).get("joint", []):
        one, found, ten = word.partition(joint)
        units, tens = {"ein": 1.0, **known}.get(one, 99.0), known.get(ten, 1.0)
        if found and units < 10 and tens >= 20:
            return tens + units
    return None


def _glued_in_any(word: str, lang: str) -> float | None:
    found = (glued(word, code) for code in dict.fromkeys((lang, *languages())))
    return next((value for value in found if value is not None), None)


_CJK_DIGITS = {c: float(n) for n, c in enumerate("零一二三四五六七八九")} | {"两": 2.0, "〇": 0.0}
_CJK_SCALES = {"十": 10.0, "百": 100.0, "千": 1000.0, "万": 10000.0}
CJK_NUMBER = re.compile("[零〇一二两三四五六七八九十百千万]+(?:点[零〇一二三四五六七八九]+)?")
CJK_FRACTION = re.compile("([一二两三四五六七八九十]+|\\d+)分[之の]([一二两三四五六七八九十]+|\\d+)")


def digits(text: str) -> float:
    """``1,5`` and ``1.5`` are one and a half; ``150,000``, ``150.000`` and ``150 000`` are alike."""
    if len(text) > 15:
        return 1e15
    groups = re.fullmatch(r"(\d{1,3}(?:[ ,.']\d{3})+)(?:[.,](\d{1,2}))?", text)
    if groups and not re.fullmatch(r"0[.,]\d{3}", text):
        whole = re.sub(r"[ ,.']", "", groups[1])
        return float(whole + "." + (groups[2] or "0"))
    return float(text.replace(",", "."))


def in_words(words: list[str], lang: str = "en") -> tuple[float, int] | None:
    """The number that ``words`` begin with and how many of them it took: "two hundred and fifty" → (250, 4)."""
    total = 0.0
    current: float | None = None
    used = 0
    index = 0
    known, scales = _single("number", lang), _single("scale", lang)
    points = _single("point", lang)
    while index < len(words):
        word = words[index]
        if current is None and len(word) > 6 and word not in known and (whole := _glued_in_any(word, lang)):
            current = whole
        elif word == "hundred" and current is None:
            current = 100.0
        elif word == "dozen" and current is not None:
            current *= 12
        elif word in known and not (current is not None and word in scales):
            value = known[word]
            if current is not None and not (current % 100 == 0 or (20 <= current % 100 <= 90 and value < 10)):
                break
            current = (current or 0.0) + value
        elif word in scales and current is not None:
            current *= scales[word]
            if word == "thousand":
                total, current = total + current, 0.0
        elif word in {"a", "one"} and words[index + 1 : index + 2] and words[index + 1] in {"hundred", "thousand"}:
            current = (current or 0.0) + 1.0
        elif word == "a" and words[index + 1 : index + 2] == ["dozen"]:
            index += 1
            continue
        elif word == "and" and current is not None and current >= 100 and words[index + 1 : index + 2]:
            if words[index + 1] not in known:
                break
            index += 1
            continue
        elif word in {"e", "y"} and lang in {"pt", "es"} and current is not None and current >= 20:
            following = known.get(words[index + 1], 1000.0) if words[index + 1 : index + 2] else 1000.0
            if following >= (100 if current % 100 == 0 else 10):
                break
            index += 1
            continue
        elif word in points and current is not None:
            fraction = [str(int(known[w])) for w in takewhile(lambda w: known.get(w, 10) < 10, words[index + 1 :])]
            if fraction:
                current += float("0." + "".join(fraction))
                used = index + 1 + len(fraction)
            break
        else:
            break
        index += 1
        used = index
    return None if current is None else (total + current, used)


def cjk(text: str) -> float:
    """``五百`` 500, ``一千二`` 1200, ``一点五`` 1.5, ``二三`` (loosely) 23."""
    whole, _, rest = text.partition("点")
    total = 0.0
    digit: float | None = None
    last_scale = 1.0
    scaled = False
    for letter in whole:
        if letter in _CJK_DIGITS:
            digit = _CJK_DIGITS[letter] if digit is None or scaled else digit * 10 + _CJK_DIGITS[letter]
            if letter in "零〇":
                last_scale = 10.0
        else:
            last_scale = _CJK_SCALES[letter]
            if letter == "万":
                total = (total + (digit or 0.0)) * last_scale
            else:
                total += (1.0 if digit is None else digit) * last_scale
            digit, scaled = None, True
    if digit is not None:  # 一千二 is 1200, 一千零二 is 1002, 二十三 is 23
        total += digit * (last_scale / 10 if scaled and last_scale >= 100 and "零" not in whole else 1.0)
    if rest:
        total += float("0." + "".join(str(int(_CJK_DIGITS[c])) for c in rest))
    return total
