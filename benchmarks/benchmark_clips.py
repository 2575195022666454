"""The clips that a benchmark runs on: GIFs and films of a folder, or four that are made here, alike on every machine.

typing    a terminal in which text appears (few colours, hardly anything moves)
filmed    soft shapes in motion under grain, dithered to 256 colours (everything moves)
sticker   a see-through picture with a hard edge that bounces
plot      thin lines that grow over a grid
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from measured_result import probe
from PIL import Image, ImageDraw

KINDS = (".gif", ".mp4", ".mov", ".webm")


def clips(folder: Path | None, work: Path, only: str = "", max_mpx: float = 40.0) -> list[Path]:
    """The files to run on, by name. ``work``: where made ones are written."""
    if folder is None:
        found = made(work)
    else:
        found = sorted(path for path in folder.iterdir() if path.suffix in KINDS)
    return [path for path in found if only in path.name and megapixels(path) <= max_mpx]


def megapixels(path: Path) -> float:
    info = probe(path)
    return info.width * info.height * max(info.frames, 1) / 1e6


def made(work: Path) -> list[Path]:
    found = []
    for name, draw in CLIPS.items():
        path = work / f"{name}.gif"
        pictures = draw()
        pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=60, loop=0, disposal=2)
        found.append(path)
    return found


def typing() -> list[Image.Image]:
    words = "the quick brown fox jumps over the lazy dog while nobody looks " * 4
    pictures = []
    for number in range(30):
        image = Image.new("RGB", (480, 270), (24, 26, 33))
        draw = ImageDraw.Draw(image)
        shown = words[: 8 * number]
        for line in range(0, len(shown), 64):
            color = [(220, 220, 210), (120, 200, 120), (110, 160, 230), (230, 180, 90)][line // 64 % 4]
            draw.text((12, 12 + 18 * (line // 64)), shown[line : line + 64], fill=color)
        pictures.append(image.quantize(64))
    return pictures


def filmed() -> list[Image.Image]:
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:180, 0:320].astype(np.float64)
    waves = [
        (rng.uniform(0.01, 0.08), rng.uniform(0.01, 0.08), rng.uniform(0, 6), rng.uniform(-0.2, 0.2)) for _ in range(6)
    ]
    pictures = []
    for number in range(24):
        planes = []
        for shift in range(3):
            plane = 120.0 + sum(26 * np.sin(a * x + b * y + p + shift + c * number) for a, b, p, c in waves)
            planes.append(plane + rng.normal(0, 3, plane.shape))
        rgb = np.clip(np.stack(planes, axis=-1), 0, 255).astype(np.uint8)
        pictures.append(Image.fromarray(rgb).quantize(256, dither=Image.Dither.FLOYDSTEINBERG))
    return pictures


def sticker() -> list[Image.Image]:
    pictures = []
    for number in range(20):
        image = Image.new("RGBA", (128, 128), (0, 0, 0, 0))
        draw = ImageDraw.Draw(image)
        top = 20 + abs(10 - number) * 4
        draw.ellipse((34, top, 94, top + 60), fill=(245, 190, 40, 255), outline=(40, 30, 20, 255), width=4)
        draw.ellipse((50, top + 18, 58, top + 28), fill=(40, 30, 20, 255))
        draw.ellipse((70, top + 18, 78, top + 28), fill=(40, 30, 20, 255))
        pictures.append(image)
    return pictures


def plot() -> list[Image.Image]:
    rng = np.random.default_rng(5)
    lines = rng.normal(0, 8, (5, 60)).cumsum(axis=1)
    colors = [(31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189)]
    pictures = []
    for number in range(2, 32):
        image = Image.new("RGB", (400, 300), (255, 255, 255))
        draw = ImageDraw.Draw(image)
        for at in range(0, 400, 40):
            draw.line((at, 0, at, 300), fill=(225, 225, 225))
            draw.line((0, at, 400, at), fill=(225, 225, 225))
        for line, color in zip(lines, colors, strict=True):
            points = [(10 + 6.4 * k, 150 - float(line[k])) for k in range(2 * number - 2)]
            draw.line(points, fill=color, width=2)
        pictures.append(image.quantize(128))
    return pictures


CLIPS: dict[str, Callable[[], list[Image.Image]]] = {
    "filmed": filmed,
    "plot": plot,
    "sticker": sticker,
    "typing": typing,
}
