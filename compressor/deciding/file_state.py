"""The state of one file in a project: draft, goal, last result. Frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .. import presets
from ..goal import Goal
from ..media import MediaInfo
from ..timeline import Draft, media_ids

# Why nothing was changed. "best_fits": the last result fills its limit already; "no_room": the same before any result;
# "already": it stands as asked; "which_text", "which_clip", "which_file": several are there and it cannot be told which
# is meant; "no_text", "no_clip", "no_music", "no_file", "no_result": there is none; "no_undo", "no_redo",
# "no_layer", "no_layer_file", "which_layer": the same of what lies over the clips;
# "no_such_past": there is nothing to go back (on) to; "dropped": a question of ours was answered no; "kept": only what
# must stay as it is was said; "told": something was told, nothing asked; "uploaded": files came (Facts.new) and another
# one is worked on; "only_clip": the one clip cannot go; "no_bytes_left": more bytes are to go than there are.
REASONS = (
    "best_fits", "no_room", "already", "which_text", "which_clip", "which_file", "no_text", "no_clip", "no_music",
    "no_file", "no_result", "no_undo", "no_redo", "no_such_past", "dropped", "kept", "told", "uploaded", "only_clip",
    "no_bytes_left", "no_layer", "no_layer_file", "which_layer",
)  # fmt: skip


class NotDone(Exception):
    """Part of a message was not done; ``reason`` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Standing:
    """The draft and the goal of the file that is worked on.

    ``media`` is that file's id, "" before the first upload; ``name`` its file name; ``info`` its facts. ``infos`` are
    the facts of every file of the project by media id, in the order of uploads.
    """

    draft: Draft = field(default_factory=Draft)
    goal: Goal = field(default_factory=Goal)
    media: str = ""
    name: str = ""
    info: MediaInfo | None = None
    infos: Mapping[str, MediaInfo] = field(default_factory=dict, hash=False)

    @property
    def source_bytes(self) -> int:
        """Bytes of the pictures on the timeline; of the file worked on where it shows nothing."""
        used = media_ids(self.draft)
        shown = sum(i.bytes for m, i in self.infos.items() if m in used and i.kind != "audio")
        return shown or (self.info.bytes if self.info else 0)

    @property
    def stated(self) -> int | None:
        """The ceiling in bytes that the person asked for, as bytes or as a share of the source; None: none."""
        said = [self.goal.max_bytes] if self.goal.max_bytes else []
        if self.goal.max_ratio and self.source_bytes:
            said.append(max(1, int(self.goal.max_ratio * self.source_bytes)))
        return min(said, default=None)

    @property
    def ceiling(self) -> int | None:
        """The ceiling that binds: the least of the stated one and what the place takes."""
        place = presets.PRESETS.get(self.goal.preset or "")
        limits = [limit for limit in (self.stated, place.max_bytes if place else None) if limit]
        return min(limits, default=None)


@dataclass(frozen=True, slots=True)
class Result:
    """The last finished result: its file as measured. ``quality`` is the mean on the SSIMULACRA2 scale; ``max_bytes``
    the ceiling that it was made under; ``report`` all that the engine told; ``name`` that of its source."""

    bytes: int
    format: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    frames: int = 0
    duration_ms: int = 0
    quality: float | None = None
    max_bytes: int | None = None
    fits: bool | None = None
    name: str = ""
    report: Mapping[str, Any] = field(default_factory=dict, hash=False)
