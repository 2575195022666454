"""Which language a message is written in: by its letters, else by the words that only one language has."""

from __future__ import annotations

import re
from functools import cache

from . import units
from .phrase_tree import atoms, entries, lexicon
from .word_files import plain_words

LATIN = ("es", "de", "fr", "it", "pt")  # the languages beside English that Latin letters may be
_HANGUL = re.compile("[\uac00-\ud7a3]")
_HAN = re.compile("[\u3400-\u9fff]")
_KANA = re.compile("[\u3041-\u30fb\u30fd-\u30ff]")
_INTERNATIONAL = frozenset({
    "mp", "mp4", "gif", "webm", "webp", "apng", "avif", "png", "p", "px", "fps", "kb", "mb", "k", "m", "emoji",
    "sticker", "discord", "slack",
})  # fmt: skip
# Words that the English table only has as a part of something else: they speak for another language.
_FOREIGN = frozenset({
    "y", "sin", "con", "en", "un", "una", "des", "le", "la", "les", "et", "und", "mit", "der", "das", "sans", "avec",
    "pour", "par", "por",
})  # fmt: skip


@cache
def _english() -> frozenset[str]:
    return (lexicon("en").vocabulary | plain_words()) - _FOREIGN


def language_of(text: str) -> str:
    """The language most of the words belong to; English when in doubt."""
    if _KANA.search(text):
        return "ja"
    if _HANGUL.search(text):
        return "ko"
    if _HAN.search(text):
        return "ja" if _covered(text, "ja") > _covered(text, "zh") else "zh"
    row = [a.text for a in atoms(text) if a.text.replace("'", "").isalpha() and a.text not in _INTERNATIONAL]
    english = _english()
    if all(word in english for word in row):  # no other language has a word of its own here
        return "en"
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


@cache
def _own_words(lang: str) -> frozenset[str]:
    words = {atom for phrase, _, _ in entries(lang) for atom in phrase}
    return frozenset(words) | units.language_words(lang)


@cache
def _only_words(lang: str) -> frozenset[str]:
    """Words of no other Latin language."""
    return _own_words(lang).difference(*(_own_words(other) for other in LATIN if other != lang))
