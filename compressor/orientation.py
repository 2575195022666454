"""The eight orientations of a stored picture, by EXIF's numbers 1 to 8.

A display matrix of a film and AVIF's irot and imir say the same things; all of them become one number here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .media import RGBA

UPRIGHT = 1
_TAG = 0x0112
# number: (rows become columns, then columns run backwards, then rows run backwards)
_STEPS = {
    1: (False, False, False),
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}
_NUMBERS = {steps: number for number, steps in _STEPS.items()}
# (quarter turns against the clock, axis of the mirror that follows: 0 swaps top and bottom, 1 left and right)
_OF_BOXES = {
    (0, None): 1, (0, 0): 4, (0, 1): 2,
    (1, None): 8, (1, 0): 5, (1, 1): 7,
    (2, None): 3, (2, 0): 2, (2, 1): 4,
    (3, None): 6, (3, 0): 7, (3, 1): 5,
}  # fmt: skip


def of_matrix(a: float, b: float, c: float, d: float) -> int:
    """The nearest of the eight for a display matrix that shows the stored point (x, y) at (ax + cy, bx + dy)."""
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return _NUMBERS[False, a < 0, d < 0]
    return _NUMBERS[True, c < 0, b < 0]


def of_boxes(quarters: int, axis: int | None) -> int:
    """For AVIF's irot (quarter turns against the clock) followed by its imir (axis 0 or 1; None: no such box)."""
    return _OF_BOXES[quarters & 3, None if axis is None else axis & 1]


def of_exif(block: bytes) -> int:
    """For a TIFF block as EXIF has it, with or without "Exif" in front; 1 where it says nothing that can be read."""
    if block[:6] == b"Exif\0\0":
        block = block[6:]
    order = {b"II*\0": "little", b"MM\0*": "big"}.get(block[:4])
    if order is None or len(block) < 10:
        return UPRIGHT

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], order)  # type: ignore[arg-type]

    start = number(4, 4)
    for at in range(start + 2, min(start + 2 + 12 * number(start, 2), len(block) - 11), 12):
        if number(at, 2) == _TAG:
            found = number(at + 8, 2 if number(at + 2, 2) == 3 else 4)
            return found if found in _STEPS else UPRIGHT
    return UPRIGHT


def swaps(orientation: int) -> bool:
    """Whether width and height change places."""
    return _STEPS[orientation][0]


def shown_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height as shown of a picture that is stored with ``width`` x ``height``; and the other way round."""
    return (height, width) if swaps(orientation) else (width, height)


def upright(pixels: RGBA, orientation: int) -> RGBA:
    """Stored pixels (height, width, 4) as they are shown, contiguous; the very array where nothing is to be done."""
    swap, columns, rows = _STEPS[orientation]
    if not (swap or columns or rows):
        return pixels
    import numpy as np

    words = np.ascontiguousarray(pixels).view("<u4")[..., 0]
    words = words.T if swap else words
    words = words[:, ::-1] if columns else words
    words = words[::-1] if rows else words
    return np.ascontiguousarray(words)[..., None].view(np.uint8)
