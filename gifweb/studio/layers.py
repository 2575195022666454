"""Layers by hand: put a file over the picture, move and size it, take it away. A form for each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compressor.errors import BadRequest
from compressor.media import MediaInfo
from compressor.timeline import Draft, Edit, edits
from compressor.timeline.checks import POSITIONS
from compressor.timeline.layers import layer_corner, layer_size
from compressor.timeline.serialise import SHAPES


def edit_of(form: Mapping[str, Any]) -> Edit:
    """The edit that a form asks for. ``media`` puts that file over the picture. ``number`` names a layer: ``remove``
    takes it away, ``up`` puts it above the next one, and the other fields change it (shares in percent, times in
    seconds; an empty end is the end of the picture). Raises BadRequest."""
    if form.get("media"):
        return edits.AddLayer(str(form["media"]))
    number = round(_number(form, "number") or 0)
    if "remove" in form:
        return edits.RemoveLayer(number)
    if "up" in form:
        return edits.MoveLayer(number, number + 1)
    width, opacity, angle = (_number(form, name) for name in ("width", "opacity", "angle"))
    start, end = _number(form, "start"), _number(form, "end")
    x, y = _number(form, "x"), _number(form, "y")
    return edits.ChangeLayer(
        number,
        position=form.get("position") or None,
        x_share=None if x is None else x / 100,
        y_share=None if y is None else y / 100,
        width_share=None if width is None else width / 100,
        opacity=None if opacity is None else opacity / 100,
        angle=angle,
        shape=form.get("shape") or None,
        start_ms=None if start is None and end is None else round(1000 * (start or 0)),
        end_ms=None if end is None else round(1000 * end),
    )


def _number(form: Mapping[str, Any], name: str) -> float | None:
    text = str(form.get(name) or "").strip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise BadRequest(f"{name} must be a number.", field=name) from error


def rows(draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each layer for the template: its fields in percent and seconds, and its box in percent of the canvas."""
    canvas = (max(draft.meta.width, 1), max(draft.meta.height, 1))
    found = []
    for number, layer in enumerate(draft.layers):
        if layer.media not in infos:
            continue
        size = layer_size(layer, infos[layer.media], canvas)
        left, top = layer_corner(layer, size, canvas)
        found.append(
            {
                "number": number,
                "name": names.get(layer.media) or layer.name,
                "layer": layer,
                "position": "" if layer.x is not None or layer.y is not None else layer.position,
                "width": round(100 * layer.width, 1),
                "opacity": round(100 * layer.opacity),
                "start": layer.at_ms / 1000,
                "end": "" if layer.d_ms is None else (layer.at_ms + layer.d_ms) / 1000,
                "box": [
                    round(100 * part / whole, 2)
                    for part, whole in zip((left, top, *size), (*canvas, *canvas), strict=True)
                ],
                "highest": number == len(draft.layers) - 1,
            }
        )
    return found


CHOICES = {
    "positions": [(name, name.replace("-", " ").capitalize()) for name in POSITIONS],
    "shapes": [(name, name.capitalize()) for name in SHAPES],
}
