"""Typos: the nearest known word within a bounded edit distance, or nothing.

Only words that begin alike, or that differ in nothing but the first letter, are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable


def distance(a: str, b: str) -> int:
    """Damerau-Levenshtein (neighbouring letters may swap)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, last, row = row, before, [i]
        for j, y in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
    return row[-1]


def _skeleton(word: str) -> str:
    """The first letter and the consonants after it, doubled ones once."""
    return re.sub(r"(.)\1", r"\1", word[0] + re.sub("[aeiouy]", "", word[1:]))


def _left_out(word: str, known: str) -> bool:
    """Whether ``word`` is ``known`` with letters left out, the most common slip of all."""
    letters = iter(known)
    return all(letter in letters for letter in word)


def allowed(word: str) -> int:
    """How many slips are forgiven in a word of this length."""
    if len(word) < 4:
        return 0
    return 1 if len(word) < 7 else 2


class Speller:
    """Words are filed by their first letter, which few slips touch, and by all that follows it."""

    def __init__(self, vocabulary: Iterable[str], never: Iterable[str]) -> None:
        self._never = frozenset(never)
        self._by_first: dict[str, list[str]] = {}
        self._by_rest: dict[str, str] = {}
        self._by_skeleton: dict[str, str] = {}
        for word in sorted({w for w in vocabulary if len(w) >= 3 and w.isalpha() and w.isascii()}):
            self._by_first.setdefault(word[0], []).append(word)
            self._by_rest.setdefault(word[1:], word)
            if len(_skeleton(word)) >= 3 and len(word) >= 5:
                self._by_skeleton.setdefault(_skeleton(word), word)

    def correct(self, word: str) -> str | None:
        """The known word that ``word`` most likely means; None for a short, a plain or a far one."""
        if word in self._never or not 3 <= len(word) <= 20 or not (word.isalpha() and word.isascii()):
            return None
        limit = max(allowed(word), 1)
        best: tuple[int, bool, bool, bool, bool, bool, str] | None = None
        for known in self._near(word, limit):
            slips = distance(word, known)
            swapped = sorted(word) == sorted(known)
            if slips > limit or not _likely(word, known, slips, swapped):
                continue
            slip = (not _left_out(word, known), not _beside(word, known), len(word) != len(known))
            rank = (slips * 2 - swapped, word[0] != known[0], *slip, known.startswith(word), known)
            if best is None or rank < best:
                best = rank
        return best[-1] if best else self._without_vowels(word)

    def _without_vowels(self, word: str) -> str | None:
        """ "rmv", "bckgrnd", "smler": the consonants in order, and fewer vowels than there should be."""
        known = self._by_skeleton.get(_skeleton(word))
        if known is None or len(known) <= len(word):
            return None
        return known if _left_out(word, known) else None

    def _near(self, word: str, limit: int) -> Iterable[str]:
        letters, own = {word[0], word[1]}, set(word)
        for letter in letters:
            for known in self._by_first.get(letter, ()):
                if abs(len(known) - len(word)) <= limit and len(own.symmetric_difference(known)) <= 2 * limit:
                    yield known
        for rest in (word[1:], word):  # another first letter, or none
            if rest in self._by_rest:
                yield self._by_rest[rest]


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACE = {key: (row, at + row * 0.3) for row, keys in enumerate(_ROWS) for at, key in enumerate(keys)}


def _beside(word: str, known: str) -> bool:
    """Whether one letter differs, and is on a key beside the right one."""
    differ = [(_PLACE[x], _PLACE[y]) for x, y in zip(word, known, strict=False) if x != y]
    if len(word) != len(known) or len(differ) != 1:
        return False
    (row, at), (other_row, other) = differ[0]
    return abs(row - other_row) + abs(at - other) < 2


def _likely(word: str, known: str, slips: int, swapped: bool) -> bool:
    if swapped:
        return len(word) > 3 or slips == 1  # three letters: only two neighbours swapped
    if len(word) == 3 and len(known) == 4 and slips == 1:
        return known.startswith(word) or (word[0] == known[0] and word[-1] == known[-1])  # "mak", "haf"
    if len(word) == len(known) == 4 and slips == 1 and set(word) == set(known) and word[0] == known[0]:
        return True  # "lopp": another letter was doubled
    if len(word) == 4 and word[0] == known[0] and _beside(word, known):
        return True  # "krep", "lsst": the key beside the one that was meant
    if min(len(word), len(known)) < 4 or len(word) == len(known) == 4:
        return False  # "flow" is no "flop": short words must have the same letters, or one more or less
    if slips > min(allowed(word), allowed(known)):
        return False
    return word[0] == known[0] or (slips == 1 and len(word) >= 6)
