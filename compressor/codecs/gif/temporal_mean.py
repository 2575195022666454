"""The target of each pixel: its mean over the frames in which it hardly changes, and the weight of an error there.

``Window`` holds a few frames in ``colour_space`` units; all work is done in the box in which the source changed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit
from . import canvas as screen
from . import colour_space

U32 = npt.NDArray[np.uint32]
U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

AHEAD = 8
WINDOW_BYTES = 400_000_000

MASK_STEPS = 32


class Mask:
    """How much less an error matters where the surroundings vary: (1 + 2 variance / ``c2``) ** -``power``."""

    def __init__(self, c2: float, power: float) -> None:
        self.table: F32 = ((1.0 + np.arange(8192) / MASK_STEPS) ** -power).astype(np.float32)
        self.scale = (
            2.0 / c2 * MASK_STEPS / colour_space.UNIT**2
        )  # of a variance in squared units, to a place in the table


class Window:
    """The frames from the present one on, as far as the temporal mean may look: AHEAD, fewer if they are large."""

    def __init__(self, height: int, width: int, mask: Mask) -> None:
        self.mask = mask
        self.length = int(np.clip(WINDOW_BYTES // (height * width * 16), 3, AHEAD)) + 1
        self.units = np.zeros((self.length, height, width, 4), np.int16)
        self.blurred = np.zeros((self.length, height, width, 4), np.int16)
        self.slots: list[int] = []
        self.pictures: list[U32] = []
        self.last: U32 | None = None
        self.next = 0

    def push(self, rgba: U32) -> None:
        at = self.next
        before = (at - 1) % self.length
        self.next = (at + 1) % self.length
        height, width = rgba.shape
        if self.last is None:
            box = (0, 0, width, height)
        else:
            self.units[at] = self.units[before]
            self.blurred[at] = self.blurred[before]
            box = screen.box_of_change(self.last, rgba)
        x0, y0, x1, y1 = box
        if x1:
            convert_box(rgba, self.units[at], x0, y0, x1, y1, colour_space.ABSORB, colour_space.ROOTS)
            blur_box(
                self.units[at],
                self.blurred[at],
                max(x0 - 2, 0),
                max(y0 - 2, 0),
                min(x1 + 2, width),
                min(y1 + 2, height),
            )
        self.slots.append(at)
        self.pictures.append(rgba)
        self.last = rgba

    @property
    def full(self) -> bool:
        return len(self.slots) == self.length

    def pop(self) -> None:
        self.slots.pop(0)
        self.pictures.pop(0)

    def look(self, box: screen.Box, stands: U32, reach: float, gate: float) -> tuple[I16, F32]:
        """(targets in units (h, w, 4), weights) for the present frame within ``box``.

        ``reach``: squared distance up to which a later frame's pixel is the same pixel with noise on it; ``gate``: the
        same for the difference of the 5x5 means, so that a slow change is not taken for noise. Where the screen
        already ``stands`` for the present pixel nothing is looked for.
        """
        x0, y0, x1, y1 = box
        goal = np.empty((y1 - y0, x1 - x0, 4), np.int16)
        runs = np.empty((y1 - y0, x1 - x0), np.uint8)
        order = np.array(self.slots, np.int64)
        look_ahead(self.units, self.blurred, order, self.pictures[0], stands, x0, y0, x1, y1, reach, gate, goal, runs)
        weights = np.empty((y1 - y0, x1 - x0), np.float32)
        weigh(self.units[self.slots[0]], x0, y0, x1, y1, runs, self.mask.table, self.mask.scale, weights)
        return goal, weights


@njit(cache=True, nogil=True)
def convert_box(rgba: U32, out: I16, x0: int, y0: int, x1: int, y1: int, absorb: F32, roots: F32) -> None:
    for y in range(y0, y1):
        colour_space.convert(rgba[y, x0:x1], out[y, x0:x1], absorb, roots)
        for x in range(x0, x1):
            out[y, x, 3] = 1 if rgba[y, x] == 0 else 0


@njit(cache=True, nogil=True)
def blur_box(units: I16, out: I16, x0: int, y0: int, x1: int, y1: int) -> None:
    """5x5 means (edges repeated) of the three channels within the box."""
    height = units.shape[0]
    columns = np.zeros((x1 - x0 + 4, 3), np.int32)
    for y in range(y0, y1):
        if y == y0:
            for k in range(-2, 3):
                _add_row(units, min(max(y + k, 0), height - 1), x0, columns, 1)
        else:
            _add_row(units, max(y - 3, 0), x0, columns, -1)
            _add_row(units, min(y + 2, height - 1), x0, columns, 1)
        a = columns[0, 0] + columns[1, 0] + columns[2, 0] + columns[3, 0]
        b = columns[0, 1] + columns[1, 1] + columns[2, 1] + columns[3, 1]
        c = columns[0, 2] + columns[1, 2] + columns[2, 2] + columns[3, 2]
        for x in range(x1 - x0):
            a += columns[x + 4, 0]
            b += columns[x + 4, 1]
            c += columns[x + 4, 2]
            # Division by 25 as a multiplication: the sums are well below 2**20.
            out[y, x0 + x, 0] = (a * 1311) >> 15
            out[y, x0 + x, 1] = (b * 1311) >> 15
            out[y, x0 + x, 2] = (c * 1311) >> 15
            a -= columns[x, 0]
            b -= columns[x, 1]
            c -= columns[x, 2]


@njit(cache=True, nogil=True)
def _add_row(units: I16, y: int, x0: int, columns: npt.NDArray[np.int32], sign: int) -> None:
    width = units.shape[1]
    for x in range(columns.shape[0]):
        at = min(max(x0 - 2 + x, 0), width - 1)
        columns[x, 0] += sign * units[y, at, 0]
        columns[x, 1] += sign * units[y, at, 1]
        columns[x, 2] += sign * units[y, at, 2]


@njit(cache=True, nogil=True)
def look_ahead(
    units: I16,
    blurred: I16,
    order: npt.NDArray[np.int64],
    picture: U32,
    stands: U32,
    x0: int,
    y0: int,
    x1: int,
    y1: int,
    reach: float,
    gate: float,
    goal: I16,
    runs: U8,
) -> None:
    here = order[0]
    n = order.size
    most = np.int64(reach)
    most_mean = np.int64(gate)
    for y in range(y0, y1):
        for x in range(x0, x1):
            if stands[y, x] == picture[y, x]:
                goal[y - y0, x - x0] = units[here, y, x]
                runs[y - y0, x - x0] = 1
                continue
            a = np.int64(units[here, y, x, 0])
            b = np.int64(units[here, y, x, 1])
            c = np.int64(units[here, y, x, 2])
            hidden = units[here, y, x, 3]
            d = np.int64(blurred[here, y, x, 0])
            e = np.int64(blurred[here, y, x, 1])
            f = np.int64(blurred[here, y, x, 2])
            sa = a
            sb = b
            sc = c
            k = 1
            while k < n:
                t = order[k]
                p = np.int64(units[t, y, x, 0])
                q = np.int64(units[t, y, x, 1])
                r = np.int64(units[t, y, x, 2])
                if units[t, y, x, 3] != hidden or (p - a) ** 2 + (q - b) ** 2 + (r - c) ** 2 >= most:
                    break
                u = blurred[t, y, x, 0] - d
                v = blurred[t, y, x, 1] - e
                w = blurred[t, y, x, 2] - f
                if u * u + v * v + w * w >= most_mean:
                    break
                sa += p
                sb += q
                sc += r
                k += 1
            goal[y - y0, x - x0, 0] = np.int16(round(sa / k))
            goal[y - y0, x - x0, 1] = np.int16(round(sb / k))
            goal[y - y0, x - x0, 2] = np.int16(round(sc / k))
            goal[y - y0, x - x0, 3] = hidden
            runs[y - y0, x - x0] = k


@njit(cache=True, nogil=True, fastmath=True)
def weigh(units: I16, x0: int, y0: int, x1: int, y1: int, runs: U8, mask: F32, scale: float, out: F32) -> None:
    """Weight of a squared unit: 1000 per squared XYB, less where the surroundings vary, more for what will stay."""
    height = units.shape[0]
    sums = np.zeros((x1 - x0 + 6, 2), np.int64)
    unit = np.float32(1000.0 / 8192.0**2)
    grow = np.sqrt(np.arange(256).astype(np.float32))
    for y in range(y0, y1):
        if y == y0:
            for k in range(-3, 4):
                _add_squares(units, min(max(y + k, 0), height - 1), x0, sums, 1)
        else:
            _add_squares(units, max(y - 4, 0), x0, sums, -1)
            _add_squares(units, min(y + 3, height - 1), x0, sums, 1)
        a = np.int64(0)
        b = np.int64(0)
        for x in range(6):
            a += sums[x, 0]
            b += sums[x, 1]
        for x in range(x1 - x0):
            a += sums[x + 6, 0]
            b += sums[x + 6, 1]
            mean = np.float32(a) * np.float32(1.0 / 49.0)
            variance = np.float32(b) * np.float32(1.0 / 49.0) - mean * mean
            at = int(min(max(variance * np.float32(scale), np.float32(0)), np.float32(8191)))
            out[y - y0, x] = unit * mask[at] * grow[runs[y - y0, x]]
            a -= sums[x, 0]
            b -= sums[x, 1]


@njit(cache=True, nogil=True)
def _add_squares(units: I16, y: int, x0: int, sums: npt.NDArray[np.int64], sign: int) -> None:
    width = units.shape[1]
    for x in range(sums.shape[0]):
        value = np.int64(units[y, min(max(x0 - 3 + x, 0), width - 1), 1])
        sums[x, 0] += sign * value
        sums[x, 1] += sign * value * value
