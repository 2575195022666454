"""The fewest bytes at a quality: mean at least Q, and the worst frame that was looked at no more than 8 below it."""

from __future__ import annotations

import math
import time
from dataclasses import replace

from ..codecs import Lever, turned
from ..goal import Attempt, Plan, Quality
from .ceiling_search import NOTICED, PATIENT_S
from .encoder_session import Bench, Made, best_of, fewest_bytes, most_bytes
from .estimates import SAMPLE_PIXELS, WORST_BELOW, Secant, figure, ladder

TRIES = 6
SLOPE = -60.0  # first guess of points over a lever's whole length
WORTH_ASKED, WORTH = 2.0, 5.0  # points that twice the bytes must bring, if the quality was asked for and if not
CLOSE, HASTE = 0.2, 0.06  # points above a wish that are few enough; and by so many more each CPU second
LARGE_PIXELS = 24_000_000  # of a clip that begins by the cheapest estimate, and no frame of which gets more bytes

CARE = "care_frames"  # the setting of codecs that can: [first frame, last frame, how many times the lever], ...
CAREFUL = 0.3  # times the lever from one attempt to the next
FEW = 0.5  # of the frames that were looked at: where more fall short it is not the worst one that decides
SPARE = 0.3  # points above the bound up to which a frame counts as short


def at_least(bench: Bench, wanted: float, *, asked: bool = True) -> tuple[Made, bool]:
    """(the smallest that reaches ``wanted``, True), or (the best worth its bytes, False) where nothing reaches it.

    Where the worst frame alone decides, that frame gets more bytes. A quality that was ``asked`` for may cost more
    bytes a point than one that is only a default. Small work tries the codec's other plans too, where they may pay.
    """
    lever = bench.codec.lever(bench.plan)
    if wanted >= 100 and lever is not None and bench.codec.can.finest_is_exact:
        made = bench.look(bench.encode(turned(bench.codec, bench.plan, lever.finest)))
        if made.quality is not None and figure(made.quality) >= wanted:
            return made, True
    best, reached = _turned(bench, bench.plan, wanted, asked)
    if not reached:
        return best, False
    if bench.pixels <= SAMPLE_PIXELS and not (bench.codec.spec.film and wanted > NOTICED):
        for plan in bench.variants(best.plan):
            other, also = _turned(bench, plan, wanted, asked, start=best)
            best = min(best, other, key=most_bytes) if also else best
    return evened(bench, best, wanted, wanted - WORST_BELOW), True


def _turned(bench: Bench, plan: Plan, wanted: float, asked: bool, start: Made | None = None) -> tuple[Made, bool]:
    lever = bench.codec.lever(plan)
    if lever is None:
        return bench.look(bench.encode(plan)), True
    # The measure falls with coarseness; "crossing" is where it is just above the wish.
    slope = slope_of(lever)
    secant = Secant(lever, wanted + CLOSE / 2, slope)
    begun = time.process_time()
    value, cheaper = lever.start, [fidelity for fidelity in ladder(bench, plan) if not fidelity.counts]
    if start is not None:
        value = lever.of(start.plan)
    elif cheaper:
        fidelity = cheaper[0 if bench.pixels > LARGE_PIXELS else -1]
        value, secant.slope = fidelity(bench, plan, lever.start).value_reaching(secant.goal, slope)
    good: Made | None = None
    poor: Made | None = None
    for _ in range(TRIES):
        at = time.process_time()
        made = bench.look(bench.encode(turned(bench.codec, plan, value)))
        now = time.process_time()
        assert made.quality is not None
        seen = figure(made.quality)
        secant.add(value, seen)
        beaten = start is not None and made.bytes >= start.bytes  # more bytes, and looks worse
        late = 2 * now - at - begun > 2 * PATIENT_S  # unless nothing reaches what was asked for yet
        if seen >= wanted:
            good = best_of(fewest_bytes, good, made)
            if late or seen <= wanted + CLOSE + HASTE * (now - begun) or value == lever.coarsest:
                break
        else:
            better = poor is None or seen > figure(poor.quality or made.quality)
            if good is None and poor is not None and poor.quality is not None and better:
                points, times = seen - figure(poor.quality), made.bytes / max(poor.bytes, 1)
                if not _pays(points, times, WORTH_ASKED if asked else WORTH):
                    break  # more bytes do not help: the format ends here
            poor = made if better else poor
            enough = late and (good is not None or not asked)
            if enough or beaten or value == lever.finest:
                break
        following = secant.next()
        if following is None:
            break
        value = following
    if good is not None:
        return good, True
    assert poor is not None
    return poor, False


def slope_of(lever: Lever) -> float:
    """Points for each of a lever's places, about."""
    return SLOPE / (lever.place(lever.coarsest) - lever.place(lever.finest))


def _pays(points: float, times: float, worth: float) -> bool:
    """``times`` as many bytes for so many points more."""
    return times < 1.05 or points >= worth * math.log2(times)


def evened(bench: Bench, best: Made, wanted: float, worst: float) -> Made:
    """``best``, or a smaller file whose mean is at least ``wanted`` and whose worst frame is at least ``worst``: where
    the worst frame alone decides, the frames that fall short get more bytes, instead of finer frames throughout.
    """
    lever = bench.codec.lever(best.plan)
    if lever is None or not (lever.log and bench.codec.can.careful) or bench.pixels > LARGE_PIXELS:
        return best
    if best.quality is None or best.quality.mean < wanted + 1:  # it is not the worst that decides
        return best
    start = _beginning(bench, lever, best, wanted, worst)
    if start is None or start.quality is None:
        return best
    plan, quality, value = start.plan, start.quality, lever.of(start.plan)
    still = max(best.quality.shimmer, 0.0005)  # less is not seen; else it may not shimmer more
    care: dict[int, float] = {}
    for _ in range(TRIES):
        short = [frame for frame, score in quality.scores if score < worst + SPARE]
        if not short and not care:
            break
        for frame in short:
            care[frame] = care.get(frame, 1.0) * CAREFUL
        if not short:
            value = lever.clamp(value * math.exp(min((wanted + SPARE - quality.mean) / slope_of(lever), 1.0)))
        settings = plan.settings | {CARE: ranges(quality, care, bench.shape.frame_count)}
        made = bench.look(bench.encode(turned(bench.codec, replace(plan, settings=settings), value)))
        assert made.quality is not None
        quality = made.quality
        good = quality.mean >= wanted and quality.worst >= worst
        if good and made.bytes < best.bytes and quality.shimmer <= still:
            best = made
        if made.bytes > best.bytes * 1.1 or (good and quality.mean < wanted + SPARE):
            break
    return best


def _beginning(bench: Bench, lever: Lever, best: Made, wanted: float, worst: float) -> Attempt | None:
    """The smallest attempt that would do if its frames that fall short did not."""
    found: Attempt | None = None
    for attempt in bench.stage.attempts:
        quality = attempt.quality
        if quality is None or not quality.scores or attempt.bytes >= best.bytes or quality.worst >= worst:
            continue
        mended = [score if score >= worst + SPARE else wanted for _, score in quality.scores]
        few = mended.count(wanted) <= len(mended) * FEW
        smaller = found is None or attempt.bytes < found.bytes
        if few and smaller and sum(mended) / len(mended) >= wanted and lever.name in attempt.plan.settings:
            found = attempt
    return found


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
