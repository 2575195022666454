"""The motion-gated temporal mean: flicker goes, what moves stays."""

from __future__ import annotations

import numpy as np

from compressor.codecs.prefilter import steady
from compressor.media import Frame


def _frames(pictures: list[np.ndarray]) -> list[Frame]:
    return [Frame(picture, i * 40_000, 40_000, 4) for i, picture in enumerate(pictures)]


def test_flicker_around_a_still_ground_goes() -> None:
    rng = np.random.default_rng(1)
    pictures = []
    for _ in range(7):
        picture = np.full((32, 32, 4), 255, np.uint8)
        picture[..., :3] = 120 + rng.integers(-8, 9, (32, 32, 3))
        pictures.append(picture)
    frames = _frames(pictures)
    calm = list(steady(frames))
    assert [(f.at_us, f.hold_us, f.delay_cs) for f in calm] == [(f.at_us, f.hold_us, f.delay_cs) for f in frames]
    assert calm[3].rgba[..., :3].std() < 0.6 * pictures[3][..., :3].std()
    assert abs(float(calm[3].rgba[..., :3].mean()) - 120) < 1


def test_what_moves_and_what_is_short_is_left_alone() -> None:
    pictures = []
    for i in range(5):
        picture = np.zeros((32, 32, 4), np.uint8)
        picture[..., 3] = 255
        picture[8:16, 4 * i : 4 * i + 8, :3] = 230
        pictures.append(picture)
    for frame, picture in zip(steady(_frames(pictures)), pictures, strict=True):
        assert np.array_equal(frame.rgba, picture)
    assert list(steady([])) == []
    assert np.array_equal(next(iter(steady(_frames(pictures[:1])))).rgba, pictures[0])


def _means(picture: np.ndarray) -> np.ndarray:
    padded = np.pad(picture[..., :3].astype(int), ((2, 2), (2, 2), (0, 0)), mode="edge")
    height, width = picture.shape[:2]
    return sum(padded[y : y + height, x : x + width] for y in range(5) for x in range(5)) // 25


def _plainly(pictures: list[np.ndarray], at: int) -> np.ndarray:
    """What ``steady`` says of picture ``at``, in so many words."""
    here, mean = pictures[at].astype(int), _means(pictures[at])
    total, count = here[..., :3].copy(), np.ones(here.shape[:2], int)
    for way in (-1, 1):
        alive = np.ones(here.shape[:2], bool)
        for other in range(at + way, at + 4 * way, way):
            if not 0 <= other < len(pictures):
                break
            there = pictures[other].astype(int)
            alive &= np.abs(there[..., :3] - here[..., :3]).sum(axis=2) <= 40
            alive &= np.abs(_means(pictures[other]) - mean).sum(axis=2) <= 9
            alive &= there[..., 3] == here[..., 3]
            total += there[..., :3] * alive[..., None]
            count += alive
    out = here.copy()
    out[..., :3] = (total + count[..., None] // 2) // count[..., None]
    return out.astype(np.uint8)


def test_it_is_the_mean_that_is_described() -> None:
    rng = np.random.default_rng(5)
    for height, width, count in ((9, 13, 9), (1, 1, 4), (3, 70, 2)):
        ground = rng.integers(0, 256, (height, width, 4))
        pictures = []
        for _ in range(count):
            moved = rng.random((height, width, 1)) < 0.1
            noisy = np.where(moved, rng.integers(0, 256, ground.shape), ground + rng.integers(-4, 5, ground.shape))
            noisy[..., 3] = np.where(rng.random((height, width)) < 0.05, 0, 255)
            pictures.append(np.clip(noisy, 0, 255).astype(np.uint8))
        for number, frame in enumerate(steady(_frames(pictures))):
            assert np.array_equal(frame.rgba, _plainly(pictures, number))


def test_around_what_moves_it_is_the_mean_that_is_described() -> None:
    """Most rows and columns are taken over from the frame before."""
    rng = np.random.default_rng(6)
    for height, width, count in ((40, 57, 12), (6, 90, 10), (60, 3, 10)):
        picture = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
        pictures = []
        for number in range(count):
            picture = picture.copy()
            for _ in range(number % 3):
                y, x = int(rng.integers(0, height)), int(rng.integers(0, width))
                place = picture[y : y + int(rng.integers(1, 9)), x : x + int(rng.integers(1, 20))]
                place[:] = np.clip(place + rng.integers(-5, 6, place.shape), 0, 255)
            pictures.append(picture)
        for number, frame in enumerate(steady(_frames(pictures))):
            assert np.array_equal(frame.rgba, _plainly(pictures, number))


def test_what_stands_still_is_given_back_itself() -> None:
    frames = _frames([np.full((8, 8, 4), 77, np.uint8) for _ in range(5)])
    assert all(calm.rgba is frame.rgba for calm, frame in zip(steady(frames), frames, strict=True))
