"""What a render costs: an upper bound before it runs, the actual price of its result afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.timeline import Draft
from gifweb.credits import ledger

from .models import Render

FPS_LIMIT = 60.0


def bound(goal: Goal, draft: Draft | None, infos: Mapping[str, MediaInfo]) -> int:
    """Credits that the result cannot exceed: the greatest size and the most frames it may have."""
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
    return ledger.price(width, height, _frames(goal, draft, infos))


def _frames(goal: Goal, draft: Draft | None, infos: Mapping[str, MediaInfo]) -> int:
    """The sum over the clips of the frames that each can show, at most at FPS_LIMIT unless more was asked for."""
    fps = goal.fps or 0.0
    if draft is None or not draft.clips:
        frames = sum(i.frames + (0 if i.frames_exact else 2) for i in infos.values() if i.kind != "audio")
        seconds = max((i.shown_ms or i.duration_ms for i in infos.values()), default=0) / 1000
        return max(frames, ceil(fps * seconds), 1)
    if len(draft.clips) == 1 and not fps and not draft.clips[0].still:
        clip = draft.clips[0]
        info = infos.get(clip.media)
        if info and info.frames_exact:  # a picture is never shown twice but by a boomerang
            return max(info.frames * (2 if clip.boomerang else 1), 1)
    fastest = max([fps, *(infos[c.media].fps for c in draft.clips if c.media in infos and not c.still), 1.0])
    frames = 0
    for clip in draft.clips:
        info = infos.get(clip.media)
        shown = ceil(clip.d_ms / 1000 * min(fastest, max(FPS_LIMIT, fps))) + 1
        own = info.frames * (2 if clip.boomerang else 1) if info and not clip.still and info.frames_exact else 0
        frames += max(shown, own)
    return max(frames, 1)


def actual(render: Render, output: Mapping[str, Any]) -> int:
    """The price of the file that came out, never more than was held."""
    width, height = int(output.get("width") or 1), int(output.get("height") or 1)
    cost = ledger.price(width, height, int(output.get("frames") or 1))
    return min(cost, render.hold_credits)
