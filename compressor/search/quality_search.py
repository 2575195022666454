"""The fewest bytes at a quality: mean at least Q, and the worst frame that was looked at no more than 8 below it."""

from __future__ import annotations

import math
import time

from ..codecs import turned
from ..goal import Plan, Quality
from . import frame_allocation
from .encoder_session import Bench, Made, best_of, fewest_bytes, most_bytes
from .secant import Secant

WORST_BELOW = 8.0
EXACT_ABOVE = 99.5  # points
TRIES = 6
SLOPE = -1.2  # first guess, points per unit of a lever that counts in CRF
SLOPE_LOG = -8.0  # the same, per unit of ln λ
WORTH_ASKED, WORTH = 2.0, 5.0  # points that twice the bytes must bring, if the quality was asked for and if not
NEAR = 4.0  # below a default that nobody asked for, once it has taken long
PATIENCE = ((4.0, 0.2), (10.0, 0.6), (20.0, 1.2), (35.0, 3.0))  # (CPU seconds, points above that are few enough)
LONGEST_S = 32.0  # no attempt is begun that would end later, unless the quality that was asked for is not reached yet
FILM_PIXELS, PICTURE_PIXELS = 24_000_000, 4_000_000  # beyond this a sample is tried first; films are coded faster
SMALL_PIXELS = 2_500_000
NOTICED = 78.0  # above this no prefilter of films pays
SAMPLE_SHARE = 0.6  # of those, in the sample
SAMPLE_TRIES = 4
SAMPLE_CLOSE = 1.0
GLIMPSE, GLANCES = 3.0, 6  # of a film's CRF to either side; frames looked at
GLIMPSE_CLOSE = 3.0
QUICK_BELOW = 0.7  # points by which the fast encode of a value looks worse than the real one


def figure(quality: Quality) -> float:
    """What has to be at least Q."""
    return min(quality.mean, quality.worst + WORST_BELOW)


def at_least(bench: Bench, wanted: float, *, asked: bool = True) -> tuple[Made, bool]:
    """(the smallest that reaches ``wanted``, True), or (the best worth its bytes, False) where nothing reaches it.

    Where the worst frame alone decides, that frame gets more bytes (``frame_allocation``). A quality that was ``asked``
    for may cost more bytes a point than one that is only a default. Small work tries the codec's
    other plans too, where they may pay.
    """
    exact = _exact(bench, wanted)
    if exact is not None:
        return exact, True
    best, reached = _turned(bench, bench.plan, wanted, asked)
    film = bench.codec.spec.film
    if reached and _pixels(bench) <= SMALL_PIXELS and not (film and wanted > NOTICED):
        for plan in bench.variants(best.plan):
            other, also = _turned(bench, plan, wanted, asked, start=best)
            best = min(best, other, key=most_bytes) if also else best
    if reached:
        best = frame_allocation.evened(bench, best, wanted, wanted - WORST_BELOW)
    return best, reached


def _exact(bench: Bench, wanted: float) -> Made | None:
    """The very pixels, where nothing else can be so good and the codec's finest may give them."""
    lever = bench.codec.lever(bench.plan)
    if wanted <= EXACT_ABOVE or lever is None or not bench.codec.can.finest_is_exact:
        return None
    made = bench.look(bench.encode(turned(bench.codec, bench.plan, lever.finest)))
    if made.quality is not None and figure(made.quality) >= wanted:
        return made
    return None


def _turned(bench: Bench, plan: Plan, wanted: float, asked: bool, start: Made | None = None) -> tuple[Made, bool]:
    lever = bench.codec.lever(plan)
    if lever is None:
        return bench.look(bench.encode(plan)), True
    span = abs(lever.coarsest - lever.finest)
    worth = WORTH_ASKED if asked else WORTH
    # The measure falls with coarseness; "crossing" is where it is just above the wish.
    secant = Secant(lever, wanted + PATIENCE[0][1] / 2, SLOPE_LOG if lever.log else SLOPE * 50.0 / span)
    begun = time.process_time()
    value, ends = lever.start, False
    if start is not None:
        value = lever.of(start.plan)
    elif _large(bench):
        value, ends = _rehearsed(bench, plan, secant, worth)
    elif (quick := bench.codec.quick(plan)) and not bench.stage.encoder and bench.shape.frame_count > 1:
        value = _glimpsed(bench, quick, secant)
    good: Made | None = None
    poor: Made | None = None
    for _ in range(TRIES):
        at = time.process_time()
        made = bench.look(bench.encode(turned(bench.codec, plan, value)))
        cost = time.process_time() - at
        assert made.quality is not None
        seen = figure(made.quality)
        secant.add(value, seen)
        close = _close(time.process_time() - begun)
        beaten = start is not None and made.bytes >= start.bytes and seen < wanted  # more bytes, and looks worse
        if seen >= wanted:
            good = best_of(fewest_bytes, good, made)
            if close is None or seen <= wanted + close:
                break
        elif good is not None:
            if close is None:
                break
        elif poor is None:
            poor = made
            if ends:
                break
        elif seen > figure(poor.quality or made.quality):
            if not _pays(seen - figure(poor.quality or made.quality), made.bytes / max(poor.bytes, 1), worth):
                break  # more bytes do not help: the format ends here
            poor = made
        if lever.clamp(value) in (lever.finest, lever.coarsest) and (seen >= wanted) == (
            lever.clamp(value) == lever.coarsest
        ):
            break
        if beaten:
            break
        late = time.process_time() - begun + cost > LONGEST_S
        if late and (good is not None or (not asked and wanted - seen < NEAR)):
            break
        if good is None and close not in (PATIENCE[0][1], PATIENCE[1][1]):
            secant.goal = wanted + 1.0  # work as long as this has no attempt to lose
        following = secant.next()
        if following is None:
            break
        value = following
    if good is not None:
        return good, True
    assert poor is not None
    return poor, False


def _pays(points: float, times: float, worth: float) -> bool:
    """``times`` as many bytes for so many points more."""
    return points >= worth * math.log2(max(times, 1.0)) or times < 1.05


def _close(spent_s: float) -> float | None:
    """How far above the wish is near enough by now; None: whatever reaches it."""
    return next((points for until, points in PATIENCE if spent_s < until), None)


def _limit(bench: Bench) -> int:
    return FILM_PIXELS if bench.codec.spec.film else PICTURE_PIXELS


def _pixels(bench: Bench) -> int:
    return bench.shape.width * bench.shape.height * bench.shape.frame_count


def _large(bench: Bench) -> bool:
    return bench.shape.frame_count > 8 and _pixels(bench) > _limit(bench)


def _rehearsed(bench: Bench, plan: Plan, secant: Secant, worth: float) -> tuple[float, bool]:
    """(where the lever should begin, whether finer is not worth it), found on a sample: its quality moves as that of
    the whole does. Changes the first guess of the slope in ``secant``."""
    lever = secant.lever
    trial = Secant(lever, secant.goal, secant.slope)
    frames = max(6, round(SAMPLE_SHARE * _limit(bench) / (bench.shape.width * bench.shape.height)))
    value = lever.start
    poor: tuple[float, float, float] | None = None  # (place, bytes, points) of the finest that pays and does not reach
    ends = False
    for _ in range(SAMPLE_TRIES):
        weight, quality = bench.sampler.looks(turned(bench.codec, plan, value), frames)
        seen = figure(quality)
        trial.add(value, seen)
        if abs(seen - secant.goal) < SAMPLE_CLOSE:
            ends = False
            break
        if poor is not None and trial.place(value) < poor[0]:
            if not _pays(min(seen, secant.goal) - poor[2], weight / poor[1], worth):
                # Perhaps half of the way pays.
                ends, value = True, trial.value((trial.place(value) + poor[0]) / 2)
                if trial.tried(value) or poor[0] - trial.place(value) < 4 * lever.step:
                    break
                continue
            ends = False
        if seen < secant.goal and (poor is None or trial.place(value) < poor[0]):
            poor = trial.place(value), weight, seen
        following = trial.next()
        if following is None or lever.clamp(value) == (lever.coarsest if seen >= secant.goal else lever.finest):
            break
        value = following
    if ends and poor is not None:
        value = trial.value(poor[0])
    if len(trial.points) > 1:
        (p0, q0), (p1, q1) = trial.points[0], trial.points[-1]
        secant.slope = min((q1 - q0) / max(p1 - p0, 1e-9), secant.slope / 4)
    return value, ends


def _glimpsed(bench: Bench, quick: Plan, secant: Secant) -> float:
    """Where the lever should begin, by two fast encodes that are glanced at. Changes the first guess of the slope."""
    lever = secant.lever
    span = abs(lever.coarsest - lever.finest) / 50.0
    trial = Secant(lever, secant.goal - QUICK_BELOW, secant.slope)
    finer = math.copysign(GLIMPSE * span, lever.finest - lever.coarsest)
    middle = lever.start + finer
    for _ in range(2):
        values = sorted({lever.clamp(middle - GLIMPSE * span), lever.clamp(middle + GLIMPSE * span)})
        values = [value for value in values if not trial.tried(value)]
        for value, made in zip(values, bench.rehearsed([turned(bench.codec, quick, v) for v in values]), strict=True):
            trial.add(value, figure(bench.glance(made, GLANCES)))
        low, high = trial.bracket()
        following = trial.next()
        near = min(abs(measure - trial.goal) for _, measure in trial.points) < GLIMPSE_CLOSE
        if following is None or near or (low is not None and high is not None):
            break
        middle = following
    if len(trial.points) > 1:
        (p0, q0), (p1, q1) = sorted(trial.points, key=lambda p: abs(p[1] - trial.goal))[:2]
        secant.slope = min((q1 - q0) / (p1 - p0) if p1 != p0 else secant.slope, secant.slope / 4)
    following = trial.next()
    return lever.start if following is None else following
