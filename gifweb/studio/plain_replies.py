"""Thin English sentences with the signatures of ``replies``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import plan
from .standing import Facts, Result, Standing, Started


def changed(
    before: Standing, after: Standing, lang: str, *, names: Mapping[str, str], last: Result | None = None
) -> list[str]:
    old = {c.key: c.label for c in plan.chips(before.draft, before.goal, names)}
    new = {c.key: c.label for c in plan.chips(after.draft, after.goal, names)}
    told = [f"{label}." for key, label in new.items() if old.get(key) != label]
    told += [f"Taken back: {label}." for key, label in old.items() if key not in new]
    if len(before.draft.clips) != len(after.draft.clips):
        told.append("Clips: " + ", ".join(c.name for c in after.draft.clips) + ".")
    return told or (["Changed."] if (before.draft, before.goal) != (after.draft, after.goal) else [])


def answer(ask: str, about: Mapping[str, Any], facts: Facts, lang: str) -> str:
    if ask == "credits":
        return f"{facts.available} credits are available, {facts.frozen} are held."
    if ask == "status":
        return f"The last render: {facts.render_state or 'none yet'}, {facts.progress:.0f} %."
    if ask == "size" and facts.last:
        return f"The last result has {facts.last.bytes:,} bytes."
    if ask == "size":
        return f"The file has {facts.standing.source_bytes:,} bytes."
    return "Upload a file and say what you want, for example “under 500KB”. Then say “export”."


def cannot(kinds: Sequence[str], lang: str) -> str:
    return f"I can't do that here: {', '.join(kinds)}."


def unclear(pieces: Sequence[str], lang: str) -> str:
    return "I did not understand " + ", ".join(f"“{p}”" for p in pieces) + "." if pieces else ""


def doubt(doubt: Mapping[str, Any], facts: Facts, lang: str) -> str:
    return f"Shall I do that ({', '.join(doubt)})? Say yes, or how much."


def small_talk(words: str, lang: str) -> str:
    return "All right."


def nothing_changed(reason: str, facts: Facts, lang: str) -> str:
    if reason == "uploaded":
        return files(facts.standing.name, lang, new=facts.new)
    return f"Nothing was changed ({reason.replace('_', ' ')})."


def files(name: str, lang: str, *, new: Sequence[str] = (), every: int = 0, duration_ms: int = 0) -> str:
    if new:
        return f"{', '.join(new)} is here; “{name}” is still worked on. Say “now {new[0]}” for the other."
    return f"For each of the {every} files:" if every else f"Now it is about “{name}”."


def export_started(renders: Sequence[Started], lang: str) -> str:
    told = []
    for one in renders:
        if one.error:
            told.append(f"{one.name} was not exported: {refused(one.error, lang)}")
        else:
            told.append(f"Export started: render {one.render_id}, at most {one.credits} credits, as {one.format}.")
    return " ".join(told)


def refused(error: Exception, lang: str) -> str:
    return str(getattr(error, "message", "") or error)
