"""Moves through the revisions of a project: undo, redo, start over, back to before something."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from . import drafts, project_files
from .models import Project, Revision

# What a person calls a thing → the keys of the explain object that brought it.
_BYTES = ("max_bytes", "max_ratio", "less_bytes", "more_bytes", "relative")
_SIDES = ("width", "height", "short_side", "scale")
_CUT = ("start_ms", "end_ms", "last_ms", "max_duration_ms")
_CALLED = {
    "caption": ("text",), "title": ("text",), "words": ("text",), "song": ("music",), "trim": _CUT, "cut": _CUT,
    "sound": ("music", "mute", "volume"), "crop": ("crop", "aspect", "fit"), "square": ("aspect",),
    "pace": ("speed", "relative_pace", "relative"), "size": (*_BYTES, *_SIDES), "limit": _BYTES, "dimensions": _SIDES,
    "frames": ("fps", "keep_every"),
}  # fmt: skip


class NoRevision(Exception):
    """There is no such revision. ``reason`` is one of project_snapshot.REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def go(project: Project, action: str, to: Any = None) -> None:
    """Apply ``action``: undo, redo or start_over; an undo with ``to`` goes back to before that.

    Raises NoRevision, or Conflict when another request changed the project."""
    if action == "start_over" or (action == "undo" and to in ("start", "upload", 0, "0")):
        _start_over(project)
    elif action == "undo" and to not in (None, "", {}, 1, "last"):
        _before(project, to)
    else:
        step = 1 if action == "redo" else -1
        if not drafts.can_move(project, step):
            raise NoRevision("no_redo" if step > 0 else "no_undo")
        drafts.move(project, step)


def _start_over(project: Project) -> None:
    """Save a revision equal to the first upload, so that starting over can be undone."""
    now, then = project_files.of(project), project_files.uploaded(project, drafts.media_of(project))
    if then.standing() == now.standing() and not now.wished:
        raise NoRevision("no_undo")
    project_files.save(project, then, "Started over.")


def _before(project: Project, to: Any) -> None:
    found = _revision_before(project, to)
    if found is None:
        raise NoRevision("no_such_past")
    drafts.save_again(project, found, "Went back.")


def _revision_before(project: Project, to: Any) -> Revision | None:
    """Return the revision before the last message that added what ``to`` names."""
    if isinstance(to, Mapping):
        to = to.get("before", next(iter(to.values()), None))
    rows = list(project.revisions.filter(number__lte=project.draft_number).order_by("-number"))
    if isinstance(to, int) and not isinstance(to, bool):
        return rows[to] if 0 < to < len(rows) and rows[to].draft else None
    if not isinstance(to, str):
        return None
    keys = _CALLED.get(to, (to,))
    for row, earlier in pairwise(rows):
        if set(keys) & set(row.cause.get("explain") or {}) and earlier.draft:
            return earlier
    return None
