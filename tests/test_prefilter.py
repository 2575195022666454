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
