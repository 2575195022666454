"""Validates values from outside: each function returns the checked value or raises BadRequest."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from typing import Any

from PIL import ImageColor

from ..errors import BadRequest

DAY_MS = 24 * 60 * 60 * 1000
MAX_TEXT = 500
POSITIONS = (
    "top-left",
    "top",
    "top-right",
    "left",
    "center",
    "right",
    "bottom-left",
    "bottom",
    "bottom-right",
)
_POSITION_WORDS = {
    "centre": "center",
    "middle": "center",
    "middle-center": "center",
    "center-center": "center",
    "top-center": "top",
    "top-centre": "top",
    "top-middle": "top",
    "bottom-center": "bottom",
    "bottom-centre": "bottom",
    "bottom-middle": "bottom",
    "center-left": "left",
    "middle-left": "left",
    "center-right": "right",
    "middle-right": "right",
    "left-top": "top-left",
    "right-top": "top-right",
    "left-bottom": "bottom-left",
    "right-bottom": "bottom-right",
    "upper-left": "top-left",
    "upper-right": "top-right",
    "lower-left": "bottom-left",
    "lower-right": "bottom-right",
}

# "16:9", "1.85x1", "1.5". Fraction also takes exponents: "1e99999999" would keep a core busy for hours.
_SIDE = r"\s*(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*"
_SHAPE = re.compile(f"{_SIDE}(?:[:x/]{_SIDE})?", re.ASCII)


def number(value: Any, name: str, low: float, high: float) -> float:
    """A finite number from ``low`` to ``high``; text, booleans and NaN are refused."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRequest(f"{name} must be a number.", field=name)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or not low <= number <= high:
        raise BadRequest(f"{name} must be between {low:g} and {high:g}.", field=name)
    return number


def whole(value: Any, name: str, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``; 3.0 counts as 3, 3.5 is rounded."""
    return round(number(value, name, low, high))


def span_ms(value: Any, name: str, low: int = 0) -> int:
    """A time or a length in milliseconds, a day at most."""
    return whole(value, name, low, DAY_MS)


def flag(value: Any, name: str) -> bool:
    if not isinstance(value, bool):
        raise BadRequest(f"{name} must be true or false.", field=name)
    return value


def line(value: Any, name: str, longest: int = 200) -> str:
    """One line of text: control characters become spaces, the ends are stripped, the length is capped."""
    if not isinstance(value, str):
        raise BadRequest(f"{name} must be text.", field=name)
    plain = "".join(c if c.isprintable() else " " for c in value)
    return plain.strip()[:longest]


def shown_text(value: Any) -> str:
    """Return the words to write on the picture: line breaks stay, other control characters go."""
    if not isinstance(value, str):
        raise BadRequest("The text to show must be text.", field="text")
    # Format characters (category Cf) are not "printable", yet they join emoji and set the direction of writing.
    kept = "".join(c for c in value.replace("\r\n", "\n").replace("\t", " ") if c == "\n" or ord(c) >= 32)
    kept = kept.encode("utf-8", "ignore").decode("utf-8").strip()
    if not kept:
        raise BadRequest("The text to show is empty.", field="text")
    if len(kept) > MAX_TEXT:
        raise BadRequest(f"The text to show is longer than {MAX_TEXT} characters.", field="text")
    return kept


def media_id(value: Any) -> str:
    if not isinstance(value, str) or not value or len(value) > 200 or not value.isprintable():
        raise BadRequest("A piece of the timeline names no file.", field="media")
    return value


def colour(value: Any, name: str = "color") -> str:
    """A colour name or ``#rgb`` / ``#rrggbb`` as ``#rrggbb``."""
    if isinstance(value, str) and len(value) <= 40:
        plain = value.strip().lower().replace(" ", "").replace("grey", "gray")
        try:
            parts: tuple[int, ...] = ImageColor.getrgb(plain)[:3]
        except ValueError:
            parts = ()
        if parts and all(0 <= part <= 255 for part in parts):  # rgb(300, 0, 0) is one to Pillow
            return "#" + "".join(f"{part:02x}" for part in parts)
    raise BadRequest(f"“{str(value)[:40]}” is not a colour: say a name (“red”) or #rrggbb.", field=name)


def background(value: Any) -> str:
    """``transparent`` or a colour."""
    if isinstance(value, str) and value.strip().lower() in ("transparent", "none"):
        return "transparent"
    return colour(value, "background")


def aspect(value: Any) -> str:
    """A ratio as ``w:h`` in lowest terms where both sides are whole (16:9, 4:5, 1:1)."""
    if isinstance(value, str) and (sides := _SHAPE.fullmatch(value)):
        wide, high = Fraction(sides[1]), Fraction(sides[2] or "1")
        if wide > 0 and high > 0 and Fraction(1, 20) <= wide / high <= 20:
            if wide.denominator == 1 and high.denominator == 1 and max(wide, high) <= 100:
                return f"{wide.numerator}:{high.numerator}"
            ratio = (wide / high).limit_denominator(1000)
            return f"{ratio.numerator}:{ratio.denominator}"
    raise BadRequest(f"“{str(value)[:20]}” is not a shape like 16:9 or 1:1.", field="aspect")


def ratio(value: str) -> float:
    """``16:9`` → 1.777…"""
    wide, _, high = value.partition(":")
    return int(wide) / int(high)


def choice(value: Any, name: str, of: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value.strip().lower() not in of:
        raise BadRequest(f"{name} must be one of: {', '.join(of)}.", field=name)
    return value.strip().lower()


def position(value: Any) -> str:
    """One of the nine anchors; common other spellings are understood."""
    if isinstance(value, str):
        plain = "-".join(value.strip().lower().replace("_", " ").replace("-", " ").split())
        plain = _POSITION_WORDS.get(plain, plain)
        if plain in POSITIONS:
            return plain
    raise BadRequest(f"position must be one of: {', '.join(POSITIONS)}.", field="position")
