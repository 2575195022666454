"""The size of the canvas before any goal asks for one: pure arithmetic on the sizes of the clips."""

from __future__ import annotations

from collections.abc import Mapping

from ..media import MediaInfo
from . import value_checks
from .draft import Clip, Draft

CLOSE = 0.02  # shapes that differ by less than this are the same shape


def crop_box(clip: Clip, info: MediaInfo) -> tuple[int, int, int, int]:
    """The rectangle of the source that is used: x, y, w, h, inside the picture, at least one pixel."""
    width, height = max(info.width, 1), max(info.height, 1)
    if clip.crop is None:
        return 0, 0, width, height
    x, y = min(clip.crop.x, width - 1), min(clip.crop.y, height - 1)
    return x, y, min(clip.crop.w, width - x), min(clip.crop.h, height - y)


def clip_size(clip: Clip, info: MediaInfo) -> tuple[int, int]:
    """Width and height of the clip's picture as it is seen: cropped and turned."""
    _, _, width, height = crop_box(clip, info)
    return (height, width) if clip.rotate in (90, 270) else (width, height)


def natural_size(draft: Draft, infos: Mapping[str, MediaInfo]) -> tuple[int, int]:
    """The canvas with its aspect and fit, (0, 0) if there is no picture.

    The first clip gives the shape. With clips of several sizes it is as large as the one that needs most, but of no
    more pixels than the largest of them. ``crop`` takes the largest box of the asked aspect inside it, ``pad`` and
    ``blur`` the smallest around it.
    """
    sizes = [clip_size(c, infos[c.media]) for c in draft.clips if c.media in infos]
    if not sizes:
        return 0, 0
    width, height = _together(sizes)
    if draft.meta.aspect is None:
        return width, height
    ratio = value_checks.ratio(draft.meta.aspect)
    if (width > height * ratio) == (draft.meta.fit in ("pad", "blur")):
        height = max(1, round(width / ratio))
    else:
        width = max(1, round(height * ratio))
    return width, height


def _together(sizes: list[tuple[int, int]]) -> tuple[int, int]:
    first = sizes[0]
    if all(s == first for s in sizes):
        return first
    ratio = first[0] / first[1]
    needed = max(max(w, h * ratio) for w, h in sizes)
    allowed = (max(w * h for w, h in sizes) * ratio) ** 0.5
    width = min(needed, allowed)
    return max(1, round(width)), max(1, round(width / ratio))
