"""No damaged or different file passes the last look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from compressor.errors import EngineFailure
from compressor.verify import Promise, check

from . import media_made as made

KINDS = ["gif", "apng", "webp", "avif", "mp4", "webm"]


def build(path: Path, kind: str, count: int = 6, **options: Any) -> tuple[Path, Promise]:
    pictures = made.scene(64, 48, count, noise=10)
    if kind in ("mp4", "webm"):
        made.film(path, pictures, kind=kind, **options)
        codec = {"mp4": "h264", "webm": "vp9"}[kind]
        return path, Promise(kind, 64, 48, count, count * 100_000, codec=codec, pixels="yuv420p")
    getattr(made, kind)(path, pictures, **({"delays_cs": 10} if kind == "gif" else {"holds_ms": 100}))
    return path, Promise(kind, 64, 48, count, count * 100_000, loop=0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_file_passes(tmp_path: Path, kind: str) -> None:
    path, promise = build(tmp_path / "x", kind)
    assert check(path, promise).frames == 6


def test_sound_that_is_wanted_passes(tmp_path: Path) -> None:
    path, promise = build(tmp_path / "x", "mp4", tone_ms=600)
    assert check(path, replace(promise, audio=True)).has_audio
    with pytest.raises(EngineFailure):
        check(path, promise)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "change",
    [
        {"format": "mkv"},
        {"width": 63},
        {"height": 47},
        {"frames": 5},
        {"duration_us": 500_000},
        {"codec": "nothing"},
        {"audio": True},
        {"max_bytes": 100},
        {"loop": 3},
    ],
    ids=lambda c: next(iter(c)),
)
def test_a_different_file_does_not(tmp_path: Path, kind: str, change: dict[str, Any]) -> None:
    path, promise = build(tmp_path / "x", kind)
    with pytest.raises(EngineFailure) as caught:
        check(path, replace(promise, **change))
    assert caught.value.detail
    assert "check" in caught.value.message


def test_pixels_have_to_be_as_promised(tmp_path: Path) -> None:
    path, promise = build(tmp_path / "x", "mp4", pixels="yuv444p")
    with pytest.raises(EngineFailure, match="check"):
        check(path, promise)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 0.99])
def test_a_cut_file_does_not(tmp_path: Path, kind: str, share: float) -> None:
    path, promise = build(tmp_path / "x", kind)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(EngineFailure):
        check(path, promise)


def _zeros(data: bytearray, at: int) -> None:
    data[at : at + 64] = bytes(len(data[at : at + 64]))


def _flips(data: bytearray, at: int) -> None:
    for place in range(at, min(at + 200, len(data)), 7):
        data[place] ^= 0xFF


@pytest.mark.parametrize("damage", [_zeros, _flips])
@pytest.mark.parametrize(("kind", "at_least"), [("apng", 12), ("mp4", 5)])
def test_damage_inside_does_not(
    tmp_path: Path, kind: str, at_least: int, damage: Callable[[bytearray, int], None]
) -> None:
    """PNG has check sums. H.264 has none: what still decodes without a complaint is left to the measured quality."""
    path, promise = build(tmp_path / "x", kind, 12)
    data = path.read_bytes()
    found = 0
    for place in np.linspace(len(data) * 0.1, len(data) * 0.9, 12).astype(int):
        broken = bytearray(data)
        damage(broken, int(place))
        path.write_bytes(bytes(broken))
        try:
            check(path, replace(promise, frames=12, duration_us=1_200_000))
        except EngineFailure:
            found += 1
    assert found >= at_least
