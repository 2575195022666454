"""Makes the sides of a picture even: stretches it by a line or a few, repeats lines, or cuts them off.

``stretched`` is not any resampling: of all pictures that are so much longer it is about the one that, shown in the
source's place, is the source again. Plain interpolation blurs wherever a line falls between two, and scaling back
blurs once more; here the second is foreseen. ``edge`` measures which way keeps most.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache, partial

import numpy as np
import numpy.typing as npt
from PIL import Image

from .. import row_differences
from ..jit import njit
from ..media import RGBA, Frame
from ..row_differences import I64
from .draw import with_edges
from .size import EDGES, even_side

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]
LOOKS, TELLS = 2, 2.0  # frames; points by which one way is so much better that no other frame is asked
CAUTION = 0.3  # how much weight is on plain interpolation: 0 would ring, much would blur
LEAST = 2e-3  # of a line's weight; what is less is left out
ROWS = 16
BAND = 8  # lines that have a line in common when all are scaled down by next to nothing are nearer than this


def edge(frames: Iterable[Frame], count: int) -> str:
    """Which of ``EDGES`` keeps most, shown in the source's place, of up to LOOKS of the ``count`` frames: as few as
    tell, which is most often the first of them."""
    wanted = {(2 * i + 1) * count // (2 * LOOKS) for i in range(LOOKS)}
    scores = dict.fromkeys(EDGES, 0.0)
    with ThreadPoolExecutor(2) as pool:
        for number, frame in enumerate(frames):
            if number in wanted:
                looked = pool.map(partial(_kept, frame.rgba), EDGES)
                scores = {way: scores[way] + score for way, score in zip(EDGES, looked, strict=True)}
                second, best = sorted(scores.values())[-2:]
                if best - second > TELLS:
                    break
            if number >= max(wanted):
                break
    return max(EDGES, key=lambda way: scores[way])


def _kept(rgba: RGBA, way: str) -> float:
    """SSIMULACRA2 of the picture made even and scaled back."""
    from ..quality import on_grey, ssimulacra2

    height, width = rgba.shape[:2]
    size = even_side(width, way), even_side(height, way)
    stored = on_grey(stretched(rgba, size) if way == "stretch" else with_edges(rgba, size))
    back = Image.fromarray(stored).resize((width, height), Image.Resampling.LANCZOS)
    return ssimulacra2(on_grey(rgba), np.asarray(back))


def stretched(picture: RGBA, out: tuple[int, int]) -> RGBA:
    """``picture`` (height, width, 4) with a few lines and columns more, ``out`` (width, height)."""
    return Stretching(out)(picture)


class Stretching:
    """Stretches pictures of one size to ``out`` (width, height). What is as in the last picture is not made again: the
    result is the same to the bit, and an array that was given before where all is.

    Any thread may call it at any time. Holds the last picture and what it came to.
    """

    def __init__(self, out: tuple[int, int]) -> None:
        self._out = out
        self._last: tuple[RGBA, RGBA] | None = None

    def __call__(self, picture: RGBA) -> RGBA:
        height, width = picture.shape[:2]
        if (width, height) == self._out:
            return np.ascontiguousarray(picture)
        last = self._last  # of whichever thread: what is compared is what it holds
        before = None
        if last is not None and last[0].shape == picture.shape:
            changed = row_differences.between(picture, last[0])
            if changed is None:
                return last[1]
            left, right = changed
            before = last[1]
        else:
            left, right = np.zeros(height, np.int64), np.full(height, width, np.int64)
        made = _remade(picture, self._out, left, right, before)
        self._last = picture, made
        return made


def _remade(picture: RGBA, out: tuple[int, int], left: I64, right: I64, before: RGBA | None) -> RGBA:
    """The result where it depends on what is from ``left`` up to ``right`` in each row, and ``before`` elsewhere."""
    height, width = picture.shape[:2]
    made = np.empty((out[1], out[0], 4), np.uint8)
    source = row_differences.words(picture)
    first, weights = _longer(height, out[1])
    if out[1] != height:
        left, right = _spread(left, right, first, weights.shape[1])
    if out[0] == width:
        if before is not None:
            _keep(row_differences.words(before), left, right, _words(made))
        _down(source.view(np.uint8), first, weights, left, right, made.reshape(out[1], -1))
        return made
    aside, beside = _longer(width, out[0])
    if beside.shape[1] % 4:  # of so few columns
        beside = np.pad(beside, ((0, 0), (0, -beside.shape[1] % 4)))
    left, right, inner, outer = _reached(left, right, aside, beside.shape[1], width)
    if before is not None:
        _keep(row_differences.words(before), left, right, _words(made))
    if out[1] != height:
        between = np.empty((out[1], width * 4), np.uint8)  # what is not needed is never written
        _down(source.view(np.uint8), first, weights, inner, outer, between)
        source = row_differences.words(between.reshape(out[1], width, 4))
    _across(source.view(np.uint8), aside, beside, left, right, inner, outer, _words(made))
    return made


def _words(made: RGBA) -> npt.NDArray[np.uint32]:
    return made.view(np.uint32)[..., 0]


@lru_cache(maxsize=8)
def _longer(n: int, m: int) -> tuple[I64, F32]:
    """How m lines are made of n, fewer: (first line, weights of it and those after it), by line."""
    back, plain = _lanczos(n, m), _bicubic(n, m)
    across = np.ascontiguousarray(back.T)
    residue = np.eye(n) - _product(back, plain)
    exact = plain + _product(across, _solved(_product(back, across) + CAUTION * np.eye(n), residue))
    counts = np.abs(exact) > LEAST
    firsts = counts.argmax(axis=1)
    lasts = n - 1 - counts[:, ::-1].argmax(axis=1)
    span = int((lasts - firsts).max()) + 1
    span = min(span + -span % 4, n)
    firsts = np.minimum(firsts, n - span)
    weights = np.stack([row[at : at + span] for row, at in zip(exact, firsts, strict=True)])
    weights /= weights.sum(axis=1, keepdims=True)
    return firsts.astype(np.int64), weights.astype(np.float32)


@njit(cache=True, nogil=True)
def _product(one: F64, other: F64) -> F64:
    """``one @ other`` where nearly all of ``one`` is zero."""
    out = np.zeros((one.shape[0], other.shape[1]), np.float64)
    for y in range(one.shape[0]):
        row = out[y]
        for k in range(one.shape[1]):
            weight = one[y, k]
            if weight != 0:
                line = other[k]
                for x in range(row.shape[0]):
                    row[x] += weight * line[x]
    return out


@njit(cache=True, nogil=True)
def _solved(matrix: F64, right: F64) -> F64:
    """``solve(matrix, right)`` of a positive definite matrix with nothing BAND or more beside its diagonal."""
    n = matrix.shape[0]
    low, out = np.zeros((n, n), np.float64), right.copy()  # Cholesky: matrix = low @ low.T
    for y in range(n):
        for x in range(max(y - BAND, 0), y + 1):
            total = matrix[y, x]
            for k in range(max(y - BAND, 0), x):
                total -= low[y, k] * low[x, k]
            low[y, x] = np.sqrt(total) if x == y else total / low[x, x]
    for step in range(2 * n):
        y = step if step < n else 2 * n - 1 - step
        row = out[y]
        for k in range(max(y - BAND, 0), y) if step < n else range(y + 1, min(y + BAND + 1, n)):
            weight, line = low[y, k] if step < n else low[k, y], out[k]
            for x in range(row.shape[0]):
                row[x] -= weight * line[x]
        for x in range(row.shape[0]):
            row[x] /= low[y, y]
    return out


def _lanczos(n: int, m: int) -> F64:
    """n lines of m, as everybody scales down: (n, m)."""
    scale = m / n
    centres = (np.arange(n) + 0.5) * scale
    x = (np.arange(m)[None, :] + 0.5 - centres[:, None]) / scale
    weights = np.where(np.abs(x) < 3, np.sinc(x) * np.sinc(x / 3), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _bicubic(n: int, m: int) -> F64:
    """m lines of n by plain interpolation (Catmull-Rom): (m, n)."""
    centres = (np.arange(m) + 0.5) * n / m
    x = np.abs(np.arange(n)[None, :] + 0.5 - centres[:, None])
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    weights = np.where(x < 1, near, np.where(x < 2, far, 0.0))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@njit(cache=True, nogil=True)
def _spread(left: I64, right: I64, first: I64, span: int) -> tuple[I64, I64]:
    """By line of the result the columns that its ``span`` lines from ``first`` on have changed."""
    starts, ends = np.empty_like(first), np.zeros_like(first)
    for y in range(first.shape[0]):
        starts[y], ends[y] = left[first[y]], right[first[y]]
        for k in range(first[y] + 1, first[y] + span):
            starts[y], ends[y] = min(starts[y], left[k]), max(ends[y], right[k])
    return starts, ends


@njit(cache=True, nogil=True)
def _reached(left: I64, right: I64, first: I64, span: int, width: int) -> tuple[I64, I64, I64, I64]:
    """By line, and the same for ROWS of them that are made at once: the columns of the result that depend on those from
    ``left`` up to ``right``, and the columns that these depend on."""
    height, out_width = left.shape[0], first.shape[0]
    starts, ends = np.full(height, out_width, np.int64), np.zeros(height, np.int64)
    inner, outer = np.full(height, width, np.int64), np.zeros(height, np.int64)
    for top in range(0, height, ROWS):
        end = min(top + ROWS, height)
        lowest, highest = left[top:end].min(), right[top:end].max()
        for x in range(out_width):
            if first[x] < highest and first[x] + span > lowest:
                starts[top], ends[top] = min(starts[top], x), x + 1
        for x in range(starts[top], ends[top]):
            inner[top], outer[top] = min(inner[top], first[x]), max(outer[top], min(first[x] + span, width))
        for y in range(top + 1, end):
            starts[y], ends[y], inner[y], outer[y] = starts[top], ends[top], inner[top], outer[top]
    return starts, ends, inner, outer


@njit(cache=True, nogil=True)
def _keep(before: row_differences.Words, left: I64, right: I64, out: row_differences.Words) -> None:
    """Copies the pixels outside of ``left`` to ``right`` of each row from ``before``."""
    width = out.shape[1]
    for y in range(out.shape[0]):
        for x in range(min(left[y], width)):
            out[y, x] = before[y, x]
        for x in range(max(right[y], min(left[y], width)), width):
            out[y, x] = before[y, x]


@njit(cache=True, nogil=True, fastmath=True)
def _down(picture: U8, first: I64, weights: F32, left: I64, right: I64, out: U8) -> None:
    """Rows of pixels' bytes, from column ``left`` up to ``right``."""
    total = np.empty(picture.shape[1], np.float32)
    for y in range(weights.shape[0]):
        start, end = left[y] * 4, right[y] * 4
        if start >= end:
            continue
        sums, row = total[start:end], out[y, start:end]
        sums[:] = np.float32(0.5)
        for k in range(weights.shape[1]):
            weight = weights[y, k]
            line = picture[first[y] + k, start:end]
            for x in range(end - start):
                sums[x] += weight * np.float32(line[x])
        for x in range(end - start):
            row[x] = np.uint8(min(max(sums[x], np.float32(0)), np.float32(255)))


@njit(cache=True, nogil=True, fastmath=True)
def _across(
    picture: U8, first: I64, weights: F32, left: I64, right: I64, inner: I64, outer: I64, out: row_differences.Words
) -> None:
    """ROWS rows at once, a column of them side by side: what is added up lies next to each other. ``weights`` has a
    multiple of four columns. The ranges are those of ``_reached``."""
    height, width = picture.shape[0], picture.shape[1] // 4
    columns = np.zeros((width + 3, ROWS * 4), np.float32)
    total = np.empty(ROWS * 4, np.float32)
    made = np.empty(ROWS * 4, np.uint8)
    pixels = made.view(np.uint32)
    for top in range(0, height, ROWS):
        rows = min(ROWS, height - top)
        for r in range(rows):
            line = picture[top + r]
            for x in range(inner[top], outer[top]):
                for c in range(4):
                    columns[x, r * 4 + c] = np.float32(line[x * 4 + c])
        for x in range(left[top], right[top]):
            total[:] = np.float32(0.5)
            for k in range(0, weights.shape[1], 4):
                at = first[x] + k
                a, b, c, d = columns[at], columns[at + 1], columns[at + 2], columns[at + 3]
                u, v, s, t = weights[x, k], weights[x, k + 1], weights[x, k + 2], weights[x, k + 3]
                for i in range(ROWS * 4):
                    total[i] += u * a[i] + v * b[i] + s * c[i] + t * d[i]
            for i in range(ROWS * 4):
                made[i] = np.uint8(np.int32(min(max(total[i], np.float32(0)), np.float32(255))))
            for r in range(rows):
                out[top + r, x] = pixels[r]


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    row_differences.warm()
    for out in ((6, 6), (5, 6), (6, 5)):
        stretching = Stretching(out)
        for grey in (0, 1):
            stretching(np.full((5, 5, 4), grey, np.uint8))
