"""Pictures that bear their number as ten black or white fields, and the script that reads it off the comparison."""

from __future__ import annotations

import numpy as np

from .media_made import Picture

BITS = 10
FIELD = 24


def numbered(count: int) -> list[Picture]:
    """``count`` pictures of 240 x 96; field k of picture n is white when bit k of n is set."""
    pictures = []
    for number in range(count):
        picture = np.full((96, BITS * FIELD, 4), 255, np.uint8)
        for bit in range(BITS):
            picture[:, bit * FIELD : (bit + 1) * FIELD, :3] = 235 if number >> bit & 1 else 20
        pictures.append(picture)
    return pictures


# Both canvases in one step: [number on the left, number on the right].
READ = """() => ["before", "after"].map((name) => {
  const canvas = document.querySelector(`.pair .${name} canvas`);
  const pen = canvas.getContext("2d");
  let number = 0;
  for (let bit = 0; bit < 10; bit += 1) {
    const [r] = pen.getImageData(canvas.width * (bit + 0.5) / 10, canvas.height / 2, 1, 1).data;
    if (r > 128) number |= 1 << bit;
  }
  return number;
})"""
