"""What the whole will weigh and look like, told by a few runs of its frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import changed_spans
from ..goal import Plan, Quality
from ..media import Frame, MediaInfo, at_time
from ..probe import container

if TYPE_CHECKING:
    from ..quality import Judge
    from .encoder_session import Bench
    from .workspace import TempFile

F64 = npt.NDArray[np.float64]
RUNS = 3
LOOKS = 6
GLIMPSED = 3  # frames looked at
GLIMPSE_RUNS, SHORTEST, LONGEST = 2, 4, 6  # of a film, and one more where little happens for long; frames of each
UNEVEN, BURSTS = 0.5, 1.0  # where now little happens and now much; where hardly anything happens but at once
LITTLE = 0.03  # of a picture that is new
LEAST_FRAMES = 16  # of a film that is more than its glimpse
CLOCKS_APART_US = 1000
IDLE = 0.001  # of a picture that changes all over: what one takes that does not change at all
MORE = 1.08  # times the bytes that a glimpse tells: in a whole film more can be worth keeping for later
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
    left: float  # what follows in the whole for what follows in the runs: how often that much change
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
        return out.bytes / sample.share, self._quality(sample, out.path)

    def glimpse(self, plan: Plan) -> tuple[float, TempFile]:
        """Bytes of a whole film, and the file of its glimpse. What each packet weighs tells
        the first picture from those that follow."""
        sample = self._glimpsed(plan)
        out = self._file(sample.all, plan)
        return self._film_bytes(sample, plan, out.path), out

    def glance(self, plan: Plan, out: Path) -> Quality:
        """The quality of a glimpse."""
        info = MediaInfo(plan.format, "video", "", 0, plan.width, plan.height)  # what was made need not be probed
        return self._quality(self._glimpsed(plan), out, GLIMPSED, info)

    def _glimpsed(self, plan: Plan) -> _Sample:
        length = min(max(self.bench.shape.frame_count // 6, SHORTEST), LONGEST)
        runs = GLIMPSE_RUNS + (self._unevenness > UNEVEN)
        return self._sample(plan, runs * length, runs, self._change)

    @property
    def drawn(self) -> bool:
        """Whether a program seems to have drawn the pictures: little of them is new, or all at once."""
        return self._change is not None and (self._unevenness > BURSTS or float(np.mean(self._change)) < LITTLE)

    @property
    def _unevenness(self) -> float:
        """The deviation of what is new from picture to picture, in parts of its mean."""
        if self._change is None:
            return 0.0
        return float(np.std(self._change)) / max(float(np.mean(self._change)), 1e-9)

    def _film_bytes(self, sample: _Sample, plan: Plan, out: Path) -> float:
        with container.opened(out, plan.format) as file:
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
        rest = following * sample.left
        around = out.stat().st_size - total + FRAME_BYTES * (count - len(sample.all.frames))
        return (intra + rest) * MORE + around + self.bench.sound_bytes(plan)

    def _quality(self, sample: _Sample, out: Path, looks: int = LOOKS, info: MediaInfo | None = None) -> Quality:
        from .. import decode
        from ..probe import probe
        from ..quality import Judge

        if sample.judge is None:
            sample.judge = Judge(lambda: iter(sample.all.frames), samples=LOOKS)
        return sample.judge.score(decode.frames(out, info or probe(out, ours=True)), samples=looks, shimmer=False)

    def _sample(self, plan: Plan, frames: int, runs: int = RUNS, change: F64 | None = None) -> _Sample:
        """``runs`` of about as many ``frames`` in all: spread evenly, or by ``change`` as ``_eventful`` does."""
        bench = self.bench
        key = (bench.codec.prepared_for(plan), frames, runs)
        if key not in self._kept:
            total = bench.shape.frame_count
            length = max(2, frames // runs)
            starts = _starts(total, length, runs) if change is None else _eventful(change, length, runs)
            found = _runs(bench.composition.frames(), total, length, starts)
            every = _clocked([frame for run in found for frame in run])
            firsts = [sum(len(run) for run in found[:n]) for n in range(len(found))]
            pieces = [
                _Piece(kept, bench.codec.prepare(kept, plan))
                for kept in (every, _clocked([every[n] for n in firsts]), every[:1])
            ]
            share = max(len(every) / max(total, 1), 1e-9)
            left = _left(total, len(every) - len(firsts), change, starts, length)
            self._kept[key] = _Sample(pieces[0], pieces[1], pieces[2], {every[n].at_us for n in firsts}, share, left)
        return self._kept[key]

    @cached_property
    def _change(self) -> F64 | None:
        """How much of each frame differs from the one before; None where frames are not at hand."""
        kept = self.bench.composition.kept() or []
        pictures = [made for frame in kept if (made := frame.once.made) is not None]
        if not pictures or len(pictures) < len(kept):
            return None
        return np.array([0.0, *(changed_spans.share(b, a) for a, b in pairwise(pictures))])

    def _bytes(self, piece: _Piece, plan: Plan) -> int:
        return self._file(piece, plan).bytes

    def _file(self, piece: _Piece, plan: Plan) -> TempFile:
        """A piece encoded, without sound."""
        out = self.bench.stage.workspace.file()
        self._encode(piece, plan, out.path, self._tick(piece))
        return out

    def _encode(self, piece: _Piece, plan: Plan, out: Path, tick: Any) -> None:
        self.bench.codec.encode(piece.ready, plan, out, loop=self.bench.composition.loop, tick=tick)

    def _tick(self, piece: _Piece) -> Any:
        share = len(piece.frames) / max(self.bench.shape.frame_count, 1)
        return self.bench.stage.progress.ticker("searching", len(piece.frames), min(share, 1.0))


def _starts(total: int, length: int, runs: int) -> list[int]:
    """``runs`` runs spread over the whole."""
    return [max(0, round((2 * i + 1) * total / (2 * runs) - length / 2)) for i in range(runs)]


def _eventful(change: F64, length: int, runs: int) -> list[int]:
    """The same, spread over what happens: each where as much of that is behind as its place among them says."""
    so_far = np.cumsum(change + IDLE)
    middles = np.searchsorted(so_far, [(2 * i + 1) / (2 * runs) * so_far[-1] for i in range(runs)])
    starts: list[int] = []
    for number, middle in enumerate(middles):
        last = max(len(change) - (runs - number) * length, 0)
        least = starts[-1] + length if starts else 0
        starts.append(min(max(int(middle) - length // 2, least), last))
    return starts


def _left(total: int, followers: int, change: F64 | None, starts: list[int], length: int) -> float:
    if change is None:
        return (total - 1) / max(followers, 1)
    chosen = np.zeros(len(change), bool)
    for start in starts:
        chosen[start : start + length] = True
    following = chosen & np.concatenate([[False], chosen[:-1]])
    return float((change[1:] + IDLE).sum() / max((change[following] + IDLE).sum(), IDLE))


def _runs(frames: Iterable[Frame], total: int, length: int, starts: list[int]) -> list[list[Frame]]:
    """Runs of ``length`` frames from ``starts`` on; at least one run of one frame."""
    chosen = {n for start in starts for n in range(start, start + length)}
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
