"""The sentences of the chat, in the person's language, made from facts.

``changed`` tells the difference between two states of a project, ``answer`` a fact that was asked for, the others what
cannot be done, what was not understood, what is asked back and what was started. No sentence repeats what somebody
typed as if it had been done. ``lang`` is a language tag; sentences without a translation are said in English.
``summary`` is the one line that agents know (docs/api.md); it stays English.
"""

from __future__ import annotations

from collections.abc import Mapping

from compressor.timeline import Draft
from compressor.unsupported import cannot, not_done, not_made

from .answers import answer
from .asides import files, nothing_changed, small_talk, unclear
from .changes import changed
from .doubts import doubt
from .exports import export_started
from .refusals import refused
from .warnings import no_more_frames, warned

__all__ = [
    "answer", "cannot", "changed", "doubt", "export_started", "files", "no_more_frames", "not_done", "not_made",
    "nothing_changed", "refused", "small_talk", "summary", "unclear", "warned",
]  # fmt: skip


def summary(draft: Draft, names: Mapping[str, str] | None = None) -> str:
    """Return the timeline as one English line, as the agent contract has it."""
    return draft.summary(names)
