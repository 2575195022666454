"""Odd sides: stretched to look the same in the source's place, or a line more or less, whichever keeps most."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressor import decode, engine
from compressor.compose import edge, even_size
from compressor.compose.size import EDGES, output_size
from compressor.goal import Goal
from compressor.media import Frame
from compressor.quality import ssimulacra2

from . import media_made as made


def _noise(width: int, height: int, smooth: int) -> np.ndarray:
    """Clouds, or sharp grain for ``smooth`` 1."""
    small = np.random.default_rng(5).integers(0, 256, (height // smooth + 2, width // smooth + 2, 3)).astype(np.uint8)
    large = Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)
    return np.dstack([np.asarray(large), np.full((height, width), 255, np.uint8)])


@pytest.mark.parametrize("size", [(96, 65), (97, 64), (97, 65)])
def test_stretched_and_shown_in_its_place_it_is_the_source_again(size: tuple[int, int]) -> None:
    picture = _noise(*size, smooth=3)
    out = size[0] + size[0] % 2, size[1] + size[1] % 2
    long = even_size.stretched(picture, out)
    assert long.shape == (out[1], out[0], 4)
    assert (long[..., 3] == 255).all()

    def back(stored: np.ndarray) -> float:
        shown = Image.fromarray(np.ascontiguousarray(stored[..., :3])).resize(size, Image.Resampling.LANCZOS)
        return ssimulacra2(np.ascontiguousarray(picture[..., :3]), np.asarray(shown))

    plain = np.asarray(Image.fromarray(picture).resize(out, Image.Resampling.BICUBIC))
    assert back(long) > back(plain) + 1


def test_a_flat_colour_stays_what_it_is() -> None:
    picture = np.full((31, 45, 4), (10, 200, 255, 255), np.uint8)
    assert (even_size.stretched(picture, (46, 32)) == picture[0, 0]).all()


def test_the_way_is_chosen_by_what_it_keeps() -> None:
    clouds = _noise(64, 63, smooth=8)
    lines = np.full((63, 64, 4), 255, np.uint8)
    lines[::2, :, :3] = 0  # shifting by half a line makes grey of this, stretching as well
    assert edge([Frame(clouds, 0, 1)], 1) == "stretch"
    assert edge([Frame(lines, 0, 1)], 1) in EDGES


@pytest.mark.parametrize(("picture", "needed"), [("clouds", 2), ("flat", 4)])
def test_no_frame_is_asked_that_tells_nothing_new(picture: str, needed: int) -> None:
    flat = np.full((63, 64, 4), (90, 90, 90, 255), np.uint8)
    shown = flat if picture == "flat" else _noise(64, 63, smooth=8)
    asked = 0

    def frames() -> Iterator[Frame]:
        nonlocal asked
        for number in range(4):
            asked += 1
            yield Frame(shown, number, 1)

    edge(frames(), 4)
    assert asked == needed


@pytest.mark.parametrize(
    ("way", "out"), [("stretch", (46, 32)), ("repeat", (46, 32)), ("cut", (44, 30)), ("none", (45, 31))]
)
def test_sizes_of_all_ways(way: str, out: tuple[int, int]) -> None:
    size = output_size((45, 31), Goal(format="mp4"), edge=way)
    assert size.out == out
    assert size.drawn == (45, 31)
    assert output_size((45, 31), Goal(format="gif"), edge=way).out == (45, 31)


@pytest.mark.parametrize("way", ["stretch", "repeat", "cut"])
def test_sides_become_even_and_nothing_more(way: str) -> None:
    for width in range(2, 720):
        stored = output_size((width, 64), Goal(format="mp4"), edge=way).out[0]
        assert stored % 2 == 0
        assert abs(stored - width) == width % 2


@pytest.mark.parametrize("suffix", ["mp4", "webm"])
@pytest.mark.parametrize("width", [128, 130, 132])
def test_an_even_width_is_kept_and_every_column_is_seen(tmp_path: Path, suffix: str, width: int) -> None:
    """FFmpeg's fast conversion to RGBA leaves the last columns of some widths unwritten; ours does not."""
    path = made.gif(tmp_path / "a.gif", made.scene(width, 64, 3), 10)
    out = tmp_path / "o"
    engine.make(engine.Job({"a": str(path)}, str(out), {"format": suffix, "quality": 90}), lambda event: None)
    for frame, source in zip(decode.frames(out), decode.frames(path), strict=True):
        assert frame.rgba.shape == (64, width, 4)
        edges = frame.rgba[:, -6:, :3].astype(int) - source.rgba[:, -6:, :3]
        assert np.abs(edges).mean() < 12


def test_quality_is_told_against_the_source_and_not_against_what_was_stretched(tmp_path: Path) -> None:
    pictures = [_noise(65, 49, smooth=2)] * 2
    path = made.png(tmp_path / "a.png", pictures[0])
    job = engine.Job({"a": str(path)}, str(tmp_path / "o.mp4"), {"format": "mp4", "quality": 100})
    report = engine.make(job, lambda event: None)
    assert report.value["output"]["width"] in (64, 66)
    assert report.value["quality"]["mean"] < 95
