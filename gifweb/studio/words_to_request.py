"""Reads words outside a chat into a draft and a goal, and says what words would mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from compressor import deciding, engine, language
from compressor.deciding import Decided
from compressor.deciding.goal_changes import merge
from compressor.formats import USUAL, holder, label
from compressor.goal import Goal
from compressor.language import Context, Understood
from compressor.media import MediaInfo
from compressor.message_catalogue import words as words_of
from compressor.number_format import below, capital, named
from compressor.setting_labels import labels
from compressor.timeline import Draft

from . import places, replies
from .project_snapshot import Result, Standing

__all__ = ["BY_CONTENT", "Defaults", "Wish", "meaning", "merge", "read", "standing", "with_defaults"]

STILL_FORMAT = "webp"
MOVING_FORMAT = USUAL


@dataclass(frozen=True, slots=True)
class Wish:
    """The result of reading. ``changes`` says what changed; ``missed`` are the parts that were not understood or not
    done, and ``beyond`` among them what cannot be done here; ``unmade`` is the format that was asked for and is not
    made; ``media`` is which files the words name, as in the explain object."""

    draft: Draft
    goal: Goal
    changes: list[str] = field(default_factory=list)
    missed: list[dict[str, Any]] = field(default_factory=list)
    explain: dict[str, Any] = field(default_factory=dict)
    unmade: str = ""

    @property
    def media(self) -> Any:
        return self.explain.get("media")

    @property
    def understood(self) -> dict[str, Any]:
        """JSON for the render: what the page shows beside the result."""
        return {"sentences": self.changes, "missed": self.missed, "goal": self.goal.to_json(), "explain": self.explain}


def read(
    words: str,
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    *,
    goal: Mapping[str, Any] | None = None,
    last: Result | None = None,
    names: Mapping[str, str] | None = None,
    lang: str = "en",
) -> Wish:
    """Apply ``words`` to a draft and a goal. ``last`` is the last result, for comparatives.

    What cannot be done is listed in ``missed``; the rest is done.
    """
    names = names or {}
    stands = standing(draft, infos, goal, names)
    found = language.read(words, context(stands, names))
    decided = deciding.apply(found.explain, stands, last=last, names=names)
    lang = found.lang or lang
    changed = replies.changed(stands, deciding.after(stands, decided), lang, names=names, last=last)
    missed = _missed(found, decided, lang)
    refused = [replies.refused(e, lang) for e in decided.refused if not isinstance(e, str)]
    missed += [{"text": one, "nearest": "", "beyond": True} for one in refused]
    return Wish(decided.draft, decided.goal, changed, missed, dict(found.explain), found.unmade)


def context(stands: Standing, names: Mapping[str, str]) -> Context:
    """What stands, for the reader of words."""
    draft = stands.draft
    return Context(
        goal=stands.goal.to_json(),
        texts=tuple(t.text for t in draft.titles),
        places=tuple(t.position for t in draft.titles),
        clips=len(draft.clips),
        speed=draft.clips[0].speed if draft.clips else 1.0,
        files=tuple(names.values()),
        layers=tuple(names.get(one.media) or one.name for one in draft.layers),
    )


def _missed(found: Understood, decided: Decided, lang: str) -> list[dict[str, Any]]:
    """The parts that were not understood, and those that cannot be done here."""
    missed: list[dict[str, Any]] = [{"text": piece, "nearest": ""} for piece in found.unclear]
    told = replies.not_done(decided.cannot, found, lang)
    return missed + [{"text": one, "nearest": "", "beyond": True} for one in told]


def standing(
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    goal: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
) -> Standing:
    """Return the state of the file that a draft shows first."""
    media = draft.clips[0].media if draft.clips else ""
    name = (names or {}).get(media, "")
    return Standing(draft, Goal.from_json(dict(goal or {})), media, name, infos.get(media), infos)


def meaning(words: str) -> dict[str, Any]:
    """Return what the words mean without a file: like ``Wish.understood``, with a label for each wish."""
    formats = language.several(words)
    found = language.read(next(iter(formats.values()), words))
    decided = deciding.apply(found.explain, Standing())
    goal = decided.goal
    said = labels(found.explain, _spoken(found.lang))
    if formats:
        said["format"] = named([label(name) for name in formats], words_of(get_language() or "en"))
    if "max_bytes" in said and language.together(words):
        said["max_bytes"] = _("{limit}, all files together").format(limit=said["max_bytes"])
    chips = [capital(one) for one in said.values()]
    missed = _missed(found, decided, _spoken(found.lang))
    chosen = formats or goal.format or goal.codec or goal.preset
    usually = _("{format}, as none was asked for")
    usual = "" if chosen or not chips else usually.format(format=label(USUAL))
    limit = goal.max_bytes or places.most_bytes(goal.preset)
    return {
        "sentences": chips,
        "missed": missed,
        "goal": goal.to_json(),
        "explain": found.explain,
        "chips": chips,
        "usual": usual,
        "caution": places.note_of(goal.preset),
        "line": below(limit) if limit else None,
    }


def _spoken(said: str) -> str:
    """The language of chips: that of the page, or of the words where the page is English."""
    page = get_language() or "en"
    return page if not page.startswith("en") else said or "en"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The format and size where none, and no place, was asked for: ``format``, or "" for one that suits the content;
    ``mp4_short_side`` is the largest short side of an MP4 in pixels."""

    format: str = ""
    mp4_short_side: int | None = None


BY_CONTENT = Defaults()


def with_defaults(goal: Goal, draft: Draft, infos: Mapping[str, MediaInfo], defaults: Defaults = BY_CONTENT) -> Goal:
    """The goal with a format and a size where they were not asked for. A place (``preset``) brings its own.

    A format by content is WebP for a still picture or where transparency was asked for, a format that keeps the
    transparency of a source that has some, and MP4 for everything else.
    """
    if goal.preset:
        return goal
    if not goal.format and goal.codec:
        goal = replace(goal, format=holder(goal.codec))
    elif not goal.format:
        goal = replace(goal, format=defaults.format or by_content(goal, draft, infos)[0])
    sized = goal.width or goal.height or goal.short_side or goal.scale
    if goal.format == "mp4" and defaults.mp4_short_side and not sized:
        return replace(goal, short_side=defaults.mp4_short_side)
    return goal


def by_content(goal: Goal, draft: Draft, infos: Mapping[str, MediaInfo]) -> tuple[str, str]:
    """The format that suits the content, and why, in a few translated words."""
    if len(draft.clips) == 1 and draft.clips[0].still:
        return STILL_FORMAT, _("small for a still picture")
    if goal.transparent:
        return STILL_FORMAT, _("keeps transparency")
    clear = [info for c in draft.clips if (info := infos.get(c.media)) and info.has_alpha]
    if clear and goal.transparent is None and draft.meta.background in (None, "transparent"):
        return engine.usual_format(clear[0], clear=True), _("keeps transparency")
    return MOVING_FORMAT, _("the smallest for moving pictures")
