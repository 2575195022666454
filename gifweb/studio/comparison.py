"""What the page needs to show a result beside its original on one clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from compressor.timeline import Draft
from gifweb.renders import media_urls
from gifweb.renders.models import Render
from gifweb.templatetags.media import shown_at

from . import stored_media
from .models import Media

ENLARGED = 1.75  # times their pixels that pictures are shown at, at most, where there is room


def clock(render: Render, source: Media) -> dict[str, Any]:
    """``before`` and ``after``: url, format, bytes, width, height, fps, ms (as shown) of the two files.

    ``segments`` are the pieces of the result in order, each with its length ``d`` and the piece of the original that it
    shows, ``from`` to ``to`` on the original's shown clock, in ms; ``own`` is false for a piece of another file.
    ``shown``: see ``_shown``.
    """
    info = source.info
    draft = Draft.from_json(render.draft) if render.draft else Draft()
    segments = [
        {
            "d": clip.d_ms,
            "from": start,
            "to": end,
            "speed": clip.speed,
            "reverse": clip.reverse,
            "boomerang": clip.boomerang,
            "crop": asdict(clip.crop) if clip.crop else None,
            "rotate": clip.rotate,
            "flip": clip.flip,
            "own": clip.media == source.public_id,
        }
        for clip in draft.clips
        for start, end in [clip.source_ms(info)]
    ]
    whole = info.shown_ms or info.duration_ms
    if not segments:
        plain = {"speed": 1.0, "reverse": False, "boomerang": False, "crop": None, "rotate": 0, "flip": False}
        segments = [{**plain, "d": whole, "from": 0, "to": whole, "own": True}]
    return {
        "before": _file(source.facts, stored_media.source(source)),
        "after": _file(render.result_facts, media_urls.result(render)),
        "segments": segments,
        "shown": _shown(source.facts, render.result_facts, segments[0]),
    }


def _shown(before: Mapping[str, Any], after: Mapping[str, Any], piece: Mapping[str, Any]) -> dict[str, int]:
    """``wide``: the width of the larger side, as which both are shown; ``times``: how often each pixel of small ones is
    repeated, else 1; ``width`` and ``height``: the most pixels of the page that the result takes."""
    crop = piece["crop"] or {"w": before.get("width") or 0, "h": before.get("height") or 0}
    sides = (crop["h"], crop["w"]) if piece["rotate"] % 180 else (crop["w"], crop["h"])
    width, height = after.get("width") or 0, after.get("height") or 0
    wide = max(sides[0], width, 1)
    times = shown_at(wide, max(sides[1], height))[2]
    most = round(wide * (times if times > 1 else ENLARGED))
    return {"wide": wide, "times": times, "width": most, "height": round(most * height / max(width, 1))}


def _file(facts: Mapping[str, Any], url: str) -> dict[str, Any]:
    said = {name: facts.get(name) or 0 for name in ("format", "bytes", "width", "height", "fps")}
    return said | {"url": url, "ms": facts.get("shown_ms") or facts.get("duration_ms") or 0}
