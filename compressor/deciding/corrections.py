"""Corrections: the edits of the message before are undone and applied again with the corrected values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..timeline import Edit, edits
from .file_state import Standing

# Edits of one group replace each other.
_GROUPS: tuple[tuple[type[Edit], ...], ...] = (
    (edits.Trim, edits.KeepLast, edits.MaxDuration),
    (edits.Shape, edits.CropTo),
    (edits.SetMusic, edits.RemoveMusic),
    (edits.AddText,),
    (edits.RemoveClip,),
    (edits.MoveClip,),
)
_TIMES = ("start_ms", "end_ms", "last_ms")
_GROUP = {kind: number for number, kinds in enumerate(_GROUPS) for kind in kinds}


@dataclass(frozen=True, slots=True)
class Before:
    """What stood before the message that is corrected, the edits that have been made since, in order, and what that
    message was read as. ``number`` is the caller's name for that moment."""

    standing: Standing
    edits: tuple[Edit, ...] = ()
    explain: Mapping[str, Any] = field(default_factory=dict, hash=False)
    number: int = 0


def meant(explain: Mapping[str, Any], before: Before) -> Mapping[str, Any]:
    """What a correction asks for where it names only a length: "cut the first 2 seconds", "no, the first 1" cuts too.

    A correction that is to keep what the message before cut says so with a ``start_ms`` of 0.
    """
    old, said = before.explain, {k: explain[k] for k in _TIMES if explain.get(k) is not None}
    if set(said) == {"end_ms"} and said["end_ms"] > 0 and {k for k in _TIMES if old.get(k)} == {"start_ms"}:
        return {k: v for k, v in explain.items() if k != "end_ms"} | {"start_ms": said["end_ms"]}
    if set(said) == {"last_ms"} and (old.get("end_ms") or 0) < 0:
        return {k: v for k, v in explain.items() if k != "last_ms"} | {"end_ms": -said["last_ms"]}
    return explain


def group(edit: Edit) -> object:
    return _GROUP.get(type(edit), type(edit))


def touches(before: Before, new: Sequence[Edit]) -> bool:
    """Whether one of the new edits is of a kind that was made before."""
    return bool({group(e) for e in before.edits} & {group(e) for e in new})


def corrected(old: Sequence[Edit], new: Sequence[Edit]) -> list[Edit]:
    """The old edits with the new ones in the place of those of their kind; the others follow at the end."""
    groups = {group(e) for e in new}
    made: list[Edit] = []
    placed: set[object] = set()
    for edit in old:
        kind = group(edit)
        if kind not in groups:
            made.append(edit)
        elif kind not in placed:
            placed.add(kind)
            made += [_over(edit, e) for e in new if group(e) == kind]
    return made + [e for e in new if group(e) not in placed]


def _over(old: Edit, new: Edit) -> Edit:
    """The new edit with what it does not say taken from the old one of the same type. A trim takes over the other end
    only from one that had both."""
    if type(old) is not type(new):
        return new
    if isinstance(old, edits.Trim) and (old.start_ms is None or old.end_ms is None):
        return new
    said = {f.name: getattr(new, f.name) for f in fields(new)}
    kept = {name: getattr(old, name) for name, value in said.items() if value is None}
    return replace(new, **kept)
