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
from .encoder_session import TempFile
from .estimates import SAMPLE_PIXELS

if TYPE_CHECKING:
    from ..quality import Judge
    from .encoder_session import Bench

F64 = npt.NDArray[np.float64]
LOOKS = 3  # frames looked at
RUNS, RUN = 2, 6  # of a film, and one more where little happens for long; frames of each at most
UNEVEN = 0.5  # where now little happens and now much; twice that: hardly anything happens but at once
LITTLE = 0.03  # of a picture that is new
IDLE = 0.001  # of a picture that changes all over: what one takes that does not change at all
MORE = 1.08  # times the bytes that a glimpse tells: in a whole film more can be worth keeping for later


@dataclass
class _Sample:
    """Some runs of frames on a clock of their own, and as the codec takes them; ``starts``: the first of each run."""

    frames: list[Frame]
    starts: list[int]
    ready: Iterable[Any]
    left: float  # what follows in the whole for what follows in the runs: how often that much change
    judge: Judge | None = None


class Sampler:
    """Samples of one bench's composition, kept as long as the bench is."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._kept: dict[Any, _Sample] = {}

    def encode(self, plan: Plan) -> tuple[float, TempFile]:
        """(bytes of the whole as a sample tells them, the sample's file).

        The first frame of all and the first of each run cost more than those that follow: they are weighed apart, in
        films packet by packet, else by encodes of their own."""
        sample = self._sample(plan)
        out = self._file(sample.ready, len(sample.frames), plan)
        weigh = self._film_bytes if self.bench.codec.spec.film else self._picture_bytes
        return weigh(sample, plan, out), out

    def glance(self, plan: Plan, out: Path) -> Quality:
        """The quality of a sample's file."""
        from .. import decode
        from ..probe import probe
        from ..quality import Judge

        sample = self._sample(plan)
        if sample.judge is None:
            sample.judge = Judge(lambda: iter(sample.frames), samples=2 * LOOKS)
        film = self.bench.codec.spec.film  # it need not be probed: it was made here
        info = MediaInfo(plan.format, "video", "", 0, plan.width, plan.height) if film else probe(out, ours=True)
        return sample.judge.score(decode.frames(out, info), samples=LOOKS, shimmer=False)

    @property
    def drawn(self) -> bool:
        """Whether a program seems to have drawn the pictures: little of them is new, or all at once."""
        return self._change is not None and (self._unevenness > 2 * UNEVEN or float(np.mean(self._change)) < LITTLE)

    @property
    def _unevenness(self) -> float:
        """The deviation of what is new from picture to picture, in parts of its mean."""
        if self._change is None:
            return 0.0
        return float(np.std(self._change)) / max(float(np.mean(self._change)), 1e-9)

    @cached_property
    def _change(self) -> F64 | None:
        """How much of each frame differs from the one before; None where frames are not at hand."""
        kept = self.bench.composition.kept() or []
        pictures = [made for frame in kept if (made := frame.once.made) is not None]
        if not pictures or len(pictures) < len(kept):
            return None
        return np.array([0.0, *(changed_spans.share(b, a) for a, b in pairwise(pictures))])

    def _sample(self, plan: Plan) -> _Sample:
        bench = self.bench
        key = bench.codec.prepared_for(plan)
        if key not in self._kept:
            total, change = bench.shape.frame_count, None
            if bench.codec.spec.film:
                change = self._change
                runs, length = RUNS + (self._unevenness > UNEVEN), min(max(total // 4, 1), RUN)
            else:
                area = bench.shape.width * bench.shape.height
                runs = RUNS + 1
                length = max(SAMPLE_PIXELS // 2 // area // runs, 2)
            starts = evenly(total, length, runs) if change is None else eventful(change, length, runs)
            found = _runs(bench.composition.frames(), total, length, starts)
            frames = _clocked([frame for run in found for frame in run])
            firsts = [sum(len(run) for run in found[:n]) for n in range(len(found))]
            left = following(total, len(frames) - len(firsts), change, starts, length)
            self._kept[key] = _Sample(frames, firsts, bench.codec.prepare(frames, plan), left)
        return self._kept[key]

    def _film_bytes(self, sample: _Sample, plan: Plan, out: TempFile) -> float:
        with container.opened(out.path, plan.format) as file:
            stream = file.streams.video[0]
            base = float(stream.time_base or 1)
            sizes = sorted((p.pts or 0, p.size) for p in file.demux(stream) if p.size)
        first, intra = sizes[0]
        cuts = [sample.frames[n].at_us for n in sample.starts]
        rest = sum(size for pts, size in sizes if all(abs((pts - first) * base * 1e6 - cut) >= 1000 for cut in cuts))
        around = out.bytes - sum(size for _, size in sizes)
        # Of each frame a file says where it is and when it is shown: 10 bytes.
        around += 10 * (self.bench.shape.frame_count - len(sample.frames))
        return (intra + rest * sample.left) * MORE + around + self.bench.sound_bytes(plan)

    def _picture_bytes(self, sample: _Sample, plan: Plan, out: TempFile) -> float:
        first = self._weight(sample.frames[:1], plan)
        starts = self._weight([sample.frames[n] for n in sample.starts], plan) if len(sample.starts) > 1 else first
        return first + max(out.bytes - starts, 0) * sample.left

    def _weight(self, frames: list[Frame], plan: Plan) -> int:
        frames = _clocked(frames)
        return self._file(self.bench.codec.prepare(frames, plan), len(frames), plan).bytes

    def _file(self, ready: Iterable[Any], count: int, plan: Plan) -> TempFile:
        """Some frames encoded, without sound."""
        stage = self.bench.stage
        out = stage.workspace.file()
        tick = stage.progress.ticker("searching", count, min(count / max(self.bench.shape.frame_count, 1), 1.0))
        self.bench.codec.encode(ready, plan, out.path, loop=self.bench.composition.loop, tick=tick)
        return out


def evenly(total: int, length: int, runs: int) -> list[int]:
    """``runs`` runs spread over the whole: where each begins."""
    return [max(0, round((2 * i + 1) * total / (2 * runs) - length / 2)) for i in range(runs)]


def eventful(change: F64, length: int, runs: int) -> list[int]:
    """The same, spread over what happens: each where as much of that is behind as its place among them says."""
    so_far = np.cumsum(change + IDLE)
    middles = np.searchsorted(so_far, [(2 * i + 1) / (2 * runs) * so_far[-1] for i in range(runs)])
    starts: list[int] = []
    for number, middle in enumerate(middles):
        last = max(len(change) - (runs - number) * length, 0)
        least = starts[-1] + length if starts else 0
        starts.append(min(max(int(middle) - length // 2, least), last))
    return starts


def following(total: int, followers: int, change: F64 | None, starts: list[int], length: int) -> float:
    """How often the change within runs goes into all that follows the first frame."""
    if change is None:
        return (total - 1) / max(followers, 1)
    chosen = np.zeros(len(change), bool)
    for start in starts:
        chosen[start : start + length] = True
    within = chosen & np.concatenate([[False], chosen[:-1]])
    return float((change[1:] + IDLE).sum() / max((change[within] + IDLE).sum(), IDLE))


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
