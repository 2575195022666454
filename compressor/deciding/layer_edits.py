"""Turns what is said of layers and of transitions into edits: finds the file or the layer that is meant, and resolves
comparatives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..media import MediaInfo
from ..timeline import Draft, Edit, edits, stem
from .file_state import NotDone
from .which_files import which as which_files

WIDER = {"bigger": 1.25, "smaller": 0.8}
CLEARER = {"more": 1.4, "less": 0.7}
# Fields of an explain object that are called otherwise in an edit.
_CALLED = {"width": "width_share", "rotate": "angle", "loop": "repeat"}
_SAME = ("position", "margin", "opacity", "shape", "start_ms", "end_ms", "fade_in_ms", "fade_out_ms", "slide")


def asked(
    wish: Mapping[str, Any], draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str]
) -> Iterator[Edit]:
    """The edits of ``layer``, ``change_layer``, ``transition`` and ``remove: {"layer"}``; NotDone says why not."""
    remove = wish.get("remove")
    if isinstance(remove, Mapping) and (which := remove.get("layer")) is not None:
        if not draft.layers:
            raise NotDone("no_layer")
        yield edits.RemoveLayer(None if which is True else layer_number(which, draft, names))
    for one in _each(wish.get("layer")):
        media = _file(one.get("file"), draft, infos, names)
        yield edits.AddLayer(media, stem(names.get(media, "")), **_look(one, draft))
    for one in _each(wish.get("change_layer")):
        number = layer_number(one.get("which"), draft, names)
        look = _look(_resolved(one, draft, number), draft, draft.layers[number].at_ms)
        if look:
            yield edits.ChangeLayer(number, **look)
        if one.get("to") in ("front", "back"):
            yield edits.MoveLayer(number, len(draft.layers) - 1 if one["to"] == "front" else 0)
    if between := wish.get("transition"):
        yield from _transition({"kind": between} if isinstance(between, str) else between, draft)


def _each(wishes: Any) -> list[Mapping[str, Any]]:
    if isinstance(wishes, Mapping):
        return [wishes]
    return [w for w in wishes or () if isinstance(w, Mapping)]


def _file(said: Any, draft: Draft, infos: Mapping[str, MediaInfo], names: Mapping[str, str]) -> str:
    """The media id of the file that is to lie over the clips: the one that is named, else the last still picture that
    is no clip, else the only film that is none."""
    if said not in (None, ""):
        meant = which_files(said, names, infos, "")
        if meant.why:
            raise NotDone(meant.why)
        return meant.media[0]
    clips = {clip.media for clip in draft.clips}
    free = [m for m in names if m in infos and infos[m].kind != "audio" and m not in clips]
    if stills := [m for m in free if infos[m].kind == "image"]:
        return stills[-1]
    if len(free) != 1:
        raise NotDone("which_file" if free else "no_layer_file")
    return free[0]


def layer_number(which: Any, draft: Draft, names: Mapping[str, str]) -> int:
    """The number from 0 of the layer that is meant: a number from 1, "last", "first" or a part of its name; without
    any, the only one."""
    layers = draft.layers
    if not layers:
        raise NotDone("no_layer")
    if which is None or which is True or which == "":
        if len(layers) > 1:
            raise NotDone("which_layer")
        return 0
    if which in ("first", "last"):
        return 0 if which == "first" else len(layers) - 1
    if isinstance(which, int):
        if not 0 < which <= len(layers):
            raise NotDone("no_layer")
        return which - 1
    plain = str(which).casefold()
    called = [{n.casefold() for n in (names.get(one.media, ""), one.name) if n} for one in layers]
    for found in (
        [n for n, own in enumerate(called) if plain in own or stem(plain) in own],
        [n for n, own in enumerate(called) if any(plain in name for name in own)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            raise NotDone("which_layer")
    raise NotDone("no_layer" if len(layers) == 1 else "which_layer")


def _resolved(wish: Mapping[str, Any], draft: Draft, number: int) -> dict[str, Any]:
    """The wish with shares where it compares: "bigger", "less"."""
    layer, plain = draft.layers[number], dict(wish)
    if isinstance(size := plain.get("width"), str):
        plain["width"] = min(round(layer.width * WIDER.get(size, 1.0), 4), 1.0)
    if isinstance(degree := plain.get("opacity"), str):
        plain["opacity"] = min(round(layer.opacity * CLEARER.get(degree, 1.0), 4), 1.0)
    return plain


def _look(wish: Mapping[str, Any], draft: Draft, at_ms: int = 0) -> dict[str, Any]:
    """The fields of the edit; ``at_ms`` is when the layer comes now."""
    found = {name: wish[name] for name in _SAME if wish.get(name) is not None}
    found |= {new: wish[old] for old, new in _CALLED.items() if wish.get(old) is not None}
    found |= {n: max(0, draft.d_ms + found[n]) for n in ("start_ms", "end_ms") if found.get(n, 0) < 0}
    if wish.get("last_ms"):
        found["end_ms"] = found.get("start_ms", at_ms) + wish["last_ms"]
    if found.get("margin", 0) > 0.5:  # pixels
        found["margin"] = min(found["margin"] / min(draft.meta.width or 480, draft.meta.height or 270), 0.5)
    if wish.get("mute") is not None:
        found["volume"] = 0.0 if wish["mute"] else 1.0
    return {k: v for k, v in found.items() if not isinstance(v, str) or k in ("position", "shape", "slide")}


def _transition(wish: Mapping[str, Any], draft: Draft) -> Iterator[Edit]:
    """``after`` is the number from 1 of the clip that it follows. A kind that is not said is the one that stands."""
    stands = next((clip.transition for clip in draft.clips if clip.transition), None)
    kind = wish.get("kind") or ("fade" if wish.get("color") else stands.kind if stands else "crossfade")
    clip = wish["after"] - 1 if isinstance(wish.get("after"), int) else wish.get("clip")
    yield edits.SetTransition(kind, clip, wish.get("duration_ms") or wish.get("d_ms"), wish.get("color"))
