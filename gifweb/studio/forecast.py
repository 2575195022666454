"""What a file would come to, before a render of it: looked into in the sandbox, for the seconds of a look. And what
each of many gets of one budget, by what it would come to."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from compressor import deciding, language, sandbox, timeline
from compressor.engine import Job
from compressor.errors import CompressorError
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft
from compressor.timeline.draft import media_ids
from gifweb import ids, stored_files
from gifweb.errors import PublicError
from gifweb.release_connections import let_go
from gifweb.renders import pricing
from gifweb.source_limits import source_limits

from . import exports, words_to_request
from .models import Media

Points = list[tuple[int, float]]  # (ceiling, points to expect)
Order = Callable[[Path], Job]  # the job of a file; may write in the folder

WITHIN_S = 10.0  # looking into files that share a budget: after this none is begun
_FILE = "file"  # the id that it has in its draft


def expected(words: str, format: str, path: Path, info: MediaInfo, folder: Path) -> tuple[int, int, str]:
    """(bytes to expect, the most credits, the format or "" where it is a place's own) of what the words ask for; of
    several formats the first, and all credits. ``folder`` may be written in."""
    formats = language.several(words) if format in ("", exports.AUTO) else {}
    wish = _wish(next(iter(formats.values()), words), format, info)
    credits = pricing.bound(wish.goal, wish.draft, {_FILE: info})
    let_go()  # it waits for a place of a probe
    size = sandbox.expected(_job(wish, path, folder), source_limits())
    return size, credits * max(1, len(formats)), wish.goal.format or ""


def divided(total: int, sizes: Sequence[int], orders: Sequence[Order], known: Sequence[Points | None]) -> list[int]:
    """So many of ``total`` bytes for each file that the worst will look as good as it can. ``known`` are its points
    where it was looked into before, else None. Files that cannot be looked into within WITHIN_S get theirs by size."""
    until = time.monotonic() + WITHIN_S
    by_size = deciding.shares(total, sizes)

    def curve(order: Order, share: int, before: Points | None) -> deciding.Curve | None:
        if before is None:
            before = points(order, share) if time.monotonic() < until else []
        return deciding.Curve(tuple((size, score) for size, score in before)) if before else None

    with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2), thread_name_prefix="ahead") as pool:
        return deciding.divided(total, by_size, list(pool.map(curve, orders, by_size, known)))


def points(order: Order, share: int) -> Points:
    """What the search expects of a file around its share by size, for the seconds of a look at most; empty where it
    takes longer or cannot be made: its own render says why."""
    folder = stored_files.work_folder(f"foresee-{ids.public_id()}")
    try:
        job = order(folder)
        let_go()
        return sandbox.foresee(job, deciding.ceilings(share), source_limits())
    except (CompressorError, PublicError):
        return []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def by_words(words: str, format: str, media: Media, folder: Path) -> Job:
    """The job of a file as it was uploaded, with words."""
    return _job(_wish(words, format, media.info), stored_files.local_path(media.key, folder), folder)


def by_draft(draft: Draft, goal: Goal, media: Mapping[str, Media], folder: Path) -> Job:
    """The job of a file as it is edited."""
    paths = {one: str(stored_files.local_path(media[one].key, folder)) for one in media_ids(draft) if one in media}
    goal = words_to_request.with_defaults(goal, draft, {one: media[one].info for one in media})
    return Job(paths, str(folder / "out"), goal.to_json(), draft.to_json())


def _wish(words: str, format: str, info: MediaInfo) -> words_to_request.Wish:
    infos = {_FILE: info}
    wish = words_to_request.read(words, timeline.draft_for(_FILE, info, _FILE), infos)
    goal = wish.goal if format in ("", exports.AUTO) else replace(wish.goal, format=format)
    return replace(wish, goal=words_to_request.with_defaults(goal, wish.draft, infos))


def _job(wish: words_to_request.Wish, path: Path, folder: Path) -> Job:
    return Job({_FILE: str(path)}, str(folder / "out"), wish.goal.to_json(), wish.draft.to_json())
