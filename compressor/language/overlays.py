"""Layers and what lies between clips: what is said of them, as ``layer``, ``change_layer`` and ``transition``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .clauses import Span
from .context import Context
from .file_mentions import first_named, is_still, laid_over, placed_in
from .segments import laid
from .tokens import Row
from .wishes import OVER, Filled, Named, timed

_SPOKEN = {"layer", "thing", "watermark", "opacity", "clear"}  # without one of these a film alone is no layer


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
    if any("text.text" in f.made for f in filled) and not laid(row):
        parts["layer"] = {}
        scores = {head: score for head, score in scores.items() if head == "transition"}
    wish: dict[str, Any] = {}
    layer, named_so = parts["layer"], {"layer", "change_layer"} & scores.keys()
    between = bool(parts["transition"]) or "transition" in scores
    pieces = [row.tokens[found[n].first : found[n].last] for n in sorted(clauses)]
    said = " ".join(row.folded.text[p[0].at : p[-1].till] for p in pieces)
    file, kinds = laid_over(said, context.files), {t.kind for t in row.tokens}
    if not (named_so or context.layers or file or _SPOKEN & kinds) and (between or layer.keys() <= _OF_FILMS):
        wish = {}  # what films have too is said of the film
    elif layer or named_so:
        new = scores.get("layer", -10.0 if context.layers else -8.0) >= scores.get("change_layer", -9.0)
        timed(layer)
        whole = row.folded.text
        wish = _new(layer, (said, whole), row, context) if new else _changed(layer, (said, whole), context)
        media = wish.get("layer", {}).get("file", "")
        media = context.files[media - 1] if isinstance(media, int) and media <= len(context.files) else str(media)
        if wish.get("layer", {}).keys() == {"file"} and not _SPOKEN & kinds and not is_still(media):
            wish = {}  # "then add harbour.mp4" is about the timeline
    if between:
        seam = wish["transition"] = parts["transition"]
        if seam.get("kind") != "cut" and ("correction" not in roles or "kind" in seam):
            seam["kind"] = "fade" if "color" in seam else "crossfade"
    return wish


_OF_FILMS = {"mute", "loop", "rotate"}


def _new(layer: dict[str, Any], said: Sequence[str], row: Row, context: Context) -> dict[str, Any]:
    number = layer.pop("which", None)
    names = (laid_over(s, context.files) for s in said)  # in its clauses, else anywhere
    placed = placed_in(row, context) if len(context.files) > 1 else 0
    file = next(names) or layer.get("file") or number or next(names) or placed
    plain = {
        k: v for k, v in layer.items() if k not in {"file", "to"} and v not in ("bigger", "smaller", "more", "less")
    }
    return {"layer": ({"file": file} if file else {}) | plain}


def _changed(layer: dict[str, Any], said: Sequence[str], context: Context) -> dict[str, Any]:
    number = layer.pop("file", None)
    names = (first_named(s, context.layers) for s in said)
    which = next(names) or layer.get("which") or number or next(names)
    rest = {k: v for k, v in layer.items() if k != "which"}
    return {"change_layer": ({"which": which} if which else {}) | rest} if rest else {}


# What of a whole file is asked of a layer instead, where its clause fills that.
_INSTEAD = {"relative": "width", "text.size": "width", "transition": "fade_in_ms", "transition.kind": "fade_in_ms"}


def not_over(filled: Sequence[Filled], named: list[Named]) -> list[Named]:
    """The named wishes without those that a word asks of a layer: a layer's sound is off, not that of the film."""
    over = {(f.clause, k.removeprefix("layer.")) for f in filled for k in f.made if k.startswith("layer.")}
    return [n for n in named if (n.clause, _INSTEAD.get(n.key, n.key)) not in over]


def taken_away(row: Row, roles: list[str], wish: dict[str, Any], context: Context) -> None:
    """Which layer is taken away. What is named and lies there is no mark of the film, and can be."""
    lies, kinds = first_named(row.folded.text, context.layers), {t.kind for t in row.tokens}
    if lies and (wish.get("cannot") == ["remove_watermark"] or (not wish and roles == ["order"] and "remove" in kinds)):
        wish.pop("cannot", None)
        roles[:] = ["order" if role == "beyond" else role for role in roles]
        wish["remove"] = {"layer": lies}
    if "layer" in (gone := wish.get("remove", {})):
        gone["layer"] = lies or gone["layer"]


def burnt_in(row: Row, found: list[Span], wish: dict[str, Any], doubt: dict[str, Any], context: Context) -> None:
    """A mark that is to go where no layer and no text lies is part of the picture, and cannot."""
    kinds = [{t.kind for t in row.tokens[s.first : s.last]} for s in found]
    if context.layers or context.texts or not any({"remove", "watermark"} <= k and "add" not in k for k in kinds):
        return
    for said in (wish, doubt):
        said.pop("remove_text", None)
    if not any("add" in k for k in kinds):
        wish.pop("layer", None)
    wish["cannot"] = list(dict.fromkeys([*wish.get("cannot", []), "remove_watermark"]))


_OVER = {
    "layer": _SPOKEN | {"name", "file"},
    "transition": frozenset({"crossfade", "transition", "hardcut", "through"}),
}


def asked_over(row: Row, found: list[Span], roles: list[str]) -> str:
    """Whether questions speak of layers or of transitions."""
    kinds = {
        t.kind for s, role in zip(found, roles, strict=True) if role == "question" for t in row.tokens[s.first : s.last]
    }
    return next((head for head, needed in _OVER.items() if kinds & needed), "")
