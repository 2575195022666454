"""Pictures that are drawn when first read, and their times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..media import RGBA, Film, Frame, LazyFrame, Once
from .draw import resized


def scaled(frame: Frame, size: tuple[int, int], alpha: bool) -> Frame:
    """The same frame at another size (width, height); drawn when it is looked at. ``alpha``: it may show through."""
    film = frame.film if isinstance(frame, LazyFrame) else None
    if film is not None:
        return LazyFrame(Once(partial(film.rgba, size)), frame.at_us, frame.hold_us, frame.delay_cs, film)
    height, width = frame.rgba.shape[:2]
    if (width, height) == size:
        return frame
    once = Once(lambda: resized(frame.rgba, size, (0.0, 0.0, float(width), float(height)), alpha))
    return LazyFrame(once, frame.at_us, frame.hold_us, frame.delay_cs)


class Shot:
    """A source's picture and what will put it on the canvas: what is dropped before costs no more than its decoding.

    ``drawn`` is made once, when it is first asked for. ``scaled``: painting only scales, to this size; then ``film`` is
    the frame's own, and it scales by itself.
    """

    __slots__ = ("_scaled", "drawn", "film")

    @classmethod
    def of(cls, make: Callable[[], RGBA], film: Film | None = None) -> Shot:
        """A shot whose picture ``make`` draws; ``film``: the same as planes."""
        shot = cls.__new__(cls)
        shot.film, shot.drawn, shot._scaled = film, Once(make), None
        return shot

    def __init__(self, frame: Frame, paint: Callable[[RGBA], RGBA], *, scaled: tuple[int, int] | None = None) -> None:
        film = frame.film if isinstance(frame, LazyFrame) and scaled is not None else None
        self.film, self._scaled = film, scaled
        if film is not None and scaled is not None:
            self.drawn = Once(partial(film.rgba, scaled))
        else:
            self.drawn = Once(lambda: paint(frame.rgba))

    def fresh(self) -> RGBA:
        """The picture as an array that may be written into."""
        if self.film is not None and self._scaled is not None and self.drawn.made is None:
            return self.film.rgba(self._scaled)
        return self.drawn().copy()


@dataclass(frozen=True, slots=True)
class Moment:
    """A shot on the clock; the fields are those of Frame."""

    shot: Shot
    at_us: int
    hold_us: int
    delay_cs: int | None = None
