"""The models of language as a file: few weights, few steps, packed well."""

from __future__ import annotations

import io
import lzma
from pathlib import Path
from typing import Any

import numpy as np

from compressor.language.model import Linear

STEPS = 10  # a weight is one of so many steps up or down (12: as many messages, 2 % more bytes)
SMALL, LEAST = 0.28, 0.33  # weights below the first are nothing; rows whose largest is below the second are left out


def kept(weights: Any) -> Any:
    """Which weights are stored."""
    large = np.abs(weights) >= SMALL
    return large & (np.abs(weights).max(axis=1) > LEAST)[:, None]


def planes(numbers: Any) -> Any:
    """The first bytes of all numbers below 2 ** 24, then the second, then the third (4 % off the whole file)."""
    return np.ascontiguousarray(numbers.astype("<u4").view(np.uint8).reshape(-1, 4).T[:3])


def write(models: dict[str, Linear], out: Path) -> int:
    """Writes the models as eight-bit numbers, without the weights that round to nothing. Returns the bytes."""
    stored: dict[str, Any] = {}
    for name, model in models.items():
        scale = np.abs(model.weights).max(axis=0) / STEPS + 1e-9
        whole = np.round(model.weights / scale).astype(np.int8)
        keep = np.flatnonzero(whole.any(axis=1))
        rows = whole[keep]
        stored |= {
            f"{name}.labels": np.array(model.labels),
            f"{name}.keys": planes(np.diff(model.keys[keep], prepend=np.uint32(0))),  # sorted: the gaps are small
            f"{name}.counts": np.count_nonzero(rows, axis=1).astype(np.uint8),
            f"{name}.columns": np.nonzero(rows)[1].astype(np.uint8),
            f"{name}.steps": rows[rows != 0],
            f"{name}.scale": scale.astype(np.float32),
        }
    whole_file = io.BytesIO()
    np.savez(whole_file, **stored)
    out.write_bytes(lzma.compress(whole_file.getvalue(), preset=9 | lzma.PRESET_EXTREME))
    return out.stat().st_size
