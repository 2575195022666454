"""What a benchmark measures of a finished file, and how it runs our command line."""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compressor import decode
from compressor.probe import probe
from compressor.quality import Judge

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Point:
    """One file: bytes, SSIMULACRA2 against the source at the source's size (mean and worst), seconds it took."""

    name: str
    bytes: int
    mean: float
    worst: float
    seconds: float


class Source:
    """A file decoded once, that results are compared with."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.info = probe(path)
        self.frames = list(decode.frames(path, self.info))
        self.judge = Judge(lambda: iter(self.frames), samples=12)
        self.mpx = self.info.width * self.info.height * len(self.frames) / 1e6

    def point(self, name: str, out: Path, seconds: float) -> Point:
        quality = self.judge.score(decode.frames(out, probe(out)), shimmer=False)
        return Point(name, out.stat().st_size, quality.mean, quality.worst, seconds)


def ours(path: Path, out: Path, *wishes: str) -> tuple[int, float, str]:
    """(exit status, seconds, what it said as errors) of our command line."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "compressor", str(path), "-o", str(out), "--json", *wishes]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return done.returncode, time.perf_counter() - begun, done.stderr.strip()


def bytes_at(points: Sequence[Point], mean: float) -> float | None:
    """The fewest bytes with which a peer reaches ``mean``, in ln bytes between its points; None: it never does."""
    front: list[tuple[float, int]] = []
    least = math.inf
    for point in sorted(points, key=lambda p: -p.mean):
        if point.bytes < least:
            least = point.bytes
            front.append((point.mean, point.bytes))
    above = [p for p in front if p[0] >= mean]
    below = [p for p in front if p[0] < mean]
    if not above:
        return None
    if not below:
        return float(above[-1][1])
    (q1, b1), (q0, b0) = above[-1], below[0]
    return math.exp(math.log(b0) + (math.log(b1) - math.log(b0)) * (mean - q0) / (q1 - q0))


def mean_at(points: Sequence[Point], size: int) -> float | None:
    """The best mean that a peer reaches within ``size`` bytes."""
    return max((p.mean for p in points if p.bytes <= size), default=None)


def gmean(values: Sequence[float]) -> float:
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else math.nan
