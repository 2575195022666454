"""Typos: the nearest known word within a bounded edit distance, or nothing.

Every known word is filed under all that is left of it when one or two letters are dropped; a look-up drops letters
from the unknown word in the same way, so that no word is ever compared with the whole vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations


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


def allowed(word: str) -> int:
    """How many slips are forgiven in a word of this length."""
    if len(word) < 4:
        return 0
    return 1 if len(word) < 7 else 2


def _shortened(word: str, drops: int) -> set[str]:
    kept = {word}
    for n in range(1, drops + 1):
        for places in combinations(range(len(word)), n):
            kept.add("".join(c for i, c in enumerate(word) if i not in places))
    return kept


class Speller:
    def __init__(self, vocabulary: Iterable[str], never: Iterable[str]) -> None:
        self._never = frozenset(never)
        self._index: dict[str, list[str]] = {}
        for word in sorted({w for w in vocabulary if len(w) >= 3 and w.isalpha() and w.isascii()}):
            for key in _shortened(word, max(allowed(word), 1)):
                self._index.setdefault(key, []).append(word)

    def correct(self, word: str) -> str | None:
        """The known word that ``word`` most likely means; None for a short, a plain or a far one."""
        if word in self._never or len(word) < 3 or not (word.isalpha() and word.isascii()) or len(word) > 20:
            return None
        limit = allowed(word)
        best: tuple[int, int, str] | None = None
        for key in _shortened(word, max(limit, 1)):
            for known in self._index.get(key, ()):
                if abs(len(known) - len(word)) > max(limit, 1):
                    continue
                slips = distance(word, known)
                if slips > max(limit, 1):
                    continue
                swapped = sorted(word) == sorted(known)
                if len(word) == 3 and not (swapped and len(known) == 3 and slips == 1):
                    continue  # three letters: only two of them swapped
                if (len(known) < 4 or len(word) == len(known) == 4) and not swapped:
                    continue  # "flow" is no "flop": short words must have the same letters, or one more or less
                if slips > min(limit, allowed(known)) and not swapped:
                    continue
                if word[0] != known[0] and not (swapped or (slips == 1 and len(word) >= 6)):
                    continue
                rank = (slips * 2 - swapped, word[0] != known[0], known)
                if best is None or rank < best:
                    best = rank
        return best[2] if best else None
