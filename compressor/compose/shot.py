"""A picture that is not drawn yet, and when it is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..media import RGBA


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A source's picture and what will put it on the canvas: what is dropped before costs no more than its decoding."""

    rgba: RGBA
    paint: Callable[[RGBA], RGBA]

    def drawn(self) -> RGBA:
        return self.paint(self.rgba)


@dataclass(frozen=True, slots=True)
class Moment:
    """A shot on the clock; the fields are those of Frame."""

    shot: Shot
    at_us: int
    hold_us: int
    delay_cs: int | None = None
