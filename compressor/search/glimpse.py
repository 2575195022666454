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

from .. import row_differences
from ..compose.lazy_frame import scaled
from ..goal import Plan, Quality
from ..media import Frame, MediaInfo, at_time
from ..probe import container
from .encoder_session import TempFile
from .estimates import SAMPLE_PIXELS

if TYPE_CHECKING:
    from ..compose import Composition
    from ..quality import Judge
    from .encoder_session import Bench

F64 = npt.NDArray[np.float64]
LOOKS = 5  # frames looked at
RUNS, RUN = 2, 6  # of a film, and one more where little happens for long; frames of each at most
APART, MOST_RUNS = 150, 6  # and one more for so many frames; no more than that
UNEVEN = 0.5  # where now little happens and now much; twice that: hardly anything happens but at once
LITTLE = 0.03  # of a picture that is new
IDLE = 0.001  # of a picture that changes all over: what one takes that does not change at all
MORE = 1.08  # times the bytes that a glimpse tells: in a whole film more can be worth keeping for later


@dataclass
class Runs:
    """Some runs of a composition's ``frames`` on a clock of their own; ``starts``: the first of each. Samples of all
    sizes are made of them, and compared with what ``judge`` saw of them.

    ``left``: what follows in the whole for what follows in the runs, how often that much change. ``drawn``: a program
    seems to have drawn the pictures, for little of them is new, or all at once."""

    frames: list[Frame]
    starts: list[int]
    left: float
    drawn: bool
    judge: Judge

    @classmethod
    def of(cls, composition: Composition, film: bool) -> Runs:
        """Chosen where as much has happened before as is to happen after."""
        from ..quality import Judge

        total, change, runs = composition.frame_count, changes(composition) if film else None, RUNS + 1
        # The deviation of what is new from picture to picture, in parts of its mean.
        uneven = 0.0 if change is None else float(np.std(change)) / max(float(np.mean(change)), 1e-9)
        if film:
            runs, length = min(RUNS + (uneven > UNEVEN) + total // APART, MOST_RUNS), min(max(total // 4, 1), RUN)
        else:
            length = max(SAMPLE_PIXELS // 2 // (composition.width * composition.height) // runs, 2)
        begins = evenly(total, length, runs) if change is None else eventful(change, length, runs)
        found = _runs(composition.frames(), total, length, begins)
        frames = _clocked([frame for run in found for frame in run])
        starts = [sum(len(run) for run in found[:n]) for n in range(len(found))]
        left = following(total, len(frames) - len(starts), change, begins, length)
        drawn = change is not None and (uneven > 2 * UNEVEN or float(np.mean(change)) < LITTLE)
        return cls(frames, starts, left, drawn, Judge(lambda: iter(frames), samples=LOOKS))


class Sampler:
    """Samples of one bench's pictures, kept as long as the bench is."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._ready: dict[Any, Iterable[Any]] = {}

    @property
    def runs(self) -> Runs:
        """Chosen once for all sizes."""
        stage = self.bench.stage
        if stage.runs is None:
            stage.runs = Runs.of(stage.whole, self.bench.codec.spec.film)
        return stage.runs

    def encode(self, plan: Plan) -> tuple[float, TempFile]:
        """(bytes of the whole as a sample tells them, the sample's file).

        The first frame of all and the first of each run cost more than those that follow: they are weighed apart, in
        films packet by packet, else by encodes of their own."""
        codec, key = self.bench.codec, self.bench.codec.prepared_for(plan)
        if key not in self._ready:
            self._ready[key] = codec.prepare(self._frames, plan)
        out = self._file(self._ready[key], len(self.runs.frames), plan)
        return (self._film_bytes(out, plan) if codec.spec.film else self._picture_bytes(out, plan)), out

    def glance(self, plan: Plan, out: Path) -> Quality:
        """The quality of a sample's file."""
        from .. import decode
        from ..probe import probe

        film = self.bench.codec.spec.film  # it need not be probed: it was made here
        info = MediaInfo(plan.format, "video", "", 0, plan.width, plan.height) if film else probe(out, ours=True)
        return self.runs.judge.score(decode.frames(out, info), shimmer=False)

    @cached_property
    def _frames(self) -> list[Frame]:
        shape = self.bench.shape
        return [scaled(frame, (shape.width, shape.height), shape.has_alpha) for frame in self.runs.frames]

    def _film_bytes(self, out: TempFile, plan: Plan) -> float:
        runs = self.runs
        with container.opened(out.path, plan.format) as file:
            stream = file.streams.video[0]
            base = float(stream.time_base or 1)
            sizes = sorted((p.pts or 0, p.size) for p in file.demux(stream) if p.size)
        first, intra = sizes[0]
        cuts = [runs.frames[n].at_us for n in runs.starts]
        rest = sum(size for pts, size in sizes if all(abs((pts - first) * base * 1e6 - cut) >= 1000 for cut in cuts))
        around = out.bytes - sum(size for _, size in sizes)
        # Of each frame a file says where it is and when it is shown: 10 bytes.
        around += 10 * (self.bench.shape.frame_count - len(runs.frames))
        return (intra + rest * runs.left) * MORE + around + self.bench.sound_bytes(plan)

    def _picture_bytes(self, out: TempFile, plan: Plan) -> float:
        starts = self.runs.starts
        first = self._weight(self._frames[:1], plan)
        begins = self._weight([self._frames[n] for n in starts], plan) if len(starts) > 1 else first
        return first + max(out.bytes - begins, 0) * self.runs.left

    def _weight(self, frames: list[Frame], plan: Plan) -> int:
        frames = _clocked(frames)
        return self._file(self.bench.codec.prepare(frames, plan), len(frames), plan).bytes

    def _file(self, ready: Iterable[Any], count: int, plan: Plan) -> TempFile:
        """Some frames encoded, without sound."""
        stage = self.bench.stage
        out = stage.workspace.file()
        tick = stage.progress.ticker("searching", count, min(count / max(self.bench.shape.frame_count, 1), 1.0))
        codec = self.bench.codec
        codec.encode(ready, codec.sampled(plan), out.path, loop=self.bench.composition.loop, tick=tick)
        return out


def changes(composition: Composition) -> F64 | None:
    """How much of each frame differs from the one before; None where frames are not at hand."""
    kept = composition.kept() or []
    pictures = [made for frame in kept if (made := frame.once.made) is not None]
    if not pictures or len(pictures) < len(kept):
        return None
    return np.array([0.0, *(row_differences.share(b, a) for a, b in pairwise(pictures))])


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
    before, last = -2, max(chosen)
    for number, frame in enumerate(frames):
        if number < length:
            head.append(frame)
        if number in chosen or (not found and number >= total):
            if number != before + 1:
                found.append([])
            found[-1].append(frame)
            before = number
        if number >= last:
            break
    return found or [head]


def _clocked(frames: list[Frame]) -> list[Frame]:
    """The same frames on a clock of their own, one after the other."""
    kept, at = [], 0
    for frame in frames:
        kept.append(at_time(frame, at, frame.hold_us, frame.delay_cs))
        at += frame.hold_us
    return kept
