"""Words → what was asked: a grammar, deterministic and offline, for people in six languages.

``explain(words)`` is the flat object of docs/language.md and nothing more. ``read(words, draft, infos, last)`` turns it
into a partial Goal and edits of the draft, resolves comparatives against the last result, and says what it did not
understand. ``chips`` and ``say`` put the object into plain words again.

How it reads: letters are folded (``normal``), typos corrected (``spelling``), words and numbers become kinds that are
the same in all languages (``lexer``, ``measures``, ``words_*``), and rules over kinds (``rules_*``) take what they
understand out of the row. What is left in the row was not understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import model
from .echo import Chip, chips, say, without
from .goals import goal_of, paced, source_bytes
from .missing import Missed, missed
from .reading import explain, read_words, warm

if TYPE_CHECKING:
    from ..media import MediaInfo
    from ..timeline import Draft, Edit

__all__ = [
    "Chip",
    "Missed",
    "Understood",
    "chips",
    "explain",
    "missed",
    "read",
    "say",
    "understood_of",
    "warm",
    "without",
]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a phrase came to. ``goal`` is a partial Goal as a dict; ``relative`` is already resolved in it (or in the
    edits); ``missed`` are the pieces that were not understood, each with the nearest thing that would be;
    ``sentences`` is the echo in the writer's language; ``lang`` is that language."""

    explain: dict[str, Any]
    goal: dict[str, Any] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    action: str = ""
    relative: str = ""
    missed: tuple[Missed, ...] = ()
    sentences: tuple[str, ...] = ()
    chips: tuple[Chip, ...] = ()
    lang: str = "en"


def read(
    words: str,
    draft: Draft | None = None,
    infos: Mapping[str, MediaInfo] | None = None,
    last: Mapping[str, Any] | None = None,
) -> Understood:
    """Read ``words``. Never raises for any text: what makes no sense is in ``missed``.

    ``last`` is the report of the last result (or a flat object with ``bytes`` and ``quality``), for "smaller" and
    "better". Where a model is configured (see ``model``) it is asked only about what the grammar did not understand.
    """
    reading, folded = read_words(words)
    gaps = missed(reading, folded)
    wish, keep = dict(reading.wish), reading.keep_quality
    if (gaps or wish.get("action") == "unknown") and not reading.injected and model.enabled():
        wish, gaps = _with_model(words, wish, gaps)
    return understood_of(wish, draft, infos, last, lang=reading.lang, keep_quality=keep, missed=tuple(gaps))


def _with_model(words: str, wish: dict[str, Any], gaps: list[Missed]) -> tuple[dict[str, Any], list[Missed]]:
    answer = model.ask(words)
    if not answer:
        return wish, gaps
    if wish.get("action") == "unknown":
        wish = {k: v for k, v in wish.items() if k != "action"}
    return answer | wish, []  # the grammar's own reading wins


def understood_of(
    wish: Mapping[str, Any],
    draft: Draft | None = None,
    infos: Mapping[str, MediaInfo] | None = None,
    last: Mapping[str, Any] | None = None,
    *,
    lang: str = "en",
    keep_quality: bool = False,
    missed: tuple[Missed, ...] = (),
) -> Understood:
    """The same from an explain object, such as one whose chips were changed by hand."""
    asked = dict(wish)
    length = _length(draft)
    more: list[Missed] = []
    timed = paced(asked)
    end = timed.get("end_ms")
    if end is not None and end < 0:  # "without the last 2 seconds" needs to know how long it is
        if length is not None and length + end > timed.get("start_ms", 0):
            timed["end_ms"] = length + end
        else:
            del timed["end_ms"]
            if length is not None:
                more.append(Missed(say({"end_ms": end}, lang), "keep the last 2 seconds"))
    edits: tuple[Edit, ...] = ()
    if draft is not None:
        from ..errors import BadRequest
        from ..timeline import edits_from_explain

        try:
            edits = tuple(edits_from_explain(timed, draft, dict(infos or {})))
        except BadRequest as error:
            more.append(Missed(error.message, ""))
    action = str(asked.get("action", ""))
    sentence = say(asked, lang)
    sentences = [sentence] if sentence else []
    if keep_quality:
        sentences.append("尽量不损失画质。" if lang == "zh" else "The quality is kept as far as it goes.")
    return Understood(
        explain=asked,
        goal=goal_of(asked, keep_quality=keep_quality, source_bytes=source_bytes(infos, draft), last=last),
        edits=edits,
        action="" if action == "edit" else action,
        relative=str(asked.get("relative", "")),
        missed=(*missed, *more),
        sentences=tuple(sentences),
        chips=tuple(chips(asked, lang)),
        lang=lang,
    )


def _length(draft: Draft | None) -> int | None:
    return draft.d_ms if draft is not None else None
