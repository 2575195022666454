#!/usr/bin/env python3
"""Peak memory of a job against the length of its clip: it has to stop growing.

    memory.py [--to mp4 gif webp webm avif] [--frames 30 120 480] [--side 320]

Clips of a square that wanders over grain are made here. Each goes through the engine, in a process of its own and
without the sandbox, to a ceiling of a fifth of its bytes; the peak is the most that this process held (ru_maxrss).
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from measured_result import ROOT
from PIL import Image

_RUN = """
import json, resource, sys
from compressor import engine
source, out, kind, limit = sys.argv[1:]
goal = {"format": kind, "max_bytes": int(limit)}
report = engine.make(engine.Job(sources={"a": source}, goal=goal, out=out), lambda event: None)
print(int(report.fits), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--to", nargs="+", default=["mp4", "gif", "webp", "webm", "avif"])
    p.add_argument("--frames", type=int, nargs="+", default=[30, 120, 480])
    p.add_argument("--side", type=int, default=320)
    a = p.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in a.frames:
            path = clip(Path(folder) / f"{count}.gif", a.side, count)
            for kind in a.to:
                out = Path(folder) / f"out.{kind}"
                command = [sys.executable, "-c", _RUN, str(path), str(out), kind, str(path.stat().st_size // 5)]
                done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
                fits, peak = done.stdout.split()[-2:]
                unit = 1 if sys.platform == "darwin" else 1024
                mpx = a.side * a.side * count / 1e6
                held = f"{int(peak) * unit / 2**20:6.0f} MiB" + ("" if int(fits) else "  did not fit")
                print(f"{count:5} frames {mpx:7.1f} Mpx  {kind:5} {held}", flush=True)
                out.unlink(missing_ok=True)
    return 0


def clip(path: Path, side: int, count: int) -> Path:
    rng = np.random.default_rng(2)
    y, x = np.mgrid[0:side, 0:side]
    ground = np.stack([255 * x / side, 255 * y / side, np.full_like(x, 90)], axis=-1)

    def picture(number: int) -> Image.Image:
        rgb = np.clip(ground + rng.normal(0, 4, ground.shape), 0, 255).astype(np.uint8)
        left = (side * 3 // 4) * (number % 60) // 60
        rgb[side // 3 : side // 3 + side // 4, left : left + side // 4] = (230, 60, 20)
        return Image.fromarray(rgb).quantize(128)

    rest = (picture(number) for number in range(1, count))
    picture(0).save(path, save_all=True, append_images=rest, duration=50, loop=0)
    return path


if __name__ == "__main__":
    sys.exit(main())
