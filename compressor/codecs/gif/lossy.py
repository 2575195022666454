"""Store one frame so that it looks like its source for the fewest bytes: targets, modes, the search, and the result."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from . import canvas as screen
from . import colours, palette, search, space, writer
from .exact import Stored
from .target import Window
from .taste import Taste

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]


class Lossy:
    """Stores frames against one palette, in a closed loop: what is really shown is what the next frame starts from."""

    def __init__(self, table: U8, height: int, width: int, lam: float, own: int, taste: Taste) -> None:
        """``table``: index 0 is "leave it"; its colour is never drawn.

        ``own``: how many colours a frame's own palette may have; 0: no frame gets one.
        """
        self.table = table
        self.lam = lam
        self.taste = taste
        self.packed = colours.pack(table)
        self.points = np.zeros((256, 4), np.float32)
        self.points[: len(table)] = space.units(self.packed)
        self.index = colours.Index(table[1:], first=1)
        self.own = own
        self.price = 0.1  # bytes of a drawn pixel, lately
        self.near = np.zeros((search.CELLS, search.NEAR), np.uint8)
        self.memory = np.array([8.0 * lam, 1.0, 0.0], np.float32)
        self.shown = np.zeros((height, width), np.uint32)  # what is on screen
        self.lost: tuple[U32, U32] | None = (
            None  # what the last frame showed and its source, if it was then disposed of
        )
        self.stands = np.zeros((height, width), np.uint32)  # the source pixel that it stands for

    def store(self, window: Window, delay_cs: int) -> tuple[Stored | None, screen.Leave]:
        """The present frame of ``window``, and how it ends; None if nothing of it is worth a byte."""
        picture = window.pictures[0]
        following = window.pictures[1] if len(window.pictures) > 1 else None
        ends = screen.leave(self.stands, picture, following, delay_cs, self.price)
        saved = (self.shown.copy(), self.stands.copy()) if ends.disposal == screen.RESTORE else None
        stored = self._store(window, picture, ends)
        if stored is None and not ends.wiped[2]:
            return None, screen.Leave(screen.KEEP, screen.NOTHING)
        self.lost = (self.shown.copy(), picture) if ends.disposal != screen.KEEP or ends.wiped[2] else None
        if saved is not None:
            self.shown, self.stands = saved
        for canvas in (self.shown, self.stands):
            if ends.disposal == screen.CLEAR and stored is not None:
                screen.clear(canvas, (stored.x, stored.y, stored.x + stored.width, stored.y + stored.height))
            screen.clear(canvas, ends.wiped)
        return stored, ends

    def _store(self, window: Window, picture: U32, ends: screen.Leave) -> Stored | None:
        before = self.shown
        changed = screen.box_of_change(self.stands, picture)
        if not changed[2] and not ends.box[2]:
            return None
        taste, lam = self.taste, self.lam
        box = changed
        goal, weights = np.empty((0, 0, 4), np.int16), np.empty((0, 0), np.float32)
        if changed[2]:
            unit = lam / 1000.0 * space.UNIT**2
            goal, weights = window.look(changed, self.stands, taste.reach * unit, taste.gate * taste.reach * unit)
            x0, y0, x1, y1 = changed
            box = needed(
                picture, self.stands, before, goal, weights, x0, y0, x1, y1, taste.need * lam, space.ABSORB, space.ROOTS
            )
            box = screen.join(box, ends.box)
            if not box[2]:
                screen_copy(picture, self.stands, changed)
                return None
        if ends.box[2] and screen.join(changed, box) != changed:
            changed = screen.join(changed, box)
            unit = lam / 1000.0 * space.UNIT**2
            goal, weights = window.look(changed, self.stands, taste.reach * unit, taste.gate * taste.reach * unit)
        stored = self._search(picture, before, goal, weights, changed, box)
        screen_copy(picture, self.stands, changed)
        return stored

    def _search(self, picture: U32, before: U32, goal: I16, weights: F32, whole: screen.Box, box: screen.Box) -> Stored:
        x0, y0, x1, y1 = box
        inner = np.s_[y0 - whole[1] : y1 - whole[1], x0 - whole[0] : x1 - whole[0]]
        goal, weights = np.ascontiguousarray(goal[inner]), np.ascontiguousarray(weights[inner])
        under = np.ascontiguousarray(before[y0:y1, x0:x1])
        here = np.ascontiguousarray(picture[y0:y1, x0:x1])
        mode = np.empty(under.shape, np.uint8)
        modes(here, np.ascontiguousarray(self.stands[y0:y1, x0:x1]), under, mode)
        shown = space.units(under)
        local = self._local(here, mode, goal, weights) if self.own else None
        index = self.index if local is None else colours.Index(local[1:], first=1)
        same = self._same(index, here, under, mode, box)
        points, packed, count = self.points, self.packed, len(self.table)
        if local is not None:
            packed, count = colours.pack(local), len(local)
            points = np.zeros((256, 4), np.float32)
            points[:count] = space.units(packed)
        near = self.near if local is None else np.zeros((search.CELLS, search.NEAR), np.uint8)
        payload, chosen, min_code = self._run(goal, weights, shown, mode, same, points, count, near)
        drawn = chosen.reshape(under.shape)
        self.price += (len(payload) / max(int((mode < search.LEAVE).sum()), 1) - self.price) * 0.3
        np.copyto(before[y0:y1, x0:x1], packed[drawn], where=drawn != 0)
        return Stored(payload, x0, y0, x1 - x0, y1 - y0, 0, min_code, local)

    def _run(
        self, goal: I16, weights: F32, shown: I16, mode: U8, same: I16, points: F32, count: int, near: U8
    ) -> tuple[U8, U8, int]:
        """(stream, symbol of each pixel, code size)."""
        n = mode.size
        chosen = np.empty(n, np.uint8)
        out = np.empty(2 * n + 1024, np.uint8)
        min_code = writer.code_bits(count - 1)
        while True:
            memory = self.memory.copy()
            size = search.search(
                goal.reshape(-1, 4),
                weights.ravel(),
                shown.reshape(-1, 4),
                mode.ravel(),
                same.ravel(),
                mode.shape[1],
                points,
                count,
                0,
                min_code,
                self.lam,
                self.taste.mean_weight / space.UNIT**2,
                self.taste.floor,
                self.taste.patience,
                self.taste.carry,
                memory,
                near,
                chosen,
                out,
            )
            least = writer.code_bits(int(chosen.max(initial=0)))
            if least == min_code:
                self.memory = memory
                return out[:size].copy(), chosen, min_code
            # The high indices were not wanted: shorter codes from the start.
            min_code, count = least, min(count, 1 << least)
            near = np.zeros_like(near)
            same = np.where(same >= count, np.int16(-1), same)

    def _same(self, index: colours.Index, picture: U32, under: U32, mode: U8, box: screen.Box) -> I16:
        """The index of the colour that is shown (or was, before it was disposed of), where the source stays the same.

        Pixels that were disposed of become AGAIN in ``mode``, if their colour is in the palette.
        """
        wanted = (mode == search.STILL).astype(np.uint8)
        if self.lost is None:
            return index.find(under, wanted)
        x0, y0, x1, y1 = box
        shown, source = (np.ascontiguousarray(a[y0:y1, x0:x1]) for a in self.lost)
        gone = (mode == search.DRAW) & (source == picture) & (shown != 0)
        same = index.find(np.where(gone, shown, under), wanted | gone)
        mode[gone & (same >= 0)] = search.AGAIN
        return same

    def _local(self, picture: U32, mode: U8, goal: I16, weights: F32) -> U8 | None:
        """A palette of the frame's own (index 0 is "leave it"), if what it saves is worth its bytes."""
        active = mode < search.LEAVE
        matter = np.where(active, weights, np.float32(0)).ravel()
        flat = goal.reshape(-1, 4)
        step = max(1, int(active.sum()) // 3000) | 1
        bit = 8.0 * self.lam / self.taste.trust
        best = palette.misfit(flat, matter, step, self.points, 1, len(self.table))
        sizes = [size for size in (255, 127, 63, 31, 15) if size <= self.own and (size > 15 or self.own == 15)]
        if best < bit * 3 * min(self.own + 1, 64):
            return None
        found, mass = colours.tally(picture, active, matter)
        rgb = np.ascontiguousarray(found.view(np.uint8).reshape(-1, 4)[:, :3])
        chosen: U8 | None = None
        if len(rgb) > palette.MANY:
            rgb, mass = palette.thinned(rgb, mass)
        for size in sizes:
            if size > sizes[-1] and len(rgb) <= size // 2:
                continue
            table = palette.reduce(rgb, mass, size, bins=600)
            points = np.zeros((256, 4), np.float32)
            points[: len(table)] = space.units(colours.pack(table))
            cost = palette.misfit(flat, matter, step, points, 0, len(table)) + bit * 3 * (size + 1)
            if cost < best:
                best, chosen = cost, table
        return None if chosen is None else np.concatenate([np.zeros((1, 3), np.uint8), chosen])


def screen_copy(source: U32, into: U32, box: screen.Box) -> None:
    x0, y0, x1, y1 = box
    into[y0:y1, x0:x1] = source[y0:y1, x0:x1]


@njit(cache=True, nogil=True)
def modes(picture: U32, stands: U32, under: U32, out: U8) -> None:
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            if picture[y, x] == 0:
                out[y, x] = search.LEAVE
            elif under[y, x] == 0:
                out[y, x] = search.DRAW
            elif stands[y, x] == picture[y, x]:
                out[y, x] = search.STILL
            else:
                out[y, x] = search.EITHER


@njit(cache=True, nogil=True)
def needed(
    picture: U32,
    stands: U32,
    under: U32,
    goal: I16,
    weights: F32,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    limit: float,
    absorb: F32,
    roots: F32,
) -> screen.Box:
    """The box of the pixels that cannot be left as they are."""
    shown = np.empty((x1 - x0, 4), np.int16)
    a, b, c, d = x1, y1, 0, 0
    for y in range(y0, y1):
        space.convert(under[y, x0:x1], shown, absorb, roots)
        for x in range(x0, x1):
            if picture[y, x] == 0 or (stands[y, x] == picture[y, x] and under[y, x] != 0):
                continue
            if under[y, x] != 0:
                u = float(shown[x - x0, 0] - goal[y - y0, x - x0, 0])
                v = float(shown[x - x0, 1] - goal[y - y0, x - x0, 1])
                w = float(shown[x - x0, 2] - goal[y - y0, x - x0, 2])
                if (u * u + v * v + w * w) * weights[y - y0, x - x0] < limit:
                    continue
            a = min(a, x)
            b = min(b, y)
            c = max(c, x + 1)
            d = max(d, y + 1)
    if c == 0:
        return 0, 0, 0, 0
    return a, b, c, d
