"""Words about one file turned into a draft and a goal: what the command lines do with ``"under 500KB"``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import BadRequest
from .goal import Goal
from .media import MediaInfo

MEDIA = "a"  # the id that the one file has in the draft


@dataclass(frozen=True, slots=True)
class Wording:
    """What words came to. ``draft`` is None where the timeline stays as it is; ``goal`` holds Goal fields.

    ``said`` repeats what was understood in the language of the words; ``missed`` are the pieces that were not
    understood, ``refused`` sentences about what was understood and cannot be done. ``explain`` is the explain object.
    ``unmade``: the format that was asked for and is not made.
    """

    draft: dict[str, Any] | None = None
    goal: dict[str, Any] = field(default_factory=dict)
    said: str = ""
    missed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    explain: dict[str, Any] = field(default_factory=dict)
    unmade: str = ""

    def sentences(self) -> list[str]:
        """Everything that a person should see, a sentence a line."""
        heard = [self.said] if self.said else []
        return [*heard, *(f"Not understood: {piece}" for piece in self.missed), *self.refused]


def load(words: str) -> None:
    """Load all that reading takes, and read ``words``: what is known of them later costs next to nothing."""
    from . import deciding, language, message_catalogue, number_format, setting_labels, timeline, unsupported  # noqa: F401

    language.read(words)


def read(words: str, info: MediaInfo, name: str) -> Wording:
    """Read ``words`` about the file ``name``, of which ``info`` is known."""
    from . import deciding, language, message_catalogue, number_format, setting_labels, timeline, unsupported
    from .deciding.file_state import Standing

    draft = timeline.draft_for(MEDIA, info, name)
    found = language.read(words)
    decided = deciding.apply(found.explain, Standing(draft, Goal(), MEDIA, name, info, {MEDIA: info}))
    say = message_catalogue.words(found.lang or "en")
    wished = number_format.listed(setting_labels.wishes(found.explain, say.lang), say)
    refused = [error.message for error in decided.refused if isinstance(error, BadRequest)]
    refused += unsupported.not_done(decided.cannot, found, say.lang)
    return Wording(
        draft=decided.draft.to_json() if decided.edits else None,
        goal=decided.goal.to_json(),
        said=number_format.sentence(wished, say) if wished else "",
        missed=tuple(found.unclear),
        refused=tuple(refused),
        explain=dict(found.explain),
        unmade=found.unmade,
    )
