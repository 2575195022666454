"""How a picture gets sides that can be stored: stretched by a line or a few, lines repeated, or cut off.

``stretched`` is not any resampling: of all pictures that are so much longer it is about the one that, shown in the
source's place, is the source again. Plain interpolation blurs wherever a line falls between two, and scaling back
blurs once more; here the second is foreseen. ``edge`` measures which way keeps most.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numba import njit
from PIL import Image

from ..media import RGBA, Frame
from .picture import with_edges
from .size import EDGES, even_side, stored_width

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
LOOKS = 2
CAUTION = 0.3  # how much weight is on plain interpolation: 0 would ring, much would blur
LEAST = 2e-3  # of a line's weight; what is less is left out
ROWS = 16


def edge(frames: Iterable[Frame], count: int) -> str:
    """Which of ``EDGES`` keeps most, shown in the source's place, of up to LOOKS of the ``count`` frames."""
    wanted = {(2 * i + 1) * count // (2 * LOOKS) for i in range(LOOKS)}
    looks: list[tuple[RGBA, str]] = []
    for number, frame in enumerate(frames):
        if number in wanted:
            looks += [(frame.rgba, way) for way in EDGES]
        if number >= max(wanted):
            break
    scores = dict.fromkeys(EDGES, 0.0)
    with ThreadPoolExecutor(2) as pool:
        for (_, way), score in zip(looks, pool.map(lambda look: _kept(*look), looks), strict=True):
            scores[way] += score
    return max(EDGES, key=lambda way: scores[way])


def _kept(rgba: RGBA, way: str) -> float:
    """SSIMULACRA2 of the picture made even and scaled back."""
    from ..quality import on_grey, ssimulacra2

    height, width = rgba.shape[:2]
    size = stored_width(width, way), even_side(height, way)
    stored = on_grey(stretched(rgba, size) if way == "stretch" else with_edges(rgba, size))
    back = Image.fromarray(stored).resize((width, height), Image.Resampling.LANCZOS)
    return ssimulacra2(on_grey(rgba), np.asarray(back))


def stretched(picture: RGBA, out: tuple[int, int]) -> RGBA:
    """``picture`` (height, width, 4) with a few lines and columns more, ``out`` (width, height)."""
    height, width = picture.shape[:2]
    made = np.ascontiguousarray(picture)
    if out[1] != height:
        first, weights = _longer(height, out[1])
        made = _down(made, first, weights)
    if out[0] != width:
        first, weights = _longer(width, out[0])
        if weights.shape[1] % 4:  # of so few columns
            weights = np.pad(weights, ((0, 0), (0, -weights.shape[1] % 4)))
        made = _across(made, first, weights)
    return made


@lru_cache(maxsize=8)
def _longer(n: int, m: int) -> tuple[npt.NDArray[np.int64], F32]:
    """How m lines are made of n, fewer: (first line, weights of it and those after it), by line."""
    back, plain = _lanczos(n, m), _bicubic(n, m)
    residue = np.eye(n) - back @ plain
    exact = plain + back.T @ np.linalg.solve(back @ back.T + CAUTION * np.eye(n), residue)
    counts = np.abs(exact) > LEAST
    firsts = counts.argmax(axis=1)
    lasts = n - 1 - counts[:, ::-1].argmax(axis=1)
    span = int((lasts - firsts).max()) + 1
    span = min(span + -span % 4, n)
    firsts = np.minimum(firsts, n - span)
    weights = np.stack([row[at : at + span] for row, at in zip(exact, firsts, strict=True)])
    weights /= weights.sum(axis=1, keepdims=True)
    return firsts.astype(np.int64), weights.astype(np.float32)


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


@njit(cache=True, nogil=True, fastmath=True)
def _down(picture: RGBA, first: npt.NDArray[np.int64], weights: F32) -> RGBA:
    height, width = weights.shape[0], picture.shape[1]
    out = np.empty((height, width, 4), np.uint8)
    flat = picture.reshape(picture.shape[0], width * 4)
    rows = out.reshape(height, width * 4)
    total = np.empty(width * 4, np.float32)
    for y in range(height):
        total[:] = np.float32(0.5)
        for k in range(weights.shape[1]):
            weight = weights[y, k]
            line = flat[first[y] + k]
            for x in range(width * 4):
                total[x] += weight * np.float32(line[x])
        for x in range(width * 4):
            rows[y, x] = np.uint8(min(max(total[x], np.float32(0)), np.float32(255)))
    return out


@njit(cache=True, nogil=True, fastmath=True)
def _across(picture: RGBA, first: npt.NDArray[np.int64], weights: F32) -> RGBA:
    """ROWS rows at once, a column of them side by side: what is added up lies next to each other. ``weights`` has a
    multiple of four columns."""
    height, width, out_width = picture.shape[0], picture.shape[1], weights.shape[0]
    out = np.empty((height, out_width, 4), np.uint8)
    columns = np.zeros((width + 3, ROWS * 4), np.float32)
    total = np.empty(ROWS * 4, np.float32)
    made = np.empty(ROWS * 4, np.uint8)
    for top in range(0, height, ROWS):
        rows = min(ROWS, height - top)
        for r in range(rows):
            line = picture[top + r]
            for x in range(width):
                for c in range(4):
                    columns[x, r * 4 + c] = np.float32(line[x, c])
        for x in range(out_width):
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
                for c in range(4):
                    out[top + r, x, c] = made[r * 4 + c]
    return out


def warm() -> None:
    """Compile the kernels, or read them from numba's cache."""
    for picture in (np.zeros((5, 5, 4), np.uint8), np.frombuffer(bytes(100), np.uint8).reshape(5, 5, 4)):
        stretched(picture, (6, 6))
