"""The word tables beside this module: data, one file per language, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "words"


@cache
def read_table(name: str) -> tuple[str, ...]:
    """The lines of one table, its comments left out."""
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@cache
def plain_words() -> frozenset[str]:
    return frozenset(word for line in read_table("plain") for word in line.split())


_EVERYDAY = {"de": "german", "fr": "french", "es": "spanish"}


@cache
def everyday_words(lang: str = "en") -> frozenset[str]:
    """Words that are spelled as they are meant, though they are close to one of ours."""
    tables = ("english", _EVERYDAY[lang]) if lang in _EVERYDAY else ("english",)
    return frozenset(word for table in tables for line in read_table(table) for word in line.split())


@cache
def everyday_chinese() -> tuple[str, ...]:
    """Chinese words that hold one of ours and mean nothing to us."""
    return tuple(word for line in read_table("chinese") for word in line.split())
