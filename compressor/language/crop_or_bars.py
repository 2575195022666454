"""How a picture comes into a shape: what is said of cropping and of bars goes with the ratio that it belongs to."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from .clauses import Span
from .context import Context
from .tokens import Row

_SHAPED = frozenset({"aspect", "width", "height", "preset", "crop"})
_BARS = {"padblack": "black", "padwhite": "white"}


def shape(row: Row, found: list[Span], roles: list[str], wish: dict[str, Any], context: Context) -> None:
    """Settle ``fit`` and ``background`` of ``wish``: "crop it square" crops, "4:3 with black bars" pads in black."""
    kinds = {t.kind for t in row.tokens}
    padded = any(k.startswith("pad") for k in kinds) or bool(kinds & {"background", "bgword", "fill", "blurfit"})
    if wish.get("fit") == "pad" and not _SHAPED & (wish.keys() | context.goal.keys()) and not padded:
        del wish["fit"]  # "don't crop it": no shape is asked for that could
    if "aspect" in wish and "fit" not in wish and not padded and _cropping(row, found, roles):
        wish["fit"] = "crop"
    if "crop" in wish and wish.get("fit") == "crop":
        del wish["fit"]  # a box is cropped anyway
    colour = next((colour for kind, colour in _BARS.items() if kind in kinds), "") or _beside_bars(row)
    if colour and wish.get("fit") == "pad" and "not" not in kinds:
        wish.setdefault("background", colour)


def _beside_bars(row: Row) -> str:
    """The colour that stands beside bars: "bars in dark blue"."""
    said = [t for t in row.tokens if not t.filler and t.kind not in {"at", "of", "to"}]
    beside = ((a, b) for one in pairwise(said) for a, b in (one, one[::-1]))
    return next((str(a.value) for a, b in beside if a.kind == "color" and b.kind == "pad"), "")


def _cropping(row: Row, found: list[Span], roles: list[str]) -> bool:
    """Whether an order crops to a shape: "crop it to 4:5", "chop it square", 16:9，多余的裁掉."""
    for span, role in zip(found, roles, strict=True):
        kinds = {t.kind for t in row.tokens[span.first : span.last]}
        crops = "crop" in kinds or ("trim" in kinds and kinds & {"aspect", "ratio"}) or {"remove", "rest"} <= kinds
        if crops and role in {"order", "correction"} and not kinds & {"not", "keep"}:
            return True
    return False
