"""``--dry-run``, ``--check`` and ``--presets``: what would be done, whether a file would be taken, by which rules."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from compressor import formats
from compressor.errors import CompressorError
from compressor.words_to_draft import MEDIA

from .arguments import Source
from .one_file import Claims, Ready, Task, ready
from .outcome import CANNOT_FIT, Outcome, failed
from .output import amount, visible


def dry(tasks: Sequence[Task], as_json: bool) -> list[Outcome]:
    """Say of each file what would be done. Nothing is written."""
    claims = Claims([task.source for task in tasks])
    outcomes: list[Outcome] = []
    for task in tasks:
        shown = task.source.shown
        try:
            found = ready(task, task.source.path, claims)
            bytes_, exact = expected(found)
        except CompressorError as error:
            outcomes.append(failed(shown, error))
            _tell(outcomes[-1].to_json(), f"brim: {shown}: {error.message}", as_json)
            continue
        goal = found.wish.goal.to_json()
        facts: dict[str, Any] = {"would_write": str(found.out), "goal": goal, "edits": found.wish.draft is not None}
        facts |= {"bytes": found.info.bytes, "expected_bytes": bytes_, "hard_limit": exact}
        outcomes.append(Outcome(shown, report=facts))
        how = f"at most {amount(bytes_)}" if exact else f"about {amount(bytes_)}"
        asked = f" {' '.join(found.wish.said)}" if found.wish.said else ""
        line = f"{shown} → {found.out}: {amount(found.info.bytes)} → {how}, {formats.label(goal['format'])}.{asked}"
        _tell(outcomes[-1].to_json(), line, as_json)
    return outcomes


def expected(found: Ready) -> tuple[int, bool]:
    """(bytes, whether they are a ceiling): the ceiling where one stands and the source is larger, else what the search
    expects."""
    from compressor import sandbox
    from compressor.engine import Job

    goal = found.wish.goal
    ceilings = [goal.max_bytes] if goal.max_bytes else []
    if goal.max_ratio:
        ceilings.append(max(1, int(found.info.bytes * goal.max_ratio)))
    if goal.preset:
        from compressor import presets

        if most := presets.goal_for(goal.preset, found.info).get("max_bytes"):
            ceilings.append(most)
    if ceilings:
        if goal.format == found.info.format and found.wish.draft is None:
            ceilings.append(found.info.bytes)  # a result of the source's own format is never larger
        return min(ceilings), True
    with tempfile.TemporaryDirectory(prefix="brim-") as folder:
        job = Job({MEDIA: str(found.path)}, f"{folder}/out", goal.to_json(), found.wish.draft)
        return sandbox.expected(job), False


def check(sources: Sequence[Source], place: str, as_json: bool) -> list[Outcome]:
    """Say of each file, rule by rule, whether a place would take it; status 3 where it would not."""
    from compressor import presets, sandbox

    presets.get(place)
    outcomes: list[Outcome] = []
    for source in sources:
        try:
            info = sandbox.probe(source.path)
        except CompressorError as error:
            outcomes.append(failed(source.shown, error))
            _tell(outcomes[-1].to_json(), f"brim: {source.shown}: {error.message}", as_json)
            continue
        rules = presets.validate(place, info)
        taken = all(rule.passed for rule in rules)
        facts = {"place": place, "taken": taken, "rules": [asdict(rule) for rule in rules]}
        outcomes.append(Outcome(source.shown, 0 if taken else CANNOT_FIT, facts))
        bad = [f"{rule.name} is {rule.got}, allowed: {rule.want}" for rule in rules if not rule.passed]
        line = (
            f"{source.shown}: {place} takes it." if taken else f"{source.shown}: {place} refuses it: {'; '.join(bad)}."
        )
        _tell(outcomes[-1].to_json(), line, as_json)
    return outcomes


def listing(as_json: bool) -> None:
    """The places with their limits, one a line."""
    from compressor import presets

    for name in presets.names():
        one = presets.get(name)
        if as_json:
            print(json.dumps(asdict(one), ensure_ascii=False, default=str))
            continue
        size = f"{one.width} x {one.height}" if one.width and one.height else ""
        if not size and (one.max_width or one.max_height):
            size = f"to {one.max_width or 'any'} x {one.max_height or 'any'}"
        limits = [amount(one.max_bytes) if one.max_bytes else "", size]
        limits.append(f"{one.max_frames} frames" if one.max_frames else "")
        limits.append(f"{one.max_duration_ms / 1000:g} s" if one.max_duration_ms else "")
        kinds = ", ".join(one.formats[:3])
        print(f"{name:24} {one.title}: {kinds}; {', '.join(part for part in limits if part) or 'no figure'}")


def _tell(value: dict[str, Any], line: str, as_json: bool) -> None:
    print(json.dumps(value, ensure_ascii=False) if as_json else visible(line), flush=True)
