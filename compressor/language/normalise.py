"""Folds what was typed into one even spelling, and knows the way back to the original letters.

Full-width letters, typographic quotes and dashes, accents, ligatures and upper case all disappear; every folded
letter remembers which original letter it came from, so that text to be shown keeps its own spelling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from .word_files import read_table

MAX_LENGTH = 4000  # of the words; what comes after is not read (and said so)

# "，" with a blank, or the thousands of "mp4，720p" would be four.
_FOLDS = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "×": "x", "✕": "x", "÷": "/", "→": " -> ", "⇒": " -> ", "➜": " -> ",
    "➡": " -> ", "≤": "<=", "≦": "<=", "≥": ">=", "–": "-", "—": " - ", "―": " - ", "−": "-", "‐": "-", "‑": "-",
    "’": "'", "ʼ": "'", "´": "'", "，": ", ", "。": ". ", "、": ", ", "·": " ", "•": " ; ", "¼": " 1/4", "½": " 1/2",
    "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3",
}  # fmt: skip
_FOLDS |= {pair[0]: pair[1] for line in read_table("zh", "traditional") for pair in line.split()}
SIMPLIFIED = str.maketrans({old: new for old, new in _FOLDS.items() if len(new) == 1 and ord(old) > 0x3400})
_FOLDS |= {chr(0x2460 + n): " ; " for n in range(20)}  # ①②③ begin the items of a list
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\ufe0e\ufe0f]")
_HAN = re.compile("[\u3400-\u9fff]")
_LETTER_O = re.compile(r"(?<=\d)o+(?=[\do]*\s?[km]b)")  # 3OO KB
_WIDE_QUOTES = str.maketrans("＂＇", "\"'")
_KANA = range(0x3040, 0x3100)


@dataclass(frozen=True, slots=True)
class Folded:
    """``text`` folded; ``origin[i]`` is the place in ``original`` of its letter i (one more entry for the end)."""

    original: str
    text: str
    origin: tuple[int, ...]

    def source(self, start: int, end: int) -> str:
        """The original letters behind ``text[start:end]``."""
        if start >= end:
            return ""
        return self.original[self.origin[start] : self.origin[end - 1] + 1].strip()


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    if letter in _FOLDS:
        return _FOLDS[letter]
    if unicodedata.category(letter) == "Cc":
        return letter if letter == "\n" else " "
    if _INVISIBLE.match(letter):
        return ""
    if ord(letter) in _KANA:  # voiced marks are letters of their own there, not accents
        return letter
    folded = unicodedata.normalize("NFKC", letter).lower()
    if folded.isascii():
        return folded
    parts = unicodedata.normalize("NFKD", folded)
    if all(ord(p) in _KANA or ord(p) >= 0xFF00 for p in parts):
        return folded
    bare = "".join(p for p in parts if not unicodedata.combining(p))
    if bare.isascii() and bare:
        return bare.replace("⁄", "/")
    return "".join(_FOLDS.get(p, p) for p in folded)


def folded_letters(text: str) -> str:
    """The letters of ``text`` folded, as words of tables are: no slip is put right."""
    return "".join(map(_fold_letter, unicodedata.normalize("NFC", text)))


@cache
def _right() -> dict[str, str]:
    """Words as an input method gets them wrong, and what they should be; of one length, so that places stay."""
    found: dict[str, str] = {}
    groups: dict[str, list[str]] = {"words": [], "alike": [], "real": []}
    for line in read_table("zh", "sounds"):
        head, _, words = line.partition(": ")
        groups[head] += words.split()
    alike = {letter: group for group in groups["alike"] for letter in group}
    for word in groups["words"]:
        for place, letter in enumerate(word):
            for other in alike.get(letter, ""):
                wrong = f"{word[:place]}{other}{word[place + 1 :]}"
                if wrong not in _known() and wrong not in groups["real"]:
                    found[wrong] = word
    pairs = (pair.split("=") for line in read_table("zh", "slips") for pair in line.split())
    return found | {wrong: right for wrong, right in pairs if len(wrong) == len(right)}


@cache
def _known() -> str:
    return " ".join(read_table("zh", "words"))


@cache
def _lengths() -> tuple[int, ...]:
    return tuple(sorted({len(wrong) for wrong in _right()}, reverse=True))


def _put_right(text: str) -> str:
    right, known, parts, at = _right(), _known(), [], 0
    while at < len(text):
        piece = next((text[at : at + n] for n in _lengths() if text[at : at + n] in right), "")
        end = at + len(piece)
        if piece and (
            (at and piece[0] != right[piece][0] and text[at - 1 : at + 1] in known)
            or (piece[-1] != right[piece][-1] and text[end - 1 : end + 1] in known and end < len(text))
        ):
            piece = ""  # 麻烦转成: the letter belongs to the word beside it
        parts.append(right[piece] if piece else text[at])
        at += len(piece) or 1
    return "".join(parts)


def fold(words: str) -> Folded:
    """Fold ``words``; control characters become spaces."""
    original = unicodedata.normalize("NFC", words)[:MAX_LENGTH].translate(_WIDE_QUOTES)
    letters: list[str] = []
    origin: list[int] = []
    for place, letter in enumerate(original):
        folded = _fold_letter(letter)
        if folded == " " and letters and letters[-1] in {" ", ""}:
            folded = ""
        letters.append(folded)
        origin.extend([place] * len(folded))
    origin.append(len(original))
    text = _LETTER_O.sub(lambda m: "0" * len(m[0]), "".join(letters))
    if _HAN.search(text):  # else the table, which takes a while to build, would change nothing
        text = _put_right(text)
    return Folded(original, text, tuple(origin))
