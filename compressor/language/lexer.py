"""Letters → tokens: numbers with their units, quoted texts, and words by the concept that they name.

All languages end in the same concepts (``first``, ``ms``, ``remove``, ``bytes`` …): "remove the first 2 seconds",
"去掉前2秒" and "die ersten 2 Sekunden wegschneiden" are the same three.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from ..formats import NAMES, kin
from . import literals, measures, numbers, units
from .normalise import Folded
from .phrase_tree import FILE_NAME, SOUND_FILE, Atom, atoms, lexicon
from .spelling import Speller
from .word_files import everyday_words, plain_words, read_table

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
    text: str = ""  # as folded, at ``at`` to ``till`` of the folded message
    concept: str = ""  # what features call it
    at: int = 0
    till: int = 0
    like: int = 0  # bytes that one counts, where a figure of bytes stands before: "nothing above 200 kb. 180 then"
    beside: str = ""  # what tells what it is and stands beside it: "gap", "wider" …: "a margin of 4 %", "50 px wider"
    counted: bool = False  # a figure stands beside it: the first three seconds, not the first clip

    @property
    def filler(self) -> bool:
        return self.kind in FILLERS

    def named(self) -> str:
        """Its concept, by its kind and value."""
        if self.kind in _VALUED:
            value = kin(self.value) if self.kind == "format" else self.value
            return f"{self.kind}={value}" if not str(value).startswith("#") else f"{self.kind}=#"
        if self.kind in {"word", "plain"}:
            return "w"
        return self.kind if isinstance(self.value, str) else f"#{self.kind}"


@cache
def speller(lang: str) -> Speller:
    known = units.unit_words() | numbers.number_words() | units.part_words()
    words = lexicon(lang)
    return Speller(words.spelt | known, words.vocabulary | known | plain_words() | everyday_words(lang))


_ELIDED = re.compile(r"(n|l|d|qu|s|j|m|c)'([a-z]+)")


_GLUED = re.compile(r"(p|k|m|kb|mb|kib|mib|fps|px|s|sec)(" + "|".join(NAMES) + ")")


def _unglued(row: list[Atom]) -> list[Atom]:
    """ "480pgif", "2mbwebm": a unit and a format that no space parts."""
    found: list[Atom] = []
    for index, atom in enumerate(row):
        figure = bool(found) and found[-1].number and found[-1].end == atom.start
        text = f"{atom.text}4" if row[index + 1 : index + 2] and row[index + 1].text == "4" else atom.text
        match = _GLUED.fullmatch(text) or _GLUED.fullmatch(atom.text) if figure else None
        if not match:
            found.append(atom)
            continue
        at = atom.start + len(match[1])
        found += [Atom(match[1], atom.start, at), Atom(atom.text[len(match[1]) :], at, atom.end)]
    return found


def parted(row: list[Atom], lang: str) -> list[Atom]:
    """French elisions as the words they are: "n'enlève" is n' and enlève, where the table does not know both as one."""
    row = _unglued(row)
    if lang != "fr":
        return row
    words, ones, found = lexicon(lang), numbers.ones(lang), []
    for index, atom in enumerate(row):
        match = _ELIDED.fullmatch(atom.text)
        whole = atom.text in words.vocabulary and (not match or match[2] not in ones or words.longest(row, index))
        if not match or whole or (match[2] not in words.vocabulary and match[2] not in ones):
            found.append(atom)
            continue
        at = atom.start + len(match[1])
        found += [Atom(match[1], atom.start, at), Atom("'", at, at + 1), Atom(match[2], at + 1, atom.end)]
    return found


def respelled(row: list[Atom], lang: str) -> list[Atom]:
    """Unknown words with at most a slip or two become the known ones; their places stay."""
    known, spell = lexicon(lang).vocabulary, speller(lang)
    fixed = []
    for atom in row:
        text = atom.text
        if text.endswith("'s") and text not in known and text[:-2] in known:
            text = text[:-2]  # "slack's emoji"
        latin = not atom.number and text.isascii() and text.isalpha() and len(text) > 2
        latin = latin and (len(text) < 7 or numbers.in_words([text], lang) is None)
        if latin and text not in known and text not in units.unit_words() and text not in plain_words():
            text = _slip(text, known, spell)
        fixed.append(Atom(text, atom.start, atom.end, atom.number))
    return fixed


@cache
def _habits() -> dict[str, str]:
    """Slips that are so common that they need no distance, and some that are words: wrong=right."""
    return dict(pair.split("=") for line in read_table("en", "habits") for pair in line.split())


def _slip(word: str, known: frozenset[str], spell: Speller) -> str:
    if word in _habits():
        return _habits()[word]
    for at in range(1, len(word) - 1):
        if word[at] == word[at + 1] and word not in everyday_words():  # "witth", "secondds"
            shorter = word[:at] + word[at + 1 :]
            if len(shorter) > 3 and (shorter in known or shorter in units.unit_words()):
                return shorter
    for shorter in (re.sub(r"(.)\1{2,}", r"\1\1", word), re.sub(r"(.)\1{2,}", r"\1", word)):
        if shorter != word and word not in everyday_words() and (shorter in known or shorter in plain_words()):
            return shorter
    return _corrected(word, spell)


@lru_cache(maxsize=4096)
def _corrected(word: str, spell: Speller) -> str:
    return spell.correct(word) or word


def tokens(folded: Folded, lang: str, hidden: list[tuple[int, int, str]] = []) -> list[Token]:  # noqa: B006
    """All tokens of ``folded``; ``hidden`` spans (start, end, text to show) become one ``quote`` token each."""
    text = folded.text
    found: list[Token] = []
    at = 0
    for start, end, shown in sorted(hidden):
        found += _plain_tokens(text, at, start, lang)
        found.append(Token("quote", shown, start, end))
        at = end
    return found + _plain_tokens(text, at, len(text), lang)


_BREAKS = {".": "stop", ";": "stop", "!": "stop", "?": "stop", "\n": "stop", ",": "comma", ":": "colon", "；": "stop"}
_BREAKS |= {"+": "comma", "/": "comma", "|": "comma"}
_SIGNS = {"+": "more", "-": "less"}


def _plain_tokens(text: str, start: int, end: int, lang: str) -> list[Token]:
    row = respelled(parted(atoms(text, start, end), lang), lang)
    words = lexicon(lang)
    found: list[Token] = []
    index = 0
    while index < len(row):
        atom = row[index]
        shaped = literals.shape(text, atom.start, end)
        if shaped:
            kind, value, stop = shaped
            found.append(Token(kind, value, atom.start, stop))
            while index < len(row) and row[index].start < stop:
                index += 1
            continue
        phrase = words.longest(row, index)
        if phrase and phrase[1] == "halve" and phrase[0] > 1 and row[index + phrase[0] - 1].text == "half":
            broken = measures.read(row, index + phrase[0] - 1, lang)
            if broken and broken[1] in {"bytes", "ms"}:  # "fit it in half a meg"
                phrase = words.longest(row[: index + phrase[0] - 1], index)
        measured = measures.read(row, index, lang)
        if measured and (not phrase or _longer(measured[0], phrase, measured[1])):
            taken, kind, value = measured
            found.append(Token(kind, value, atom.start, row[index + taken - 1].end))
            index += taken
            continue
        if phrase:
            taken, kind, worth = phrase
            after = row[index + taken : index + taken + 1]
            if taken > 1 and row[index + taken - 1].text == "." and not (after and after[0].number):
                taken -= 1  # "10 seconds max. Put …"
            found.append(
                Token(kind, worth or _spelled(row[index : index + taken]), atom.start, row[index + taken - 1].end)
            )
            index += taken
            continue
        if SOUND_FILE.fullmatch(atom.text):
            found.append(Token("track", atom.text, atom.start, atom.end))
        elif FILE_NAME.fullmatch(atom.text):
            found.append(Token("file", atom.text, atom.start, atom.end))
        elif atom.text in _SIGNS and _signs(text, atom):
            found.append(Token(_SIGNS[atom.text], atom.text, atom.start, atom.end))
        elif atom.text in _BREAKS:
            found.append(Token(_BREAKS[atom.text], atom.text, atom.start, atom.end))
        elif atom.text.isalnum() or len(atom.text) > 1:
            plain = atom.text in plain_words() or not _is_word(atom.text)
            found.append(Token("plain" if plain else "word", atom.text, atom.start, atom.end))
        elif atom.text == "-":
            found.append(Token("dash", "-", atom.start, atom.end))
        index += 1
    return found


def _signs(text: str, atom: Atom) -> bool:
    """Whether a figure follows at once and nothing stands before: "+5 fps", "tail -3s"; "gif + 5 fps" is a list."""
    return text[atom.end : atom.end + 1].isdigit() and not text[atom.start - 1 : atom.start].strip()


def _spelled(row: list[Atom]) -> str:
    return (" " if row[0].text.isascii() else "").join(a.text for a in row)


def _is_word(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _longer(taken: int, phrase: tuple[int, str, Any], kind: str) -> bool:
    if taken != phrase[0]:
        return taken > phrase[0]
    return phrase[1] in {"plain", "version"} or (phrase[1] == "soft" and kind != "num")
