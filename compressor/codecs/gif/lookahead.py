"""Prepares the next frames in a second thread: targets, weights, local palettes.

Without transparency all of this follows from the source alone, so one thread prepares the next frames while another
encodes the present one. The result is the same with one thread as with two.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from . import canvas as screen
from . import colour_count, colour_space, palette
from .perceptual_profiles import Taste
from .temporal_mean import Window
from .timing import Shown

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]
Stands = Callable[[], U32] | None
LARGE_PIXELS = 3_000_000  # of a picture; beyond, a second view of it would take too much memory
WORTH_PIXELS = 300_000  # of a clip; below, handing over takes longer than what is handed over


@dataclass(frozen=True, slots=True)
class Model:
    """What the search goes by, for a whole clip."""

    table: U8  # index 0 means "leave it"
    lam: float
    own: int  # how many colours a frame's own palette may have; 0: no frame gets one
    taste: Taste
    care: tuple[tuple[int, int, float], ...] = ()  # see ``Settings``
    wipes: bool = True  # frames may be added that only wipe

    def lam_of(self, shown: Shown) -> float:
        """λ for one picture: where it shows several source frames, that of the one which matters most."""
        cared = [k for a, b, k in self.care if shown.sources[-1] >= a and shown.sources[0] <= b]
        return self.lam * min(cared, default=1.0)

    def points(self, table: U8) -> F32:
        out = np.zeros((256, 4), np.float32)
        out[: len(table)] = colour_space.units(colour_count.pack(table))
        return out


@dataclass(slots=True)
class View:
    """One picture and what is known of it; ``goal`` and ``weights`` are those of the box ``changed``."""

    shown: Shown
    following: U32 | None
    changed: screen.Box
    goal: I16
    weights: F32
    own: U8 | None  # a palette of its own, if that is worth its bytes
    lam: float


class Ahead:
    """Goes through the pictures with a window on those that follow."""

    def __init__(self, pictures: Iterator[Shown], window: Window, model: Model) -> None:
        self.pictures = pictures
        self.window = window
        self.model = model
        self.points = model.points(model.table)
        self.waiting: list[Shown] = []
        self.begun = False
        self.lam = model.lam  # of the present picture

    def views(self, stands: Stands, *, threads: int) -> Generator[View, None, None]:
        """Every picture in turn. ``stands`` tells the source pixels that the screen stands for, where that is no
        matter of the source alone; None where it is. With two threads the next view is made while this one is used."""
        if threads > 1 and stands is None:
            with ThreadPoolExecutor(1, thread_name_prefix="gif-ahead") as pool:
                coming = pool.submit(self._next, None)
                while (view := coming.result()) is not None:
                    coming = pool.submit(self._next, view.shown.rgba)
                    yield view
            return
        view = self._next(None if stands is None else stands())
        while view is not None:
            yield view
            view = self._next(view.shown.rgba if stands is None else stands())

    def _next(self, stands: U32 | None) -> View | None:
        if self.begun:
            self.waiting.pop(0)
            self.window.pop()
        self.begun = True
        while not self.window.full and (shown := next(self.pictures, None)) is not None:
            self.window.push(shown.rgba)
            self.waiting.append(shown)
        if not self.waiting:
            return None
        shown = self.waiting[0]
        picture = shown.rgba
        following = self.waiting[1].rgba if len(self.waiting) > 1 else None
        if stands is None:
            stands = np.zeros_like(picture)
        changed = screen.box_of_change(stands, picture)
        self.lam = self.model.lam_of(shown)
        goal, weights, own = np.empty((0, 0, 4), np.int16), np.empty((0, 0), np.float32), None
        if changed[2]:
            goal, weights = self.look(changed, stands)
            if self.model.own:
                x0, y0, x1, y1 = changed
                here, there = picture[y0:y1, x0:x1], stands[y0:y1, x0:x1]
                own = self._own((here != 0) & (here != there), np.ascontiguousarray(here), goal, weights)
        return View(shown, following, changed, goal, weights, own, self.lam)

    def look(self, box: screen.Box, stands: U32) -> tuple[I16, F32]:
        """Targets and weights of the present picture within ``box``."""
        taste = self.model.taste
        reach = taste.reach * self.lam / 1000.0 * colour_space.UNIT**2
        return self.window.look(box, stands, reach, taste.gate * reach)

    def _own(self, active: npt.NDArray[np.bool_], picture: U32, goal: I16, weights: F32) -> U8 | None:
        """A palette for the pixels that are ``active`` (index 0 is "leave it"), if what it saves is worth its bytes."""
        model, most = self.model, self.model.own
        matter = np.where(active, weights, np.float32(0)).ravel()
        flat = goal.reshape(-1, 4)
        step = max(1, int(active.sum()) // 3000) | 1
        bit = 8.0 * self.lam / model.taste.trust
        best = palette.misfit(flat, matter, step, self.points, 1, len(model.table))
        sizes = [size for size in (255, 127, 63, 31, 15) if size <= most and (size > 15 or most == 15)]
        if best < bit * 3 * min(most + 1, 64):
            return None
        found, mass = colour_count.tally(picture, active, matter)
        rgb = np.ascontiguousarray(found.view(np.uint8).reshape(-1, 4)[:, :3])
        chosen: U8 | None = None
        if len(rgb) > palette.MANY:
            rgb, mass = palette.thinned(rgb, mass)
        merge = palette.Merge(rgb, mass, bins=600)
        for size in sizes:
            if size > sizes[-1] and len(rgb) <= size // 2:
                continue
            table = merge.table(size)
            cost = palette.misfit(flat, matter, step, model.points(table), 0, len(table)) + bit * 3 * (size + 1)
            if cost < best:
                best, chosen = cost, table
        return None if chosen is None else np.concatenate([np.zeros((1, 3), np.uint8), chosen])


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
