"""What a job would come to, said before it is done: by the search's estimates, within a few seconds."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from .deciding.byte_budget import FITS_NOT
from .engine import Job, stage_of
from .goal import Goal

if TYPE_CHECKING:
    from .events import Event
    from .search import Stage

WITHIN_S = 2.0  # CPU seconds: what is searched in less is known, not estimated


class _TimeUp(Exception):
    """The seconds are spent."""


def expected(job: Job, within_s: float = WITHIN_S) -> int:
    """The bytes that a job will come to: exactly where its whole search takes no longer than ``within_s`` CPU seconds,
    else as a sample of the frames tells."""
    from .progress import Progress
    from .search import search

    begun = time.process_time()
    estimated: list[int] = []

    def tell(event: Event) -> None:
        if estimated and time.process_time() - begun > within_s:
            raise _TimeUp

    stage = stage_of(job, Goal.from_json(job.goal), Progress(tell))
    try:
        estimated.append(_estimated(stage, lambda: time.process_time() - begun < 0.75 * within_s))
        return search(stage).made.bytes
    except _TimeUp:
        return estimated[0]
    finally:
        stage.close()


def _estimated(stage: Stage, more: Callable[[], bool]) -> int:
    """The bytes at which the plain plan reaches the quality that is asked for; at most the ceiling, and the source's
    where the result is of its kind. ``more``: whether there is time for another look."""
    from .search.dispatch import DEFAULT_QUALITY
    from .search.encoder_session import Bench
    from .search.estimates import ladder
    from .search.quality_search import slope_of

    goal, bench = stage.goal, Bench(stage)
    most = [n for n in (stage.max_bytes, stage.source_bytes if stage.same_format else 0) if n]
    lever = bench.codec.lever(bench.plan)
    if lever is None or goal.lossless or stage.max_bytes:
        return min(most, default=stage.source_bytes)
    wanted = goal.quality if goal.quality is not None else max(DEFAULT_QUALITY, goal.min_quality or 0)
    estimate = ladder(bench, bench.plan)[0](bench, bench.plan, lever.start)
    value, _slope = estimate.value_reaching(wanted, slope_of(lever), more)
    size = round(math.exp(estimate.secant(0.0).measure(value)))
    estimate.close()
    return min([size, *most])


def foresee(job: Job, ceilings: Sequence[int]) -> list[tuple[int, float]]:
    """(ceiling, mean points) that the search expects of a job under each ceiling, by its estimates and without the last
    encodes; a ceiling that nothing fits has FITS_NOT points. What fits a smaller one fits a larger one too, so points
    never fall."""
    from .progress import Progress
    from .search import ceiling_search

    points: list[tuple[int, float]] = []
    best = FITS_NOT
    for ceiling in sorted(ceilings):
        asked = replace(Goal.from_json(job.goal), max_bytes=ceiling, max_ratio=None)
        stage = stage_of(job, asked, Progress(lambda event: None))
        try:
            best = max(best, ceiling_search.choose(stage, ceiling).quality)
            points.append((ceiling, best))
        finally:
            stage.close()
    return points
