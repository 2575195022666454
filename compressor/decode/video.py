"""Decodes video by FFmpeg: rotated as shown, square pixels, sRGB 0-255, one size from first to last frame."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation

from ..errors import UnreadableMedia
from ..media import RGBA, UNHURRIED_US, LazyFrame, MediaInfo, Once
from ..orientation import UPRIGHT, shown_size, upright
from ..probe import container as door
from ..rgba_planes import woven
from ..scaler import converted
from . import deinterlace, tone_map

# AVColorSpace as tagged in the stream → the matrix to undo. What is not here was not tagged.
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
_HD_HEIGHT = 720  # untagged video: players take BT.709 from here on, BT.601 below
_PLANAR = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "yuv420p10le", "nv12"})
# What FFmpeg converts to planes of RGB with the very values of its RGBA (a test holds this), several times as fast.
_WOVEN = _PLANAR | {"nv21", "p010le", "yuv411p", "yuv422p10le", "yuv440p", "yuv444p10le", "yuv420p12le"}
_SCALE = Interpolation.LANCZOS | Interpolation.ACCURATE_RND
_MEAN = Interpolation.AREA | Interpolation.ACCURATE_RND
_FULL_CHROMA = Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
_EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | _FULL_CHROMA


def frames(path: Path, info: MediaInfo) -> Iterator[LazyFrame]:
    """Every shown frame with the exact times of the file, moved to start at 0."""
    held: tuple[VideoFrame, int] | None = None
    length: Fraction | None = None
    origin: Fraction | None = None
    with door.opened(path, info.format) as container:
        stream = door.film_stream(container)
        if stream is None:
            raise UnreadableMedia("There is no picture in this file.")
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        step = 1 / Fraction(rate) if rate > 0 else Fraction(1, 25)
        clock = Fraction(0)
        whole = Fraction(0)
        if info.format in ("mp4", "mov") and stream.duration and stream.time_base and not info.cut:
            whole = stream.duration * stream.time_base  # the picture shown last need not be the last packet
        shown = decoded(container, stream, info.cut, in_order=info.format == "avi")
        if info.scan:
            shown = deinterlace.whole(shown, info.scan, Fraction(rate))
        for frame in deinterlace.cropped(shown, info.crop) if info.crop else shown:
            base = frame.time_base or stream.time_base or Fraction(1, 1000)
            moment = frame.pts * base if frame.pts is not None else clock
            origin = moment if origin is None else origin
            clock = moment + step
            at = round((moment - origin) * 1_000_000)
            if held is not None and at < held[1]:
                continue  # time may not run backwards
            if held is not None and at > held[1]:  # of several at one time the last is seen
                yield _shown(held[0], info, held[1], at - held[1])
            held = frame, at
            length = Fraction(frame.duration) * base if frame.duration else None
    if held is not None:
        # With B-frames the duration of its packet is that of another picture; the track's is right.
        last = round(whole * 1_000_000) - held[1]
        last = last if last > 0 else round((length or step) * 1_000_000)
        yield _shown(held[0], info, held[1], last if last > 0 else UNHURRIED_US)


def _shown(frame: VideoFrame, info: MediaInfo, at_us: int, hold_us: int) -> LazyFrame:
    made = Decoded(frame, info)
    return LazyFrame(Once(partial(made.rgba, (info.width, info.height))), at_us, hold_us, film=made)


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture, not yet in anyone's colours. See ``media.Film``."""

    frame: VideoFrame
    info: MediaInfo

    def rgba(self, size: tuple[int, int], *, mean: bool = False) -> RGBA:
        """Straight RGBA of ``size`` (width, height), turned as it is shown. ``mean``: a pixel is the mean of those that
        it covers, in a third of the time."""
        return picture(self.frame, size, self.info.orientation, mean=mean)

    def planes(self, size: tuple[int, int], *, mean: bool = False) -> RGBA | None:
        frame = self.frame
        if (
            tone_map.of_frame(frame) is not None
            or frame.format.name not in _PLANAR
            or self.info.orientation != UPRIGHT
            or matrix_of(frame) is not Colorspace.ITU709
        ):
            return None
        full = _full_range(frame)
        if (frame.width, frame.height) == size and frame.format.name == "yuv420p" and not full:
            return np.asarray(frame.to_ndarray(), np.uint8)
        made = converted(
            frame,
            width=size[0],
            height=size[1],
            format="yuv420p",
            src_colorspace=Colorspace.ITU709,
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
            dst_color_range=ColorRange.MPEG,
            interpolation=_MEAN if mean else _SCALE,
        )
        return np.asarray(made.to_ndarray(), np.uint8)


def matrix_of(frame: VideoFrame) -> Colorspace:
    """The matrix with which the picture was made: what is tagged, or what players take for granted."""
    tagged = _MATRICES.get(int(frame.colorspace))
    return tagged or (Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601)


def _full_range(frame: VideoFrame) -> bool:
    return int(frame.color_range) == ColorRange.JPEG or frame.format.name.startswith("yuvj")


def decoded(container: Any, stream: Any, cut: bool, in_order: bool = False) -> Iterator[VideoFrame]:
    """Frames of the stream; what cannot be decoded is left out. ``cut``: of the last packet a part may be missing.
    ``in_order``: of pictures that are not stored as they are shown, each gets the earliest time that is left (an AVI
    knows only in which order they are stored)."""
    codec = stream.codec_context
    codec.thread_type = "AUTO"
    if door.see_through(stream):
        # Only libvpx puts WebM's hidden alpha stream together with the colours.
        codec = av.CodecContext.create("libvpx" if codec.codec.canonical_name == "vp8" else "libvpx-vp9", "r")
    times: list[int] = []
    in_order = in_order and stream.codec_context.has_b_frames

    def timed(frame: VideoFrame) -> VideoFrame:
        if times:
            frame.pts = heapq.heappop(times)
        return frame

    packets = container.demux(stream)
    end = door.arrived_bytes(container) if cut else 0
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            break
        if cut and door.missing(packet, end):
            continue
        if in_order and packet.size and packet.pts is not None:
            heapq.heappush(times, packet.pts)
        try:
            yield from map(timed, codec.decode(packet if packet.size else None))
        except av.error.FFmpegError:
            continue
    try:
        yield from map(timed, codec.decode(None))
    except av.error.FFmpegError:
        return


def picture(frame: VideoFrame, size: tuple[int, int], orientation: int = UPRIGHT, *, mean: bool = False) -> RGBA:
    """``frame`` as straight RGBA of ``size`` (width, height) as shown, turned and mirrored by ``orientation``."""
    width, height = shown_size(*size, orientation)
    stored = (frame.width, frame.height)
    matrix = matrix_of(frame)
    full = _full_range(frame)
    colours = tone_map.of_frame(frame)
    shown = converted(
        frame,
        width=width,
        height=height,
        format="rgba64le" if colours else "gbrp" if frame.format.name in _WOVEN else "rgba",
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.JPEG,
        interpolation=_EXACT if stored == (width, height) else (_MEAN if mean else _SCALE) | _FULL_CHROMA,
    )
    if colours is not None:
        return upright(tone_map.shown(np.ascontiguousarray(shown.to_ndarray()), colours), orientation)
    pixels: RGBA = woven(shown) if shown.format.name == "gbrp" else np.ascontiguousarray(shown.to_ndarray(), np.uint8)
    return upright(pixels, orientation)
