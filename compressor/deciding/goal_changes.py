"""Applies an explain object to the goal: limits, quality, sizes, place. Stated limits are kept.

A limit in bytes that somebody stated is loosened only by a larger one that is stated (``max_bytes``, ``more_bytes``).
What is said comparatively acts on what stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import formats, presets
from ..errors import BadRequest
from ..goal import FORMATS, QUALITY_WORDS, Goal
from .corrections import Before
from .file_state import Result, Standing

SMALLER = 0.75  # of the least that stands
FILLED = 0.9  # of its ceiling: a result with more bytes has no room left that could be seen
LEAST_BYTES = 26  # of the smallest file of all, a WebP of one pixel: a limit below replaces none that can be met
BETTER = 10.0  # points of quality
MOST = 95.0  # points of quality that "better" goes up to
GROUPS = (
    ("max_bytes", "max_ratio"),
    ("width", "height", "short_side", "scale"),
    ("fps", "keep_every"),
    ("quality", "lossless"),
)
_PLAIN = (
    "format", "codec", "width", "height", "short_side", "fps", "keep_every", "colors", "dither", "grayscale", "loop",
    "transparent", "preset", "strip_metadata", "max_frames",
)  # fmt: skip
COMPARATIVE = ("less_bytes", "more_bytes", "max_ratio", "scale")
_SIDES = ("width", "height", "short_side")


def merge(goal: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The goal with new wishes in it: a new ceiling in bytes replaces a ratio and the other way round, a new size in
    pixels replaces any other, and of format and codec the new one replaces an old one that it does not go with."""
    merged = dict(goal)
    if new.get("format") and not formats.holds(new["format"], merged.get("codec")):
        merged.pop("codec", None)
    if new.get("codec") and not new.get("format") and not formats.holds(merged.get("format"), new["codec"]):
        merged.pop("format", None)
    for group in GROUPS:
        if any(name in new for name in group):
            for name in group:
                merged.pop(name, None)
    return {k: v for k, v in (merged | dict(new)).items() if v is not None}


def settle(
    explain: Mapping[str, Any], standing: Standing, last: Result | None, before: Before | None = None
) -> tuple[Goal, list[str | BadRequest]]:
    """The goal after ``explain``, and why parts of it were not done (reasons, or errors with a sentence).

    ``before`` is what stood before the message that this one corrects. A comparative wish that corrects one of its own
    kind acts on that: "100 KB less", "no, 50 KB less".
    """
    corrects = before is not None and any(k in explain and k in before.explain for k in COMPARATIVE)
    base = before.standing if before is not None and corrects else standing
    new: dict[str, Any] = {k: explain[k] for k in _PLAIN if explain.get(k) is not None}
    refused: list[str | BadRequest] = []
    if explain.get("background") == "transparent":
        new["transparent"] = True
    elif explain.get("background") and standing.goal.transparent:
        new["transparent"] = None
    if "dither" in new:
        new["dither"] = new["dither"] not in (False, "none")
    new |= _place(explain, standing.goal, refused)
    new |= _scale(explain, base.goal)
    new |= _quality(explain)
    new |= _bytes(explain, base, last, refused)
    if explain.get("relative") == "better" and not new.keys() & {"quality", "lossless", "max_bytes", "max_ratio"}:
        better, why = _better(standing, last)
        new |= better
        refused += [why] if why else []
    new |= _kept(explain, standing, new)
    return _goal(merge(standing.goal.to_json(), new), standing.goal, refused), refused


def _goal(merged: dict[str, Any], old: Goal, refused: list[str | BadRequest]) -> Goal:
    """The goal of checked values; a value that cannot be meant is told, and the old one stays."""
    before = old.to_json()
    for _ in range(len(merged) + 1):
        try:
            return Goal.from_json(merged)
        except BadRequest as error:
            refused.append(error)
            field = str(error.data.get("field", ""))
            if field not in merged:
                return old
            merged = {k: v for k, v in merged.items() if k != field}
            if field in before:
                merged[field] = before[field]
    return old


def _place(explain: Mapping[str, Any], goal: Goal, refused: list[str | BadRequest]) -> dict[str, Any]:
    """The preset; "none" takes it back. What was asked before and the place would refuse gives way to its own."""
    name = explain.get("preset")
    removed = explain.get("remove")
    if name == "none" or (isinstance(removed, Mapping) and removed.get("preset")):
        return {"preset": None}
    if name is None:
        return {}
    try:
        place = presets.get(name)
    except BadRequest as error:
        refused.append(error)
        return {"preset": goal.preset}
    new: dict[str, Any] = {}
    if goal.format and "format" not in explain and goal.format not in place.formats:
        new["format"] = None
    if (place.width and place.height) or place.sizes or place.long_side:
        new |= {k: None for k in (*_SIDES, "scale") if getattr(goal, k) is not None and k not in explain}
    if goal.fps and place.max_fps and goal.fps > place.max_fps and "fps" not in explain:
        new["fps"] = None
    return new


def _scale(explain: Mapping[str, Any], goal: Goal) -> dict[str, Any]:
    """A share of the dimensions that stand; 1 is the source's own size again."""
    scale = explain.get("scale")
    if not isinstance(scale, int | float) or isinstance(scale, bool):
        return {}
    if scale == 1:
        return dict.fromkeys((*_SIDES, "scale"))
    sides = {k: max(1, round(getattr(goal, k) * scale)) for k in _SIDES if getattr(goal, k)}
    return sides or {"scale": round((goal.scale or 1.0) * scale, 4)}


def _quality(explain: Mapping[str, Any]) -> dict[str, Any]:
    quality = explain.get("quality")
    if quality is None:
        return {}
    if quality == "lossless":
        return {"lossless": True}
    return {"quality": QUALITY_WORDS.get(quality, quality)}


def _bytes(
    explain: Mapping[str, Any], base: Standing, last: Result | None, refused: list[str | BadRequest]
) -> dict[str, Any]:
    """The ceiling that is asked for, in bytes where the source's are known."""
    if explain.get("max_bytes") is not None:
        if explain["max_bytes"] < LEAST_BYTES and base.goal.max_bytes:  # the one that stands stays
            refused.append(BadRequest(f"No file can have fewer than {LEAST_BYTES} bytes.", field="max_bytes"))
            return {}
        return {"max_bytes": explain["max_bytes"]}
    removed = explain.get("remove")
    if isinstance(removed, Mapping) and removed.get("max_bytes"):
        return dict.fromkeys(("max_bytes", "max_ratio"))
    ceiling, size, source = base.ceiling, last.bytes if last else None, base.source_bytes or None
    least = min((b for b in (ceiling, size, source) if b), default=None)
    if (less := explain.get("less_bytes")) is not None and less > 0:
        # A result that fills its ceiling stands for it; one far below it is what the person looks at.
        stands = size if size and not (ceiling and size > FILLED * ceiling) else ceiling or source
        if not stands or stands - less < 1:
            refused.append("no_bytes_left" if stands else "no_file")
            return {}
        return {"max_bytes": int(stands - less)}
    if (more := explain.get("more_bytes")) is not None and more > 0:
        stands = base.stated or ceiling or size or source
        if not stands:
            refused.append("no_file")
            return {}
        return {"max_bytes": int(stands + more)}
    ratio, share = explain.get("max_ratio"), SMALLER
    if ratio is None and explain.get("relative") == "smaller":
        factor = explain.get("factor")
        share = factor if isinstance(factor, float) and 0 < factor < 1 else SMALLER
        if least:
            return {"max_bytes": _three(least * share)}
        ratio = (base.goal.max_ratio or 1.0) * share
    return {} if ratio is None else _share(ratio, least, ceiling, source, base.goal.max_ratio)


def _share(
    ratio: float, least: int | None, ceiling: int | None, source: int | None, stands: float | None
) -> dict[str, Any]:
    """A share of the source, or of the least that stands where that of the source would be no less than it: a share
    loosens no limit."""
    if not source:
        if ceiling and ratio > 0:
            return {"max_bytes": _three(ceiling * min(ratio, 1))}
        return {"max_ratio": min(ratio, stands or ratio)}
    wanted = _three(source * ratio) if ratio > 0 else 0
    if least and least < source and wanted >= least and ratio < 1:
        wanted = _three(least * ratio)
    return {"max_bytes": min(wanted, ceiling) if ceiling else wanted}


def _three(value: float) -> int:
    """A limit that follows from another figure: three digits, which are said as they are; never more than the value."""
    step = 10 ** max(0, len(str(int(value))) - 3)
    return max(1, int(value // step) * step)


def _better(standing: Standing, last: Result | None) -> tuple[dict[str, Any], str]:
    """A higher quality where there is room for one, else why there is none. No limit is touched.

    Under a ceiling without a quality of its own a result is the best that fits by the way it is searched.
    """
    goal, ceiling = standing.goal, standing.ceiling
    if goal.lossless:
        return {}, "already"
    seen = last.quality if last and last.quality is not None else None
    full = last is not None and ceiling is not None and last.bytes > FILLED * ceiling
    if ceiling is not None and (full or goal.quality is None):
        same = last is not None and last.bytes <= ceiling and (full or last.max_bytes == ceiling)
        return {}, "best_fits" if same else "no_room"
    now = max(goal.quality or 0.0, seen or 0.0)
    wanted = min(now + BETTER, MOST) if now else QUALITY_WORDS["high"]
    if goal.quality is not None and wanted <= goal.quality:
        return {}, "best_fits" if last else "no_room"
    return {"quality": round(wanted, 1)}, ""


def _kept(explain: Mapping[str, Any], standing: Standing, new: Mapping[str, Any]) -> dict[str, Any]:
    """What must not change, held where it could: the search under a ceiling takes pixels and frames away."""
    keep = explain.get("keep") or ()
    names = {keep} if isinstance(keep, str) else set(keep)
    after = merge(standing.goal.to_json(), new)
    bound = standing.ceiling or after.keys() & {"max_bytes", "max_ratio", "preset"}
    held: dict[str, Any] = {}
    if "dimensions" in names and bound and not after.keys() & {*_SIDES, "scale"} and standing.draft.meta.width:
        held["width"] = standing.draft.meta.width
    if names & {"fps", "frames"} and bound and not after.keys() & {"fps", "keep_every"} and standing.draft.meta.fps:
        held["fps"] = round(standing.draft.meta.fps, 3)
    if "format" in names and not after.get("format") and standing.info and standing.info.format in FORMATS:
        held["format"] = standing.info.format
    if "quality" in names:
        held["keep_quality"] = True
    if "transparency" in names and standing.info and standing.info.has_alpha:
        held["transparent"] = True
    return held
