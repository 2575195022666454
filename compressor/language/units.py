"""Units of all languages: what a number counts, and by how much."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from . import numbers
from .word_files import languages, read_table


@cache
def _tree() -> dict[str, Any]:
    """The units of all languages: atoms → (kind, factor)."""
    tree: dict[str, Any] = {}
    for code in languages():
        for line in read_table(code, "quantities"):
            head, _, rest = line.partition(": ")
            name, _, unit_ = head.partition(" ")
            if name != "unit":
                continue
            kind, factor = unit_.split()
            for phrase in rest.split(" | "):
                node = tree
                for atom in re.findall(r"[a-z]+|[\uac00-\ud7a3]+|\S", phrase.strip()):
                    node = node.setdefault(atom, {})
                node.setdefault("", (kind, float(factor)))
    return tree


@cache
def unit_words() -> frozenset[str]:
    """Latin words of units, for the speller."""
    lines = (line for code in languages() for line in read_table(code, "quantities") if line.startswith("unit "))
    return frozenset(word for line in lines for word in re.findall(r"[a-z]+", line.partition(": ")[2]))


@cache
def part_words() -> frozenset[str]:
    return frozenset(w for code in languages() for name in (numbers.parts, numbers.orders) for w in name(code))


@cache
def language_words(lang: str) -> frozenset[str]:
    """Latin words of quantities that only ``lang`` has: they show which language is spoken."""
    own = {w for name, rows in numbers.entries(lang).items() if name != "shy" for _, words in rows for w in words}
    lines = (line for line in read_table(lang, "quantities") if line.startswith("unit "))
    return frozenset(own | {w for line in lines for w in re.findall(r"[a-z]{3,}", line.partition(": ")[2])})


def unit(row: list[Any], at: int) -> tuple[int, str, float] | None:
    """The unit that begins at ``row[at]``: how many atoms, kind, factor."""
    node, best, index = _tree(), None, at
    while index < len(row):
        node = node.get(row[index].text)  # type: ignore[assignment]
        if node is None:
            break
        index += 1
        if "" in node:
            best = (index - at, *node[""])
    return best
