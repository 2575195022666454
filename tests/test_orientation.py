"""How a stored picture is turned and mirrored to be shown: every kind of file, all eight ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressor import decode, engine, orientation
from compressor.probe import probe

from . import media_made as made

EIGHT = range(1, 9)


def corner() -> made.Picture:
    """White, with a red and a blue mark at the upper left: no two of the eight ways look the same."""
    picture = made.flat(64, 32, (255, 255, 255))[0]
    picture[:8, :16, :3] = (255, 0, 0)
    picture[:8, 16:32, :3] = (0, 0, 255)
    return picture


def apart(one: made.Picture, other: made.Picture) -> float:
    return float(np.abs(one[..., :3].astype(int) - other[..., :3]).mean())


def shows(path: Path, turned: made.Picture) -> None:
    """Probe and decode agree on the size, and every frame is ``turned``."""
    info = probe(path)
    assert (info.height, info.width) == turned.shape[:2]
    for frame in decode.frames(path, info):
        assert frame.rgba.shape == turned.shape
        assert frame.rgba.flags.c_contiguous
        assert apart(frame.rgba, turned) < 4


@pytest.mark.parametrize("way", EIGHT)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_still(tmp_path: Path, kind: str, way: int) -> None:
    path = made.still(tmp_path / "in", kind, corner(), way)
    assert probe(path).orientation == way
    shows(path, made.oriented(corner(), way))


@pytest.mark.parametrize("way", EIGHT)
@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_a_film(tmp_path: Path, kind: str, way: int) -> None:
    path = made.turned(made.film(tmp_path / "in", [corner()] * 3, kind=kind), way)
    assert probe(path).orientation == way
    shows(path, made.oriented(corner(), way))


@pytest.mark.parametrize("kind", ["apng", "webp"])
def test_an_animation(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    other = corner()
    other[20:, 40:, :3] = 0
    path = getattr(made, kind)(tmp_path / "in", [corner(), other], exif=exif)
    info = probe(path)
    assert (info.width, info.height, info.frames) == (32, 64, 2)
    first, second = decode.frames(path, info)
    assert apart(first.rgba, made.oriented(corner(), 6)) == 0
    assert apart(second.rgba, made.oriented(other, 6)) == 0


@pytest.mark.parametrize("turn", [0.5, 30.0, 89.0])
def test_a_matrix_of_another_angle_is_the_nearest(turn: float) -> None:
    cos, sin = np.cos(np.radians(turn)), np.sin(np.radians(turn))
    assert orientation.of_matrix(cos, sin, -sin, cos) == (1 if turn < 45 else 6)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"Exif\0\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\x09\0\0\0",
    ],
)
def test_exif_that_says_nothing(block: bytes) -> None:
    assert orientation.of_exif(block) == orientation.UPRIGHT


@pytest.mark.parametrize("made_as", ["png", "webp", "avif", "gif", "mp4"])
@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF"])
def test_the_whole_picture_is_in_the_result(tmp_path: Path, kind: str, made_as: str) -> None:
    """Turned, not cropped; a ceiling that the source itself meets gives no copy that nobody would turn."""
    source = made.still(tmp_path / "in", kind, corner(), 6)
    job = engine.Job({"a": str(source)}, str(tmp_path / "out"), {"format": made_as, "max_bytes": 100_000})
    report = engine.make(job, lambda event: None)
    assert (report.value["output"]["width"], report.value["output"]["height"]) == (32, 64)
    assert probe(report.path).orientation == 1
    (frame, *_) = decode.frames(report.path)
    assert apart(frame.rgba, made.oriented(corner(), 6)) < 6
