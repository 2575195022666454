#!/usr/bin/env python3
"""What a whole search to a ceiling costs, in encodes: MP4 against one plain x264, GIF against one encode of our own.

    searches.py [FOLDER] [--to mp4 gif] [--share 0.5 0.2 0.05] [--max-mpx 45] [--only NAME]

Each clip is searched once before it counts (kernels, caches), then the search and the one encode are timed one after
the other: by the clock and in CPU seconds. The ceiling is SHARE of the source's bytes, at least 6,000. The encode is
x264's preset medium of the same frames, which are in memory already, at the CRF to which the search came; for GIF ours
at the source's size and the usual λ, analysis included. What somebody would do instead, the file read as well, is timed
too at that preset and CRF: a few lines of Pillow and PyAV, and FFmpeg's whole command where that is installed. The last
lines are medians. Starting our program is not in it.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from benchmark_clips import clips
from ceilings import film
from measured_result import Source
from PIL import Image, ImageSequence

from compressor import compile_kernels, engine
from compressor.codecs.gif import Settings, analyse, encode
from compressor.media import Frame

PLAIN = film("libx264", {"preset": "medium"})


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--to", nargs="+", choices=("mp4", "gif"), default=["mp4", "gif"])
    p.add_argument("--share", type=float, nargs="+", default=[0.5, 0.2, 0.05])
    p.add_argument("--max-mpx", type=float, default=45.0)
    p.add_argument("--only", default="")
    a = p.parse_args()
    for _ in compile_kernels.parts():
        pass
    ratios: dict[tuple[str, float], list[tuple[float, float]]] = {}
    beside: dict[tuple[str, float], list[float]] = {}  # by what somebody would do instead and share: times of it
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for path in clips(a.folder, work, a.only, a.max_mpx):
            source = Source(path)
            for kind in a.to:
                for number, share in enumerate(a.share):
                    limit = max(6000, int(source.info.bytes * share))
                    if not number:
                        search(path, kind, limit, work)
                    whole, report = timed(partial(search, path, kind, limit, work))
                    crf = round(report["attempts"][-1]["plan"]["settings"].get("crf", 0))
                    encode_once = partial(own, source.frames) if kind == "gif" else partial(PLAIN, source, max(crf, 10))
                    one, _ = timed(partial(encode_once, work / f"one.{kind}"))
                    wall, cpu = whole[0] / one[0], whole[1] / one[1]
                    ratios.setdefault((kind, share), []).append((wall, cpu))
                    instead = ""
                    for name, theirs in others(path, kind):
                        (seconds, _), _ = timed(partial(theirs, path, max(crf, 10), work / "theirs.mp4"))
                        beside.setdefault((name, share), []).append(whole[0] / seconds)
                        instead += f"  times {name} {whole[0] / seconds:5.1f}"
                    print(
                        f"{path.name:40} {kind:4} {share:5g}  {whole[0]:6.2f} s  one {one[0]:6.2f} s"
                        f"  times {wall:5.1f} by the clock {cpu:5.1f} in CPU"
                        f"  attempts {len(report['attempts'])}  mean {report['quality']['mean']:6.2f}{instead}",
                        flush=True,
                    )
    for kind in a.to:
        rows = [(share, found) for (k, share), found in ratios.items() if k == kind]
        for share, found in [*rows, ("all", [r for _, f in rows for r in f])]:
            if found:
                wall, cpu = (statistics.median(r[i] for r in found) for i in (0, 1))
                print(f"{kind} {share}: {len(found)} searches, median {wall:.2f} by the clock, {cpu:.2f} in CPU")
    for name in dict.fromkeys(name for name, _ in beside):
        rows = [(share, times) for (n, share), times in beside.items() if n == name]
        for share, times in [*rows, ("all", [t for _, found in rows for t in found])]:
            print(f"mp4 {share}: {len(times)} searches, median {statistics.median(times):.2f} times {name}")
    return 0


def timed(work: Callable[[], Any]) -> tuple[tuple[float, float], Any]:
    """((seconds by the clock, CPU seconds of all threads), the answer)."""
    clock, cpu = time.perf_counter(), time.process_time()
    answer = work()
    return (time.perf_counter() - clock, time.process_time() - cpu), answer


def search(path: Path, kind: str, limit: int, work: Path) -> dict[str, Any]:
    goal = {"format": kind, "max_bytes": limit}
    return engine.make(engine.Job({"a": str(path)}, str(work / f"o.{kind}"), goal), lambda event: None).value


def others(path: Path, kind: str) -> list[tuple[str, Callable[[Path, int, Path], None]]]:
    """What somebody would do instead of a search, and what it is called."""
    if kind != "mp4":
        return []
    pillow = [("Pillow and PyAV", written)] if path.suffix == ".gif" else []
    return pillow + ([("FFmpeg", ffmpeg)] if shutil.which("ffmpeg") else [])


def written(path: Path, crf: int, out: Path) -> None:
    """A few lines of Python: Pillow's pictures on grey, PyAV's usual conversion, x264."""
    with Image.open(path) as image, av.open(str(out), "w", options={"movflags": "+faststart"}) as file:
        width, height = image.width // 2 * 2, image.height // 2 * 2
        stream = file.add_stream("libx264", options={"preset": "medium", "crf": str(crf)})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        grey = Image.new("RGBA", image.size, (128, 128, 128, 255))
        at = 0
        for picture in ImageSequence.Iterator(image):
            flat = Image.alpha_composite(grey, picture.convert("RGBA")).convert("RGB").crop((0, 0, width, height))
            frame = av.VideoFrame.from_ndarray(np.asarray(flat), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            at += max(int(picture.info.get("duration", 100)), 20)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())


def ffmpeg(path: Path, crf: int, out: Path) -> None:
    """Decoding, even sides and all, as one command."""
    even = "crop=trunc(iw/2)*2:trunc(ih/2)*2"
    encode = ["-vf", even, "-c:v", "libx264", "-preset", "medium", "-crf", str(crf), "-pix_fmt", "yuv420p"]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), *encode, str(out)], check=True)


def own(frames: list[Frame], out: Path) -> None:
    encode(frames, Settings(lambda_=0.05), out, analysis=analyse(frames))


if __name__ == "__main__":
    sys.exit(main())
