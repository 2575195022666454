"""Decodes sound as float32 stereo on the clock of the pictures."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.audio.resampler import AudioResampler

from ..errors import UnreadableMedia
from ..media import MediaInfo
from ..probe import container as door

AudioBlock = npt.NDArray[np.float32]
_GAP_S = 0.02  # shorter holes are jitter in the container's times, not silence


def blocks(path: Path, info: MediaInfo, rate: int) -> Iterator[AudioBlock]:
    """Blocks of (n, 2); holes are filled with silence, what lies before the first picture is cut off."""
    origin = _first_picture(path, info) if info.kind == "video" else None
    with door.opened(path, info.format) as container:
        stream = door.sound_stream(container)
        if stream is None:
            return
        plain = _Plain(rate)
        written, heard = 0, False
        for frame in _decoded(container, stream):
            base = frame.time_base or stream.time_base or Fraction(1, rate)
            moment = frame.pts * base if frame.pts is not None else None
            if origin is None:
                origin = moment or Fraction(0)
            hole = 0
            if moment is not None:
                hole = round((moment - origin) * rate) - written
            if hole > rate * _GAP_S or (not heard and hole > 0):
                yield from _silence(hole)
                written += hole
            skip = -hole if not heard and hole < 0 else 0
            for block in plain(frame):
                if skip >= len(block):
                    skip -= len(block)
                    continue
                heard = True
                written += len(block) - skip
                yield block[skip:]
                skip = 0
        yield from (block for block in plain(None) if heard)
        if not heard:
            raise UnreadableMedia("Nothing of this sound can be decoded.")


def _silence(count: int) -> Iterator[AudioBlock]:
    while count > 0:
        now = min(count, 48_000)
        yield np.zeros((now, 2), np.float32)
        count -= now


class _Plain:
    """Frames as float32 stereo of one rate. A stream may change its own rate and channels on the way."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.kind: tuple[str, str, int] | None = None
        self.resampler: AudioResampler | None = None

    def __call__(self, frame: av.AudioFrame | None) -> Iterator[AudioBlock]:
        """The blocks of the next frame; None ends the stream."""
        if frame is None:
            yield from self._resampled(None)
            return
        kind = (frame.format.name, frame.layout.name, frame.sample_rate)
        if kind != self.kind:
            yield from self._resampled(None)
            self.kind, self.resampler = kind, AudioResampler(format="flt", layout="stereo", rate=self.rate)
        yield from self._resampled(frame)

    def _resampled(self, frame: av.AudioFrame | None) -> Iterator[AudioBlock]:
        for part in self.resampler.resample(frame) if self.resampler else ():
            yield part.to_ndarray().reshape(-1, 2).astype(np.float32)


def _decoded(container: av.container.InputContainer, stream: av.AudioStream) -> Iterator[av.AudioFrame]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.FFmpegError):
            break
        try:
            yield from stream.codec_context.decode(packet if packet.size else None)
        except av.error.FFmpegError:
            continue


def _first_picture(path: Path, info: MediaInfo) -> Fraction | None:
    """When the first frame shows, on the container's clock."""
    with door.opened(path, info.format) as container:
        stream = door.film_stream(container)
        if stream is None:
            return None
        earliest: Fraction | None = None
        for number, packet in enumerate(container.demux(stream)):
            if packet.pts is not None and packet.size and not packet.is_discard:
                moment = packet.pts * (stream.time_base or Fraction(1, 1000))
                earliest = moment if earliest is None else min(earliest, moment)
            if number >= 32:  # more than any codec reorders
                break
        return earliest
