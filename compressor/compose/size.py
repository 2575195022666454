"""The size of the result: pure arithmetic from the canvas and the goal.

What H.264 and VP9 store needs even sides. Stretching by a line keeps everything in its place but softens text; a line
more or less keeps pixels as they are, but shown in the source's place everything is half a line off. Which of them
harms a clip least is measured (``even_size``).
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import formats
from ..errors import BadRequest
from ..goal import Goal

EDGES = ("stretch", "repeat", "cut")
MAX_SIDE = 16_384
MAX_PIXELS = 50_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """``drawn`` is what pictures are scaled to; ``out`` is that with one line more or less where it has to be even, and
    ``edge`` says how."""

    drawn: tuple[int, int]
    out: tuple[int, int]
    edge: str = "repeat"
    exact: bool = False  # both sides were asked for: the shape is the goal's, not the canvas's


def output_size(
    natural: tuple[int, int],
    goal: Goal,
    size: tuple[int, int] | None = None,
    edge: str = "stretch",
) -> Size:
    """The size for a canvas of ``natural`` pixels; ``size`` (from a plan or a preview) wins over the goal.

    Only an explicit width, height or scale makes it larger than the canvas; ``short_side`` is a ceiling. MP4 without
    any wish is at most 720 on its short side, and at most 1920 x 1080 or 1080 x 1920. ``edge`` (of ``EDGES``): how an
    unscaled odd side becomes even; "none" leaves it odd (to compare with, not to be stored).
    """
    width, height = natural
    spec = formats.output(goal.format)
    even = spec is not None and spec.even_sides
    exact = False
    if size is not None:
        wanted = (float(size[0]), float(size[1]))
        exact = not same_shape(natural, size)
    elif goal.width and goal.height:
        wanted = (float(goal.width), float(goal.height))
        exact = not same_shape(natural, (goal.width, goal.height))
    elif goal.width:
        wanted = (float(goal.width), goal.width * height / width)
    elif goal.height:
        wanted = (goal.height * width / height, float(goal.height))
    elif goal.scale:
        wanted = (width * goal.scale, height * goal.scale)
    else:
        factor = 1.0
        if goal.short_side:
            factor = min(factor, goal.short_side / min(width, height))
        if spec is not None and (ceiling := spec.ceiling) is not None:
            if not goal.short_side:
                factor = min(factor, ceiling.short / min(width, height))
            factor = min(factor, ceiling.long / max(width, height), ceiling.broad / min(width, height))
        wanted = (width * factor, height * factor)
    asked = (size is not None) or bool(goal.width and goal.height)
    return _settled(natural, wanted, even, exact, kept=_kept(goal, size), strict=asked, edge=edge)


def _kept(goal: Goal, size: tuple[int, int] | None) -> str:
    """The side that was asked for to the pixel, which rounding to even must not change by scaling."""
    if size is not None or not (goal.width or goal.height):
        return ""
    return "w" if goal.width and not goal.height else "h" if goal.height and not goal.width else ""


def _settled(
    natural: tuple[int, int],
    wanted: tuple[float, float],
    even: bool,
    exact: bool,
    kept: str,
    strict: bool,
    edge: str,
) -> Size:
    width, height = (max(1, round(side)) for side in wanted)
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise BadRequest(f"{width} x {height} is too large; a side may have {MAX_SIDE} pixels at most.", field="width")
    unscaled = abs(width - natural[0]) <= 1 and abs(height - natural[1]) <= 1
    if unscaled:
        # One line off is no reason to resample every pixel, unless the format needs it.
        even = even and edge != "none"
        out = (even_side(width, edge), even_side(height, edge)) if even else (width, height)
        return Size(natural, out, edge if max(natural[0] - out[0], natural[1] - out[1]) <= 0 else "cut", exact)
    if even:
        if not strict:
            width = width if kept == "w" else _nearest_even(wanted[0])
            height = height if kept == "h" else _nearest_even(wanted[1])
        return Size((width, height), (even_side(width), even_side(height)), exact=exact)
    return Size((width, height), (width, height), exact=exact)


def _nearest_even(side: float) -> int:
    return max(2, round(side / 2) * 2)


def even_side(side: int, edge: str = "stretch") -> int:
    return max(2, side - side % 2) if edge == "cut" else side + side % 2


def same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """The ratios are within 2 %, or as near as whole pixels allow."""
    a, b = one[0] * other[1], one[1] * other[0]
    if abs(a - b) <= 0.02 * max(a, b):
        return True
    fitted = other[0] * one[1] / one[0], other[1] * one[0] / one[1]
    return abs(fitted[0] - other[1]) <= 1 or abs(fitted[1] - other[0]) <= 1
