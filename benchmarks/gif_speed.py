#!/usr/bin/env python3
"""How fast our GIF encoder is, and how small at fixed settings, by CPU time of one thread.

    python benchmarks/gif_speed.py FOLDER [--lambdas 0 0.01 0.05 0.2] [--max-mpx 45]

A line a file and setting: megapixels a second (the encode; the analysis that all settings share is a column of its
own), bytes, bytes against the source. The last line: the median over the lossy lines.
"""

from __future__ import annotations

import argparse
import io
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compressor.codecs import gif


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--lambdas", type=float, nargs="+", default=[0.0, 0.01, 0.05, 0.2])
    parser.add_argument("--max-mpx", type=float, default=45.0)
    options = parser.parse_args()
    gif.warm()
    speeds = []
    print(f"{'file':44} {'lambda':>7} {'Mpx':>7} {'analysis':>8} {'Mpx/s':>7} {'bytes':>9} {'/source':>7}")
    for path in sorted(options.folder.glob("*.gif")):
        file = gif.read(path)
        mpx = file.width * file.height * len(file.heads) / 1e6
        if mpx > options.max_mpx:
            continue
        begun = time.process_time()
        found = gif.analyse(file.frames)
        looked = mpx / max(time.process_time() - begun, 1e-6)
        for value in options.lambdas:
            begun = time.process_time()
            settings = gif.Settings(lambda_=value)
            stats = gif.encode(file.frames, settings, io.BytesIO(), loop=file.loop, analysis=found)
            speed = mpx / max(time.process_time() - begun, 1e-6)
            if value:
                speeds.append(speed)
            ratio = stats.bytes / file.data.size
            print(f"{path.name:44} {value:7g} {mpx:7.1f} {looked:8.0f} {speed:7.2f} {stats.bytes:9d} {ratio:7.3f}")
    if speeds:
        print(f"median of the lossy lines: {statistics.median(speeds):.2f} Mpx/s")


if __name__ == "__main__":
    main()
