"""Choose a palette: all colours where they fit, else the merge that costs the least, on colours that really occur."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from . import colours, space

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]
F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]

BINS = 2048
MANY = 6000  # beyond so many colours (a film's frames have 100,000), those in one cell of 8 steps a side count as one


def reduce(rgb: U8, weights: npt.NDArray[np.floating] | I64, count: int, *, bins: int = BINS) -> U8:
    """At most ``count`` of the colours ``rgb`` (n, 3), so that replacing the others costs the least.

    Ward's merge over at most ``bins`` groups (cost: weight times squared distance in ``space``); each group is then
    represented by the colour that occurs in it and lies nearest to its middle, so flat areas keep their exact colour.
    """
    if len(rgb) <= count:
        return rgb
    if len(rgb) > MANY:
        rgb, weights = thinned(np.ascontiguousarray(rgb), np.asarray(weights, np.float64))
    points = space.units(colours.pack(rgb))[:, :3].astype(np.float64)
    # Many pixels of one colour matter less than in proportion: rare colours are looked at too.
    mass_of: F64 = np.asarray(weights, np.float64) ** 0.75
    if len(rgb) > bins:
        group = _binned(points, mass_of, bins)
    else:
        group = np.arange(len(rgb), dtype=np.int64)
    n = int(group.max()) + 1
    mass: F64 = np.bincount(group, mass_of, n).astype(np.float64)
    middle: F64 = np.stack([np.bincount(group, mass_of * points[:, k], n) for k in range(3)], 1) / mass[:, None]
    merged = _ward(middle.copy(), mass.copy(), count)
    group = merged[group]
    group = np.unique(group, return_inverse=True)[1].astype(np.int64)
    n = int(group.max()) + 1
    for _ in range(3):
        mass = np.bincount(group, mass_of, n).astype(np.float64)
        middle = np.stack([np.bincount(group, mass_of * points[:, k], n) for k in range(3)], 1)
        middle /= np.maximum(mass, 1e-9)[:, None]
        group = nearest(points, middle)
    # The occurring colour that would cost the group least: near the middle, and often used.
    offset = ((points - middle[group]) ** 2).sum(1) - 40.0 * np.log2(1.0 + mass_of)
    order = np.lexsort((offset, group))
    first = np.concatenate([[True], group[order][1:] != group[order][:-1]])
    return np.ascontiguousarray(rgb[order[first]])


@njit(cache=True, nogil=True, fastmath=True)
def misfit(goal: npt.NDArray[np.int16], weights: F32, step: int, palette: F32, first: int, count: int) -> float:
    """What drawing every pixel in the nearest of ``palette[first:count]`` costs; from one pixel in ``step``."""
    total = 0.0
    for i in range(0, weights.size, step):
        if weights[i] == 0:
            continue
        a = np.float32(goal[i, 0])
        b = np.float32(goal[i, 1])
        c = np.float32(goal[i, 2])
        best = np.float32(1e30)
        for s in range(first, count):
            u = palette[s, 0] - a
            v = palette[s, 1] - b
            w = palette[s, 2] - c
            best = min(best, u * u + v * v + w * w)
        total += best * weights[i]
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
    out = np.zeros(len(points), np.int64)
    for i in range(len(points)):
        best = 1e300
        for k in range(len(middles)):
            d = (
                (points[i, 0] - middles[k, 0]) ** 2
                + (points[i, 1] - middles[k, 1]) ** 2
                + (points[i, 2] - middles[k, 2]) ** 2
            )
            if d < best:
                best = d
                out[i] = k
    return out


@njit(cache=True, nogil=True)
def _ward(middle: F64, mass: F64, count: int) -> I64:
    """Merge the pair that costs the least until ``count`` groups are left; group → the group it went to."""
    n = len(mass)
    into = np.arange(n)
    alive = np.ones(n, np.bool_)
    near = np.zeros(n, np.int64)
    cost = np.full(n, 1e300)
    for i in range(n):
        for j in range(n):
            if j == i:
                continue
            d = (
                (middle[i, 0] - middle[j, 0]) ** 2
                + (middle[i, 1] - middle[j, 1]) ** 2
                + (middle[i, 2] - middle[j, 2]) ** 2
            )
            d *= mass[i] * mass[j] / (mass[i] + mass[j])
            if d < cost[i]:
                cost[i] = d
                near[i] = j
    left = n
    while left > count:
        i = -1
        for k in range(n):
            if alive[k] and (i < 0 or cost[k] < cost[i]):
                i = k
        j = near[i]
        total = mass[i] + mass[j]
        for k in range(3):
            middle[i, k] = (middle[i, k] * mass[i] + middle[j, k] * mass[j]) / total
        mass[i] = total
        alive[j] = False
        into[j] = i
        left -= 1
        cost[i] = 1e300
        for k in range(n):
            if not alive[k] or k == i:
                continue
            d = (
                (middle[i, 0] - middle[k, 0]) ** 2
                + (middle[i, 1] - middle[k, 1]) ** 2
                + (middle[i, 2] - middle[k, 2]) ** 2
            )
            d *= mass[i] * mass[k] / (mass[i] + mass[k])
            if d < cost[i]:
                cost[i] = d
                near[i] = k
            if d < cost[k]:
                cost[k] = d
                near[k] = i
            elif near[k] == j or near[k] == i:
                cost[k] = 1e300
                for m in range(n):
                    if not alive[m] or m == k:
                        continue
                    e = (
                        (middle[k, 0] - middle[m, 0]) ** 2
                        + (middle[k, 1] - middle[m, 1]) ** 2
                        + (middle[k, 2] - middle[m, 2]) ** 2
                    )
                    e *= mass[k] * mass[m] / (mass[k] + mass[m])
                    if e < cost[k]:
                        cost[k] = e
                        near[k] = m
    for i in range(n):
        k = i
        while into[k] != k:
            k = into[k]
        into[i] = k
    return into
