"""The lossy LZW search: chooses for each code the dictionary string with the best value per bit.

At each place the strings that could stand there are followed symbol by symbol, the BEAM cheapest of each length. What
a string costs is how far its colours are from the target (weighted), plus how far the local mean drifts (the error is
carried to the right and down as dithering does). "Leave what is shown" is one more symbol, whose colour is the pixel on
screen. The string chosen is the one with the highest ``price * length - cost``, where ``price`` is what a pixel has
lately cost in bytes and difference together.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit
from . import lzw
from .lzw_step import AGAIN, BEAM, DRAW, EITHER, LEAVE, above, carried, cell_of, enter, fill

U8 = npt.NDArray[np.uint8]
I16 = npt.NDArray[np.int16]
F32 = npt.NDArray[np.float32]

KEEN = 8.0  # per λ: by how much a string may lag behind the best so far


@njit(cache=True, nogil=True, fastmath=True)
def search(
    target: I16,
    weight: F32,
    under: I16,
    mode: U8,
    same: I16,
    width: int,
    palette: F32,
    count: int,
    clear_symbol: int,
    min_code: int,
    lambda_: float,
    mean_weight: float,
    floor: float,
    patience: float,
    carry: float,
    memory: F32,
    near: U8,
    chosen: U8,
    out: U8,
) -> int:
    """Fill ``out`` with the stream and ``chosen`` with the symbol of every pixel; the bytes written.

    Flat arrays of n pixels, rows of ``width``: ``target`` and ``under`` (what is shown) in units (n, 4), ``weight`` of
    a squared unit. ``palette`` (256, 4) in units, of which ``count`` are in use (``clear_symbol`` among them or above).
    ``near`` (CELLS, NEAR) remembers the colours near every place in ``colour_space``; zeros for a new palette.
    ``memory`` holds the running sums of cost and of pixels from frame to frame, and sums up the differences made.
    """
    n = mode.size
    clear = 1 << min_code
    stop = clear + 1
    table = np.full(lzw.HASH_SIZE, lzw.NONE, np.uint32)
    first = np.zeros(4096, np.uint8)
    symbol = np.zeros(4096, np.uint8)
    parent = np.zeros(4096, np.int16)
    child = np.full(4096, -1, np.int32)
    link = np.zeros(4096, np.int32)  # the next sibling (-1: none) and, in the low byte, the symbol
    for s in range(clear):
        first[s] = s
        symbol[s] = s
    px = np.ascontiguousarray(palette[:, 0])
    py = np.ascontiguousarray(palette[:, 1])
    pb = np.ascontiguousarray(palette[:, 2])
    distance = np.full(256, 1e30, np.float32)

    nodes = np.zeros(BEAM, np.int32)
    costs = np.zeros(BEAM, np.float32)
    errors = np.zeros((BEAM, 3), np.float32)
    nodes2 = np.zeros(BEAM, np.int32)
    costs2 = np.zeros(BEAM, np.float32)
    errors2 = np.zeros((BEAM, 3), np.float32)
    rows = np.zeros((2, width + 2, 3), np.float32)  # the error carried down, of two rows; column x at x + 1

    lam = np.float32(lambda_)
    wl = np.float32(mean_weight)
    wl2 = np.float32(2) * wl
    half = np.float32(carry)
    slack = np.float32(patience) * lam
    bits = np.uint64(clear)
    have = min_code + 1
    size = 0
    code_width = min_code + 1
    free = stop + 1
    before = -1
    chain = clear_symbol  # the longest string of nothing but "leave it", and its length
    chain_length = 1
    i = 0
    spent = np.float32(0)  # bits and difference, and pixels, since the last clear
    covered = 0
    recent = np.float32(code_width) * lam  # of one code, lately
    recent_length = np.float32(1)
    l0 = l1 = l2 = np.float32(0)  # the error left of place i
    while i < n:
        price = np.float32(max(memory[0] / memory[1], floor * lam))
        tentative = -1
        if before >= 0 and free < 4096 and lzw.find(table, before, first[before]) < 0:
            tentative = free
            lzw.insert(table, before, first[before], tentative)
            first[tentative] = first[before]
            symbol[tentative] = first[before]
            parent[tentative] = before
            child[tentative] = -1
            link[tentative] = child[before] * 256 + first[before]
            child[before] = tentative
        # A long stretch that stays: the longest string of "leave it", without looking any further.
        longest = chain
        longest_length = chain_length
        if tentative >= 0 and before == chain:
            longest = tentative
            longest_length += 1
        run = 0
        if mode[i] >= LEAVE:
            while run <= longest_length and i + run < n and mode[i + run] >= LEAVE:
                run += 1
        best = -1
        best_length = 1
        quick = False
        best_cost = np.float32(0)
        if run >= longest_length or (run > 0 and i + run == n and run >= longest_length):
            best = longest
            best_length = longest_length
            quick = True
        else:
            alive = 0
            x = i % width
            y = i // width
            row = (y & 1) ^ 1
            if mode[i] >= AGAIN:
                if mode[i] >= LEAVE:
                    nodes[0] = clear_symbol
                    alive = 1
                if mode[i] != LEAVE and same[i] >= 0:
                    nodes[alive] = same[i]
                    alive += 1
                for k in range(alive):
                    costs[k] = 0
                    errors[k, 0] = errors[k, 1] = errors[k, 2] = 0
            else:
                e0 = half * l0
                e1 = half * l1
                e2 = half * l2
                if y > 0:
                    e0 += half * above(rows, row, x, 0)
                    e1 += half * above(rows, row, x, 1)
                    e2 += half * above(rows, row, x, 2)
                t0 = np.float32(target[i, 0])
                t1 = np.float32(target[i, 1])
                t2 = np.float32(target[i, 2])
                w = weight[i]
                drift = wl * (e0 * e0 + e1 * e1 + e2 * e2)
                # Where the error would best be made good, and the colours near there.
                pull = wl / (w + wl)
                cell = cell_of(t0 - pull * e0, t1 - pull * e1, t2 - pull * e2)
                if near[cell, 0] == 0:
                    fill(near, cell, px, py, pb, count, clear_symbol, distance)
                lowest = np.float32(1e30)
                for k in range(1, near[cell, 0]):
                    s = near[cell, k]
                    a = palette[s, 0] - t0
                    b = palette[s, 1] - t1
                    c = palette[s, 2] - t2
                    d = (w + wl) * (a * a + b * b + c * c) + wl2 * (a * e0 + b * e1 + c * e2) + drift
                    distance[k] = d
                    lowest = min(lowest, d)
                if mode[i] == EITHER:
                    a = np.float32(under[i, 0]) - t0
                    b = np.float32(under[i, 1]) - t1
                    c = np.float32(under[i, 2]) - t2
                    d = (w + wl) * (a * a + b * b + c * c) + wl2 * (a * e0 + b * e1 + c * e2) + drift
                    if d <= lowest + slack:
                        lowest = min(lowest, d)
                        nodes[0] = clear_symbol
                        costs[0] = d
                        alive = 1
                limit = lowest + slack
                for k in range(1, near[cell, 0]):
                    d = distance[k]
                    if d > limit:
                        continue
                    alive = enter(costs, nodes, alive, d, near[cell, k])
                for k in range(alive):
                    s = nodes[k]
                    if s == clear_symbol:
                        errors[k, 0] = np.float32(under[i, 0]) - t0 + e0
                        errors[k, 1] = np.float32(under[i, 1]) - t1 + e1
                        errors[k, 2] = np.float32(under[i, 2]) - t2 + e2
                    else:
                        errors[k, 0] = px[s] - t0 + e0
                        errors[k, 1] = py[s] - t1 + e1
                        errors[k, 2] = pb[s] - t2 + e2
            best = nodes[0]
            best_cost = costs[0]
            best_gain = price - best_cost
            j = i + 1
            gain_top = price
            while j < n and alive > 0:
                x += 1
                if x == width:
                    x = 0
                    y += 1
                    row ^= 1
                gain_top += price
                more = 0
                m = mode[j]
                if m >= AGAIN:
                    for k in range(alive):
                        c1 = lzw.find(table, nodes[k], clear_symbol) if m >= LEAVE else -1
                        if c1 >= 0:
                            more = enter(costs2, nodes2, more, costs[k], c1)
                        if m != LEAVE and same[j] >= 0:
                            c1 = lzw.find(table, nodes[k], same[j])
                            if c1 >= 0:
                                more = enter(costs2, nodes2, more, costs[k], c1)
                    for k in range(more):
                        errors2[k, 0] = errors2[k, 1] = errors2[k, 2] = 0
                else:
                    a0 = a1 = a2 = np.float32(0)
                    if y > 0 and j - width + 1 < i:
                        a0 = half * above(rows, row, x, 0)
                        a1 = half * above(rows, row, x, 1)
                        a2 = half * above(rows, row, x, 2)
                    t0 = np.float32(target[j, 0])
                    t1 = np.float32(target[j, 1])
                    t2 = np.float32(target[j, 2])
                    u0 = np.float32(under[j, 0]) - t0
                    u1 = np.float32(under[j, 1]) - t1
                    u2 = np.float32(under[j, 2]) - t2
                    w = weight[j] + wl
                    most = gain_top - best_gain + np.float32(KEEN) * lam
                    for k in range(alive):
                        ch = child[nodes[k]]
                        if ch < 0:
                            continue
                        e0 = a0
                        e1 = a1
                        e2 = a2
                        if x > 0:
                            e0 += half * errors[k, 0]
                            e1 += half * errors[k, 1]
                            e2 += half * errors[k, 2]
                        base = costs[k] + wl * (e0 * e0 + e1 * e1 + e2 * e2)
                        ceiling = most
                        if more == BEAM:
                            ceiling = min(ceiling, costs2[BEAM - 1])
                        while ch >= 0:
                            node = ch
                            s = link[ch] & 255
                            ch = link[ch] >> 8
                            if s == clear_symbol:
                                if m == DRAW:
                                    continue
                                a = u0
                                b = u1
                                c = u2
                            else:
                                a = palette[s, 0] - t0
                                b = palette[s, 1] - t1
                                c = palette[s, 2] - t2
                            r = w * (a * a + b * b + c * c)
                            if r > slack:
                                continue
                            d = base + r + wl2 * (a * e0 + b * e1 + c * e2)
                            if d >= ceiling:
                                continue
                            if more < BEAM:
                                at = more
                                more += 1
                            else:
                                at = BEAM - 1
                            while at > 0 and costs2[at - 1] > d:
                                costs2[at] = costs2[at - 1]
                                nodes2[at] = nodes2[at - 1]
                                errors2[at, 0] = errors2[at - 1, 0]
                                errors2[at, 1] = errors2[at - 1, 1]
                                errors2[at, 2] = errors2[at - 1, 2]
                                at -= 1
                            costs2[at] = d
                            nodes2[at] = node
                            errors2[at, 0] = a + e0
                            errors2[at, 1] = b + e1
                            errors2[at, 2] = c + e2
                            if more == BEAM:
                                ceiling = min(most, costs2[BEAM - 1])
                if more == 0:
                    break
                nodes, nodes2 = nodes2, nodes
                costs, costs2 = costs2, costs
                errors, errors2 = errors2, errors
                alive = more
                gain = gain_top - costs[0]
                j += 1
                if gain >= best_gain:
                    best_gain = gain
                    best = nodes[0]
                    best_cost = costs[0]
                    best_length = j - i
        if tentative >= 0 and first[best] != first[before]:
            lzw.remove(table, before, first[before])
            child[before] = link[tentative] >> 8
            tentative = -1
        if before >= 0 and free < 4096:
            if tentative < 0 and lzw.find(table, before, first[best]) < 0:
                lzw.insert(table, before, first[best], free)
                first[free] = first[before]
                symbol[free] = first[best]
                parent[free] = before
                child[free] = -1
                link[free] = child[before] * 256 + first[best]
                child[before] = free
                tentative = free
            if tentative >= 0 and before == chain and symbol[tentative] == clear_symbol:
                chain = tentative
                chain_length += 1
            free += 1
        bits |= np.uint64(best) << np.uint64(have)
        have += code_width
        while have >= 8:
            out[size] = np.uint8(bits & np.uint64(255))
            size += 1
            bits >>= np.uint64(8)
            have -= 8
        memory[2] += best_cost
        if not quick:
            memory[0] = memory[0] * np.float32(0.98) + lam * code_width + best_cost
            memory[1] = memory[1] * np.float32(0.98) + best_length
        if free == (1 << code_width) and code_width < 12:
            code_width += 1
        before = best
        node = best
        for k in range(best_length - 1, -1, -1):
            chosen[i + k] = symbol[node]
            node = parent[node]
        l0, l1, l2 = carried(
            i, best_length, width, mode, target, under, chosen, clear_symbol, px, py, pb, half, rows, l0, l1, l2
        )
        i += best_length
        if not quick:
            recent += (np.float32(code_width) * lam + best_cost - recent) * np.float32(0.01)
            recent_length += (np.float32(best_length) - recent_length) * np.float32(0.01)
            spent += np.float32(code_width) * lam + best_cost
            covered += best_length
            if free == 4096 and i < n and recent * covered > np.float32(lzw.CLEAR_WHEN) * spent * recent_length:
                bits |= np.uint64(clear) << np.uint64(have)
                have += code_width
                while have >= 8:
                    out[size] = np.uint8(bits & np.uint64(255))
                    size += 1
                    bits >>= np.uint64(8)
                    have -= 8
                table[:] = lzw.NONE
                child[:] = -1
                code_width = min_code + 1
                free = stop + 1
                before = -1
                chain = clear_symbol
                chain_length = 1
                spent = np.float32(0)
                covered = 0
                recent = np.float32(code_width) * lam
                recent_length = np.float32(1)
    bits |= np.uint64(stop) << np.uint64(have)
    have += code_width
    while have > 0:
        out[size] = np.uint8(bits & np.uint64(255))
        size += 1
        bits >>= np.uint64(8)
        have -= 8
    return size
