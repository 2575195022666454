"""Numbers as people write them: digits of all habits, and words of six languages."""

from __future__ import annotations

import re

DIGITS = re.compile(
    r"(?<![a-z])\d{1,3}(?:[ ,.'](?=\d{3}(?!\d))\d{3})+(?:[.,]\d{1,2})?(?!\d)|"
    r"(?<=mp)[34](?=,\d)|\d+(?:[.,]\d+)?|(?<!\w)[.,]\d+"
)
FRACTION = re.compile(r"(\d{1,2})\s*/\s*(\d{1,3})(?![\d/])")

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_WORDS: dict[str, float] = {word: float(n) for n, word in enumerate(_ENGLISH.split())}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS |= {word: 20.0 + 10 * n for n, word in enumerate(_TENS.split())}
_WORDS |= {"dozen": 12.0}
for _line, _start in (
    ("uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince", 1),
    ("zwei drei vier funf sechs sieben acht neun zehn elf zwolf", 2),
    ("deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze", 2),
):
    for _n, _word in enumerate(_line.split()):
        _WORDS.setdefault(_word, float(_start + _n))
_WORDS |= {"fuenf": 5.0, "zwoelf": 12.0, "fuenfzehn": 15.0, "funfzehn": 15.0, "zwanzig": 20.0, "dreissig": 30.0}
_WORDS |= {"vierzig": 40.0, "funfzig": 50.0, "sechzig": 60.0, "veinte": 20.0, "treinta": 30.0, "cuarenta": 40.0}
_WORDS |= {"cincuenta": 50.0, "vingt": 20.0, "trente": 30.0, "quarante": 40.0, "cinquante": 50.0}
_WORDS |= {"hundert": 100.0, "funfhundert": 500.0, "zweihundert": 200.0, "dreihundert": 300.0, "cien": 100.0}
_WORDS |= {"doscientos": 200.0, "trescientos": 300.0, "quinientos": 500.0, "ochocientos": 800.0, "mil": 1000.0}
_WORDS |= {"anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "cent": 100.0, "mille": 1000.0}
_SCALES = {"hundred": 100.0, "thousand": 1000.0, "cents": 100.0, "cent": 100.0, "tausend": 1000.0}
NUMBER_WORDS = frozenset(_WORDS) | {"hundred", "thousand", "cents", "tausend"}
# These are words of something else far more often than numbers, unless a unit follows.
SHY = frozenset({"six", "once", "mil", "cent", "acht", "mille"})

_CJK_DIGITS = {c: float(n) for n, c in enumerate("零一二三四五六七八九")} | {"两": 2.0, "〇": 0.0}
_CJK_SCALES = {"十": 10.0, "百": 100.0, "千": 1000.0, "万": 10000.0}
CJK_NUMBER = re.compile("[零〇一二两三四五六七八九十百千万]+(?:点[零〇一二三四五六七八九]+)?")
CJK_FRACTION = re.compile("([一二两三四五六七八九十]+|\\d+)分之([一二两三四五六七八九十]+|\\d+)")


def digits(text: str) -> float:
    """``1,5`` and ``1.5`` are one and a half; ``150,000``, ``150.000`` and ``150 000`` are alike."""
    if len(text) > 15:
        return 1e15
    groups = re.fullmatch(r"(\d{1,3}(?:[ ,.']\d{3})+)(?:[.,](\d{1,2}))?", text)
    if groups and not re.fullmatch(r"0[.,]\d{3}", text):
        whole = re.sub(r"[ ,.']", "", groups[1])
        return float(whole + "." + (groups[2] or "0"))
    return float(text.replace(",", "."))


def in_words(words: list[str]) -> tuple[float, int] | None:
    """The number that ``words`` begin with and how many of them it took: "two hundred and fifty" → (250, 4)."""
    total = 0.0
    current: float | None = None
    used = 0
    index = 0
    while index < len(words):
        word = words[index]
        if word in _WORDS and not (current is not None and word in _SCALES):
            value = _WORDS[word]
            if current is not None and not (current % 100 == 0 or (20 <= current % 100 <= 90 and value < 10)):
                break
            current = (current or 0.0) + value
        elif word in _SCALES and current is not None:
            current *= _SCALES[word]
            if word == "thousand":
                total, current = total + current, 0.0
        elif word in {"a", "one"} and words[index + 1 : index + 2] and words[index + 1] in {"hundred", "thousand"}:
            current = (current or 0.0) + 1.0
        elif word == "a" and words[index + 1 : index + 2] == ["dozen"]:
            index += 1
            continue
        elif word == "and" and current is not None and current >= 100 and words[index + 1 : index + 2]:
            if words[index + 1] not in _WORDS:
                break
            index += 1
            continue
        elif word == "point" and current is not None and words[index + 1 : index + 2]:
            if words[index + 1] not in _WORDS or _WORDS[words[index + 1]] > 9:
                break
            current += _WORDS[words[index + 1]] / 10
            used = index + 2
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
