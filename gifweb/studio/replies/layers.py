"""Describes added, removed and changed layers."""

from __future__ import annotations

from compressor.message_catalogue import Words
from compressor.number_format import listed
from compressor.setting_labels import layer_details
from compressor.timeline import Draft, Layer, layer_wish


def told(before: Draft, after: Draft, say: Words) -> list[str]:
    """Return one sentence for each changed layer."""
    old = [layer for layer in before.layers if layer not in after.layers]
    new = [layer for layer in after.layers if layer not in before.layers]
    found = []
    for layer in new:
        was = next((one for one in old if one.media == layer.media), None)
        details = listed(layer_details(layer_wish(layer), say), say)
        if was is None:
            found.append(say("Put “{name}” over the picture: {details}.", name=layer.name, details=details))
        else:
            old.remove(was)
            found.append(say("Changed “{name}” over the picture: {details}.", name=layer.name, details=details))
    return found + _removed(old, before, after, say)


def _removed(old: list[Layer], before: Draft, after: Draft, say: Words) -> list[str]:
    if old and not after.layers and len(before.layers) > 1:
        return [say("Removed all layers.")]
    return [say("Removed the layer “{name}”.", name=layer.name) for layer in old]
