"""The learned part: four linear models (roles of clauses, slots of values, wishes without a value, what a question
asks), numpy only.

Each is a table of features by labels, trained by ``benchmarks/train_language.py`` on the tables of ``tests/data`` and
kept as whole numbers of eight bits, with one scale for each label, in ``weights.npz.xz``. A feature is found by the
first 24 bits of its CRC-32: one unknown feature in 200 is taken for a known one, and the file is a fifth smaller.
Reading is deterministic.
"""

from __future__ import annotations

import io
import lzma
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

WEIGHTS = Path(__file__).parent / "weights.npz.xz"


def key(feature: str) -> int:
    """The number by which a feature is found, of 24 bits."""
    return crc32(feature.encode()) >> 8


@dataclass(frozen=True, slots=True)
class Linear:
    """Scores of labels: the sum of the rows of the features that are known, times the scale of each label."""

    labels: tuple[str, ...]
    keys: np.ndarray[Any, Any]  # uint32, sorted: the feature of each row, by its ``key``
    weights: np.ndarray[Any, Any]  # (features, labels): int8 as stored, float32 in training
    scale: np.ndarray[Any, Any]  # float32, (labels,)

    def scores(self, features: Iterable[str]) -> np.ndarray[Any, Any]:
        """One score a label, in the order of ``labels``."""
        wanted = np.array(list({crc32(f.encode()) >> 8 for f in features}), np.uint32)
        rows = self.keys.searchsorted(wanted) % len(self.keys)
        total = self.weights[rows[self.keys[rows] == wanted]].sum(axis=0, dtype=np.float32)
        scored: np.ndarray[Any, Any] = total * self.scale
        return scored


def _numbers(planes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Numbers of three bytes of which the first bytes are stored together, then the second, then the third."""
    return np.ascontiguousarray(np.pad(planes, ((0, 1), (0, 0))).T).view("<u4").ravel()


def _dense(stored: Any, name: str) -> np.ndarray[Any, Any]:
    """The weights (features, labels), of which those that are not 0 are stored: how many a row has, where, and what."""
    counts, labels = stored[f"{name}.counts"], len(stored[f"{name}.scale"])
    weights = np.zeros(len(counts) * labels, np.int8)
    weights[np.repeat(np.arange(0, len(weights), labels), counts) + stored[f"{name}.columns"]] = stored[f"{name}.steps"]
    return weights.reshape(-1, labels)


@cache
def load(path: Path = WEIGHTS) -> dict[str, Linear]:
    """The models by name: ``roles``, ``slots``, ``wishes``, ``asks``."""
    with np.load(io.BytesIO(lzma.decompress(path.read_bytes())), allow_pickle=False) as stored:
        return {
            name: Linear(
                tuple(str(x) for x in stored[f"{name}.labels"]),
                np.cumsum(_numbers(stored[f"{name}.keys"]), dtype=np.uint32),
                _dense(stored, name),
                stored[f"{name}.scale"],
            )
            for name in ("roles", "slots", "wishes", "asks")
        }
