"""What a file would come to, before a render of it: looked into in the sandbox, for the seconds of a look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from compressor import language, sandbox, timeline
from compressor.engine import Job
from compressor.media import MediaInfo
from gifweb.renders import pricing
from gifweb.source_limits import source_limits

from . import exports, intent

_FILE = "file"  # the id that it has in its draft


def expected(words: str, format: str, path: Path, info: MediaInfo, folder: Path) -> tuple[int, int]:
    """(bytes to expect, the most credits) of what the words ask for; of several formats the first, and all credits.
    ``folder`` may be written in."""
    formats = language.several(words) if format in ("", exports.AUTO) else {}
    wish = _wish(next(iter(formats.values()), words), format, info)
    credits = pricing.bound(wish.goal, wish.draft, {_FILE: info})
    return sandbox.expected(_job(wish, path, folder), source_limits()), credits * max(1, len(formats))


def scores(
    words: str, format: str, path: Path, info: MediaInfo, folder: Path, ceilings: Sequence[int]
) -> list[tuple[int, float]]:
    """(ceiling, points to expect) under each of the ceilings."""
    return sandbox.foresee(_job(_wish(words, format, info), path, folder), ceilings, source_limits())


def _wish(words: str, format: str, info: MediaInfo) -> intent.Wish:
    infos = {_FILE: info}
    wish = intent.read(words, timeline.draft_for(_FILE, info, _FILE), infos)
    goal = wish.goal if format in ("", exports.AUTO) else replace(wish.goal, format=format)
    return replace(wish, goal=intent.with_defaults(goal, wish.draft, infos))


def _job(wish: intent.Wish, path: Path, folder: Path) -> Job:
    return Job({_FILE: str(path)}, str(folder / "out"), wish.goal.to_json(), wish.draft.to_json())
