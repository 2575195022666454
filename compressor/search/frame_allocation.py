"""Where the worst frame alone decides: more bytes for the frames that fall short, instead of finer frames throughout.

What was seen of one frame speaks for all that are nearer to it than to another that was looked at, so a clip is not
made better only where somebody looks.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ..codecs import Lever, turned
from ..goal import Attempt, Quality
from .encoder_session import Bench, Made

CARE = "care_frames"  # the setting of codecs that can: [first frame, last frame, how many times the lever], ...
LARGE, TOO_LARGE = 8_000_000, 24_000_000  # pixels of a clip: only the best kind of plan, not for long; not at all
TRIES, TRIES_LARGE = 8, 3
UNSEEN = 0.0005  # of shimmer; above it a file may have no more than the one it replaces
FEW = 0.5  # of the frames that were looked at: where more fall short it is not the worst one that decides
DECIDES = 1.0  # points by which the mean is above the wish before this is looked into
FAR = 1.1  # times the bytes of the best: what comes to so many will not be smaller
CAREFUL, MOST_CAREFUL = 0.3, 0.01  # times the lever from one attempt to the next, and at the end
SPARE, CLOSE = 0.3, 0.3  # points above the bound up to which a frame counts as short; above the wish: near enough
SLOPE, STEP = -8.0, 0.7  # points per unit of ln lever; how much of the way there is taken at once


def evened(bench: Bench, best: Made, wanted: float, worst: float) -> Made:
    """``best``, or a smaller file whose mean is at least ``wanted`` and whose worst frame is at least ``worst``."""
    lever = bench.codec.lever(best.plan)
    able = lever is not None and lever.log and bench.codec.can.careful
    if lever is None or not able or best.quality is None or best.quality.mean < wanted + DECIDES:
        return best
    pixels = bench.shape.width * bench.shape.height * bench.shape.frame_count
    if pixels > TOO_LARGE:
        return best
    large = pixels > LARGE
    for attempt in _beginnings(bench, lever, best, wanted, worst):
        if not large or attempt.plan.kind(lever.name) == best.plan.kind(lever.name):
            best = _followed(bench, lever, attempt, best, wanted, worst, TRIES_LARGE if large else TRIES)
    return best


def _followed(bench: Bench, lever: Lever, start: Attempt, best: Made, wanted: float, worst: float, tries: int) -> Made:
    plan, quality = start.plan, start.quality
    value = lever.of(plan)
    still = max(best.quality.shimmer if best.quality is not None else 0.0, UNSEEN)
    care: dict[int, float] = {}
    for _ in range(tries):
        assert quality is not None
        short = [frame for frame, score in quality.scores if score < worst + SPARE]
        if not short and not care:
            break
        if any(care.get(frame, 1.0) <= MOST_CAREFUL for frame in short):
            break  # bytes do not help it
        for frame in short:
            care[frame] = max(care.get(frame, 1.0) * CAREFUL, MOST_CAREFUL)
        if not short:
            step = STEP * (wanted + SPARE - quality.mean) / SLOPE
            value = lever.clamp(value * math.exp(min(max(step, -STEP), STEP)))
        settings = plan.settings | {CARE: ranges(quality, care, bench.shape.frame_count)}
        made = bench.look(bench.encode(turned(bench.codec, replace(plan, settings=settings), value)))
        quality, hopeless = made.quality, made.bytes > best.bytes * FAR
        assert quality is not None
        good = quality.mean >= wanted and quality.worst >= worst
        if good and made.bytes < best.bytes and quality.shimmer <= still:
            best = made
        if hopeless or (good and quality.mean < wanted + CLOSE):
            break
    return best


def _beginnings(bench: Bench, lever: Lever, best: Made, wanted: float, worst: float) -> Iterator[Attempt]:
    """Of each kind of plan that was tried, the smallest that would do if its frames that fall short did not."""
    found: dict[Any, Attempt] = {}
    for attempt in bench.stage.attempts:
        quality = attempt.quality
        if quality is None or not quality.scores or attempt.bytes >= best.bytes or quality.worst >= worst:
            continue
        mended = [score if score >= worst + SPARE else wanted for _, score in quality.scores]
        if mended.count(wanted) > len(mended) * FEW:
            continue
        kind = attempt.plan.kind(lever.name)
        smaller = kind not in found or attempt.bytes < found[kind].bytes
        if smaller and sum(mended) / len(mended) >= wanted and lever.name in attempt.plan.settings:
            found[kind] = attempt
    return iter(list(found.values()))


def ranges(quality: Quality, care: dict[int, float], frames: int) -> list[list[float]]:
    """[first, last, times] of every frame in ``care``: it stands for what is nearer to it than to another sample."""
    seen = sorted(frame for frame, _ in quality.scores)
    out: list[list[float]] = []
    for k, frame in enumerate(seen):
        if frame in care:
            first = 0 if k == 0 else (seen[k - 1] + frame) // 2 + 1
            last = frames - 1 if k == len(seen) - 1 else (frame + seen[k + 1]) // 2
            out.append([first, last, care[frame]])
    return out
