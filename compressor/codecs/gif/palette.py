"""Chooses a palette: all colours where they fit, else the cheapest merge, on colours that occur in the clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...jit import njit
from . import colour_count, colour_space

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

BINS = 2048
STALE, FAR_AWAY = -1, 1e150
ROUNDS = 3  # in which colours go to the nearest middle
MANY = 6000  # beyond so many colours (a film's frames have 100,000), those in one cell of 8 steps a side count as one


def reduce(rgb: U8, weights: npt.NDArray[np.floating] | I64, count: int, *, bins: int = BINS) -> U8:
    """At most ``count`` of the colours ``rgb`` (n, 3), so that replacing the others costs the least. See ``Merge``."""
    return Merge(rgb, weights, bins=bins).table(count)


class Merge:
    """Tables of colours of any size for one clip or frame: the merge is made once, when first asked for.

    Ward's merge over at most ``bins`` groups (cost: weight times squared distance in ``colour_space``); each group
    is then represented by its colour nearest to its middle, so flat areas keep their exact colour.
    """

    def __init__(self, rgb: U8, weights: npt.NDArray[np.floating] | I64, *, bins: int = BINS) -> None:
        self.rgb = rgb
        self.weights = weights
        self.bins = bins
        self.merged: Merged | None = None
        self.tables: dict[int, U8] = {}

    def table(self, count: int) -> U8:
        """At most ``count`` of the colours, so that replacing the others costs the least."""
        if len(self.rgb) <= count:
            return self.rgb
        if count not in self.tables:
            if self.merged is None:
                self.merged = merged(self.rgb, self.weights, self.bins)
            self.tables[count] = self.merged.table(count)
        return self.tables[count]


@dataclass(frozen=True, slots=True)
class Merged:
    """All of a merge, from ``groups`` down to one: in step k the group ``steps[k, 1]`` goes into ``steps[k, 0]``."""

    rgb: U8
    points: F64  # of ``rgb``, in units
    mass: F64
    group: I64  # of each colour, before the first step
    groups: int
    steps: I64
    bonus: F64  # what a colour that is often used may be farther from the middle

    def table(self, count: int) -> U8:
        """Of each of the ``count`` groups that are left then, the colour that represents it best."""
        group = _left(self.steps, self.groups, count)[self.group]
        chosen = _representatives(self.points, self.mass, self.bonus, group, ROUNDS)
        return np.ascontiguousarray(self.rgb[chosen])


def merged(rgb: U8, weights: npt.NDArray[np.floating] | I64, bins: int) -> Merged:
    if len(rgb) > MANY:
        rgb, weights = thinned(np.ascontiguousarray(rgb), np.asarray(weights, np.float64))
    points = colour_space.units(colour_count.pack(rgb))[:, :3].astype(np.float64)
    # Many pixels of one colour matter less than in proportion: rare colours are looked at too.
    mass_of: F64 = np.asarray(weights, np.float64) ** 0.75
    if len(rgb) > bins:
        group = _binned(points, mass_of, bins)
    else:
        group = np.arange(len(rgb), dtype=np.int64)
    n = int(group.max()) + 1
    mass: F64 = np.bincount(group, mass_of, n).astype(np.float64)
    middle: F64 = np.stack([np.bincount(group, mass_of * points[:, k], n) for k in range(3)], 1) / mass[:, None]
    steps = _ward(np.ascontiguousarray(middle.T), mass)
    return Merged(rgb, points, mass_of, group, n, steps, 40.0 * np.log2(1.0 + mass_of))


@njit(cache=True, nogil=True, fastmath=True)
def misfit(goal: npt.NDArray[np.int16], weights: F32, step: int, palette: F32, first: int, count: int) -> float:
    """What drawing every pixel in the nearest of ``palette[first:count]`` costs; from one pixel in ``step``."""
    total = 0.0
    x, y, z = palette[first:count, 0].copy(), palette[first:count, 1].copy(), palette[first:count, 2].copy()
    row = np.empty(x.size, np.float32)
    whole = row.size // 4 * 4
    for i in range(0, weights.size, step):
        if weights[i] == 0:
            continue
        a = np.float32(goal[i, 0])
        b = np.float32(goal[i, 1])
        c = np.float32(goal[i, 2])
        for s in range(row.size):
            row[s] = (x[s] - a) * (x[s] - a) + (y[s] - b) * (y[s] - b) + (z[s] - c) * (z[s] - c)
        d = e = f = g = np.float32(1e30)
        for s in range(0, whole, 4):
            d = min(d, row[s])
            e = min(e, row[s + 1])
            f = min(f, row[s + 2])
            g = min(g, row[s + 3])
        for s in range(whole, row.size):
            d = min(d, row[s])
        total += min(min(d, e), min(f, g)) * weights[i]
    return total * step


def thinned(rgb: U8, weights: F64) -> tuple[U8, F64]:
    """One colour for each cell of 8 x 8 x 8 that occurs: its most used one, with the weight of all."""
    cells, firsts = _fullest(rgb, weights)
    used = np.flatnonzero(firsts >= 0)
    return np.ascontiguousarray(rgb[firsts[used]]), cells[used]


@njit(cache=True, nogil=True)
def _fullest(rgb: U8, weights: F64) -> tuple[F64, I64]:
    cells = np.zeros(1 << 15, np.float64)
    firsts = np.full(1 << 15, -1, np.int64)
    for i in range(len(rgb)):
        cell = (int(rgb[i, 0]) >> 3) << 10 | (int(rgb[i, 1]) >> 3) << 5 | int(rgb[i, 2]) >> 3
        cells[cell] += weights[i]
        if firsts[cell] < 0 or weights[i] > weights[firsts[cell]]:
            firsts[cell] = i
    return cells, firsts


def _binned(points: F64, weights: F64, count: int) -> I64:
    """Groups for many colours: cells of a grid that gets coarser until there are few enough."""
    size = 60.0
    while True:
        cell = np.floor(points / size).astype(np.int64) + 512
        key = (cell[:, 0] << 40) | (cell[:, 1] << 20) | cell[:, 2]
        found, group = np.unique(key, return_inverse=True)
        if len(found) <= count:
            return group.astype(np.int64)
        size *= 1.2


@njit(cache=True, nogil=True)
def nearest(points: F64, middles: F64) -> I64:
    """Of each point (n, 3) the nearest of the ``middles`` (m, 3), the first of equals."""
    n = len(middles)
    x, y, z = middles[:, 0].copy(), middles[:, 1].copy(), middles[:, 2].copy()
    row = np.empty(n)
    out = np.zeros(len(points), np.int64)
    for i in range(len(points)):
        a, b, c = points[i, 0], points[i, 1], points[i, 2]
        for k in range(row.size):
            row[k] = (a - x[k]) * (a - x[k]) + (b - y[k]) * (b - y[k]) + (c - z[k]) * (c - z[k])
        out[i] = _least(row, n)
    return out


@njit(cache=True, nogil=True)
def _ward(middle: F64, mass: F64) -> I64:
    """Merge the pair that costs the least until one group is left: (kept, gone) of each step. Changes what it is given.

    ``middle``: (3, n). Groups that are gone are closed up from time to time, in their order, so that the rows that are
    gone through are short.
    """
    n = mass.size
    x, y, z = middle[0].copy(), middle[1].copy(), middle[2].copy()
    name = np.arange(n)
    alive = np.ones(n, np.bool_)
    near = np.zeros(n, np.int64)  # STALE: the cost is that of one that is gone, and no other costs less
    cost = np.full(n, np.inf)
    row = np.empty(n, np.float64)
    place = np.empty(n, np.int64)
    steps = np.empty((max(n - 1, 0), 2), np.int64)
    for i in range(n - 1):
        _costs(x, y, z, mass, i, i + 1, n, row)
        for j in range(i + 1, n):
            if row[j] < cost[j]:
                cost[j] = row[j]
                near[j] = i
        j = i + 1 + _least(row[i + 1 :], n - i - 1)
        if row[j] < cost[i]:
            cost[i] = row[j]
            near[i] = j
    done = 0
    left = n  # groups
    room = n  # places that are gone through
    while left > 1:
        if 4 * left < 3 * room:
            at = 0
            for k in range(room):
                place[k] = at
                if alive[k]:
                    x[at], y[at], z[at], mass[at] = x[k], y[k], z[k], mass[k]
                    name[at], near[at], cost[at] = name[k], near[k], cost[k]
                    at += 1
            for k in range(at):
                if near[k] != STALE:
                    near[k] = place[near[k]]
                alive[k] = True
            room = at
        i = _least(cost, room)
        while near[i] == STALE:
            _costs(x, y, z, mass, i, 0, room, row)
            row[i] = np.inf
            near[i] = _least(row, room)
            cost[i] = row[near[i]]
            i = _least(cost, room)
        j = near[i]
        steps[done, 0], steps[done, 1] = name[i], name[j]
        done += 1
        total = mass[i] + mass[j]
        x[i] = (x[i] * mass[i] + x[j] * mass[j]) / total
        y[i] = (y[i] * mass[i] + y[j] * mass[j]) / total
        z[i] = (z[i] * mass[i] + z[j] * mass[j]) / total
        mass[i] = total
        alive[j] = False
        cost[j] = np.inf
        x[j] = FAR_AWAY
        left -= 1
        _costs(x, y, z, mass, i, 0, room, row)
        row[i] = np.inf
        near[i] = _least(row, room)
        cost[i] = row[near[i]]
        for k in range(room):
            if row[k] < cost[k]:
                if alive[k]:
                    cost[k] = row[k]
                    near[k] = i
            elif (near[k] == j or near[k] == i) and k != i:
                near[k] = STALE
    return steps


# A division that may be by zero is no vector code.
@njit(cache=True, nogil=True, error_model="numpy")
def _costs(x: F64, y: F64, z: F64, mass: F64, i: int, start: int, end: int, row: F64) -> None:
    """What it costs to merge group ``i`` with each of the others."""
    a, b, c, own = x[i], y[i], z[i], mass[i]
    x, y, z, mass, row = x[start:end], y[start:end], z[start:end], mass[start:end], row[start:end]
    for j in range(row.size):
        d = (a - x[j]) * (a - x[j]) + (b - y[j]) * (b - y[j]) + (c - z[j]) * (c - z[j])
        row[j] = d * (own * mass[j] / (own + mass[j]))


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _least(values: F64, count: int) -> int:
    """The first of the least of so many."""
    a = b = c = d = np.inf  # four at a time do not wait for each other
    whole = count // 4 * 4
    for k in range(0, whole, 4):
        a = min(a, values[k])
        b = min(b, values[k + 1])
        c = min(c, values[k + 2])
        d = min(d, values[k + 3])
    least = min(min(a, b), min(c, d))
    for k in range(whole, count):
        least = min(least, values[k])
    for k in range(count):
        if values[k] == least:
            return k
    return 0


@njit(cache=True, nogil=True)
def _left(steps: I64, groups: int, count: int) -> I64:
    """Group → the group it is in when ``count`` are left, numbered from 0 in their order."""
    into = np.arange(groups)
    for k in range(groups - count):
        into[steps[k, 1]] = steps[k, 0]
    number = np.empty(groups, np.int64)
    found = 0
    for i in range(groups):
        if into[i] == i:
            number[i] = found
            found += 1
    for i in range(groups):
        k = i
        while into[k] != k:
            k = into[k]
        into[i] = k
    for i in range(groups):
        into[i] = number[into[i]]
    return into


@njit(cache=True, nogil=True)
def _representatives(points: F64, mass: F64, bonus: F64, group: I64, rounds: int) -> I64:
    """Each colour goes to the nearest middle, a few times; then of each group the colour that would cost it least: near
    the middle, and often used."""
    n = 0
    for g in group:
        n = max(n, g + 1)
    middles = np.zeros((n, 3))
    for _ in range(rounds):
        weight = np.zeros(n)
        middles[:] = 0
        for i in range(len(points)):
            g = group[i]
            weight[g] += mass[i]
            for k in range(3):
                middles[g, k] += mass[i] * points[i, k]
        for g in range(n):
            for k in range(3):
                middles[g, k] /= max(weight[g], 1e-9)
        group = nearest(points, middles)
    best = np.full(n, np.inf)
    chosen = np.full(n, -1, np.int64)
    for i in range(len(points)):
        g = group[i]
        d = 0.0
        for k in range(3):
            d += (points[i, k] - middles[g, k]) ** 2
        d -= bonus[i]
        if d < best[g]:
            best[g] = d
            chosen[g] = i
    return chosen[chosen >= 0]
