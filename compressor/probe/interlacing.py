"""Tells from the pictures whether a film is interlaced or telecined.

Flags lie in both directions, and FFmpeg's idet takes fine patterns that move for fields (38 of 50 progressive pictures
of its own test pattern). What tells them apart is motion: a picture's own two fields fit each other better than they
fit the fields of the picture before, unless they were taken at different moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import av.error
import numpy as np
import numpy.typing as npt
from av.video.frame import VideoFrame

from ..scaler import converted

TOP_FIRST, BOTTOM_FIRST, TELECINE = "tff", "bff", "telecine"
STEP = 10  # of 255, by which a line must stand out from both its neighbours to be part of a comb
EVERY = 4  # columns
MOVING = 0.0005  # of the pixels that become combs when fields of two pictures are woven: fewer is standing still
ENOUGH = 8  # moving pictures
PLAIN = 5  # whole ones in a row: a telecined film weaves two of any five pictures, an interlaced one all of them
OWN = 0.6  # combs of a picture's own fields, of those of the worse-matched others: fewer is one moment
WOVEN = 1.6  # and more is a field of the picture before
APART = 1.5  # times the combs where two fields are one and a half pictures apart, not a half: less is noise
TELECINED_FPS = (29.0, 31.0)
FLAGGED_LOOKS, LOOKS = 120, 8  # frames
_CAPTURED = {  # what cameras, tapes and capture cards write
    "h264", "hevc", "mpeg2video", "mpeg1video", "mpeg4", "mjpeg", "prores", "dnxhd", "dvvideo", "ffv1", "huffyuv",
    "ffvhuff", "utvideo", "magicyuv", "rawvideo", "v210", "msmpeg4v3", "wmv2", "vc1", "lagarith", "cfhd",
}  # fmt: skip

_PLANAR = frozenset({"yuv420p", "yuv422p", "yuv444p", "nv12"})

Rows = npt.NDArray[np.int16]


def scan(runs: Iterable[Iterable[VideoFrame]], fps: float) -> str:
    """``tff``, ``bff`` (interlaced, the upper or the lower field first), ``telecine``, or nothing for whole pictures.
    ``runs`` of frames in a row are read until ENOUGH of them moved."""
    kinds: list[str] = []
    for kind in chain.from_iterable(map(_kinds, runs)):
        kinds.append(kind)
        if len(kinds) >= 2 * ENOUGH or kinds == ["whole"] * PLAIN:
            break
    if len(kinds) < ENOUGH // 2:
        return ""
    share = {kind: kinds.count(kind) / len(kinds) for kind in ("whole", "woven", TOP_FIRST, BOTTOM_FIRST)}
    if share["woven"] >= 0.25 and share["whole"] >= 0.25 and TELECINED_FPS[0] < fps < TELECINED_FPS[1]:
        return TELECINE
    if share["whole"] > 0.3:
        return ""
    return TOP_FIRST if share[TOP_FIRST] >= share[BOTTOM_FIRST] else BOTTOM_FIRST


def plain(frames: Iterable[VideoFrame]) -> bool:
    """Whether the first few frames show already that the film has no fields."""
    return list(_kinds(frames)) == ["whole"] * PLAIN


def _kinds(frames: Iterable[VideoFrame]) -> Iterator[str]:
    """What each frame that moved is, beside the one before it."""
    before: Rows | None = None
    for frame in frames:
        luma = _luma(frame)
        if before is not None and before.shape == luma.shape and (kind := _kind(luma, before)):
            yield kind
        before = luma


def _luma(frame: VideoFrame) -> Rows:
    """Every EVERY-th column of a picture's luma."""
    if frame.format.name in _PLANAR:  # what is there need not be converted
        plane: Any = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return rows[: frame.height, : frame.width : EVERY].astype(np.int16)
    return np.asarray(converted(frame, format="gray").to_ndarray())[:, ::EVERY].astype(np.int16)


def _kind(luma: Rows, before: Rows) -> str:
    """What one picture is, beside the one before it; nothing where hardly anything moves."""
    top, bottom = luma[0::2], luma[1::2]
    own, with_bottom, with_top = _combs(top, bottom), _combs(top, before[1::2]), _combs(before[0::2], bottom)
    least, most = sorted((with_bottom, with_top))
    if most - min(own, least) < MOVING * luma.size:
        return ""
    if own <= OWN * least:
        return "whole"
    if own > WOVEN * least:
        return "woven"
    if most < APART * max(own, least):
        return ""
    return TOP_FIRST if with_bottom <= with_top else BOTTOM_FIRST


def _combs(top: Rows, bottom: Rows) -> int:
    """How many pixels of two fields, woven, lie far above or far below both the line above and the line beneath."""
    rows = min(len(top), len(bottom))
    top, bottom = top[:rows], bottom[:rows]
    return _teeth(bottom[:-1], top[:-1], top[1:]) + _teeth(top[1:], bottom[:-1], bottom[1:])


def _teeth(line: Rows, above: Rows, beneath: Rows) -> int:
    up, down = line - above, line - beneath
    return int((((up > STEP) & (down > STEP)) | ((up < -STEP) & (down < -STEP))).sum())


def worth_a_look(codec: str, fps: float, flagged: bool) -> bool:
    """Whether a film may have fields at all: flags say so, or it is of a kind that is captured."""
    return flagged or (captured(codec) and 23.0 < fps < 31.0)


def captured(codec: str) -> bool:
    """Whether films of that codec may have fields that no flag tells of."""
    return codec in _CAPTURED


def quick(codec: Any) -> None:
    """Decoding for a look at few frames: one thread (several decode ahead what nobody asks for), no smoothing of block
    edges. Together a third less of processor time."""
    codec.thread_count = 1
    codec.options = codec.options | {"skip_loop_filter": "all"}


def sampled(container: Any, stream: Any, flagged: bool) -> Iterable[VideoFrame]:
    """Frames in a row to look at: of a flagged film from its beginning, of others a few from its first third on."""
    try:
        container.seek((container.start_time or 0) + (0 if flagged else (container.duration or 0) // 3))
        yield from islice(container.decode(stream), FLAGGED_LOOKS if flagged else LOOKS)
    except av.error.FFmpegError:
        return
