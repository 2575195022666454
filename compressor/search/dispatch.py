"""One search from a goal to a file: which way is looked depends on what was asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from .. import formats
from ..codecs import turned
from ..errors import EngineFailure, UnreadableMedia
from ..events import Said
from ..goal import Attempt, Goal, Plan, Quality
from . import ceiling_search, quality_search
from .encoder_session import Bench, Best, Made, Stage

DEFAULT_QUALITY = 80.0  # nobody asked: not told apart from the source side by side
RUINED, FAIR = 30.0, 50.0  # hardly anything of the source is left; enough where it would be larger than the source
# Times what is made, without loss: a source that is no larger may come to less once its own streams are coded anew (a
# game of 2,009 frames, which other boxes and disposals only make larger: 7 %).
RECODED = 1.1
FLOOR = 70.0  # "without losing too much quality": differences can be found, they do not annoy


def search(stage: Stage) -> Best:
    """The best file for ``stage.goal``, or the closest to it. Its ``path`` is the only file that stays."""
    return _good_enough(stage, _by_quality(stage) if stage.max_bytes is None else _within(stage, stage.max_bytes))


def _within(stage: Stage, limit: int) -> Best:
    goal = stage.goal
    if (kept := _copied(stage, limit)) is not None:  # nothing can look better than the source itself
        return Best(kept, stage.attempts, stage.whole)
    own = _own_bytes(stage)
    if own and own < limit and (made := _no_larger(stage, own)) is not None:
        return Best(made, stage.attempts, stage.whole, below=_below(goal, made, own))
    wanted = goal.quality
    if wanted is not None and not goal.lossless:
        bench = Bench(stage)
        made, reached = quality_search.at_least(bench, wanted)
        if made.bytes <= limit:
            return Best(made, stage.attempts, stage.whole, below="" if reached else _short_of(made, wanted))
    best, closest, bench = ceiling_search.within(stage, limit)
    if best is None:
        assert closest is not None
        bench.look(closest)
        hint = _would_fit(stage, bench, closest, limit)
        return Best(closest, stage.attempts, stage.whole, fits=False, would_fit=hint)
    return Best(best, stage.attempts, stage.whole, below=_below(goal, best, limit))


def _below(goal: Goal, made: Made, limit: int) -> str:
    """What a ceiling cost, where a quality was hoped for."""
    floor = goal.quality if goal.quality is not None else FLOOR if goal.keep_quality else None
    if floor is None or made.quality is None or quality_search.figure(made.quality) >= floor:
        return ""
    return (
        f"Within {limit:,} bytes the quality is {made.quality.mean:.0f} of 100, "
        f"below the {floor:.0f} that keeps changes from annoying."
    )


def _by_quality(stage: Stage) -> Best:
    goal = stage.goal
    bench = Bench(stage)
    wanted = goal.quality if goal.quality is not None else max(DEFAULT_QUALITY, goal.min_quality or 0)
    if goal.lossless or bench.codec.lever(bench.plan) is None:
        made, reached = bench.look(bench.encode(bench.plan)), True
    else:
        found = _reached(bench, wanted)
        if found is None:
            del bench
            found = _exact(stage), True
        made, reached = found
    if (kept := _copied(stage, made.bytes)) is not None:
        stage.progress.tell(
            Said(text="The source is already smaller than what we would make of it.", code="source_kept")
        )
        made, reached = kept, True
    elif goal.quality is None and not goal.lossless:
        made = _not_larger(stage, made)
    below = "" if reached or goal.quality is None else _short_of(made, wanted)
    return Best(made, stage.attempts, stage.whole, below=below)


def _reached(bench: Bench, wanted: float) -> tuple[Made, bool] | None:
    """What comes near the quality; None where there is not enough memory for it and the very pixels may take less."""
    try:
        return quality_search.at_least(bench, wanted, asked=bench.stage.goal.quality is not None)
    except MemoryError:
        if not bench.codec.can.finest_is_exact:
            raise
    return None  # behind the exception, which holds on to what filled the memory


def _exact(stage: Stage) -> Made:
    """Without loss: that looks at few pictures at a time, and keeps none."""
    whole = stage.whole
    text = f"Pictures of {whole.width:,} x {whole.height:,} need too much memory to leave something out of them"
    stage.progress.tell(Said(text=f"{text}, so every pixel was kept. A smaller width would save more.", code="exact"))
    bench = Bench(replace(stage, goal=replace(stage.goal, lossless=True)))
    return bench.look(bench.encode(bench.plan))


def _not_larger(stage: Stage, made: Made) -> Made:
    """``made``, or fewer bytes where it is larger than the source and they look fair: no quality was asked for."""
    limit = stage.source_bytes
    if not limit or made.bytes <= limit or made.quality is None:
        return made
    if own := _own_bytes(stage):
        return _no_larger(stage, own) or made
    if not formats.INPUTS[stage.source_format].heavy or formats.INPUTS[stage.codec.format].heavy:
        return made  # pictures of a film are larger, and everybody knows
    best, _, _ = ceiling_search.within(stage, limit)
    if best is None:
        return made
    if best.quality is None or quality_search.figure(best.quality) < FAIR:
        name = stage.codec.spec.label
        stage.progress.tell(Said(text=f"As {name} it needs more bytes than the source to look like it.", code="larger"))
        return made
    return best


def _own_bytes(stage: Stage) -> int:
    """The source's bytes where a file of the same kind must not have more: no quality and no more pixels than there
    were are asked for. Else 0."""
    goal, whole = stage.goal, stage.whole
    more = any(whole.width * whole.height > 1.02 * info.width * info.height for info in whole.infos)
    asked = goal.quality is not None or goal.lossless or more
    return 0 if asked or not stage.same_format else stage.source_bytes


def _no_larger(stage: Stage, own: int) -> Made | None:
    """The best within the source's bytes; None where nothing of it would be left."""
    best, _, _ = ceiling_search.within(replace(stage, goal=replace(stage.goal, max_bytes=own)), own)
    least = max(RUINED, stage.goal.min_quality or 0)
    if best is not None and best.quality is not None and best.quality.mean < least:
        return None
    return best


def _good_enough(stage: Stage, best: Best) -> Best:
    """The same, as one that does not fit where it looks worse than was asked for at least."""
    least = stage.goal.min_quality
    if least is None or not best.fits:
        return best
    made = Bench(stage).look(best.made)
    if made.quality is None or made.quality.mean >= least:
        return best
    way = "A higher limit" if stage.max_bytes else "Another format"
    short = f"The quality is {made.quality.mean:.0f} of 100, below the {least:g} that was asked for at least."
    return replace(best, made=made, fits=False, would_fit=f"{short} {way} or a shorter piece would reach it.")


def _short_of(made: Made, wanted: float) -> str:
    mean = made.quality.mean if made.quality is not None else 0.0
    return f"This format reaches {mean:.1f} of 100 here, not the {wanted:.0f} that was asked for."


def _copied(stage: Stage, most: int) -> Made | None:
    """The source without its notes, decoded whole before it counts; None where it is not of the kind that is made, has
    more than ``most`` bytes, or may not be handed out as it is."""
    from ..codecs.copying import copy
    from ..verify import Promise, check

    source, spec = stage.whole.source, stage.codec.spec
    lossless = stage.goal.lossless
    if source is None or source[1].format != stage.codec.format or stage.goal.colors:
        return None
    if source[1].bytes > most * (RECODED if lossless else 1.0):
        return None
    path, info = source
    out = stage.workspace.file()
    promise = Promise(
        stage.codec.format, info.width, info.height, None, stage.whole.duration_us,
        loop=stage.whole.loop if spec.loops else None, codec=stage.codec.codec if spec.film else None,
        audio=stage.whole.has_audio and spec.sound is not None and stage.sound,
    )  # fmt: skip
    try:
        if not copy(Path(path), info, out.path, stage.codec, small=lossless):
            return None
        check(out.path, promise)
    except (EngineFailure, UnreadableMedia, OSError, ValueError):
        return None
    if out.bytes > most:
        return None
    plan = Plan(stage.codec.format, info.width, info.height, None, {"source": True})
    attempt = Attempt(plan, out.bytes, 0.0, Quality(100.0, 100.0))
    stage.tried(attempt)
    return Made(attempt, out)


def _would_fit(stage: Stage, bench: Bench, closest: Made, limit: int) -> str:
    """A sentence that was tried: the first smaller width at which the coarsest setting is within the ceiling."""
    width, height = bench.shape.width, bench.shape.height
    factor = (limit / max(closest.bytes, 1)) ** 0.5
    for _ in range(5):
        factor *= 0.9
        size = max(2, round(width * factor)), max(2, round(height * factor))
        if min(size) < stage.codec.can.least_side:
            break
        smaller = Bench(stage, size, bench.fps)
        lever = stage.codec.lever(smaller.plan)
        made = smaller.encode(turned(stage.codec, smaller.plan, 0.0 if lever is None else lever.coarsest))
        if made.bytes <= limit:
            return f"It fits at {made.plan.width} px wide."
        factor *= min(1.0, (limit / made.bytes) ** 0.5)
    return "Smaller pictures do not fit either; a higher limit or a shorter piece would do it."
