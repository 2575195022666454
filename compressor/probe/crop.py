"""The part of a stored picture that is shown: (width, height, left, top), in stored pixels."""

from __future__ import annotations

Crop = tuple[int, int, int, int]


def clean_aperture(body: bytes, width: int, height: int) -> Crop | None:
    """What a clap box says of a picture of that size; None where it is all of it or nonsense."""
    if len(body) < 32:
        return None
    above = [int.from_bytes(body[at : at + 4], "big", signed=True) for at in range(0, 32, 8)]
    below = [int.from_bytes(body[at : at + 4], "big") for at in range(4, 32, 8)]
    if not all(below):
        return None
    across, down, right, lower = (a / b for a, b in zip(above, below, strict=True))
    return within(round(across), round(down), (width - across) / 2 + right, (height - down) / 2 + lower, width, height)


def within(across: int, down: int, left: float, top: float, width: int, height: int) -> Crop | None:
    """That part of a picture of ``width`` x ``height``; None where it is all of it or does not lie inside."""
    x, y = round(left), round(top)
    inside = x >= 0 and y >= 0 and 0 < across <= width - x and 0 < down <= height - y
    return (across, down, x, y) if inside and (across, down) != (width, height) else None
