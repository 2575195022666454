"""Makes the two pictures of the README: an animation that this draws, and what brim makes of it in a quarter of its
bytes.

    python benchmarks/before_after.py docs/images
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

from brim import cli

SIZE, FRAMES, DELAY_MS = (220, 142), 20, 70


def frames() -> list[Image.Image]:
    """A sun over waves, with the grain that a camera has."""
    width, height = SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    noise = np.random.default_rng(7)
    found = []
    for number in range(FRAMES):
        turn = 2 * np.pi * number / FRAMES
        sky = np.stack([250 - 0.5 * y, 170 - 0.35 * y + 20 * np.sin(x / 90), 120 + 0.4 * y], axis=-1)
        glow = np.exp(-(((x - 110) ** 2 + (y - 56 - 6 * np.sin(turn)) ** 2) / 1400.0))[..., None]
        picture = sky + glow * np.array([90.0, 80.0, 20.0])
        for depth in range(5):
            line = 76 + 14 * depth + (5 + depth) * np.sin(x / (26 + 6 * depth) + turn * (1 + depth % 2) + depth)
            under = (y > line)[..., None]
            picture = np.where(under, np.array([34.0, 92.0, 120.0]) * (1.15 - 0.16 * depth) + 0.25 * picture, picture)
        picture = picture + noise.normal(0, 3.0, (height, width, 1))
        found.append(Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)))
    return found


def main(folder: Path) -> int:
    before, after = folder / "before.gif", folder / "after.gif"
    first, *rest = frames()
    first.save(before, save_all=True, append_images=rest, duration=DELAY_MS, loop=0)
    return cli.main([str(before), "-o", str(after), "--max-bytes", str(before.stat().st_size // 4)])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
