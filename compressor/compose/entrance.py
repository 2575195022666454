"""How layers and texts come and go: fades, and slides from and to a side of the canvas."""

from __future__ import annotations

from dataclasses import dataclass

from ..timeline.draft import Layer, Title

FADE_STEP_US = 40_000  # a fade over a still moves 25 times a second, which looks smooth
FOR_EVER = 1 << 60


@dataclass(frozen=True, slots=True)
class Entrance:
    """How much of a layer or text shows (0-1), and how far it has come in (0-1) where it slides."""

    strength: float
    presence: float


def entrance(over: Layer | Title, from_us: int, to_us: int, at_us: int) -> Entrance:
    """Fading and sliding of something that is shown from ``from_us`` to ``to_us``."""
    share = 1.0
    if over.fade_in_ms:
        share = min(share, (at_us - from_us) / (over.fade_in_ms * 1000))
    if over.fade_out_ms:
        share = min(share, (to_us - at_us) / (over.fade_out_ms * 1000))
    share = min(max(share, 0.0), 1.0)
    if over.slide is None:
        return Entrance(share, 1.0)
    return Entrance(1.0, 1 - (1 - share) ** 3)  # it slows down where it stops


def fade_times(from_us: int, to_us: int, over: Layer | Title, begin: int, end: int) -> list[int]:
    """The steps of its fades between two times."""
    found: list[int] = []
    for first, last in ((from_us, from_us + over.fade_in_ms * 1000), (to_us - over.fade_out_ms * 1000, to_us)):
        low, high = max(first, begin), min(last, end)
        found += range(first + FADE_STEP_US * -(-(low - first) // FADE_STEP_US), high + 1, FADE_STEP_US)
    return found
