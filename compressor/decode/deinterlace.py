"""Deinterlaces by FFmpeg's filters: bwdif for interlaced video, fieldmatch and decimate for telecined film."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

import av.error
from av.filter import Graph
from av.video.frame import VideoFrame

from ..probe.interlacing import TELECINE

_FILM = (
    ("fieldmatch", "order=auto:mode=pcn_ub:combmatch=full"),
    ("bwdif", "mode=send_frame:deint=interlaced"),
    ("decimate", ""),
)


def whole(frames: Iterable[VideoFrame], scan: str, rate: Fraction) -> Iterator[VideoFrame]:
    """The pictures of a film with fields (``scan``: tff, bff or telecine) of ``rate`` pictures a second; a change of
    size begins anew."""
    chain: tuple[tuple[str, str], ...] = (("bwdif", f"mode=send_frame:parity={scan}:deint=all"),)
    if scan == TELECINE:
        chain = (("fps", f"fps={rate}"), *_FILM)  # decimate wants one rate throughout
    graph: _Chain | None = None
    for frame in frames:
        if graph is not None and graph.takes != _Chain.kind(frame):
            yield from graph.put(None)
            graph = None
        graph = graph or _Chain(frame, chain)
        yield from graph.put(frame)
    if graph is not None:
        yield from graph.put(None)


def cropped(frames: Iterable[VideoFrame], crop: tuple[int, int, int, int]) -> Iterator[VideoFrame]:
    """The part (width, height, left, top) of each frame; one of another size than the first is left as it is."""
    chain = (("crop", "{}:{}:{}:{}:exact=1".format(*crop)),)
    graph: _Chain | None = None
    for frame in frames:
        graph = graph or _Chain(frame, chain)
        yield from graph.put(frame) if graph.takes == _Chain.kind(frame) else (frame,)


class _Chain:
    """Filters one after the other, for frames of one size and format."""

    def __init__(self, frame: VideoFrame, filters: tuple[tuple[str, str], ...]) -> None:
        self.takes = self.kind(frame)
        self._graph = Graph()
        self._source: Any = self._graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        last = self._source
        for name, options in filters:
            filtered = self._graph.add(name, options)
            last.link_to(filtered)
            last = filtered
        self._sink: Any = self._graph.add("buffersink")
        last.link_to(self._sink)
        self._graph.configure()

    @staticmethod
    def kind(frame: VideoFrame) -> tuple[int, int, str]:
        return frame.width, frame.height, frame.format.name

    def put(self, frame: VideoFrame | None) -> Iterator[VideoFrame]:
        """What comes out for one more frame; None: what is still inside."""
        self._source.push(frame)
        while True:
            try:
                yield self._sink.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
