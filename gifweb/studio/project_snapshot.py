"""The state of one file (Standing) and the facts for answers (Facts). Frozen data, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from compressor.deciding.file_state import REASONS, Result, Standing
from compressor.media import MediaInfo

__all__ = ["REASONS", "Facts", "Result", "Standing", "Started"]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts from which questions are answered.

    ``names`` is media id → file name, in the order of uploads. ``available`` and ``frozen`` are credits; ``price`` is
    the most that an export would cost now, None without anything to show. ``queue`` is how many renders wait before a
    new one. ``render_state`` is that of the newest render ("" without one: queued running finished failed cancelled),
    ``progress`` its percent, ``left_s`` the seconds left, ``render_error`` why it failed. ``place`` is
    the preset that a question is about, else the goal's, else "". ``first`` is what stood right after the upload.
    ``max_upload`` is in bytes; ``kept_days`` how long files are kept, None: until their owner deletes them. ``new`` are
    the names of files that came since the last message.
    """

    standing: Standing = field(default_factory=Standing)
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    last: Result | None = None
    first: Standing | None = None
    available: int = 0
    frozen: int = 0
    price: int | None = None
    queue: int = 0
    render_state: str = ""
    progress: float = 0.0
    left_s: float | None = None
    render_error: str = ""
    place: str = ""
    max_upload: int = 200_000_000
    kept_days: int | None = None
    new: tuple[str, ...] = ()

    @property
    def infos(self) -> Mapping[str, MediaInfo]:
        return self.standing.infos


@dataclass(frozen=True, slots=True)
class Started:
    """One export: of the file ``name``, as the render ``render_id``, for at most ``credits``, in ``format``; or the
    ``error`` why it was refused."""

    name: str = ""
    render_id: str = ""
    credits: int = 0
    format: str = ""
    format_said: bool = True  # False: the format is a default
    error: Exception | None = None
