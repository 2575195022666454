"""Named lists of phrases of a language ("name: phrase | phrase"), looked for in folded letters."""

from __future__ import annotations

import re
from functools import cache

from .normalise import fold
from .word_files import languages, read_table

_UNSPACED = frozenset({"zh", "ja", "ko"})  # languages whose words no blank parts


@cache
def patterns(lang: str, table: str) -> dict[str, re.Pattern[str]]:
    """The patterns of one table by name. A star stands for any one word; the longest phrase wins."""
    found = {}
    for line in read_table(lang, table):
        name, colon, phrases = line.partition(": ")
        if not colon:
            continue
        pieces = sorted({fold(p.strip()).text.strip() for p in phrases.split(" | ")} - {""}, key=len, reverse=True)
        body = "|".join(re.escape(p).replace(r"\*", r"\w+") for p in pieces)
        before, after = ("", "") if lang in _UNSPACED else ("(?<![a-z0-9])", "(?![a-z0-9])")
        found[name] = re.compile(f"{before}(?:{body}){after}")
    return found


def languages_of(lang: str) -> tuple[str, ...]:
    """The tables that a message is looked up in: Chinese writers mix English in."""
    return (lang, "en") if lang in {"zh", "ja", "ko"} else (lang,)


def found_in(text: str, lang: str, table: str, name: str) -> re.Match[str] | None:
    """Where folded ``text`` holds a phrase of that name."""
    known = (patterns(code, table).get(name) for code in languages_of(lang))
    return next((found for pattern in known if pattern and (found := pattern.search(text))), None)


def holds(text: str, lang: str, table: str, name: str) -> bool:
    """Whether folded ``text`` holds a phrase of that name."""
    return found_in(text, lang, table, name) is not None


def is_only(text: str, table: str, name: str) -> bool:
    """Whether folded ``text`` is nothing but phrases of that name, in one language, and punctuation."""
    found = (p for code in languages() if (p := patterns(code, table).get(name)) is not None)
    return any((rest := p.sub("", text)) != text and not re.search(r"\w", rest) for p in found)


def asks(words: str, lang: str) -> bool:
    """Whether small talk puts a question: by its mark, by 吗 at its end, or by a question word beside an auxiliary or a
    topic ("how is", 天气怎么样)."""
    text = fold(words).text
    wh, aux, topic = (holds(text, lang, "cues", name) for name in ("wh", "aux", "joke"))
    return "?" in text or text.rstrip(" .!").endswith(("吗", "嗎")) or (wh and (aux or topic))
