"""The price of a render in credits: an upper bound before it runs, the actual price afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft
from gifweb.credits import ledger

from . import sources
from .models import Render

FPS_LIMIT = 60.0
# How often what lies over a slower picture splits it (compressor.compose): in a fade, and at most.
FADE_STEP_MS = 40
MOST_SPLITS = 50.0
# A small result of a huge source costs what reading it does: for ordinary clips this is less than the result's price.
DECODED_PIXELS_PER_CREDIT = 2_000_000_000


def bound(goal: Goal, draft: Draft | None, infos: Mapping[str, MediaInfo]) -> int:
    """Return the most credits that the render can cost, from its largest possible size and frame count."""
    pictures = [i for i in infos.values() if i.width and i.height]
    width = max((i.width for i in pictures), default=1)
    height = max((i.height for i in pictures), default=1)
    if draft is not None and draft.meta.aspect and ":" in draft.meta.aspect:
        across, down = (float(x) for x in draft.meta.aspect.split(":"))
        longest = max(width, height)
        width = height = ceil(longest * max(across / down, down / across, 1.0)) if across and down else longest
    if goal.scale and goal.scale > 1:
        width, height = ceil(width * goal.scale), ceil(height * goal.scale)
    ratio = width / height
    if goal.width:
        width, height = max(width, goal.width), max(height, ceil(goal.width / ratio))
    if goal.height:
        width, height = max(width, ceil(goal.height * ratio)), max(height, goal.height)
    return max(ledger.price(width, height, _frames(goal, draft, infos)), decoding(draft, infos))


def decoding(draft: Draft | None, infos: Mapping[str, MediaInfo]) -> int:
    """Credits for the pixels that are read before anything is made of them, 0 for a little: one for each started 2,000
    megapixels beyond the first."""
    parts: list[tuple[MediaInfo, float]] = [(info, 1.0) for info in infos.values()]
    if draft is not None and draft.clips:
        used = [(infos[clip.media], clip.to_ms) for clip in draft.clips if clip.media in infos]
        used += [(infos[layer.media], layer.to_ms) for layer in draft.layers if layer.media in infos]
        parts = [(i, min(1.0, end / i.duration_ms) if end and i.duration_ms else 1.0) for i, end in used]
    pixels = sum(info.width * info.height * max(info.frames, 1) * share for info, share in parts)
    return ceil(pixels / DECODED_PIXELS_PER_CREDIT) if pixels > DECODED_PIXELS_PER_CREDIT else 0


def _frames(goal: Goal, draft: Draft | None, infos: Mapping[str, MediaInfo]) -> int:
    """Return the largest possible frame count: the sum over the clips, at FPS_LIMIT unless a higher rate was asked
    for."""
    fps = goal.fps or 0.0
    if draft is None or not draft.clips:
        frames = sum(i.frames + (0 if i.frames_exact else 2) for i in infos.values() if i.kind != "audio")
        seconds = max((i.shown_ms or i.duration_ms for i in infos.values()), default=0) / 1000
        return max(frames, ceil(fps * seconds), 1)
    more = _between(draft, infos)
    if len(draft.clips) == 1 and not fps and not draft.clips[0].still:
        clip = draft.clips[0]
        info = infos.get(clip.media)
        if info and info.frames_exact:  # only a boomerang repeats frames
            return max(info.frames * (2 if clip.boomerang else 1), 1) + more
    fastest = max([fps, *(infos[c.media].fps for c in draft.clips if c.media in infos and not c.still), 1.0])
    frames = 0
    for clip in draft.clips:
        info = infos.get(clip.media)
        shown = ceil(clip.d_ms / 1000 * min(fastest, max(FPS_LIMIT, fps))) + 1
        own = info.frames * (2 if clip.boomerang else 1) if info and not clip.still and info.frames_exact else 0
        frames += max(shown, own)
    return max(frames, 1) + more


def _between(draft: Draft, infos: Mapping[str, MediaInfo]) -> int:
    """Return how many frames what lies over or between the clips may add to theirs: a film over a still shows its own
    pictures, and what fades moves 25 times a second."""
    length = draft.d_ms
    slowest = min(0.0 if c.still or c.media not in infos else infos[c.media].fps * c.speed for c in draft.clips)
    frames = sum(ceil(clip.transition.d_ms / FADE_STEP_MS) + 1 for clip in draft.clips if clip.transition)
    fades = [over.fade_in_ms + over.fade_out_ms for over in draft.titles]
    fades += [over.fade_in_ms + over.fade_out_ms for over in draft.layers]
    frames += sum(2 + ceil(min(fade, 2 * length) / FADE_STEP_MS) for fade in fades)
    for layer in draft.layers:
        info = infos.get(layer.media)
        if info is not None and not layer.still and info.fps > slowest:
            span = max(0, min(length - layer.at_ms, length if layer.d_ms is None else layer.d_ms))
            frames += ceil(span / 1000 * min(info.fps, MOST_SPLITS))
    return frames


def actual(render: Render, output: Mapping[str, Any]) -> int:
    """Return the price of the finished file, or of reading its sources if that is more; at most the credits held."""
    width, height = int(output.get("width") or 1), int(output.get("height") or 1)
    cost = ledger.price(width, height, int(output.get("frames") or 1))
    found = sources.find(render.sources, render.account)
    draft = Draft.from_json(render.draft) if render.draft else None
    cost = max(cost, decoding(draft, {key: source.info for key, source in found.items()}))
    return min(cost, render.hold_credits)
