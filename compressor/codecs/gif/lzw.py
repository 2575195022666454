"""LZW as GIF uses it: decode any stream, and encode one exactly, with "keep the pixel" as a free choice.

Kernels only; all of them are compiled once (``compile_kernels``) and release the GIL.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...jit import njit

U8 = npt.NDArray[np.uint8]

MAX_CODES = 4096
CLEAR_WHEN = 1.02
EARLY = 4093  # entries at which gifsicle clears
MOST_CODES = 10_000  # that ``restarts`` follows one dictionary for
NO_CUTS = np.empty(0, np.int64)
WIDE = 12
HASH_BITS = 13
HASH_SIZE = 1 << HASH_BITS
NONE = np.uint32(0xFFFFFFFF)
EMPTY = 0xFFFFFFFF


@njit(cache=True, nogil=True)
def deblock(data: U8, start: int, out: U8) -> tuple[int, int]:
    """Copy the payload of the sub-blocks at ``start`` into ``out``; (bytes copied, position after the terminator).

    A stream that ends early gives what there is, and a position at the end of ``data``.
    """
    n = data.size
    i = start
    k = 0
    while i < n:
        size = int(data[i])
        i += 1
        if size == 0:
            return k, i
        end = min(i + size, n)
        for j in range(i, end):
            out[k] = data[j]
            k += 1
        i = end
    return k, n


@njit(cache=True, nogil=True)
def enblock(payload: U8, size: int, out: U8) -> int:
    """Cut ``payload[:size]`` into sub-blocks of up to 255 bytes and a terminator; the bytes written."""
    i = 0
    k = 0
    while i < size:
        n = min(255, size - i)
        out[k] = n
        k += 1
        for j in range(n):
            out[k + j] = payload[i + j]
        k += n
        i += n
    out[k] = 0
    return k + 1


@njit(cache=True, nogil=True)
def decode(payload: U8, size: int, min_code: int, out: U8) -> int:
    """Fill ``out`` with indices; the number of pixels decoded (fewer than ``out.size``: ended early or damaged).

    A code's string is remembered as a place in ``out`` where it already stands: one forward copy per code, which also
    settles the case of a code that is used while it is being defined.
    """
    clear = 1 << min_code
    stop = clear + 1
    place = np.zeros(MAX_CODES, np.int64)
    length = np.zeros(MAX_CODES, np.int32)
    free = stop + 1
    width = min_code + 1
    bits = np.uint64(0)
    have = 0
    i = 0
    k = 0
    total = out.size
    before = -1  # where the last code's string starts in out; -1 straight after a clear
    before_length = 0
    while k < total:
        while have < width and i < size:
            bits |= np.uint64(payload[i]) << np.uint64(have)
            have += 8
            i += 1
        if have < width:
            break
        code = int(bits & np.uint64((1 << width) - 1))
        bits >>= np.uint64(width)
        have -= width
        if code == clear:
            free = stop + 1
            width = min_code + 1
            before = -1
            continue
        if code == stop:
            break
        if before >= 0 and free < MAX_CODES:
            place[free] = before
            length[free] = before_length + 1
            free += 1
            if free == (1 << width) and width < 12:
                width += 1
        if code < clear:
            out[k] = code
            n = 1
        else:
            if code >= free:
                break
            n = length[code]
            source = place[code]
            if n > total - k:
                n = total - k
            for j in range(n):
                out[k + j] = out[source + j]
        before = k
        before_length = n
        k += n
    return k


@njit(cache=True, nogil=True, inline="always")
def slot(key: int) -> int:
    return ((key * 2654435761) >> 17) & (HASH_SIZE - 1)


@njit(cache=True, nogil=True, inline="always")
def find(table: npt.NDArray[np.uint32], node: int, symbol: int) -> int:
    """The child of ``node`` by ``symbol``, or -1."""
    key = (int(node) << 8) | int(symbol)
    at = slot(key)
    while True:
        entry = int(table[at])
        if entry == EMPTY:
            return -1
        if entry >> 12 == key:
            return entry & 0xFFF
        at = (at + 1) & (HASH_SIZE - 1)


@njit(cache=True, nogil=True, inline="always")
def insert(table: npt.NDArray[np.uint32], node: int, symbol: int, child: int) -> None:
    key = (int(node) << 8) | int(symbol)
    at = slot(key)
    while int(table[at]) != EMPTY:
        at = (at + 1) & (HASH_SIZE - 1)
    table[at] = np.uint32((key << 12) | int(child))


@njit(cache=True, nogil=True, inline="always")
def remove(table: npt.NDArray[np.uint32], node: int, symbol: int) -> None:
    """Take out the entry that was put in last; for any other the slots behind it would be lost."""
    key = (int(node) << 8) | int(symbol)
    at = slot(key)
    while int(table[at]) >> 12 != key:
        at = (at + 1) & (HASH_SIZE - 1)
    table[at] = NONE


@njit(cache=True, nogil=True)
def follow(
    table: npt.NDArray[np.uint32],
    indices: U8,
    keep: U8,
    transparent: int,
    i: int,
    nodes: npt.NDArray[np.int32],
    fresh: npt.NDArray[np.int32],
    path: npt.NDArray[np.int32],
) -> int:
    """The length of the longest string that may stand at ``i``; ``path[k]`` becomes one such string of length k + 1."""
    n = indices.size
    wide = nodes.size
    count = 0
    if keep[i] != 0:
        nodes[0] = transparent
        count = 1
    if keep[i] != 2 and (count == 0 or indices[i] != transparent):
        nodes[count] = indices[i]
        count += 1
    path[0] = nodes[0]
    j = i + 1
    while j < n:
        more = 0
        k = keep[j]
        c = indices[j]
        for m in range(count):
            if k != 0:
                child = find(table, nodes[m], transparent)
                if child >= 0 and more < wide:
                    fresh[more] = child
                    more += 1
            if k != 2 and (k == 0 or c != transparent):
                child = find(table, nodes[m], c)
                if child >= 0 and more < wide:
                    fresh[more] = child
                    more += 1
        if more == 0:
            break
        nodes, fresh = fresh, nodes
        count = more
        path[j - i] = nodes[0]
        j += 1
    return j - i


@njit(cache=True, nogil=True)
def restarts(indices: U8, keep: U8, transparent: int, min_code: int, every: int, cuts: npt.NDArray[np.int64]) -> int:
    """Where a stream is shortest if its dictionary is cleared there; how many of ``cuts`` are set, in order.

    Places are multiples of ``every`` pixels. From each one the pixels behind it are coded with a new dictionary, and
    every place that is passed learns what it costs to come there in this way: the shortest path. A string that passes
    a place is cut off there, which costs the same, as each beginning of a string is one too. ``MOST_CODES`` codes are
    followed from each place. The last cut lies beyond the end: for ``encode_exact``, no cut at all is another wish.
    """
    n = indices.size
    count = (n + every - 1) // every
    cost = np.full(count + 1, 1 << 62, np.int64)
    back = np.zeros(count + 1, np.int64)
    cost[0] = 0
    path = np.zeros(MAX_CODES, np.int32)
    nodes = np.zeros(WIDE, np.int32)
    fresh = np.zeros(WIDE, np.int32)
    table = np.full(HASH_SIZE, NONE, np.uint32)
    first = np.zeros(MAX_CODES, np.uint8)
    clear = 1 << min_code
    for s in range(clear):
        first[s] = s
    for k in range(count):
        table[:] = NONE
        free = clear + 2
        width = min_code + 1
        before = -1
        spent = cost[k]
        i = k * every
        codes = 0
        while i < n and codes < MOST_CODES:
            tentative = -1
            if before >= 0 and free < MAX_CODES and find(table, before, first[before]) < 0:
                tentative = free
                insert(table, before, first[before], tentative)
                first[tentative] = first[before]
            length = follow(table, indices, keep, transparent, i, nodes, fresh, path)
            best = path[length - 1]
            if tentative >= 0 and first[best] != first[before]:
                remove(table, before, first[before])
                tentative = -1
            if before >= 0 and free < MAX_CODES:
                if tentative < 0 and find(table, before, first[best]) < 0:
                    insert(table, before, first[best], free)
                    first[free] = first[before]
                free += 1
            spent += width
            if free == (1 << width) and width < 12:
                width += 1
            place = i // every + 1
            i += length
            while place <= count and min(place * every, n) <= i:
                if spent + width < cost[place]:
                    cost[place] = spent + width
                    back[place] = k
                place += 1
            before = best
            codes += 1
    found = 0
    k = back[count]
    while k > 0:
        cuts[found] = k * every
        found += 1
        k = back[k]
    cuts[:found] = cuts[:found][::-1].copy()
    cuts[found] = n + 1
    return found + 1


@njit(cache=True, nogil=True)
def encode_exact(
    indices: U8,
    keep: U8,
    transparent: int,
    min_code: int,
    early: bool,
    ahead: int,
    cuts: npt.NDArray[np.int64],
    out: U8,
) -> int:
    """LZW of ``indices`` where a pixel with ``keep`` may also be ``transparent`` (2: it must be); the bytes written.

    Flat arrays in raster order. Of all strings in the dictionary that may stand at a place the longest is taken (up
    to ``WIDE`` are followed at once), or one up to ``ahead`` shorter if it and the one behind it reach further. Nothing
    changes on screen, whatever is chosen. The dictionary is cleared at ``cuts`` (see ``restarts``). Without any it is
    cleared when it is full and the codes have become shorter matches than they were; ``early``: at once, where other
    encoders do it, so that noise which one of them has made along its strings is found again.
    """
    cut = 0
    wide = WIDE
    path = np.zeros(MAX_CODES, np.int32)
    other = np.zeros(MAX_CODES, np.int32)
    limit = EARLY if early else MAX_CODES
    clear = 1 << min_code
    stop = clear + 1
    table = np.full(HASH_SIZE, NONE, np.uint32)
    first = np.zeros(MAX_CODES, np.uint8)
    for s in range(clear):
        first[s] = s
    nodes = np.zeros(wide, np.int32)
    fresh = np.zeros(wide, np.int32)
    width = min_code + 1
    bits = np.uint64(clear)
    have = width
    size = 0
    free = stop + 1
    before = -1
    n = indices.size
    i = 0
    recent = 1.0  # pixels a code, lately
    spent = covered = 0  # bits and pixels since the last clear
    while i < n:
        # The entry that this code will define is already usable if it repeats the last string's first symbol.
        tentative = -1
        if before >= 0 and free < MAX_CODES and find(table, before, first[before]) < 0:
            tentative = free
            insert(table, before, first[before], tentative)
            first[tentative] = first[before]
        best_length = follow(table, indices, keep, transparent, i, nodes, fresh, path)
        if ahead > 0 and best_length > 1 and i + best_length < n:
            furthest = 0
            longest = best_length
            for shorter in range(min(ahead, longest - 1) + 1):
                there = i + longest - shorter
                reach = there + follow(table, indices, keep, transparent, there, nodes, fresh, other)
                if reach > furthest:
                    furthest = reach
                    best_length = longest - shorter
        if cut < cuts.size:
            best_length = min(best_length, cuts[cut] - i)
        best = path[best_length - 1]
        if tentative >= 0 and first[best] != first[before]:
            remove(table, before, first[before])
            tentative = -1
        if before >= 0 and free < MAX_CODES:
            if tentative < 0 and find(table, before, first[best]) < 0:
                insert(table, before, first[best], free)
                first[free] = first[before]
            free += 1
        bits |= np.uint64(best) << np.uint64(have)
        have += width
        while have >= 8:
            out[size] = np.uint8(bits & np.uint64(255))
            size += 1
            bits >>= np.uint64(8)
            have -= 8
        if free == (1 << width) and width < 12:
            width += 1
        before = best
        i += best_length
        recent += (best_length - recent) * 0.01
        spent += width
        covered += best_length
        # Worth clearing as soon as a pixel costs more than it did on average since the last time.
        worth = early or (free == MAX_CODES and width * covered > CLEAR_WHEN * spent * recent)
        if cuts.size > 0:
            now = cut < cuts.size and i == cuts[cut]
            cut += now
        else:
            now = free >= limit and worth and i < n
        if now:
            bits |= np.uint64(clear) << np.uint64(have)
            have += width
            while have >= 8:
                out[size] = np.uint8(bits & np.uint64(255))
                size += 1
                bits >>= np.uint64(8)
                have -= 8
            table[:] = NONE
            width = min_code + 1
            free = stop + 1
            before = -1
            spent = covered = 0
            recent = 1.0
    bits |= np.uint64(stop) << np.uint64(have)
    have += width
    while have > 0:
        out[size] = np.uint8(bits & np.uint64(255))
        size += 1
        bits >>= np.uint64(8)
        have -= 8
    return size
