"""Applies the edits of layers; ``apply_edits`` holds the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits
from .describe import layer_name, place, seconds
from .draft import Draft, Layer, Part, length_ms, stem, with_layers
from .titles import placed

Infos = Mapping[str, MediaInfo]
WHOLE = Part(0.0, 0.0, 1.0, 1.0)
MOST = 40  # of MAX_TRACKS; some are left for clips, music and texts
SLIDE_MS = 500  # how long a layer slides where nobody said


def add(draft: Draft, edit: edits.AddLayer, infos: Infos) -> tuple[Draft, str]:
    if edit.media not in infos:
        raise BadRequest("There is no such file in this project.", field="media")
    info = infos[edit.media]
    if info.kind == "audio":
        raise BadRequest("A sound cannot be shown as a picture.", field="media")
    if not draft.clips:
        raise BadRequest("There is no picture on the timeline yet. Add a file first.", field="clip")
    if len(draft.layers) >= MOST:
        raise BadRequest(f"There are {MOST} layers already, which is as many as there can be.", field="media")
    still = info.kind == "image" or not length_ms(info)
    layer = _changed(Layer(edit.media, stem(edit.name), still), edit, draft)
    changed = with_layers(draft, (*draft.layers, layer))
    return changed, f"Put {layer_name(layer, {})} over the picture, {_where(layer)}{_when(layer, draft)}."


def change(draft: Draft, edit: edits.ChangeLayer, infos: Infos) -> tuple[Draft, str]:
    layers = list(draft.layers)
    layer = layers[edit.number] = _changed(_found(draft, edit.number), edit, draft)
    said = f"Changed the layer {layer_name(layer, {})}: {_where(layer)}{_when(layer, draft)}."
    return with_layers(draft, tuple(layers)), said


def move(draft: Draft, edit: edits.MoveLayer, infos: Infos) -> tuple[Draft, str]:
    layer = _found(draft, edit.number)
    layers = list(draft.layers)
    layers.remove(layer)
    at = min(edit.at, len(layers))
    layers.insert(at, layer)
    return with_layers(draft, tuple(layers)), f"Moved {layer_name(layer, {})} to layer {at + 1} of {len(layers)}."


def remove(draft: Draft, edit: edits.RemoveLayer, infos: Infos) -> tuple[Draft, str]:
    if not draft.layers:
        return draft, "There is no layer to remove."
    if edit.number is None:
        return with_layers(draft, ()), "Removed the layer." if len(draft.layers) == 1 else "Removed all layers."
    layer = _found(draft, edit.number)
    kept = tuple(one for number, one in enumerate(draft.layers) if number != edit.number)
    return with_layers(draft, kept), f"Removed the layer {layer_name(layer, {})}."


def layer_wish(layer: Layer) -> dict[str, Any]:
    """What would ask for a layer as it stands; what is as usual is left out."""
    said: dict[str, Any] = {"name": layer.name, "width": layer.width}
    said["position"] = layer.position if layer.x is None and layer.y is None else None
    said["opacity"] = None if layer.opacity == 1 else layer.opacity
    said["part"] = None if layer.crop is None else asdict(layer.crop)
    said["shape"] = None if layer.shape == "rectangle" else layer.shape
    said["start_ms"] = layer.at_ms or None
    said["end_ms"] = None if layer.d_ms is None else layer.at_ms + layer.d_ms
    return {name: value for name, value in said.items() if value is not None}


def shown_part(layer: Layer, info: MediaInfo) -> tuple[float, float, float, float]:
    """The part of the source that is shown: left, top, width, height in pixels; of a circle its middle square."""
    part = layer.crop or WHOLE
    left, top, wide, high = part.x * info.width, part.y * info.height, part.w * info.width, part.h * info.height
    if layer.shape == "circle":
        side = min(wide, high)
        return left + (wide - side) / 2, top + (high - side) / 2, side, side
    return left, top, wide, high


def layer_size(layer: Layer, info: MediaInfo, canvas: tuple[int, int]) -> tuple[int, int]:
    """Width and height of a layer on a canvas of (width, height) pixels, before it is turned."""
    _, _, wide, high = shown_part(layer, info)
    width = layer.width * canvas[0]
    height = width * high / max(wide, 1e-6)
    factor = min(1.0, canvas[1] / max(height, 1e-6))
    return max(1, round(width * factor)), max(1, round(height * factor))


def layer_corner(layer: Layer, size: tuple[int, int], canvas: tuple[int, int]) -> tuple[float, float]:
    """Left and top of a layer of ``size`` (width, height) on a canvas."""
    margin = layer.margin * min(canvas)
    across = 0.0 if "left" in layer.position else 1.0 if "right" in layer.position else 0.5
    down = 0.0 if "top" in layer.position else 1.0 if "bottom" in layer.position else 0.5
    free_x, free_y = canvas[0] - size[0] - 2 * margin, canvas[1] - size[1] - 2 * margin
    left = margin + free_x * (across if free_x > 0 else 0.5)  # too large for its margins: in the middle
    top = margin + free_y * (down if free_y > 0 else 0.5)
    if layer.x is not None:
        left = layer.x * canvas[0] - size[0] / 2
    if layer.y is not None:
        top = layer.y * canvas[1] - size[1] / 2
    return left, top


def _found(draft: Draft, number: int) -> Layer:
    if number >= len(draft.layers):
        raise BadRequest(f"There is no layer {number + 1}; there are {len(draft.layers)}.", field="number")
    return draft.layers[number]


def _changed(layer: Layer, edit: edits.LayerLook, draft: Draft) -> Layer:
    said: dict[str, Any] = {
        "width": edit.width_share,
        "margin": edit.margin,
        "opacity": edit.opacity,
        "rotate": edit.angle,
        "shape": edit.shape,
        "repeat": edit.repeat,
        "volume": edit.volume,
        "from_ms": edit.from_ms,
        "to_ms": edit.to_ms,
        "crop": edit.part,
    }
    changed = replace(layer, **{name: value for name, value in said.items() if value is not None})
    if changed.crop == WHOLE:
        changed = replace(changed, crop=None)
    if changed.to_ms is not None and changed.to_ms <= changed.from_ms:
        raise BadRequest("The layer must end after it starts.", field="to_ms")
    changed = placed(edit, changed, draft, "layer")
    if changed.slide and not (layer.fade_in_ms or edit.fade_in_ms):
        changed = replace(changed, fade_in_ms=SLIDE_MS)
    return changed


def _where(layer: Layer) -> str:
    solid = "" if layer.opacity == 1 else f", {round(layer.opacity * 100)} % opaque"
    return f"at the {place(layer)}, {round(layer.width * 100)} % wide{solid}"


def _when(layer: Layer, draft: Draft) -> str:
    if not layer.at_ms and layer.d_ms is None:
        return ""
    end = "the end" if layer.d_ms is None else seconds(min(layer.at_ms + layer.d_ms, draft.d_ms))
    return f", from {seconds(layer.at_ms)} to {end}"
