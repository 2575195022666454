"""One budget for many files: bytes go where they raise the worst score most. Pure arithmetic over what was foreseen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

FITS_NOT = -50.0  # points of a ceiling that nothing fits
CLEAR = 95.0  # points above which nothing more is to be seen: what is left goes to the others
STEEP = 25.0  # points for a factor of e in bytes beyond what was foreseen
HALVINGS = 40
SPREAD = 3.0  # times a share, down and up: between these ceilings a file is foreseen


@dataclass(frozen=True, slots=True)
class Curve:
    """What a file scores at so many bytes: ``points`` as foreseen, (bytes, points), in the order of bytes."""

    points: tuple[tuple[int, float], ...]

    def bytes_for(self, score: float) -> float:
        """The bytes at which it reaches a score: straight in ln bytes between the points, STEEP above them but never
        SPREAD times as many, and never fewer than were looked at: nobody knows what fits. Nor between what nothing
        fits and what something does; that is all or nothing."""
        known = self._rising()
        if score <= known[0][1]:
            return float(known[0][0])
        for (a, low), (b, high) in pairwise(known):
            if low <= score <= high:
                part = 1.0 if low <= FITS_NOT else (score - low) / max(high - low, 1e-9)
                return math.exp(math.log(a) + part * (math.log(b) - math.log(a)))
        size, seen = known[-1]
        return size * min(math.exp((score - seen) / STEEP), SPREAD)

    def _rising(self) -> list[tuple[int, float]]:
        """The points without those that more bytes make no better; of those that nothing fits the largest."""
        found = sorted(point for point in self.points if point[1] <= FITS_NOT)[-1:]
        for size, score in sorted(self.points):
            if not found or score > found[-1][1]:
                found.append((size, score))
        return found


def ceilings(share: int) -> list[int]:
    """The ceilings at which a file is foreseen that would get ``share`` bytes by its size."""
    return [max(1, round(share / SPREAD)), share, round(share * SPREAD)]


def divided(total: int, by_size: Sequence[int], curves: Sequence[Curve | None]) -> list[int]:
    """``fair``, where files that could not be foreseen (None) keep their share by size."""
    kept = sum(part for part, curve in zip(by_size, curves, strict=True) if curve is None)
    given = iter(fair(total - kept, [curve for curve in curves if curve is not None]))
    return [part if curve is None else next(given) for part, curve in zip(by_size, curves, strict=True)]


def fair(total: int, curves: Sequence[Curve]) -> list[int]:
    """Bytes for each file with which all of them reach the same, highest score; in sum never above ``total``, which is
    at least a byte for each."""
    if not curves:
        return []
    low, high = -100.0, CLEAR
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(_given(curves, middle)) <= total else (low, middle)
    found = _given(curves, low)
    while sum(found) > total:  # even the lowest score is too much: all give way alike
        factor = total / sum(found)
        found = [max(1, int(size * factor)) for size in found]
        if all(size == 1 for size in found):
            break
        found[found.index(max(found))] -= 1
    spare = total - sum(found)
    if low > CLEAR - 0.1:  # all of them are clear: the rest goes by size
        whole = sum(found)
        found = [size + spare * size // whole for size in found]
    return found


def _given(curves: Sequence[Curve], score: float) -> list[int]:
    return [max(1, int(min(curve.bytes_for(score), 2**40))) for curve in curves]
