"""A converter that is kept says what a fresh one would."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np

from compressor.media import Once
from compressor.scaler import KEPT, converted


def _frame(width: int, height: int, seed: int) -> av.VideoFrame:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 4), np.uint8)
    return av.VideoFrame.from_ndarray(pixels, format="rgba")


def test_it_is_what_the_frame_itself_would_give() -> None:
    sizes = [(16 + 2 * i, 10 + 4 * i) for i in range(KEPT + 2)]
    for round_ in range(2):
        for number, (width, height) in enumerate(sizes):
            frame = _frame(width, height, 10 * round_ + number)
            for how in ({"format": "yuv420p"}, {"format": "rgb24", "width": 32, "height": 8}):
                made = converted(frame, **how)
                assert np.array_equal(made.to_ndarray(), frame.reformat(**how).to_ndarray())


def test_threads_do_not_share_one() -> None:
    frames = [_frame(64, 48, seed) for seed in range(40)]
    alone = [frame.reformat(format="yuv420p").to_ndarray() for frame in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda frame: converted(frame, format="yuv420p").to_ndarray(), frames))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_a_picture_is_made_once_whoever_asks() -> None:
    made = []

    def make() -> np.ndarray:
        made.append(1)
        return np.zeros((2, 2, 4), np.uint8)

    once = Once(make)
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda _: once(), range(50)))
    assert len(made) == 1
    assert all(picture is pictures[0] for picture in pictures)
