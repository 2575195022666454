"""Audio encoder: float32 blocks become AAC (MP4) or Opus (WebM) packets, interleaved with the frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from ..errors import EncoderFailure
from ..formats import SoundSpec

if TYPE_CHECKING:
    from ..decode import AudioBlock

RATE = 48_000
SHARE = 0.2  # of a ceiling, which sound may take as long as it can be coded with less


def bitrate(spec: SoundSpec, duration_us: int, limit: int | None) -> int:
    """Bits a second for the sound of a film that may have ``limit`` bytes in all."""
    rates = spec.bitrates
    if limit is None:
        return rates[0]
    room = SHARE * limit * 8e6 / max(duration_us, 1)
    return next((rate for rate in rates if rate <= room), rates[-1])


class SoundTrack:
    """One stream of sound in an open container. ``until`` muxes what belongs before a moment, ``finish`` the rest."""

    def __init__(self, container: Any, spec: SoundSpec, blocks: Iterable[AudioBlock], bitrate: int) -> None:
        self._container = container
        self._stream = container.add_stream(spec.encoder, rate=RATE)
        self._mono = bitrate < spec.mono_below  # AAC needs its bits for one channel then; Opus sees to that itself
        self._stream.layout = "mono" if self._mono else "stereo"
        self._stream.bit_rate = bitrate
        self._format = self._stream.codec_context.format.name if self._stream.codec_context.format else "fltp"
        self._blocks = iter(blocks)
        self._samples = 0
        self._open = True

    def until(self, at_us: int) -> None:
        """Mux all sound that begins before ``at_us``."""
        while self._open and self._samples * 1_000_000 < at_us * RATE:
            block = next(self._blocks, None)
            if block is None:
                self._open = False
                return
            for frame in self._frames(np.asarray(block, np.float32)):
                self._mux(frame)

    def finish(self) -> None:
        """Mux what is left and flush the encoder."""
        while self._open:
            self.until(2**62)
        self._mux(None)

    def _frames(self, samples: np.ndarray[Any, Any]) -> Iterator[av.AudioFrame]:
        if samples.size == 0:
            return
        if self._mono:
            samples = samples.mean(axis=1, dtype=np.float32, keepdims=True)
        layout = "mono" if self._mono else "stereo"
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate = RATE
        frame.pts, frame.time_base = self._samples, Fraction(1, RATE)
        self._samples += samples.shape[0]
        yield frame

    def _mux(self, frame: av.AudioFrame | None) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except av.FFmpegError as error:
            raise EncoderFailure("The sound could not be encoded.", detail=repr(error)) from error
