"""Texts over the picture: laid out once for each size, then blended into the frames of their time.

Bold letters with a rounded outline of the opposite lightness and a soft shadow can be read on any picture. Lines are
broken at spaces, between CJK characters, and within a word that is wider than the canvas; words without a size of their
own shrink until they take at most 92 % of the width and 42 % of the height. Lines are about equally long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ..media import RGBA
from ..timeline.draft import Draft, Title
from . import fonts
from .entrance import FOR_EVER, entrance

AUTO_SHARE = 0.1  # of the canvas's shorter side (of a wide or tall one a little more)
SMALL_SIZE = 11.0  # on a sticker of 25 pixels a tenth would be unreadable: start here and shrink to fit
LEAST_SIZE = 6.0
WIDTH_SHARE = 0.92
HEIGHT_SHARE = 0.42
MARGIN_SHARE = 0.05
LINE_HEIGHT = 1.22
OUTLINE_SHARE = 0.085
_NO_START = frozenset("、。，．・：；！？）」』】〉》”’…ー々,.!?:;)]}%")
_NO_END = frozenset("（「『【〈《“‘([{")

_CJK = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF), (0x20000, 0x323AF))

Layer = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Lettering:
    """A laid-out text: premultiplied colour and alpha (0-1) of its box, its corner on the canvas, and its time."""

    colour: Layer
    alpha: Layer
    left: int
    top: int
    from_us: int
    to_us: int
    title: Title

    def ends(self, length_us: int) -> int:
        """When it has gone from a clip of that length: what stays to the end fades out before the end."""
        return min(self.to_us, length_us)

    def at(self, at_us: int, canvas: tuple[int, int], length_us: int) -> Shown:
        """How it is shown at that time on a canvas of (width, height), in a clip of that length."""
        come = entrance(self.title, self.from_us, self.ends(length_us), at_us)
        left, top, away = float(self.left), float(self.top), 1 - come.presence
        height, width = self.alpha.shape
        if self.title.slide is not None:
            left += away * {"left": -(left + width), "right": canvas[0] - left}.get(self.title.slide, 0.0)
            top += away * {"top": -(top + height), "bottom": canvas[1] - top}.get(self.title.slide, 0.0)
        return Shown(self, round(left), round(top), come.strength)


@dataclass(frozen=True, slots=True)
class Shown:
    """A text at one moment: its corner on the canvas and how much of it shows (0-1)."""

    text: Lettering
    left: int
    top: int
    strength: float

    def on(self, picture: RGBA) -> RGBA:
        """A new picture with the text over ``picture``."""
        result = picture.copy()
        height, width = self.text.alpha.shape
        low_x, low_y = max(0, -self.left), max(0, -self.top)
        high_x, high_y = min(width, picture.shape[1] - self.left), min(height, picture.shape[0] - self.top)
        if low_x >= high_x or low_y >= high_y:
            return result
        strength = np.float32(self.strength)
        own_alpha = self.text.alpha[low_y:high_y, low_x:high_x, None] * strength
        own_colour = self.text.colour[low_y:high_y, low_x:high_x] * strength
        place = result[self.top + low_y : self.top + high_y, self.left + low_x : self.left + high_x]
        below = place.astype(np.float32)
        clear = 1 - own_alpha
        if place[..., 3].min(initial=255) == 255:
            mixed = own_colour * 255 + below[..., :3] * clear
        else:
            under = below[..., 3:] / 255
            alpha = own_alpha + under * clear
            mixed = (own_colour * 255 + below[..., :3] * under * clear) / np.maximum(alpha, 1e-6)
            place[..., 3] = np.round(alpha[..., 0] * 255)
        place[..., :3] = np.clip(np.round(mixed), 0, 255)
        return result


def letterings(draft: Draft, natural: tuple[int, int], drawn: tuple[int, int], length_us: int) -> list[Lettering]:
    """Every text of the draft for a canvas of ``drawn`` pixels; sizes of letters are in pixels of ``natural``."""
    scale = min(drawn[0] / max(natural[0], 1), drawn[1] / max(natural[1], 1))
    found = []
    for title in draft.titles:
        start = title.at_ms * 1000
        # To the end means whatever the end turns out to be, not what the timeline estimates.
        stop = FOR_EVER if title.d_ms is None else start + title.d_ms * 1000
        if start < length_us and start < stop:
            colour, alpha, left, top = _box(title, drawn, scale)
            found.append(Lettering(colour, alpha, left, top, start, stop, title))
    return found


@lru_cache(maxsize=32)
def _box(title: Title, drawn: tuple[int, int], scale: float) -> tuple[Layer, Layer, int, int]:
    size, lines = _fitted(title, drawn, scale)
    outline = 0.0 if title.outline == "none" else max(size * OUTLINE_SHARE, 0.8)
    shadow = 0.0 if title.outline == "none" else size * 0.06
    around = int(outline + 3 * shadow) + 2
    widths = [_width(line, size) for line in lines]
    step = size * LINE_HEIGHT
    inner = _inner(widths, size)
    # Room above and below the letters for accents, emoji and deep scripts.
    room = round(size * 0.5)
    box = (inner[0] + 2 * around, inner[1] + 2 * around + 2 * room)
    fill, edge = (Image.new("L", box, 0) for _ in range(2))
    align = _align(title)
    for number, (line, width) in enumerate(zip(lines, widths, strict=True)):
        x = around + (inner[0] - width) * align
        y = around + room + size * 0.86 + number * step
        _draw(fill, line, size, x, y, 0.0)
        if outline:
            _draw(edge, line, size, x, y, outline)
    x, y = _corner(title, drawn, inner)
    left, top = round(x) - around, round(y) - around - room
    return _painted(title, fill, edge, shadow, left, top, drawn)


def letters_box(title: Title, canvas: tuple[int, int]) -> tuple[float, float, float, float]:
    """Left edge, top edge, width and height of the letters, in pixels of a canvas of (width, height)."""
    size, lines = _fitted(title, canvas, 1.0)
    inner = _inner([_width(line, size) for line in lines], size)
    return *_corner(title, canvas, inner), *inner


def _inner(widths: Sequence[float], size: float) -> tuple[int, int]:
    return max(1, round(max(widths))), max(1, round(size * LINE_HEIGHT * (len(widths) - 1) + size))


def letter_size(title: Title, canvas: tuple[int, int]) -> float:
    """The size of the letters in pixels with which the text is drawn on a canvas of (width, height)."""
    return _fitted(title, canvas, 1.0)[0]


def _fitted(title: Title, drawn: tuple[int, int], scale: float) -> tuple[float, list[str]]:
    """The size of the letters and the lines, so that all of it is inside the canvas."""
    short, long = min(drawn), max(drawn)
    auto = max((0.8 * short + 0.2 * min(long, 2 * short)) * AUTO_SHARE, SMALL_SIZE)
    wanted = title.size * scale if title.size else auto
    size = max(min(wanted, drawn[1] * 0.9), LEAST_SIZE)
    width = drawn[0] * WIDTH_SHARE
    high = drawn[1] * (0.92 if title.size else HEIGHT_SHARE)
    while True:
        lines, whole = _wrapped(title.text, size, width)
        fits = size * LINE_HEIGHT * len(lines) <= max(high, size * LINE_HEIGHT)
        # A word broken in two reads worse than smaller letters, down to half of the size that was meant.
        if (fits and (whole or size <= wanted / 2)) or size <= LEAST_SIZE:
            lines = _balanced(title.text, size, width, lines) if whole else lines
            return size, _shortened(lines, int(drawn[1] * 0.95 / (size * LINE_HEIGHT)))
        size = max(size * 0.94, LEAST_SIZE)


def _shortened(lines: list[str], room: int) -> list[str]:
    """What does not fit even in the smallest letters ends with an ellipsis."""
    if len(lines) <= max(room, 1):
        return lines
    kept = lines[: max(room, 1)]
    return [*kept[:-1], "".join(fonts.clusters(kept[-1])[:-1]).rstrip() + "…"]


def _balanced(text: str, size: float, width: float, lines: list[str]) -> list[str]:
    """No more lines, but of about the same length: no single word is left alone on the last one."""
    low, high = width / 2, width
    for _ in range(8):
        middle = (low + high) / 2
        narrower, whole = _wrapped(text, size, middle)
        if whole and len(narrower) == len(lines):
            lines, high = narrower, middle
        else:
            low = middle
    return lines


def _wrapped(text: str, size: float, width: float) -> tuple[list[str], bool]:
    """Lines no wider than ``width`` (give or take kerning), and whether every word stayed whole."""
    room = width / size
    lines: list[str] = []
    whole = True
    for paragraph in text.split("\n"):
        line, filled = "", 0.0
        for piece in _pieces(paragraph):
            extent = sum(_unit(c) for c in fonts.clusters(piece.rstrip()))
            if line and filled + extent > room:
                lines.append(line.rstrip())
                line, filled = "", 0.0
            if extent <= room:
                line += piece
                filled += sum(_unit(c) for c in fonts.clusters(piece))
                continue
            whole = False
            for cluster in fonts.clusters(piece):
                if line and filled + _unit(cluster) > room:
                    lines.append(line.rstrip())
                    line, filled = "", 0.0
                line += cluster
                filled += _unit(cluster)
        lines.append(line.rstrip())
    return lines, whole


@lru_cache(maxsize=4096)
def _unit(cluster: str) -> float:
    """How wide a cluster is in letters of size 1, taken from a size at which hinting does not matter."""
    return _width(cluster, 100.0) / 100


@lru_cache(maxsize=256)
def _pieces(paragraph: str) -> tuple[str, ...]:
    """Where a line may break: after spaces, and on either side of a CJK character that allows it."""
    pieces = [""]
    before = ""
    for cluster in fonts.clusters(paragraph):
        cjk = (_is_cjk(cluster) or _is_cjk(before)) and cluster not in _NO_START and before not in _NO_END
        if before and ((before == " " and cluster != " ") or (cjk and cluster != " ")):
            pieces.append("")
        pieces[-1] += cluster
        before = cluster
    return tuple(pieces)


def _is_cjk(cluster: str) -> bool:
    return bool(cluster) and any(low <= ord(cluster[0]) <= high for low, high in _CJK)


@lru_cache(maxsize=4096)
def _width(line: str, size: float) -> float:
    return sum(face.at(size).getlength(part) for face, part in fonts.runs(line))


def _draw(layer: Image.Image, line: str, size: float, x: float, y: float, stroke: float) -> None:
    pen = ImageDraw.Draw(layer)
    for face, part in fonts.runs(line):
        font = face.at(size)
        pen.text((x, y), part, fill=255, font=font, anchor="ls", stroke_width=stroke)
        x += font.getlength(part)


def _align(title: Title) -> float:
    if title.x is not None or not ("left" in title.position or "right" in title.position):
        return 0.5
    return 0.0 if "left" in title.position else 1.0


def _corner(title: Title, drawn: tuple[int, int], inner: tuple[int, int]) -> tuple[float, float]:
    """Where the corner of the letters goes, so that they stand at their anchor and inside the canvas."""
    margin = max(1, round(min(drawn) * MARGIN_SHARE))
    free_x, free_y = drawn[0] - inner[0], drawn[1] - inner[1]
    share_x = 0.0 if "left" in title.position else 1.0 if "right" in title.position else 0.5
    share_y = 0.0 if "top" in title.position else 1.0 if "bottom" in title.position else 0.5
    x = min(max(free_x * share_x, margin), free_x - margin) if free_x > 2 * margin else free_x / 2
    y = min(max(free_y * share_y, margin), free_y - margin) if free_y > 2 * margin else free_y / 2
    if title.x is not None:
        x = min(max(title.x * drawn[0] - inner[0] / 2, 0), max(free_x, 0))
    if title.y is not None:
        y = min(max(title.y * drawn[1] - inner[1] / 2, 0), max(free_y, 0))
    return x, y


def _painted(
    title: Title, fill: Image.Image, edge: Image.Image, shadow: float, left: int, top: int, drawn: tuple[int, int]
) -> tuple[Layer, Layer, int, int]:
    """Shadow, outline and letters over one another, cut to the canvas."""
    colour = _rgb(title.color)
    light = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2] > 0.45
    if title.outline is None or title.outline == "none":
        rim = (0.0, 0.0, 0.0) if light else (1.0, 1.0, 1.0)
    else:
        rim = _rgb(title.outline)
    letters = _mask(fill)
    alpha: Layer = np.zeros_like(letters)
    paint: Layer = np.zeros((*letters.shape, 3), np.float32)
    if title.outline != "none":
        if shadow >= 0.5:
            soft = _mask(edge.filter(ImageFilter.GaussianBlur(shadow)), 0.55)
            paint, alpha = _layered(paint, alpha, soft, rim)
        paint, alpha = _layered(paint, alpha, _mask(edge), rim)
    paint, alpha = _layered(paint, alpha, letters, colour)
    low_x, low_y = max(0, -left), max(0, -top)
    high_x, high_y = min(alpha.shape[1], drawn[0] - left), min(alpha.shape[0], drawn[1] - top)
    return paint[low_y:high_y, low_x:high_x], alpha[low_y:high_y, low_x:high_x], left + low_x, top + low_y


def _mask(image: Image.Image, level: float = 1.0) -> Layer:
    return np.asarray(image, np.float32) * np.float32(level / 255)


def _layered(paint: Layer, alpha: Layer, mask: Layer, colour: tuple[float, float, float]) -> tuple[Layer, Layer]:
    clear = 1 - mask
    tint = np.array(colour, np.float32)
    return mask[..., None] * tint + paint * clear[..., None], mask + alpha * clear


def _rgb(colour: str) -> tuple[float, float, float]:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255
