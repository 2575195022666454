"""The explain object → a partial Goal and edits, with comparatives resolved against the last result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..goal import QUALITY_WORDS

SMALLER = 0.7  # of the last result's bytes
BETTER = 10.0  # points of quality
MORE_BYTES = 1.5  # the room that "better" may take where a ceiling held it back
PACE = 1.25
_SAME = (
    "format", "max_bytes", "max_ratio", "width", "height", "short_side", "scale", "fps", "keep_every", "colors",
    "dither", "grayscale", "loop", "transparent", "preset", "strip_metadata",
)  # fmt: skip


def goal_of(
    explain: Mapping[str, Any],
    *,
    keep_quality: bool = False,
    source_bytes: int | None = None,
    last: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The part of a Goal that was asked for. A ratio becomes bytes where the source's are known."""
    goal = {key: explain[key] for key in _SAME if key in explain}
    if explain.get("background") == "transparent":
        goal["transparent"] = True
    quality = explain.get("quality")
    if quality == "lossless":
        goal["lossless"] = True
    elif isinstance(quality, str):
        goal["quality"] = QUALITY_WORDS[quality]
    elif quality is not None:
        goal["quality"] = float(quality)
    if keep_quality:
        goal["keep_quality"] = True
    relative = explain.get("relative")
    if relative == "smaller":
        goal |= _smaller(source_bytes, last)
    elif relative == "better":
        goal |= _better(last)
    if "max_ratio" in goal and source_bytes and "max_bytes" not in goal:
        goal["max_bytes"] = max(1, int(source_bytes * goal.pop("max_ratio")))
    return goal


def paced(explain: Mapping[str, Any]) -> dict[str, Any]:
    """ "faster" and "slower" as a speed, for the timeline."""
    wish = dict(explain)
    if wish.get("relative") == "faster":
        wish["speed"] = PACE
    elif wish.get("relative") == "slower":
        wish["speed"] = 1 / PACE
    return wish


def _facts(last: Mapping[str, Any] | None) -> tuple[int | None, float | None]:
    """Bytes and mean quality of a report of the engine, or of a flat object with the same names."""
    if not last:
        return None, None
    output = last.get("output")
    size = (output if isinstance(output, Mapping) else last).get("bytes")
    quality = last.get("quality")
    mean = quality.get("mean") if isinstance(quality, Mapping) else quality
    return (
        int(size) if isinstance(size, int | float) and size > 0 else None,
        float(mean) if isinstance(mean, int | float) else None,
    )


def _smaller(source_bytes: int | None, last: Mapping[str, Any] | None) -> dict[str, Any]:
    before = _facts(last)[0] or source_bytes
    return {"max_bytes": max(1, int(before * SMALLER))} if before else {"max_ratio": SMALLER}


def _better(last: Mapping[str, Any] | None) -> dict[str, Any]:
    size, mean = _facts(last)
    goal: dict[str, Any] = {"quality": QUALITY_WORDS["high"] if mean is None else round(min(mean + BETTER, 95.0), 1)}
    if size:
        goal["max_bytes"] = int(size * MORE_BYTES)
    return goal


def source_bytes(infos: Mapping[str, Any] | None, draft: Any) -> int | None:
    """Bytes of the pictures on the timeline; of all uploads where there is no draft; None when unknown."""
    if not infos:
        return None
    used: Sequence[str] = list(infos)
    if draft is not None:
        from ..timeline import media_ids

        used = [key for key in media_ids(draft) if key in infos]
    total = sum(_info(infos[key], "bytes") for key in used if _info(infos[key], "kind") != "audio")
    return total or None


def _info(info: Any, name: str) -> Any:
    return info.get(name) if isinstance(info, Mapping) else getattr(info, name)
