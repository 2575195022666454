"""What is made only where a picture has changed is what would be made of the whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from compressor import row_differences
from compressor.codecs import encoder_frames
from compressor.compose import compose, even_size
from compressor.goal import Goal
from compressor.media import RGBA
from compressor.probe import probe
from compressor.timeline import draft_for

from . import media_made as made


def _moving(width: int, height: int, count: int, *, clear: bool = False, seed: int = 7) -> Iterator[RGBA]:
    """Boxes that come and go on a still ground of noise; now and then nothing changes, or everything."""
    rng = np.random.default_rng(seed)
    ground = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    if not clear:
        ground[..., 3] = 255
    for number in range(count):
        ground = ground.copy()
        if number == count // 2:
            ground[..., :3] = rng.choice(np.array([0, 255], np.uint8), (height, width, 3))
        for _ in range(number % 4):
            y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
            colour = rng.integers(0, 256, 4) if clear else (*rng.integers(0, 256, 3), 255)
            ground[y : y + int(rng.integers(1, 20)), x : x + int(rng.integers(1, 40))] = colour
        if number == count - 2:
            ground.flags.writeable = False
        yield ground


def test_the_columns_are_the_first_and_the_last_that_differ() -> None:
    for before, after in zip(_moving(61, 47, 12), [*_moving(61, 47, 12)][1:], strict=False):
        apart = (before != after).any(axis=2)
        found = row_differences.between(after, before)
        if found is None:
            assert not apart.any()
            continue
        for row, left, right in zip(apart, *found, strict=True):
            at = np.flatnonzero(row)
            assert (left, right) == ((at[0], at[-1] + 1) if len(at) else (61, 0))
    assert row_differences.between(before[:, :30], before[:, :30].copy()) is None


@pytest.mark.parametrize("grown", [(0, 1), (1, 0), (5, 1)])
@pytest.mark.parametrize("size", [(131, 97), (500, 61), (12, 9), (1, 1)])
def test_a_picture_is_stretched_as_if_there_had_been_none_before(size: tuple[int, int], grown: tuple[int, int]) -> None:
    out = size[0] + grown[0], size[1] + grown[1]
    stretching = even_size.Stretching(out)
    for rgba in _moving(*size, 14, clear=True):
        made = stretching(rgba)
        assert np.array_equal(made, even_size.stretched(rgba, out))
        assert stretching(rgba.copy()) is made


@pytest.mark.parametrize(("n", "m"), [(1, 2), (7, 8), (95, 96), (131, 136), (300, 302)])
def test_the_weights_are_those_of_the_dense_solution(n: int, m: int) -> None:
    back, plain = even_size._lanczos(n, m), even_size._bicubic(n, m)
    gram = back @ back.T + even_size.CAUTION * np.eye(n)
    assert np.allclose(even_size._product(back, plain), back @ plain, atol=1e-12)
    assert np.allclose(even_size._solved(gram, plain.T.copy()), np.linalg.solve(gram, plain.T), atol=1e-12)


def test_equal_frames_are_painted_once(tmp_path: Path) -> None:
    pictures = [*made.scene(60, 40, 3)]
    path = made.gif(tmp_path / "a.gif", [pictures[i] for i in (0, 1, 1, 1, 2)], 10)
    info = probe(path)
    draft = draft_for("a", info, "")
    frames = [*compose(draft, {"a": (path, info)}, Goal(format="mp4"), (30, 20)).frames()]
    assert len(frames) == 5
    assert frames[1].rgba is frames[2].rgba is frames[3].rgba
    assert not np.array_equal(frames[0].rgba, frames[1].rgba)


@pytest.mark.parametrize("matte", [None, (10, 128, 250)])
@pytest.mark.parametrize("clear", [False, True])
@pytest.mark.parametrize("size", [(640, 360), (258, 66), (96, 400), (2, 2)])
def test_planes_are_those_of_the_whole_picture(
    size: tuple[int, int], clear: bool, matte: tuple[int, int, int] | None
) -> None:
    conversion = encoder_frames._Conversion(*size, matte)
    for rgba in _moving(*size, 14, clear=clear):
        assert np.array_equal(conversion(rgba), encoder_frames.to_yuv(encoder_frames.flat(rgba, matte)))


def test_only_what_has_changed_is_converted(monkeypatch: pytest.MonkeyPatch) -> None:
    converted = []
    real = encoder_frames.to_yuv
    monkeypatch.setattr(encoder_frames, "to_yuv", lambda pixels: converted.append(pixels.shape[:2]) or real(pixels))
    still, moved = np.full((400, 600, 4), 255, np.uint8), np.full((400, 600, 4), 255, np.uint8)
    moved[100:110, 300:320, :3] = 0
    conversion = encoder_frames._Conversion(600, 400, (0, 0, 0))
    first = conversion(still)
    assert conversion(still.copy()) is first
    conversion(moved)
    assert converted == [(400, 600), (64, 128)]


def test_tiles_are_placed_around_all_that_has_changed() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        width, height = 2 * int(rng.integers(1, 500)), 2 * int(rng.integers(1, 300))
        left, right = np.full(height, width), np.zeros(height, int)
        wanted = np.zeros((height, width), bool)
        for y in rng.integers(0, height, 3):
            left[y] = rng.integers(0, width)
            right[y] = rng.integers(left[y], width) + 1
            wanted[max(y - 4, 0) : y + 5, max(left[y] - 4, 0) : right[y] + 4] = True
        got = np.zeros((height, width), bool)
        tiles = encoder_frames.tiled(left, right, width)
        assert not (tiles % 2).any()
        for x, y, start, top, end, bottom in tiles:
            assert start - x >= (4 if x else 0)
            assert top - y >= (4 if y else 0)
            assert min(x + encoder_frames.TILE[0], width) - end >= (4 if end < width else 0)
            assert min(y + encoder_frames.TILE[1], height) - bottom >= (4 if bottom < height else 0)
            assert not got[top:bottom, start:end].all()
            got[top:bottom, start:end] = True
        assert (got | ~wanted).all()


def test_the_share_of_a_picture_that_is_new_and_not_flat() -> None:
    before = np.zeros((30, 40, 4), np.uint8)
    assert row_differences.share(before, before) == row_differences.share(before.copy(), before) == 0
    flat = before.copy()
    flat[:, 20:] = 9
    assert row_differences.share(flat, before) == 1 / 40  # but for its edge it costs nothing
    noise = np.random.default_rng(1).integers(0, 256, before.shape, np.uint8)
    assert row_differences.share(noise, before) == 39 / 40
    half = before.copy()
    half[:15] = noise[:15]
    assert row_differences.share(half, before) == pytest.approx(39 / 80)
