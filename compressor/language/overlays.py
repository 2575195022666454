"""Layers and what lies between clips: what is said of them, as ``layer``, ``change_layer`` and ``transition``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .clauses import Span
from .context import Context
from .files import is_still, named_in
from .tokens import Row
from .wishes import OVER, Filled, Named, timed

_SPOKEN = frozenset({"layer", "watermark", "opacity", "clear"})  # without one of these a film alone is no layer


def overlays(
    row: Row, found: list[Span], roles: list[str], filled: Sequence[Filled], named: Sequence[Named], context: Context
) -> dict[str, Any]:
    """The wishes about layers and transitions. A layer that is named by its file is told by that file's name."""
    parts: dict[str, dict[str, Any]] = {"layer": {}, "transition": {}}
    scores: dict[str, float] = {}
    clauses: set[int] = set()
    for one in filled:
        for key, value in one.made.items():
            head, _, rest = key.partition(".")
            if head in parts and roles[one.clause] != "question":
                parts[head][rest] = value
                clauses |= {one.clause} if head == "layer" else set()
    for other in named:
        head, dot, rest = other.key.partition(".")
        if head in OVER:
            clauses |= {other.clause} if head != "transition" else set()
            if dot:
                parts[head].setdefault(rest, other.value)
            else:
                scores[head] = max(other.score, scores.get(head, -99.0))
    wish: dict[str, Any] = {}
    layer = parts["layer"]
    if layer or {"layer", "change_layer"} & scores.keys():
        new = scores.get("layer", -9.0 if context.layers else -8.0) >= scores.get("change_layer", -9.0)
        said = " ".join(
            row.folded.text[row.tokens[found[n].first].at : row.tokens[found[n].last - 1].till] for n in sorted(clauses)
        )
        timed(layer)
        wish = _new(layer, said, context) if new else _changed(layer, said, context)
        file = wish.get("layer", {}).get("file", "")
        file = context.files[file - 1] if isinstance(file, int) and file <= len(context.files) else str(file)
        alone = wish.get("layer", {}).keys() == {"file"} and not _SPOKEN & {t.kind for t in row.tokens}
        if alone and not is_still(file):
            wish = {}  # "then add harbour.mp4" is about the timeline
    if parts["transition"] or "transition" in scores:
        usual = {"kind": "fade" if "color" in parts["transition"] else "crossfade"}
        wish["transition"] = ({} if "correction" in roles else usual) | parts["transition"]
    return wish


def _new(layer: dict[str, Any], said: str, context: Context) -> dict[str, Any]:
    number = layer.pop("which", None)
    file = named_in(said, context.files, layer=True) or layer.get("file") or number
    plain = {
        k: v for k, v in layer.items() if k not in {"file", "to"} and v not in ("bigger", "smaller", "more", "less")
    }
    return {"layer": ({"file": file} if file else {}) | plain}


def _changed(layer: dict[str, Any], said: str, context: Context) -> dict[str, Any]:
    number = layer.pop("file", None)
    which = named_in(said, context.layers, layer=True) or layer.get("which") or number
    rest = {k: v for k, v in layer.items() if k != "which"}
    return {"change_layer": ({"which": which} if which else {}) | rest} if rest else {}
