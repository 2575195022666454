"""Stores one frame with loss, by rate-distortion optimisation: targets, modes, the search, the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ...jit import njit
from . import canvas as screen
from . import colour_count, colour_space, lossy_lzw, lzw_step, writer
from .lookahead import Model, View
from .lossless_frame import Coder, Stored, Way

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]
Look = Callable[[screen.Box, U32], tuple[I16, F32]]
Near = dict[int, U8]  # what ``lossy_lzw.search`` remembers of a palette, by how many of its colours are in use
TINY = 1_000  # pixels of a frame that is coded once more: emoji get 0.5 to 3 % smaller, larger pictures 0.1 %


class Lossy:
    """Stores frames against one palette, in a closed loop: what is really shown is what the next frame starts from."""

    def __init__(self, model: Model, height: int, width: int) -> None:
        self.table = model.table
        self.lam = model.lam
        self.taste = model.taste
        self.wipes = model.wipes
        self.packed = colour_count.pack(self.table)
        self.points = model.points(self.table)
        self.points_of = model.points
        self.index = colour_count.Index(self.table[1:], first=1)
        self.price = 0.1  # bytes of a drawn pixel, lately
        self.near = nothing_near()
        self.memory = np.array([8.0 * self.lam, 1.0, 0.0], np.float32)
        self.shown = np.zeros((height, width), np.uint32)  # what is on screen
        self.stands = np.zeros((height, width), np.uint32)  # the source pixel that it stands for
        # What the last frame showed and its source, if it was then disposed of.
        self.lost: tuple[U32, U32] | None = None

    def store(self, view: View, look: Look) -> tuple[Stored | None, screen.Leave]:
        """The frame of ``view``, and how it ends; None if nothing of it is worth a byte. ``look`` gives the targets
        and weights of a larger box, which only what becomes transparent asks for."""
        picture = view.shown.rgba
        self.memory[0] *= view.lam / self.lam  # what a pixel costs goes with it
        self.lam = view.lam
        shared_cs = view.shown.delays[-1] if self.wipes else 0
        ends = screen.leave(self.stands, picture, view.following, shared_cs, self.price)
        saved = (self.shown.copy(), self.stands.copy()) if ends.disposal == screen.RESTORE else None
        stored = self._store(view, ends, look)
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

    def _store(self, view: View, ends: screen.Leave, look: Look) -> Stored | None:
        before, picture = self.shown, view.shown.rgba
        changed, goal, weights = view.changed, view.goal, view.weights
        if not changed[2] and not ends.box[2]:
            return None
        box = changed
        if changed[2]:
            need = self.taste.need * self.lam
            box = needed(
                picture, self.stands, before, goal, weights, *changed, need, colour_space.ABSORB, colour_space.ROOTS
            )
        box = screen.join(box, ends.box)  # which may ask for a frame even where nothing changes
        if not box[2]:
            screen_copy(picture, self.stands, changed)
            return None
        if ends.box[2] and screen.join(changed, box) != changed:
            changed = screen.join(changed, box)
            goal, weights = look(changed, self.stands)
        stored = self._search(picture, before, goal, weights, changed, box, view.own)
        screen_copy(picture, self.stands, changed)
        return stored

    def _search(
        self,
        picture: U32,
        before: U32,
        goal: I16,
        weights: F32,
        whole: screen.Box,
        box: screen.Box,
        local: U8 | None,
    ) -> Stored:
        x0, y0, x1, y1 = box
        inner = np.s_[y0 - whole[1] : y1 - whole[1], x0 - whole[0] : x1 - whole[0]]
        goal, weights = np.ascontiguousarray(goal[inner]), np.ascontiguousarray(weights[inner])
        under = np.ascontiguousarray(before[y0:y1, x0:x1])
        here = np.ascontiguousarray(picture[y0:y1, x0:x1])
        mode = np.empty(under.shape, np.uint8)
        modes(here, np.ascontiguousarray(self.stands[y0:y1, x0:x1]), under, mode)
        shown = colour_space.units(under)
        last, gone = self._gone(here, mode, box)
        if local is not None and gone.any():
            local = with_colours(local, last[gone])
        index = self.index if local is None else colour_count.Index(local[1:], first=1)
        same = index.find(np.where(gone, last, under), ((mode == lzw_step.STILL) | gone).astype(np.uint8))
        mode[gone & (same >= 0)] = lzw_step.AGAIN
        points, packed, count = self.points, self.packed, len(self.table)
        if local is not None:
            packed, count = colour_count.pack(local), len(local)
            points = self.points_of(local)
        near = self.near if local is None else nothing_near()
        payload, chosen, min_code = self._run(goal, weights, shown, mode, same, points, count, near)
        drawn = chosen.reshape(under.shape)
        payload, min_code, interlaced = self._shorter(payload, min_code, drawn, under, packed, same)
        self.price += (len(payload) / max(int((mode < lzw_step.LEAVE).sum()), 1) - self.price) * 0.3
        np.copyto(before[y0:y1, x0:x1], packed[drawn], where=drawn != 0)
        return Stored(payload, x0, y0, x1 - x0, y1 - y0, 0, min_code, local, interlaced)

    def _shorter(
        self, payload: U8, min_code: int, drawn: U8, under: U32, packed: U32, same: I16
    ) -> tuple[U8, int, bool]:
        """(stream, code size, whether its rows are interlaced): ``payload``, or the same picture coded in fewer bytes.
        The search takes the longest string that looks well enough, whatever it leaves to the next one."""
        if drawn.size > TINY:
            return payload, min_code, False
        indices = np.where(drawn == 0, np.maximum(same, 0).astype(np.uint8), drawn)
        equal = (indices != 0) & (packed[indices] == under)
        flags = np.where(equal, np.uint8(1), np.where(drawn == 0, np.uint8(2), np.uint8(0)))
        coder = Coder(indices, 0, None)
        coder.run([Way(flags, ahead=3), Way(flags, ahead=3, interlaced=True)])
        if coder.best.size >= payload.size:
            return payload, min_code, False
        return coder.best, coder.min_code, coder.way.interlaced

    def _run(
        self, goal: I16, weights: F32, shown: I16, mode: U8, same: I16, points: F32, count: int, near: Near
    ) -> tuple[U8, U8, int]:
        """(stream, symbol of each pixel, code size)."""
        n = mode.size
        chosen = np.empty(n, np.uint8)
        out = np.empty(2 * n + 1024, np.uint8)
        min_code = writer.code_bits(count - 1)
        while True:
            memory = self.memory.copy()
            size = lossy_lzw.search(
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
                self.taste.mean_weight / colour_space.UNIT**2,
                self.taste.floor,
                self.taste.patience,
                self.taste.carry,
                memory,
                near[count],
                chosen,
                out,
            )
            least = writer.code_bits(int(chosen.max(initial=0)))
            if least == min_code:
                self.memory = memory
                return out[:size].copy(), chosen, min_code
            # The high indices were not wanted: shorter codes from the start.
            min_code, count = least, min(count, 1 << least)
            same = np.where(same >= count, np.int16(-1), same)

    def _gone(self, picture: U32, mode: U8, box: screen.Box) -> tuple[U32, npt.NDArray[np.bool_]]:
        """(what the last frame showed, where that was disposed of and the source is still the same)."""
        if self.lost is None:
            return picture, np.zeros(mode.shape, np.bool_)
        x0, y0, x1, y1 = box
        shown, source = (np.ascontiguousarray(a[y0:y1, x0:x1]) for a in self.lost)
        return shown, (mode == lzw_step.DRAW) & (source == picture) & (shown != 0)


def nothing_near() -> Near:
    """Nothing is known of a palette yet. 4 MB for each count, of which pages take memory only once they are touched."""
    return defaultdict(lambda: np.zeros((lzw_step.CELLS, lzw_step.NEAR), np.uint8))


def with_colours(table: U8, wanted: U32) -> U8:
    """``table`` and those of ``wanted`` that it lacks, as many as there is room for: what stays must not shimmer."""
    missing = np.setdiff1d(wanted, colour_count.pack(table[1:]))[: 256 - len(table)]
    return np.concatenate([table, missing.view(np.uint8).reshape(-1, 4)[:, :3]])


def screen_copy(source: U32, into: U32, box: screen.Box) -> None:
    x0, y0, x1, y1 = box
    into[y0:y1, x0:x1] = source[y0:y1, x0:x1]


@njit(cache=True, nogil=True)
def modes(picture: U32, stands: U32, under: U32, out: U8) -> None:
    for y in range(picture.shape[0]):
        for x in range(picture.shape[1]):
            if picture[y, x] == 0:
                out[y, x] = lzw_step.LEAVE
            elif under[y, x] == 0:
                out[y, x] = lzw_step.DRAW
            elif stands[y, x] == picture[y, x]:
                out[y, x] = lzw_step.STILL
            else:
                out[y, x] = lzw_step.EITHER


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
        colour_space.convert(under[y, x0:x1], shown, absorb, roots)
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
