#!/usr/bin/env python3
"""Our GIF encoder at equal quality beside kept points of its peers, without the rest of the program.

    python benchmarks/gif_sweep.py CORPUS TOOLS [--quality 90 80 70] [--max-mpx 12] [--only NAME] [--start STARTS.json]

CORPUS: a folder of GIFs. TOOLS: the folder with the referee (`referee.py`, `peers.py`) and the peers' points
(`peer_points.json`). For each quality λ is turned until the referee's mean lies near it on both sides; the bytes there
are read off by log interpolation and divided by the peers' lower envelope at that quality. Quality 100 stands for
λ = 0 (thorough), against the fewest bytes any peer needs without loss. `--start` keeps the λ found for the next run.
Speeds are of the encode alone (analysis apart), by CPU time of one thread.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compressor.codecs import gif

NEAR = 0.6  # points from the wished quality at which one attempt is enough beside another
TRIES = 6
LOSSLESS = 100.0
FINEST, COARSEST = 1e-4, 30.0


class Clip:
    """One source, analysed once, and what the referee saw of every λ that was tried."""

    def __init__(self, path: Path, referee: Any, folder: Path, options: argparse.Namespace) -> None:
        self.file = gif.read(path)
        self.mpx = self.file.width * self.file.height * len(self.file.heads) / 1e6
        self.source = referee.Source(str(path))
        self.out = folder / "out.gif"
        self.options = options
        self.shown = list(self.file.frames()) if self.mpx < 60 else self.file.frames
        begun = time.thread_time()
        self.analysis = gif.analyse(self.shown)
        self.analysis_s = time.thread_time() - begun
        self.points: dict[float, tuple[float, float]] = {}  # λ → (mean, bytes)
        self.worst: dict[float, float] = {}
        self.shimmer = 0.0
        self.speeds: list[float] = []

    def at(self, value: float) -> tuple[float, float]:
        if value not in self.points:
            settings = gif.Settings(lambda_=value, thorough=value == 0)
            begun = time.process_time()
            stats = gif.encode(self.shown, settings, self.out, loop=self.file.loop, analysis=self.analysis)
            spent = time.process_time() - begun
            seen = self.source.compare(str(self.out))
            self.points[value] = seen["ssimulacra2_mean"], float(stats.bytes)
            self.worst[value] = seen["ssimulacra2_mean"] - seen["ssimulacra2_min"]
            self.shimmer = max(self.shimmer, seen["shimmer"] or 0.0)
            if value:
                self.speeds.append(self.mpx / max(spent, 1e-6))
        return self.points[value]

    def bytes_at(self, wanted: float, start: float) -> tuple[float, float] | None:
        """(bytes, λ) at the quality, or None where no λ comes near it."""
        value = start
        for _ in range(TRIES):
            self.at(value)
            found = self._between(wanted)
            if found is not None:
                return found
            value = self._next(wanted, value)
            if value in self.points:
                break
        return self._between(wanted, loose=True)

    def _next(self, wanted: float, value: float) -> float:
        mean = self.points[value][0]
        above, below = self._sides(wanted)
        if above is not None and below is not None:
            (q0, x0), (q1, x1) = above, below
            place = x0 + (x1 - x0) * (q0 - wanted) / max(q0 - q1, 1e-6)
            place = min(max(place, x0 + 0.2 * (x1 - x0)), x0 + 0.8 * (x1 - x0))
        else:
            step = (mean - wanted) / 8.0
            place = math.log(value) + (max(step, 0.1) if step > 0 else min(step, -0.1)) * 1.2
        return float(min(max(math.exp(place), FINEST), COARSEST))

    def _sides(self, wanted: float) -> tuple[tuple[float, float] | None, tuple[float, float] | None]:
        lossy = [(mean, math.log(value)) for value, (mean, _) in self.points.items() if value]
        above = min((p for p in lossy if p[0] >= wanted), default=None)
        below = max((p for p in lossy if p[0] < wanted), default=None)
        return above, below

    def _between(self, wanted: float, loose: bool = False) -> tuple[float, float] | None:
        above, below = self._sides(wanted)
        if above is None or below is None:
            return None
        near = min(above[0] - wanted, wanted - below[0]) <= NEAR and above[0] - below[0] <= 4.0
        if not near and not (loose and above[0] - below[0] <= 15.0):
            return None
        share = (above[0] - wanted) / (above[0] - below[0])
        b0, b1 = (self._bytes(math.exp(p[1])) for p in (above, below))
        return (
            math.exp(math.log(b0) + share * (math.log(b1) - math.log(b0))),
            math.exp(above[1] + share * (below[1] - above[1])),
        )

    def _bytes(self, value: float) -> float:
        return self.points[min((v for v in self.points if v), key=lambda v: abs(math.log(v / value)))][1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("tools", type=Path)
    parser.add_argument("--quality", type=float, nargs="+", default=[90.0, 80.0, 70.0])
    parser.add_argument("--max-mpx", type=float, default=12.0)
    parser.add_argument("--min-mpx", type=float, default=0.0)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--start", type=Path)
    options = parser.parse_args()
    sys.path.insert(0, str(options.tools))
    import peers
    import referee

    gif.warm()
    store = json.loads((options.tools / "peer_points.json").read_text())
    starts = json.loads(options.start.read_text()) if options.start and options.start.exists() else {}
    ratios: dict[float, list[float]] = {}
    speeds: list[float] = []
    names = [n for n, kept in store.items() if options.min_mpx <= kept["mpx"] <= options.max_mpx]
    print(
        f"{'file':36} " + " ".join(f"{q:>6g}" for q in options.quality) + "  shimmer  worst  Mpx/s  analysis",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder:
        for name in sorted(names, key=lambda n: float(store[n]["mpx"])):
            if options.only and not any(part in name for part in options.only):
                continue
            clip = Clip(options.corpus / name, referee, Path(folder), options)
            rows = store[name]["points"]
            cells = []
            for wanted in options.quality:
                if wanted == LOSSLESS:
                    own = clip.at(0.0)[1]
                    theirs = peers.envelope(rows, min(clip.points[0.0][0], 99.5))
                else:
                    kept = starts.setdefault(name, {})
                    found = clip.bytes_at(wanted, float(kept.get(f"{wanted:g}", 0.05)))
                    if found is None:
                        cells.append("     -")
                        continue
                    own, kept[f"{wanted:g}"] = found
                    theirs = peers.envelope(rows, wanted)
                if not theirs:
                    cells.append("     -")
                    continue
                ratios.setdefault(wanted, []).append(own / theirs)
                cells.append(f"{own / theirs:6.3f}")
            speed = statistics.median(clip.speeds) if clip.speeds else 0.0
            speeds += [speed] if speed else []
            worst = max(clip.worst.values())
            looked = clip.mpx / max(clip.analysis_s, 1e-6)
            print(
                f"{name[:36]:36} " + " ".join(cells) + f"  {clip.shimmer:7.2f} {worst:6.1f} {speed:6.1f} {looked:9.0f}",
                flush=True,
            )
            if options.start:
                options.start.write_text(json.dumps(starts, indent=1))
    for wanted, values in ratios.items():
        mean = math.exp(sum(map(math.log, values)) / len(values))
        print(f"{wanted:g}: {mean:.3f} over {len(values)} files, the highest {max(values):.3f}")
    if speeds:
        print(f"median {statistics.median(speeds):.1f} Mpx/s")


if __name__ == "__main__":
    main()
