"""What the whole will weigh and look like, told by a few runs of its frames."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av

from ..goal import Plan, Quality
from ..media import Frame, MediaInfo, at_time
from ..progress import Shared

if TYPE_CHECKING:
    from ..quality import Judge
    from .bench import Bench

RUNS = 3
LOOKS = 6
GLIMPSED = 3  # frames looked at
GLIMPSE_RUNS, SHORTEST, LONGEST = 2, 4, 6  # of a film: frames each, about a quarter of it where it is short
LEAST_FRAMES = 16  # of a film that is more than its glimpse
CLOCKS_APART_US = 1000
FRAME_BYTES = 10  # that a file needs to say of each frame where it is and when it is shown


@dataclass
class _Piece:
    """Some frames of a composition, as they are and as the codec takes them."""

    frames: list[Frame]
    ready: Iterable[Any]


@dataclass
class _Sample:
    """Some runs of frames; the first of each run; the first of all."""

    all: _Piece
    starts: _Piece
    first: _Piece
    cuts: set[int]  # when, on the clock of ``all``, a run begins
    share: float  # of all frames
    judge: Judge | None = None

    @property
    def followers(self) -> int:
        return len(self.all.frames) - len(self.starts.frames)


class Sampler:
    """Samples of one bench's composition, kept as long as the bench is."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._kept: dict[Any, _Sample] = {}

    def weight(self, plan: Plan, frames: int) -> float:
        """Bytes of the whole, estimated from about ``frames`` of its frames in a few runs.

        The first frame of all and the first of each run cost more than those that follow: they are weighed apart.
        """
        sample = self._sample(plan, frames)
        whole = self._bytes(sample.all, plan)
        count = self.bench.shape.frame_count
        if sample.followers <= 0 or len(sample.all.frames) >= count:
            return whole / sample.share
        first = self._bytes(sample.first, plan)
        starts = first if len(sample.starts.frames) == 1 else self._bytes(sample.starts, plan)
        return first + max(whole - starts, 0) / sample.followers * (count - 1)

    def looks(self, plan: Plan, frames: int) -> tuple[float, Quality]:
        """Bytes of the whole, as the sample's share of it tells them, and the quality of the sample."""
        sample = self._sample(plan, frames)
        out = self._file(sample.all, plan)
        try:
            return out.stat().st_size / sample.share, self._quality(sample, out)
        finally:
            out.unlink(missing_ok=True)

    def glimpses(self, plans: list[Plan]) -> list[tuple[float, Quality]]:
        """The same of films, side by side: what each packet weighs tells the first picture from those that follow."""
        length = min(max(self.bench.shape.frame_count // 6, SHORTEST), LONGEST)
        samples = [self._sample(plan, GLIMPSE_RUNS * length, GLIMPSE_RUNS) for plan in plans]
        alone = [replace(plan, settings=plan.settings | {"threads": 1}) for plan in plans]
        tick = Shared(self._tick(samples[0].all))
        outs = [self.bench.stage.path() for _ in plans]

        def glimpse(sample: _Sample, plan: Plan, out: Path) -> tuple[float, Quality]:
            self._encode(sample.all, plan, out, tick)
            info = MediaInfo(plan.format, "video", "", 0, plan.width, plan.height)  # what was made need not be probed
            return self._film_bytes(sample, plan, out), self._quality(sample, out, GLIMPSED, info)

        try:
            for sample in samples:
                for _ in sample.all.ready:  # prepared once, before two threads go through it
                    pass
            with ThreadPoolExecutor(len(plans)) as pool:
                return list(pool.map(glimpse, samples, alone, outs))
        finally:
            for out in outs:
                out.unlink(missing_ok=True)

    def _film_bytes(self, sample: _Sample, plan: Plan, out: Path) -> float:
        with av.open(str(out)) as file:
            stream = file.streams.video[0]
            base = float(stream.time_base or 1)
            sizes = sorted((p.pts or 0, p.size) for p in file.demux(stream) if p.size)
        first, intra = sizes[0]
        following = total = 0
        for pts, size in sizes:
            at = (pts - first) * base * 1e6
            total += size
            if not any(abs(at - cut) < CLOCKS_APART_US for cut in sample.cuts):
                following += size
        count = self.bench.shape.frame_count
        rest = following / max(sample.followers, 1) * (count - 1)
        around = out.stat().st_size - total + FRAME_BYTES * (count - len(sample.all.frames))
        return intra + rest + around + self.bench.sound_bytes(plan)

    def _quality(self, sample: _Sample, out: Path, looks: int = LOOKS, info: MediaInfo | None = None) -> Quality:
        from .. import decode
        from ..probe import probe
        from ..quality import Judge

        if sample.judge is None:
            sample.judge = Judge(lambda: iter(sample.all.frames), samples=LOOKS)
        return sample.judge.score(decode.frames(out, info or probe(out)), samples=looks, shimmer=False)

    def _sample(self, plan: Plan, frames: int, runs: int = RUNS) -> _Sample:
        bench = self.bench
        key = (plan.settings.get("denoise"), frames, runs)
        if key not in self._kept:
            total = bench.shape.frame_count
            found = _runs(bench.composition.frames(), total, frames, runs)
            every = _clocked([frame for run in found for frame in run])
            firsts = [sum(len(run) for run in found[:n]) for n in range(len(found))]
            pieces = [
                _Piece(kept, bench.codec.prepare(kept, plan))
                for kept in (every, _clocked([every[n] for n in firsts]), every[:1])
            ]
            share = max(len(every) / max(total, 1), 1e-9)
            self._kept[key] = _Sample(pieces[0], pieces[1], pieces[2], {every[n].at_us for n in firsts}, share)
        return self._kept[key]

    def _bytes(self, piece: _Piece, plan: Plan) -> int:
        out = self._file(piece, plan)
        try:
            return out.stat().st_size
        finally:
            out.unlink(missing_ok=True)

    def _file(self, piece: _Piece, plan: Plan) -> Path:
        """A piece encoded, without sound. The caller removes it."""
        out = self.bench.stage.path()
        try:
            self._encode(piece, plan, out, self._tick(piece))
        except BaseException:
            out.unlink(missing_ok=True)
            raise
        return out

    def _encode(self, piece: _Piece, plan: Plan, out: Path, tick: Any) -> None:
        self.bench.codec.encode(piece.ready, plan, out, loop=self.bench.composition.loop, tick=tick)

    def _tick(self, piece: _Piece) -> Any:
        share = len(piece.frames) / max(self.bench.shape.frame_count, 1)
        return self.bench.stage.progress.ticker("searching", len(piece.frames), min(share, 1.0))


def _runs(frames: Iterable[Frame], total: int, wanted: int, runs: int = RUNS) -> list[list[Frame]]:
    """``wanted`` frames or so in ``runs`` runs spread over the whole; at least one run of one frame."""
    length = max(2, wanted // runs)
    starts = [round((2 * i + 1) * total / (2 * runs) - length / 2) for i in range(runs)]
    chosen = {n for start in starts for n in range(max(0, start), start + length)}
    found: list[list[Frame]] = []
    head: list[Frame] = []  # of a file that is cut off, and shorter than it says
    before = -2
    for number, frame in enumerate(frames):
        if number < length:
            head.append(frame)
        if number in chosen or (not found and number >= total):
            if number != before + 1:
                found.append([])
            found[-1].append(frame)
            before = number
    return found or [head]


def _clocked(frames: list[Frame]) -> list[Frame]:
    """The same frames on a clock of their own, one after the other."""
    kept, at = [], 0
    for frame in frames:
        kept.append(at_time(frame, at, frame.hold_us, frame.delay_cs))
        at += frame.hold_us
    return kept
