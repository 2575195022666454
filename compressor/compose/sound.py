"""Mixes the sound of the clips and the music into one stereo stream at 48 kHz.

Memory: a second of sound for each thing that sounds at once; sound played backwards is kept whole, in memory up to
``HELD_SAMPLES``, beyond that as 16 bit in a temporary file.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from .. import decode
from ..media import MediaInfo
from ..timeline.draft import Layer, Sound, overlaps, transition_ms
from . import music
from .video_track import Scene

AudioBlock = npt.NDArray[np.float32]
RATE = 48_000
BLOCK = RATE // 2
HELD_SAMPLES = 30_000_000  # ten minutes and more of mono, five of stereo: 240 MB

Sources = Mapping[str, tuple[Path, MediaInfo]]


def mixed(
    scenes: list[Scene],
    layers: tuple[Layer, ...],
    sounds: tuple[Sound, ...],
    sources: Sources,
    length_us: int,
    folder: Path | None = None,
) -> Iterator[AudioBlock]:
    """All of it added up and kept within full scale, for exactly ``length_us``; temporary files go to ``folder``."""
    total = _samples(length_us)
    # Of clips that overlap every other one belongs to the same stream.
    streams = [_clips(scenes, folder, 0), _clips(scenes, folder, 1)] if len(scenes) > 1 else [_clips(scenes, folder, 0)]
    streams += [_layer(one, sources, total) for one in layers if one.audible and sources[one.media][1].has_audio]
    streams += [_music(s, sources, total) for s in sounds if s.audible]
    mixers = [_Blocks(stream) for stream in streams]
    for start in range(0, total, BLOCK):
        count = min(BLOCK, total - start)
        block = np.zeros((count, 2), np.float32)
        for mixer in mixers:
            block += mixer.next(count)
        yield np.clip(block, -1.0, 1.0)


def _samples(length_us: int) -> int:
    return round(length_us * RATE / 1_000_000)


class _Blocks:
    """A stream of blocks of any length, given out in blocks of the length asked for; silence after its end."""

    def __init__(self, stream: Iterable[AudioBlock]) -> None:
        self._stream = iter(stream)
        self._left = np.zeros((0, 2), np.float32)

    def next(self, count: int) -> AudioBlock:
        parts = [self._left]
        have = len(self._left)
        while have < count:
            block = next(self._stream, None)
            if block is None:
                block = np.zeros((count - have, 2), np.float32)
            parts.append(block)
            have += len(block)
        joined = np.concatenate(parts)
        self._left = joined[count:]
        return joined[:count]


def _exactly(stream: Iterable[AudioBlock], count: int) -> Iterator[AudioBlock]:
    """``count`` samples: cut off there, or filled up with silence."""
    left = count
    for block in stream:
        if left <= 0:
            return
        yield block[:left]
        left -= len(block[:left])
    while left > 0:
        now = min(left, BLOCK)
        yield np.zeros((now, 2), np.float32)
        left -= now


def _clips(scenes: list[Scene], folder: Path | None, first: int) -> Iterator[AudioBlock]:
    """The own sound of every second clip from ``first`` on, each as long as its picture, with silence for the others;
    the ends are counted from the start, so nothing drifts. Sound fades with the picture, at an even loudness."""
    clips, lengths = [scene.clip for scene in scenes], [scene.clip.played_ms(scene.info) for scene in scenes]
    laps = overlaps(clips, lengths)
    fades = [(lap or span / 2) for lap, span in zip(laps, transition_ms(clips, lengths), strict=True)]
    at_ms, done = 0, 0
    for number, scene in enumerate(scenes):
        begin, end = _samples(at_ms * 1000), _samples((at_ms + lengths[number]) * 1000)
        at_ms += lengths[number] - laps[number]
        if number % 2 == first:
            yield from _exactly((), begin - done)
            rise, fall = (_samples(round(1000 * ms)) for ms in (fades[number - 1] if number else 0, fades[number]))
            yield from _faded(_exactly(_own(scene, folder), end - begin), end - begin, rise, fall)
            done = end


def _faded(stream: Iterable[AudioBlock], count: int, rise: int, fall: int) -> Iterator[AudioBlock]:
    """``count`` samples, coming over ``rise`` and going over ``fall`` of them by a quarter of a sine: two sounds that
    cross are together as loud as each."""
    at = 0
    for block in stream:
        stop = at + len(block)
        if at < rise or stop > count - fall:
            where = np.arange(at, stop, dtype=np.float32)
            share = np.ones(len(block), np.float32)
            if rise:
                share = np.minimum(share, where / np.float32(rise))
            if fall:
                share = np.minimum(share, (count - where) / np.float32(fall))
            block = block * np.sin(share * np.float32(np.pi / 2))[:, None]
        at = stop
        yield block


def _own(scene: Scene, folder: Path | None) -> Iterator[AudioBlock]:
    clip, info = scene.clip, scene.info
    if clip.still or not clip.audible or not info.has_audio:
        return
    start, end = clip.source_ms(info)
    piece = _cut(decode.audio(scene.path, RATE, info), _samples(start * 1000), _samples(end * 1000))
    if clip.speed != 1:
        piece = _at_speed(piece, clip.speed)
    if clip.reverse or clip.boomerang:
        length = round((end - start) / clip.speed)
        piece = _turned(_exactly(piece, _samples(length * 1000)), clip.reverse, clip.boomerang, folder)
    for block in piece:
        yield block * np.float32(clip.volume) if clip.volume != 1 else block


def _turned(piece: Iterable[AudioBlock], reverse: bool, boomerang: bool, folder: Path | None) -> Iterator[AudioBlock]:
    """Backwards, or there and back."""
    kept = _Kept(piece, folder)
    try:
        for back in (reverse, not reverse) if boomerang else (True,):
            yield from kept.blocks(back)
    finally:
        kept.close()


def _cut(stream: Iterable[AudioBlock], start: int, end: int) -> Iterator[AudioBlock]:
    at = 0
    for block in stream:
        if at >= end:
            return
        yield block[max(start - at, 0) : max(end - at, 0)]
        at += len(block)


def _at_speed(stream: Iterable[AudioBlock], speed: float) -> Iterator[AudioBlock]:
    """Faster or slower at the same pitch, by FFmpeg's atempo."""
    graph = av.filter.Graph()
    first = graph.add_abuffer(sample_rate=RATE, format="flt", layout="stereo", time_base=None)
    before = first
    left = speed
    while left < 0.5:  # atempo's lowest
        slow = graph.add("atempo", "0.5")
        before.link_to(slow)
        before, left = slow, left / 0.5
    tempo = graph.add("atempo", f"{left:.6f}")
    before.link_to(tempo)
    last = graph.add("abuffersink")
    tempo.link_to(last)
    graph.configure()
    at = 0
    for block in stream:
        if not len(block):
            continue
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = at
        at += len(block)
        first.push(frame)
        yield from _pulled(last)
    first.push(None)
    yield from _pulled(last)


def _pulled(sink: av.filter.context.FilterContext) -> Iterator[AudioBlock]:
    while True:
        try:
            frame = sink.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield frame.to_ndarray().reshape(-1, 2).astype(np.float32)


class _Kept:
    """Sound kept whole, to be played backwards."""

    def __init__(self, stream: Iterable[AudioBlock], folder: Path | None) -> None:
        self._held: list[AudioBlock] = []
        self._count = 0
        self._file = None
        for block in stream:
            self._count += len(block)
            self._held.append(block.copy())
            if self._file is not None or self._count > HELD_SAMPLES:
                self._file = self._file or tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - lives as long as this object
                self._file.seek(0, 2)
                for part in self._held:
                    self._file.write((np.clip(part, -1, 1) * 32767).astype(np.int16).tobytes())
                self._held = []

    def close(self) -> None:
        self._held = []
        if self._file is not None:
            self._file.close()

    def blocks(self, back: bool) -> Iterator[AudioBlock]:
        if self._file is None:
            for block in reversed(self._held) if back else self._held:
                yield block[::-1] if back else block
            return
        starts = range(0, self._count, BLOCK)
        for start in reversed(starts) if back else starts:
            self._file.seek(start * 4)
            raw = self._file.read(min(BLOCK, self._count - start) * 4)
            piece = np.frombuffer(raw, np.int16).reshape(-1, 2).astype(np.float32) * np.float32(1 / 32767)
            yield piece[::-1] if back else piece


def _music(sound: Sound, sources: Sources, total: int) -> Iterator[AudioBlock]:
    """Silence, then the music again and again to its end, quieter and quieter over its last moments."""
    begin = min(_samples(sound.at_ms * 1000), total)
    end = total if sound.d_ms is None else min(total, begin + _samples(sound.d_ms * 1000))
    yield from _exactly((), begin)
    count = end - begin
    fade = min(_samples(sound.fade_out_ms * 1000), count)
    at = 0
    for block in _exactly(_again(sound, sources), count):
        gain = np.full((len(block), 1), sound.volume, np.float32)
        if fade and at + len(block) > count - fade:
            left = (count - at - np.arange(len(block), dtype=np.float32)) / np.float32(fade)
            gain[:, 0] *= np.clip(left, 0, 1)
        at += len(block)
        yield block * gain


def _layer(layer: Layer, sources: Sources, total: int) -> Iterator[AudioBlock]:
    """Silence, then the layer's own sound for as long as the layer is shown."""
    path, info = sources[layer.media]
    begin = min(_samples(layer.at_ms * 1000), total)
    end = total if layer.d_ms is None else min(total, begin + _samples(layer.d_ms * 1000))
    first, last = (_samples(ms * 1000) for ms in layer.source_ms(info))
    yield from _exactly((), begin)

    def played() -> Iterator[AudioBlock]:
        while True:
            yield from _exactly(_cut(decode.audio(path, RATE, info), first, last), last - first)
            if not layer.repeat or last <= first:
                return

    for block in _exactly(played(), end - begin):
        yield block * np.float32(layer.volume)


def _again(sound: Sound, sources: Sources) -> Iterator[AudioBlock]:
    if sound.loop is not None:
        piece = music.loop(sound.loop)
        while True:
            yield piece
    path, info = sources[sound.media or ""]
    while True:
        heard = False
        skip = _samples(sound.from_ms * 1000)
        for block in decode.audio(path, RATE, info):
            piece = block[skip:]
            skip = max(0, skip - len(block))
            heard = heard or bool(len(piece))
            yield piece
        if not heard:
            return
