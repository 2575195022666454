"""Layers by hand: put a file over the picture, move and size it, take it away. A form for each layer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop as later

from compressor import formats
from compressor.errors import BadRequest
from compressor.media import MediaInfo
from compressor.timeline import Draft, Edit, edits, read_json
from compressor.timeline.layers import WHOLE, layer_corner, layer_size


def edit_of(form: Mapping[str, Any]) -> Edit:
    """The edit that a form asks for. ``media`` puts that file over the picture. ``number`` names a layer: ``remove``
    takes it away, ``up`` puts it above the next one, and the other fields change it (shares in percent, ``part_x`` to
    ``part_h`` a piece of it, times in seconds; an empty end is the end of the picture). Raises BadRequest."""
    if form.get("media"):
        return edits.AddLayer(str(form["media"]))
    which = round(number(form, "number") or 0)
    if "remove" in form:
        return edits.RemoveLayer(which)
    if "up" in form:
        return edits.MoveLayer(which, which + 1)
    width, opacity, angle = (number(form, name) for name in ("width", "opacity", "angle"))
    start, end = number(form, "start"), number(form, "end")
    x, y = number(form, "x"), number(form, "y")
    sides = {side: share / 100 for side in "xywh" if (share := number(form, f"part_{side}")) is not None}
    return edits.ChangeLayer(
        which,
        position=form.get("position") or None,
        x_share=None if x is None else x / 100,
        y_share=None if y is None else y / 100,
        width_share=None if width is None else width / 100,
        opacity=None if opacity is None else opacity / 100,
        angle=angle,
        shape=form.get("shape") or None,
        part=read_json.part(sides) if len(sides) == 4 else None,
        start_ms=None if start is None and end is None else round(1000 * (start or 0)),
        end_ms=None if end is None else round(1000 * end),
    )


def number(form: Mapping[str, Any], name: str) -> float | None:
    text = str(form.get(name) or "").strip().replace(",", ".")
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not abs(found) < 1e9:  # "nan" and "inf" are floats too, and cannot be rounded
        raise BadRequest(f"{name} must be a number.", field=name)
    return found


def rows(
    draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str], files: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Each layer for the template: its fields in percent and seconds, and its box in percent of the canvas. The keys of
    the mappings are media ids; ``files`` are the stored files."""
    canvas = (max(draft.meta.width, 1), max(draft.meta.height, 1))
    found = []
    for place, layer in enumerate(draft.layers):
        if layer.media not in infos:
            continue
        crop = layer.crop or WHOLE
        size = layer_size(layer, infos[layer.media], canvas)
        left, top = layer_corner(layer, size, canvas)
        found.append(
            {
                "number": place,
                "name": names.get(layer.media) or layer.name,
                "layer": layer,
                "position": "" if layer.x is not None or layer.y is not None else layer.position,
                "width": _percent(layer.width),
                "opacity": round(100 * layer.opacity),
                "part": [(side, label, _percent(getattr(crop, side))) for side, label in SIDES],
                "angle": f"{layer.rotate:g}",
                "film": infos[layer.media].format in formats.FILMS,
                "file": files.get(layer.media),
                "start": f"{layer.at_ms / 1000:g}",
                "end": "" if layer.d_ms is None else f"{(layer.at_ms + layer.d_ms) / 1000:g}",
                "box": [
                    round(100 * part / whole, 2)
                    for part, whole in zip((left, top, *size), (*canvas, *canvas), strict=True)
                ],
                "highest": place == len(draft.layers) - 1,
            }
        )
    return found


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0")


SIDES = (("x", later("From the left")), ("y", later("From the top")), ("w", later("Width")), ("h", later("Height")))
CHOICES = {
    "positions": (
        ("top-left", later("Top left")),
        ("top", later("Top")),
        ("top-right", later("Top right")),
        ("left", later("Left")),
        ("center", later("Center")),
        ("right", later("Right")),
        ("bottom-left", later("Bottom left")),
        ("bottom", later("Bottom")),
        ("bottom-right", later("Bottom right")),
    ),
    "shapes": (("rectangle", later("Rectangle")), ("rounded", later("Rounded")), ("circle", later("Circle"))),
}
