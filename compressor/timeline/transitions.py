"""Applies the edit of transitions between clips; ``apply_edits`` holds the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ..errors import BadRequest
from ..media import MediaInfo
from . import edits, value_checks
from .describe import seconds, transition_name
from .draft import VIDEO, Clip, Draft, Transition, transition_ms, with_segments
from .read_json import MAX_TRANSITION_MS

USUAL_MS = 500  # how long a transition takes where nobody said


def put(draft: Draft, edit: edits.SetTransition, infos: Mapping[str, MediaInfo]) -> tuple[Draft, str]:
    clips = draft.clips
    if len(clips) < 2:
        raise BadRequest("A transition goes between two clips, and there are not two yet.", field="clip")
    last = len(clips) - 1
    if edit.clip is not None and edit.clip >= last:
        raise BadRequest(f"No clip comes after clip {edit.clip + 1}; there are {len(clips)}.", field="clip")
    length = value_checks.whole(edit.d_ms or USUAL_MS, "d_ms", 1, MAX_TRANSITION_MS)
    wanted = None if edit.transition == "cut" else Transition(edit.transition, length, edit.color or "#000000")
    picked = range(last) if edit.clip is None else range(edit.clip, edit.clip + 1)
    clips = tuple(replace(c, transition=wanted) if n in picked else c for n, c in enumerate(clips))
    changed = with_segments(draft, VIDEO, clips)
    where = "all clips" if edit.clip is None and last > 1 else f"clips {picked[0] + 1} and {picked[0] + 2}"
    if wanted is None:
        return changed, f"Between {where} there is a plain cut."
    took = max(transition_ms(clips, [c.d_ms for c in clips])[n] for n in picked)
    room = "" if took == length else f", for which there is room of the {seconds(length)}"
    said = f"Between {where}: {transition_name(wanted)} over {seconds(took)}{room}."
    return changed, f"{said} It lasts {seconds(changed.d_ms)} in all." if wanted.kind == "crossfade" else said


def backwards(clips: tuple[Clip, ...]) -> tuple[Clip, ...]:
    """The clips in the other order, each transition still between the same two."""
    before = (None, *(c.transition for c in clips[:-1]))
    return tuple(replace(c, transition=t) for c, t in zip(clips, before, strict=True))[::-1]


def transition_wish(transition: Transition) -> dict[str, Any]:
    """What would ask for it; ``d_ms`` is left out where it is as usual."""
    said: dict[str, Any] = {"kind": transition.kind, "color": transition.color if transition.kind == "fade" else None}
    said["d_ms"] = None if transition.d_ms == USUAL_MS else transition.d_ms
    return {name: value for name, value in said.items() if value is not None}
