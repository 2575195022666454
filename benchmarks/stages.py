#!/usr/bin/env python3
"""Megapixels a second of every stage, on one core and on all.

    stages.py [FOLDER] [--max-mpx 6] [--only NAME] [--searches]
    stages.py --layers

Each stage runs alone, on frames that lie in memory, once to warm up where it is short; a row of figures is the median
over the files. "One core" binds the process to one (Linux only) and counts its CPU time, so it is about the same on a
busy machine; "all cores" is by the clock and wants a quiet one. --searches adds whole runs of the command line to a
ceiling of a fifth of the source.

--layers compares composing 10 s of 720p, made here, without and with what may lie over it, as pictures (RGBA, for GIF
and its like) and as films (planes): seconds by the clock and of CPU, each the least of three runs taken in turn.
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
from typing import Any

import av
import numpy as np
from benchmark_clips import clips
from measured_result import Source, ours
from PIL import Image

from compressor import codecs, compile_kernels, decode
from compressor.codecs import encoder_frames
from compressor.compose import compose
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.probe import probe
from compressor.quality import on_grey, ssimulacra2
from compressor.timeline import Draft, apply_all, draft_for, edits

# The lever where the middle of the range is, so that codecs are compared at what they are used for.
USUAL = {"mp4": 24.0, "webm": 32.0, "webp": 70.0, "avif": 25.0, "gif": 0.05, "apng": 256.0}


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--max-mpx", type=float, default=6.0)
    p.add_argument("--only", default="")
    p.add_argument("--searches", action="store_true")
    p.add_argument("--layers", action="store_true")
    a = p.parse_args()
    if a.layers:
        return layered()
    os.environ.setdefault("SVT_LOG", "1")
    compile_kernels.load()
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


def layered() -> int:
    """See the docstring of the module."""
    over: dict[str, list[tuple[str, dict[str, Any]]]] = {
        "nothing": [],
        "logo, still, 15 % wide": [("logo", {"width_share": 0.15})],
        "logo, half transparent": [("logo", {"width_share": 0.15, "opacity": 0.5})],
        "logo, GIF of 10 fps": [("badge", {"width_share": 0.15})],
        "720p film, 25 % wide": [("film", {})],
        "720p film, a circle": [("film", {"shape": "circle"})],
        "720p film, half as wide": [("film", {"width_share": 0.5})],
        "720p film, whole": [("film", {"width_share": 1, "margin": 0})],
        "720p film, whole, half transparent": [("film", {"width_share": 1, "margin": 0, "opacity": 0.5})],
    }
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        files = {"a": film(work / "a.mp4", 0.05), "film": film(work / "film.mp4", 0.2)}
        files |= {"logo": logo(work / "logo.png", 1), "badge": logo(work / "badge.gif", 10)}
        infos = {name: probe(path) for name, path in files.items()}
        base = draft_for("a", infos["a"], "a.mp4")
        least: dict[tuple[str, str], tuple[float, float]] = {}
        for _ in range(3):
            for name, wishes in over.items():
                draft = apply_all(base, [edits.AddLayer(media, **wish) for media, wish in wishes], infos).draft
                for kind in ("apng", "mp4"):
                    begun, worked = time.perf_counter(), time.process_time()
                    drawn(draft, {n: (files[n], infos[n]) for n in files}, kind)
                    clock, cpu = time.perf_counter() - begun, time.process_time() - worked
                    before = least.get((name, kind), (clock, cpu))
                    least[name, kind] = min(clock, before[0]), min(cpu, before[1])
    for name in over:
        row = f"{name:36}"
        for how, kind in (("as pictures", "apng"), ("as a film", "mp4")):
            (clock, cpu), (plain, alone) = least[name, kind], least["nothing", kind]
            row += f"   {how} {clock:5.2f} s x {clock / plain:4.2f}, CPU {cpu:5.2f} s x {cpu / alone:4.2f}"
        print(row, flush=True)
    return 0


def drawn(draft: Draft, sources: dict[str, tuple[Path, MediaInfo]], kind: str) -> None:
    """Every frame as it goes to an encoder."""
    composition = compose(draft, sources, Goal(format=kind))
    shape = codecs.Shape(composition.width, composition.height, 250, 10_000_000, False, False, "mp4")
    plan = codecs.by_format(kind).plan(Goal(format=kind), shape)
    pictures = encoder_frames.planes(composition.frames(), plan) if kind == "mp4" else composition.frames()
    for picture in pictures:
        assert picture.yuv.size if isinstance(picture, encoder_frames.Picture) else picture.rgba.size
    composition.close()


def film(path: Path, speed: float) -> Path:
    """10 s of 720p at 25 fps: grain over large shapes that wander."""
    grain = np.random.default_rng(1).integers(0, 12, (4, 720, 1280, 1), np.uint8)
    y, x = np.mgrid[0:180, 0:320].astype(np.float32)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 25, options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        for number in range(250):
            waves = [np.sin(x / (22 + 10 * c) + speed * number) * np.cos(y / (18 + 8 * c)) for c in range(3)]
            small = Image.fromarray((np.stack(waves, axis=2) * 90 + 120).astype(np.uint8))
            rgb = np.asarray(small.resize((1280, 720), Image.Resampling.BILINEAR)) + grain[number % 4]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def logo(path: Path, count: int) -> Path:
    """A ring with soft edges on nothing, 400 x 200; several pictures: an animation of 10 a second."""
    y, x = np.mgrid[0:200, 0:400]
    found = []
    for number in range(count):
        ring = np.clip(60 - np.abs(np.hypot(x - 200, (y - 100) * 1.6) - 90 - 4 * number), 0, 1) * 255
        painted = np.dstack([*(np.full_like(ring, shade) for shade in (20, 120, 220)), ring])
        found.append(Image.fromarray(painted.astype(np.uint8)))
    if count > 1:
        found[0].save(path, save_all=True, append_images=found[1:], duration=100)
    else:
        found[0].save(path)
    return path


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
