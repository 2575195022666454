#!/usr/bin/env python3
"""Bytes at equal quality, beside the programs that people use, in one run.

    equal_quality.py [FOLDER] [--to gif mp4] [--quality 90 80 70] [--max-mpx 12] [--only NAME]

We make each file at each quality; the bytes of the others are read off the line between their own settings at the
quality that we really reached (SSIMULACRA2, mean of 12 frames at the source's size), so a ratio below 1 is a win.

GIF: gifsicle -O3 --lossy, gifski -Q, ffmpeg palettegen and paletteuse. MP4: x264 and SVT-AV1 (4:2:0) by CRF at presets
that people use. GIFSICLE, GIFSKI and FFMPEG name the programs, else they are looked for on PATH; one that is not
installed is named as missing. Printed: a line a file and quality, then medians and geometric means.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark_clips import clips
from ceilings import film
from measured_result import Point, Source, bytes_at, gmean, ours
from PIL import Image

LOSSY = (0, 20, 40, 80, 160)
GIFSKI_QUALITY = (100, 90, 80, 65, 50)
PALETTES = (
    ("sierra2_4a", "stats_mode=diff", "dither=sierra2_4a:diff_mode=rectangle"),
    ("bayer 3", "stats_mode=full", "dither=bayer:bayer_scale=3"),
    ("128 none", "max_colors=128:stats_mode=diff", "dither=none:diff_mode=rectangle"),
)
FILMS = {
    "x264 medium": ("libx264", {"preset": "medium"}, (14, 18, 22, 26, 30, 35, 40)),
    "x264 slow": ("libx264", {"preset": "slow"}, (14, 18, 22, 26, 30, 35, 40)),
    "SVT-AV1 6": ("libsvtav1", {"preset": "6"}, (10, 18, 26, 34, 42, 50, 58)),
}


def main() -> int:
    os.environ.setdefault("SVT_LOG", "1")  # errors only
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--to", nargs="+", choices=("gif", "mp4"), default=["gif", "mp4"])
    p.add_argument("--quality", type=float, nargs="+", default=[90, 80, 70])
    p.add_argument("--max-mpx", type=float, default=12.0)
    p.add_argument("--only", default="")
    a = p.parse_args()
    tools = {name: program(name) for name in ("gifsicle", "gifski", "ffmpeg")}
    for name, found in tools.items():
        print(f"{name}: {version(found) if found else 'missing, not compared with'}")
    ratios: dict[tuple[str, str, float], list[float]] = {}
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for path in clips(a.folder, work, a.only, a.max_mpx):
            source = Source(path)
            for kind in a.to:
                points = gif_points(source, tools, work) if kind == "gif" else film_points(source, work)
                for quality in a.quality:
                    out = work / f"out.{kind}"
                    status, seconds, said = ours(path, out, "--format", kind, "--quality", f"{quality:g}")
                    if not out.exists():
                        failed += 1
                        print(f"{path.name:36} {kind:4} {quality:3g} status {status} {said[-80:]!r}", flush=True)
                        continue
                    point = source.point("ours", out, seconds)
                    out.unlink()
                    beside = []
                    for name, rows in points.items():
                        size = bytes_at(rows, min(point.mean, 99.5))
                        ratio = point.bytes / size if size else math.nan
                        beside.append(f"/{name} {ratio:.3f}")
                        if size:
                            ratios.setdefault((kind, name, quality), []).append(ratio)
                    print(
                        f"{path.name:36} {kind:4} {quality:3g} got {point.mean:5.1f} {point.bytes:9,}"
                        f" {seconds:5.1f} s  {'  '.join(beside)}",
                        flush=True,
                    )
    for (kind, name, quality), values in sorted(ratios.items()):
        better = sum(v < 1 for v in values)
        print(
            f"{kind} {quality:g} against {name}: median {statistics.median(values):.3f},"
            f" geometric mean {gmean(values):.3f}, smaller on {better} of {len(values)}"
        )
    return 1 if failed else 0


def program(name: str) -> str | None:
    return os.environ.get(name.upper()) or shutil.which(name)


def version(path: str) -> str:
    option = "-version" if "ffmpeg" in path else "--version"
    done = subprocess.run([path, option], capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).splitlines()[0][:60]


def film_points(source: Source, work: Path) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for name, (encoder, options, values) in FILMS.items():
        for crf in values:
            out = work / "peer.mp4"
            begun = time.perf_counter()
            film(encoder, options)(source, crf, out)
            found.setdefault(name, []).append(source.point(f"{name} {crf}", out, time.perf_counter() - begun))
    return found


def gif_points(source: Source, tools: dict[str, str | None], work: Path) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}

    def keep(tool: str, setting: str, *command: str) -> None:
        out = work / "peer.gif"
        begun = time.perf_counter()
        done = subprocess.run([*command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        seconds = time.perf_counter() - begun
        if done.returncode == 0 and out.exists():
            found.setdefault(tool, []).append(source.point(f"{tool} {setting}", out, seconds))
        out.unlink(missing_ok=True)

    path, made = str(source.path), str(work / "peer.gif")
    if gifsicle := tools["gifsicle"]:
        for lossy in LOSSY:
            wish = [f"--lossy={lossy}"] if lossy else []
            keep("gifsicle", str(lossy), gifsicle, "-w", "-O3", *wish, path, "-o", made)
    if ffmpeg := tools["ffmpeg"]:
        for name, palette, use in PALETTES:
            graph = f"split[a][b];[a]palettegen={palette}[p];[b][p]paletteuse={use}"
            keep("ffmpeg", name, ffmpeg, "-v", "error", "-y", "-i", path, "-vf", graph, "-loop", "0", made)
    holds = {frame.hold_us for frame in source.frames}
    if (gifski := tools["gifski"]) and len(holds) == 1:
        pictures = []
        for number, frame in enumerate(source.frames):
            pictures.append(work / f"{number:05}.png")
            Image.fromarray(frame.rgba).save(pictures[-1], compress_level=1)
        size = ["-W", str(source.info.width), "-H", str(source.info.height)]
        rate = f"{min(50.0, 1e6 / holds.pop()):g}"
        for quality in GIFSKI_QUALITY:
            command = [gifski, "-q", "-r", rate, "-Q", str(quality), *size, "-o", made]
            keep("gifski", str(quality), *command, *map(str, pictures))
        for picture in pictures:
            picture.unlink()
    return found


if __name__ == "__main__":
    sys.exit(main())
