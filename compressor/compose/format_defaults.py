"""The default size and frame rate when a film becomes a picture format and none was asked for: pure arithmetic.

A film of 1080 lines at 30 frames a second would be hundreds of megabytes as a GIF. A stated size or rate wins.
"""

from __future__ import annotations

import math

from .. import formats
from ..goal import Goal
from ..media import MediaInfo

LEAST_SIDE, LEAST_FPS = 320, 10.0


def default_size(
    goal: Goal, infos: list[MediaInfo], size: tuple[int, int], duration_us: int
) -> tuple[tuple[int, int] | None, float | None]:
    """(size, frames a second) to begin with instead of the composition's own ``size``; None for what stays.

    ``infos``: what is on the video track. Nothing changes for sources that are pictures themselves, nor where a size
    or a rate was asked for.
    """
    spec = formats.output(goal.format)
    if spec is None or spec.lightened is None or goal.preset or not any(i.format in formats.FILMS for i in infos):
        return None, None
    longest, most_fps, room = spec.lightened.longest, spec.lightened.fps, spec.lightened.pixels
    seconds = max(duration_us / 1_000_000, 0.001)
    own_fps = max((i.fps for i in infos), default=0.0) or 25.0
    fps = min(goal.fps or own_fps, most_fps if not goal.fps else goal.fps)
    if goal.keep_every:
        fps = min(fps, own_fps / goal.keep_every)
    width, height = size
    if not (goal.width or goal.height or goal.short_side or goal.scale):
        factor = min(1.0, longest / max(size))
        pixels = width * height * factor * factor * fps * seconds
        if pixels > room:
            factor = min(factor, max(factor * math.sqrt(room / pixels), LEAST_SIDE / max(size)))
        width, height = max(1, round(width * factor)), max(1, round(height * factor))
    if not (goal.fps or goal.keep_every) and width * height * fps * seconds > 1.02 * room:
        fps = max(min(LEAST_FPS, fps), room / (width * height * seconds))
    changed_size = (width, height) if (width, height) != size else None
    slower = not (goal.fps or goal.keep_every) and fps < own_fps * 0.98
    return changed_size, round(fps, 3) if slower else None
