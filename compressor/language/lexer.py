"""Letters → tokens: numbers with their units, quoted texts, and words by what kind of thing they are.

All languages end in the same kinds (``first``, ``ms``, ``remove``, ``bytes`` …), so that one set of rules reads them
all: "remove the first 2 seconds", "去掉前2秒" and "die ersten 2 Sekunden wegschneiden" are the same three kinds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from . import measures, numbers, shapes
from .normal import Folded, fold
from .spelling import Speller
from .tables import everyday_chinese, everyday_words, languages, plain_words, read_table

LATIN = ("es", "de", "fr", "it", "pt")  # the languages beside English that Latin letters may be
_SOUND_FILE = re.compile(r"[a-z0-9_-]{1,40}\.(?:mp3|wav|m4a|aac|ogg|flac)(?![a-z0-9])")
_ATOM = re.compile(
    rf"(?P<sound>{_SOUND_FILE.pattern})|(?P<number>{numbers.DIGITS.pattern})|(?P<word>[a-z]+(?:'[a-z]+)*)|(?P<arrow>-{{1,2}}>|=>|>>|<=|>=|\.\./)|(?P<other>\S|\n)"
)
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_LETTERS = re.compile("[ぁ-・ヽ-ヿ一-鿿]+")  # simplified ones: the tables have no others
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3041-\u30fb\u30fd-\u30ff]")


@dataclass(slots=True)
class Atom:
    text: str
    start: int
    end: int
    number: bool = False


@dataclass(slots=True)
class Token:
    """``start`` and ``end`` are places in the folded text."""

    kind: str
    value: Any
    start: int
    end: int


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
    tree: dict[str, Any]
    vocabulary: frozenset[str]

    def longest(self, row: list[Atom], at: int) -> tuple[int, str, Any] | None:
        """The longest phrase that begins at ``row[at]``: how many atoms, its kind and value."""
        node, best, index = self.tree, None, at
        while index < len(row):
            parted = index > at and row[index].start > row[index - 1].end
            text = row[index].text
            if parted and _HANGUL.match(text):
                text = f" {text}"  # only where the table has a blank: 두 배, not 다 음악
            elif parted and (not text.isascii() or row[index - 1].text == "."):
                break  # 宽 高画质 is not 宽高, "computers. mp4" no suffix
            node = node.get(text)  # type: ignore[assignment]
            if node is None:
                break
            index += 1
            if "" in node:
                best = (index - at, *node[""])
        return best


def _written_out(phrase: str) -> list[str]:
    """ "undo <the/my> <last/> change" stands for each of its choices; an empty one may be left out."""
    pieces = re.split(r"<([^<>]*)>", phrase)
    found = [""]
    for at, piece in enumerate(pieces):
        choices = piece.split("/") if at % 2 else [piece]
        found = [f"{before}{choice}" for before in found for choice in choices]
    return list(dict.fromkeys(" ".join(text.split()) for text in found))


def _split(text: str) -> list[str]:
    """The atoms of a listed phrase. Most are plain words or plain letters, which need no folding."""
    if _LETTERS.fullmatch(text):
        return list(text)
    return text.split(" ") if _PLAIN.fullmatch(text) else [a.text for a in atoms(fold(text).text)]


def _blanks(text: str) -> list[list[str]]:
    """A phrase with its Hangul blanks typed and left out: 두 배 and 두배."""
    row = atoms(fold(text).text)
    found: list[list[str]] = [[]]
    for before, atom in zip([None, *row], row, strict=False):
        loose = before is not None and before.end < atom.start and _HANGUL.match(atom.text)
        found = [[*f, text] for f in found for text in ((atom.text, f" {atom.text}") if loose else (atom.text,))]
    return found


@cache
def _entries(lang: str) -> list[tuple[list[str], str, str | None]]:
    rows = []
    for line in read_table(lang, "words"):
        head, _, phrases = line.partition(": ")
        kind, _, value = head.partition("=")
        for written in phrases.split(" | "):
            for text in _written_out(written.strip()):
                if text and lang == "ko":
                    rows += [(pieces, kind, value or None) for pieces in _blanks(text)]
                elif text:
                    rows.append((_split(text), kind, value or None))
    return rows


@cache
def lexicon(lang: str) -> Lexicon:
    tree: dict[str, Any] = {}
    vocabulary: set[str] = set()
    for table in dict.fromkeys(("en", lang)):
        mine: set[tuple[str, ...]] = set()
        for phrase, kind, value in _entries(table):
            if not phrase or tuple(phrase) in mine:
                continue  # the first line that lists a phrase wins within a language
            mine.add(tuple(phrase))
            node = tree
            for atom in phrase:
                node = node.setdefault(atom, {})
            node[""] = (kind, value)
            vocabulary.update(phrase)
    for word in everyday_chinese() if lang == "zh" else ():
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node.setdefault("", ("plain", None))
    return Lexicon(tree, frozenset(vocabulary))


@cache
def speller(lang: str) -> Speller:
    known = lexicon(lang).vocabulary | measures.unit_words() | numbers.number_words() | measures.part_words()
    return Speller(known, known | plain_words() | everyday_words(lang))


# Words of every language, and words that the English table only has as a part of something else.
_INTERNATIONAL = frozenset(
    [
        "mp",
        "mp4",
        "gif",
        "webm",
        "webp",
        "apng",
        "avif",
        "png",
        "p",
        "px",
        "fps",
        "kb",
        "mb",
        "k",
        "m",
        "emoji",
        "sticker",
        "discord",
        "slack",
    ]
)
_FOREIGN = frozenset(
    [
        "y",
        "sin",
        "con",
        "en",
        "un",
        "una",
        "des",
        "le",
        "la",
        "les",
        "et",
        "und",
        "mit",
        "der",
        "das",
        "sans",
        "avec",
        "pour",
        "par",
        "por",
    ]
)


def language_of(text: str) -> str:
    """The language most of the words belong to; English when in doubt."""
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return "ja" if _covered(text, "ja") > _covered(text, "zh") else "zh"
    row = [a.text for a in atoms(text) if a.text.replace("'", "").isalpha() and a.text not in _INTERNATIONAL]
    english = (lexicon("en").vocabulary | plain_words()) - _FOREIGN
    best, most, alone = "en", sum(word in english for word in row), -1
    for lang in LATIN:
        own = _own_words(lang)
        count = sum(word in own for word in row)
        special = sum(word in own and word not in english for word in row)
        only = sum(word in _only_words(lang) for word in row)
        if special and (count, only) > (most, alone) and (count > most or special * 2 >= count):
            best, most, alone = lang, count, only
    return best


def _covered(text: str, lang: str) -> int:
    """How many letters the words of ``lang`` explain, long words counting for more: 逆再生 has no kana."""
    row, words, at, count = atoms(text[:80]), lexicon(lang), 0, 0
    while at < len(row):
        known = words.longest(row, at) if not row[at].text.isascii() else None
        count += known[0] ** 2 if known else 0
        at += known[0] if known else 1
    return count


def warm() -> None:
    """Build all tables now instead of with the first phrase."""
    for lang in languages():
        speller(lang)
        _own_words(lang)


@cache
def _own_words(lang: str) -> frozenset[str]:
    words = {atom for phrase, _, _ in _entries(lang) for atom in phrase}
    return frozenset(words) | measures.language_words(lang)


@cache
def _only_words(lang: str) -> frozenset[str]:
    """Words of no other Latin language."""
    return _own_words(lang).difference(*(_own_words(other) for other in LATIN if other != lang))


_ELIDED = re.compile(r"(n|l|d|qu|s|j|m|c)'([a-z]+)")


_GLUED = re.compile(r"(p|k|m|kb|mb|kib|mib|fps|px|s|sec)(gif|mp4|webm|webp|apng|avif|png)")


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
    known, found = lexicon(lang).vocabulary, []
    for atom in row:
        match = _ELIDED.fullmatch(atom.text)
        if not match or atom.text in known or match[2] not in known:
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
        if latin and text not in known and text not in measures.unit_words() and text not in plain_words():
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
            if len(shorter) > 3 and (shorter in known or shorter in measures.unit_words()):
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


def _plain_tokens(text: str, start: int, end: int, lang: str) -> list[Token]:
    row = respelled(parted(atoms(text, start, end), lang), lang)
    words = lexicon(lang)
    found: list[Token] = []
    index = 0
    while index < len(row):
        atom = row[index]
        shaped = shapes.shape(text, atom.start, end)
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
        if _SOUND_FILE.fullmatch(atom.text):
            found.append(Token("track", atom.text, atom.start, atom.end))
        elif atom.text in _BREAKS:
            found.append(Token(_BREAKS[atom.text], atom.text, atom.start, atom.end))
        elif atom.text.isalnum() or len(atom.text) > 1:
            plain = atom.text in plain_words() or not _is_word(atom.text)
            found.append(Token("plain" if plain else "word", atom.text, atom.start, atom.end))
        elif atom.text == "-":
            found.append(Token("dash", "-", atom.start, atom.end))
        index += 1
    return found


def _spelled(row: list[Atom]) -> str:
    return (" " if row[0].text.isascii() else "").join(a.text for a in row)


def _is_word(text: str) -> bool:
    return any(c.isalpha() for c in text)


def _longer(taken: int, phrase: tuple[int, str, Any], kind: str) -> bool:
    if taken != phrase[0]:
        return taken > phrase[0]
    return phrase[1] in {"plain", "version"} or (phrase[1] == "soft" and kind != "num")
