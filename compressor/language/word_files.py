"""The tables of a language: data in the folder of its code, read once. A line that begins with # is a comment."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent


@cache
def languages() -> tuple[str, ...]:
    """The codes of the languages that there is a folder for, English first."""
    found = sorted(p.parent.name for p in FOLDER.glob("*/words.txt"))
    return ("en", *(code for code in found if code != "en"))


@cache
def read_table(lang: str, name: str) -> tuple[str, ...]:
    """The lines of one table; none where the language has no such table."""
    path = FOLDER / lang / f"{name}.txt"
    if not path.exists():
        return ()
    return tuple(line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#"))


@cache
def plain_words() -> frozenset[str]:
    """Everyday English words that mean nothing to us: never corrected into ours."""
    return frozenset(word for line in read_table("en", "plain") for word in line.split())


@cache
def everyday_words(lang: str = "en") -> frozenset[str]:
    """Words that are spelled as they are meant, though they are close to one of ours."""
    codes = ("en",) if lang in {"en", "zh"} else ("en", lang)
    return frozenset(word for code in codes for line in read_table(code, "everyday") for word in line.split())


@cache
def everyday_chinese() -> tuple[str, ...]:
    """Chinese words that hold one of ours and mean nothing to us."""
    return tuple(word for line in read_table("zh", "everyday") for word in line.split())
