"""The phrases of a language as rows of atoms: the longest phrase that begins at a place, and its concept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from itertools import chain, pairwise
from typing import Any

from . import numbers
from .normalise import SIMPLIFIED, folded_letters
from .word_files import everyday_chinese, read_table

SOUND_FILE = re.compile(r"[a-z0-9_-]{1,40}\.(?:mp3|wav|m4a|aac|ogg|flac)(?![a-z0-9])")
FILE_NAME = re.compile(
    r"[a-z][a-z0-9_-]{0,40}\.(?:png|jpe?g|gif|webp|apng|avif|svg|mp4|mov|webm|mkv|m4v|avi)(?![a-z0-9])"
)
_ATOM = re.compile(
    rf"(?P<sound>{SOUND_FILE.pattern})|(?P<file>{FILE_NAME.pattern})|(?P<number>{numbers.DIGITS.pattern})|(?P<word>[a-z]+(?:'[a-z]+)*)|(?P<arrow>-{{1,2}}>|=>|>>|<=|>=|\.\./)|(?P<other>\S|\n)"
)
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTERS = re.compile("[ぁ-・ヽ-ヿ一-鿿]+")


@dataclass(slots=True)
class Atom:
    """A number, a Latin word or one other letter; ``start`` and ``end`` are places in the folded text."""

    text: str
    start: int
    end: int
    number: bool = False


def atoms(text: str, start: int = 0, end: int | None = None) -> list[Atom]:
    found = []
    for match in _ATOM.finditer(text, start, len(text) if end is None else end):
        piece = match.group()
        if piece == "-" and 0 < match.start() < len(text) - 1:
            before, after = text[match.start() - 1], text[match.end()]
            if before.isalpha() and after.isalpha() and before.isascii():
                continue  # lo-fi is lo fi
            if before.isdigit() and after.isalpha():
                continue  # 3-second
        if piece == "&":
            piece = "and"
        found.append(Atom(piece, match.start(), match.end(), match.lastgroup == "number"))
    return found


@dataclass(frozen=True, slots=True)
class Lexicon:
    """``phrases`` of the language and of English, as their atoms: kind and value. ``reach``: how many atoms the longest
    phrase has that begins with this one. Words of ``spelt`` may be meant by a slip; those of a mere thing ("arrow")
    are only what is typed so."""

    phrases: dict[tuple[str, ...], tuple[str, Any]]
    reach: dict[str, int]
    vocabulary: frozenset[str]
    spelt: frozenset[str]

    def longest(self, row: list[Atom], at: int) -> tuple[int, str, Any] | None:
        """The longest phrase that begins at ``row[at]``: how many atoms, its kind and value."""
        texts = [row[at].text]
        for before, atom in pairwise(row[at : at + self.reach.get(texts[0], 0)]):
            text, parted = atom.text, atom.start > before.end
            if parted and _HANGUL.match(text):
                text = f" {text}"  # only where the table has a blank: 두 배, not 다 음악
            elif parted and (before.text == "." or not (text.isascii() or before.text.isascii())):
                break  # 宽 高画质 is not 宽高, "computers. mp4" no suffix; a blank between Latin and Chinese is custom
            texts.append(text)
        lengths = range(len(texts), 0, -1)
        return next(((n, *found) for n in lengths if (found := self.phrases.get(tuple(texts[:n])))), None)


def _written_out(phrase: str) -> list[str]:
    """ "undo <the/my> <last/> change" stands for each of its choices; an empty one may be left out."""
    if "<" not in phrase:
        return [phrase]
    pieces = re.split(r"<([^<>]*)>", phrase)
    found = [""]
    for at, piece in enumerate(pieces):
        choices = piece.split("/") if at % 2 else [piece]
        found = [f"{before}{choice}" for before in found for choice in choices]
    return list(dict.fromkeys(" ".join(text.split()) for text in found))


def _split(text: str) -> list[str]:
    """The atoms of a listed phrase. Most are plain words or plain letters, which need no folding."""
    if _LETTERS.fullmatch(text):
        return list(text.translate(SIMPLIFIED))
    return text.split(" ") if _PLAIN.fullmatch(text) else [a.text for a in atoms(folded_letters(text))]


def _blanks(text: str) -> list[list[str]]:
    """A phrase with its Hangul blanks typed and left out: 두 배 and 두배."""
    row = atoms(folded_letters(text))
    found: list[list[str]] = [[]]
    for before, atom in zip([None, *row], row, strict=False):
        loose = before is not None and before.end < atom.start and _HANGUL.match(atom.text)
        found = [[*f, text] for f in found for text in ((atom.text, f" {atom.text}") if loose else (atom.text,))]
    return found


@cache
def entries(lang: str) -> list[tuple[tuple[str, ...], str, str | None]]:
    """Every listed phrase with its kind and value."""
    rows = []
    for line in read_table(lang, "words"):
        head, _, phrases = line.partition(": ")
        kind, _, value = head.partition("=")
        for written in phrases.split(" | "):
            for text in _written_out(written.strip()):
                if text and lang == "ko":
                    rows += [(tuple(pieces), kind, value or None) for pieces in _blanks(text)]
                elif text:
                    rows.append((tuple(_split(text)), kind, value or None))
    return rows


@cache
def lexicon(lang: str) -> Lexicon:
    english = lexicon("en") if lang != "en" else Lexicon({}, {}, frozenset(), frozenset())
    phrases, reach = dict[tuple[str, ...], tuple[str, Any]](), dict(english.reach)
    for phrase, kind, value in entries(lang):
        phrases.setdefault(phrase, (kind, value))  # the first line that lists a phrase wins within a language
    for word in everyday_chinese() if lang == "zh" else ():
        phrases.setdefault(tuple(word), ("plain", None))
    for phrase in phrases:
        reach[phrase[0]] = max(len(phrase), reach.get(phrase[0], 0))
    vocabulary = frozenset(chain.from_iterable(phrase for phrase, _, _ in entries(lang)))
    spelt = frozenset(chain.from_iterable(phrase for phrase, kind, _ in entries(lang) if kind not in {"thing", "gap"}))
    return Lexicon(english.phrases | phrases, reach, english.vocabulary | vocabulary, english.spelt | spelt)
