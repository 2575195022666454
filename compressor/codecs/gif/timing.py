"""Delays in exact centiseconds, preserved when frames are merged or split."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...media import Frame
from .canvas import SHORTEST_CS

LONGEST_CS = 65535


@dataclass(slots=True)
class Shown:
    """One picture that will be stored, and for how long; ``delays`` has more than one only beyond 65535 cs."""

    rgba: npt.NDArray[np.uint32]  # (height, width), RGBA packed in memory order; alpha is 0 (then all 0) or 255
    delays: list[int]
    sources: list[int]  # which source frames it stands for


def paced(frames: Iterable[Frame]) -> Iterator[Shown]:
    """Merge equal neighbours and give each picture its delay.

    A source's own ``delay_cs`` is kept verbatim (sums of them where frames merge; never where one of the two is under
    2 cs, since a browser does not show that sum). Other times are rounded to centiseconds on the running clock, so
    that the total is exact, and a picture that would get less than 2 cs is left out in favour of the next.
    """
    held: Shown | None = None
    written_cs = 0
    held_verbatim = False
    for number, frame in enumerate(frames):
        rgba = packed(frame.rgba)
        verbatim = frame.delay_cs is not None
        if frame.delay_cs is not None:
            delay = frame.delay_cs
        else:
            delay = round((frame.at_us + frame.hold_us) / 10_000) - written_cs
            if delay < SHORTEST_CS and held is not None and number > 0:
                # Too short to be shown: its time goes to the picture before it.
                held.delays[-1] += delay
                held.sources.append(number)
                written_cs += delay
                continue
            delay = max(delay, SHORTEST_CS)
        # Verbatim delays under 2 cs are shown for longer than they say; what follows them keeps to the shown clock.
        written_cs += round(frame.hold_us / 10_000) if verbatim else delay
        if held is not None:
            mergeable = held.delays[-1] >= SHORTEST_CS and delay >= SHORTEST_CS
            if mergeable and held_verbatim == verbatim and np.array_equal(held.rgba, rgba):
                held.delays[-1] += delay
                held.sources.append(number)
                continue
            yield split(held)
        held, held_verbatim = Shown(rgba, [delay], [number]), verbatim
    if held is not None:
        yield split(held)


def split(shown: Shown) -> Shown:
    shown.delays = split_delay(sum(shown.delays))
    return shown


def split_delay(total: int) -> list[int]:
    """Cut a delay that a GIF cannot hold into several; none of the pieces is under 2 cs."""
    delays = []
    while total > LONGEST_CS:
        piece = LONGEST_CS if total - LONGEST_CS >= SHORTEST_CS else LONGEST_CS - SHORTEST_CS
        delays.append(piece)
        total -= piece
    return [*delays, total]


def packed(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """RGBA bytes as one uint32 a pixel; half-transparent pixels become all or nothing, as a GIF has no other."""
    flat = np.ascontiguousarray(rgba).view(np.uint32)[..., 0]
    alpha = rgba[..., 3]
    if alpha.min() == 255:
        return flat
    out: npt.NDArray[np.uint32] = np.where(alpha >= 128, flat | OPAQUE, np.uint32(0))
    return out


OPAQUE = np.array([0, 0, 0, 255], np.uint8).view(np.uint32)[0]
