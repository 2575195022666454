#!/usr/bin/env python3
"""One budget for many files: bytes by what the search foresees, against bytes by the files' sizes.

    budget.py FOLDER [--files 20] [--least-bytes 5000] [--part 0.1] [--format mp4]

The smallest files of the folder (by the pixels of all frames) that have at least so many bytes get ``part`` of their
bytes together. Printed for each: its share and score both ways; then the worst and the mean score, the sums, and the
seconds that foreseeing took. Exit status 1 when a sum is over the budget or the worst score is not 6 points higher.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from compressor import deciding, engine, forecast
from compressor.errors import CompressorError
from compressor.media import MediaInfo
from compressor.probe import probe

GAINED = 6.0


def known(path: Path, least_bytes: int) -> MediaInfo | None:
    try:
        info = probe(path)
    except CompressorError:
        return None
    return info if info.animated and info.bytes >= least_bytes else None


def made(path: Path, folder: str, format: str, share: int) -> tuple[int, float]:
    job = engine.Job({"a": str(path)}, f"{folder}/out", {"format": format, "max_bytes": share})
    report = engine.make(job, lambda event: None).value
    return int(report["output"]["bytes"]), float(report["quality"]["mean"]) if report["fits"] else forecast.FITS_NOT


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--files", type=int, default=20)
    p.add_argument("--part", type=float, default=0.1)
    p.add_argument("--least-bytes", type=int, default=5_000)
    p.add_argument("--format", default="mp4")
    a = p.parse_args()
    found = [
        (path, info) for path in sorted(a.folder.rglob("*")) if path.is_file() and (info := known(path, a.least_bytes))
    ]
    found.sort(key=lambda one: one[1].width * one[1].height * one[1].frames)
    found = found[: a.files]
    sizes = [info.bytes for _path, info in found]
    total = int(sum(sizes) * a.part)
    by_size = deciding.shares(total, sizes)
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        curves = []
        for (path, _info), share in zip(found, by_size, strict=True):
            job = engine.Job({"a": str(path)}, f"{folder}/out", {"format": a.format})
            curves.append(deciding.Curve(tuple(forecast.foresee(job, deciding.ceilings(share)))))
        seconds = time.process_time() - begun
        fair = deciding.fair(total, curves)
        ways: list[list[tuple[int, float]]] = [[], []]
        for (path, _info), one, other in zip(found, by_size, fair, strict=True):
            pair = [made(path, folder, a.format, share) for share in (one, other)]
            for way, result in zip(ways, pair, strict=True):
                way.append(result)
            (_, before), (_, after) = pair
            print(f"{path.name:44} {one:>9,} {before:6.1f}   {other:>9,} {after:6.1f}", flush=True)
    worst = [min(score for _size, score in way) for way in ways]
    mean = [sum(score for _size, score in way) / len(way) for way in ways]
    sums = [sum(size for size, _score in way) for way in ways]
    print(f"budget {total:,} bytes: sums {sums[0]:,} and {sums[1]:,}; foreseen in {seconds:.0f} CPU seconds")
    print(f"worst {worst[0]:.1f} → {worst[1]:.1f}, mean {mean[0]:.1f} → {mean[1]:.1f}")
    return 0 if max(sums) <= total and worst[1] >= worst[0] + GAINED else 1


if __name__ == "__main__":
    sys.exit(main())
