"""Named lists of phrases of a language ("name: phrase | phrase"), looked for in folded letters.

Phrases are filed by how they begin, so that a text is looked through once for all names of a table.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .normalise import fold, folded_letters
from .word_files import languages, read_table

_UNSPACED = frozenset({"zh", "ja", "ko"})  # languages whose words no blank parts
_WORDS, _LETTERS = re.compile(r"[a-z0-9]+|[^a-z0-9]"), re.compile(r"(?s:.)")
Place = tuple[int, int]  # of a phrase in a text: its first letter and the one after its last


@cache
def _filed(lang: str, table: str) -> dict[str, dict[str, list[str]]]:
    """The phrases of one table: by their first word (or letter), then by name."""
    found: dict[str, dict[str, list[str]]] = {}
    for line in read_table(lang, table):
        name, _, phrases = line.partition(": ")
        for phrase in {folded_letters(p).strip() for p in phrases.split(" | ")} - {""}:
            found.setdefault(_beginnings(lang).findall(phrase)[0], {}).setdefault(name, []).append(phrase)
    return found


def _beginnings(lang: str) -> re.Pattern[str]:
    """Where phrases may begin."""
    return _LETTERS if lang in _UNSPACED else _WORDS


@cache
def _patterns(lang: str, table: str, beginning: str) -> list[tuple[str, re.Pattern[str]]]:
    """Name and pattern of the phrases that begin so. A star stands for any one word; the longest phrase wins."""
    before, after = ("", "") if lang in _UNSPACED else ("(?<![a-z0-9])", "(?![a-z0-9])")
    found = []
    for name, phrases in _filed(lang, table)[beginning].items():
        body = "|".join(re.escape(p).replace(r"\*", r"\w+") for p in sorted(phrases, key=len, reverse=True))
        found.append((name, re.compile(f"{before}(?:{body}){after}")))
    return found


@lru_cache(maxsize=256)
def places(text: str, lang: str, table: str) -> dict[str, list[Place]]:
    """Where folded ``text`` holds phrases of one table, by name; names and places in order."""
    known = _filed(lang, table)
    found: dict[str, list[Place]] = {}
    for start in _beginnings(lang).finditer(text):
        for name, pattern in _patterns(lang, table, start.group()) if start.group() in known else ():
            if match := pattern.match(text, start.start()):
                found.setdefault(name, []).append(match.span())
    names = (line.partition(": ")[0] for line in read_table(lang, table))
    return {name: found[name] for name in names if name in found}


def languages_of(lang: str) -> tuple[str, ...]:
    """The tables that a message is looked up in: Chinese writers mix English in."""
    return (lang, "en") if lang in _UNSPACED else (lang,)


def found_in(text: str, lang: str, table: str, name: str) -> Place | None:
    """Where folded ``text`` first holds a phrase of that name."""
    known = (places(text, code, table).get(name) for code in languages_of(lang))
    return next((found[0] for found in known if found), None)


def holds(text: str, lang: str, table: str, name: str) -> bool:
    """Whether folded ``text`` holds a phrase of that name."""
    return found_in(text, lang, table, name) is not None


def is_only(text: str, table: str, name: str) -> bool:
    """Whether folded ``text`` is nothing but phrases of that name, in one language, and punctuation."""
    letters = {at for at, letter in enumerate(text) if re.match(r"\w", letter)}
    found = (places(text, code, table).get(name, ()) for code in languages())
    return any(spans and not letters.difference(*(range(*span) for span in spans)) for spans in found)


def asks(words: str, lang: str) -> bool:
    """Whether small talk puts a question: by its mark, by 吗 at its end, or by a question word beside an auxiliary or a
    topic ("how is", 天气怎么样)."""
    text = fold(words).text
    wh, aux, topic = (holds(text, lang, "cues", name) for name in ("wh", "aux", "joke"))
    return "?" in text or text.rstrip(" .!").endswith(("吗", "嗎")) or (wh and (aux or topic))
