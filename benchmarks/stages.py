#!/usr/bin/env python3
"""Megapixels a second of every stage, on one core and on all.

    stages.py [FOLDER] [--max-mpx 6] [--only NAME] [--searches]

Each stage runs alone, on frames that lie in memory, once to warm up where it is short; a row of figures is the median
over the files. "One core" binds the process to one (Linux only) and counts its CPU time, so it is about the same on a
busy machine; "all cores" is by the clock and wants a quiet one. --searches adds whole runs of the command line to a
ceiling of a fifth of the source.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from clips import clips
from outcome import Source, ours

from compressor import codecs, decode, warm
from compressor.compose import compose
from compressor.goal import Goal
from compressor.probe import probe
from compressor.quality import on_grey, ssimulacra2
from compressor.timeline import draft_for

# The lever where the middle of the range is, so that codecs are compared at what they are used for.
USUAL = {"mp4": 24.0, "webm": 32.0, "webp": 70.0, "avif": 25.0, "gif": 0.05, "apng": 256.0}


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--max-mpx", type=float, default=6.0)
    p.add_argument("--only", default="")
    p.add_argument("--searches", action="store_true")
    a = p.parse_args()
    os.environ.setdefault("SVT_LOG", "1")
    warm.load()
    every = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    speeds: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for path in clips(a.folder, work, a.only, a.max_mpx):
            source = Source(path)
            for label, cores in (("one core", every[:1]), (f"{len(every) or os.cpu_count()} cores", every)):
                if cores:
                    bind(cores)
                for name, (stage, mpx) in stages(source, work).items():
                    clock = time.process_time if len(cores) == 1 else time.perf_counter
                    speeds.setdefault(name, {}).setdefault(label, []).append(mpx / measured(stage, clock))
            if every:
                bind(every)
            if a.searches:
                for kind in USUAL:
                    limit = max(6000, source.info.bytes // 5)
                    out = work / f"s.{kind}"
                    _, seconds, _ = ours(path, out, "--format", kind, "--max-bytes", str(limit))
                    row = speeds.setdefault(f"whole search, {kind}", {})
                    row.setdefault(f"{len(every) or os.cpu_count()} cores", []).append(source.mpx / seconds)
                    out.unlink(missing_ok=True)
    for name, row in speeds.items():
        figures = "  ".join(f"{label} {statistics.median(found):8.2f}" for label, found in row.items())
        print(f"{name:24} {figures}  Mpx/s, median of {max(len(found) for found in row.values())}")
    return 0


def bind(cores: list[int]) -> None:
    """The process and the threads that it has already."""
    for thread in os.listdir("/proc/self/task"):
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.sched_setaffinity(int(thread), cores)


def measured(stage: Callable[[], object], clock: Callable[[], float]) -> float:
    """Seconds; what takes less than a fifth of a second is run again and the shorter one counts."""
    best = float("inf")
    for _ in range(2):
        begun = clock()
        stage()
        best = min(best, clock() - begun)
        if best > 0.2:
            break
    return max(best, 1e-6)


def stages(source: Source, work: Path) -> dict[str, tuple[Callable[[], object], float]]:
    """Name → (what to run, megapixels that it works on)."""
    info, frames = source.info, source.frames
    looked = frames[:: max(len(frames) // 4, 1)][:4]
    area = info.width * info.height / 1e6
    found: dict[str, tuple[Callable[[], object], float]] = {
        "probe": (lambda: probe(source.path), source.mpx),
        "decode": (lambda: [f.rgba for f in decode.frames(source.path, info)], source.mpx),
        "compose to half a side": (lambda: composed(source), source.mpx),
        "quality metric": (
            lambda: [ssimulacra2(on_grey(f.rgba), on_grey(f.rgba) ^ 1) for f in looked],
            area * len(looked),
        ),
    }
    shape = codecs.Shape(
        info.width // 2 * 2, info.height // 2 * 2, len(frames), info.shown_ms * 1000, info.has_alpha, False, info.format
    )
    for kind, value in USUAL.items():
        codec = codecs.by_format(kind)
        if not codec.spec.even_sides:
            plan = codec.plan(Goal(format=kind), replace(shape, width=info.width, height=info.height))
        else:
            plan = codec.plan(Goal(format=kind), shape)
        plan = codecs.turned(codec, plan, value)

        def encode(codec: codecs.Codec = codec, plan: object = plan, kind: str = kind) -> None:
            codec.encode(codec.prepare(frames, plan), plan, work / f"e.{kind}", loop=0)  # type: ignore[arg-type]

        found[f"encode {kind}"] = (encode, source.mpx)
    return found


def composed(source: Source) -> int:
    draft = draft_for("a", source.info, "")
    size = max(source.info.width // 2, 1), max(source.info.height // 2, 1)
    composition = compose(draft, {"a": (source.path, source.info)}, Goal(), size)
    try:
        return sum(frame.rgba.nbytes for frame in composition.frames())
    finally:
        composition.close()


if __name__ == "__main__":
    sys.exit(main())
