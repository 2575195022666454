#!/usr/bin/env python3
"""The bytes that are said before a job is done, against those that it comes to.

    expected.py [FOLDER ...] [--files 30] [--to mp4 webp gif] [--most-mpx 8]

Every other file is made here, the others are the smallest of the folders that move, up to so many megapixels in all
frames; each goes to one of the formats, in turn, without a ceiling. Printed for each: the CPU seconds of the estimate,
what was said, what came, how far off; then how many were within 10 %.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from compressor import engine, forecast
from compressor.errors import CompressorError
from compressor.probe import probe
from tests import media_made

NEAR = 0.1


def ours(folder: Path, count: int) -> list[Path]:
    """Files of several sizes, lengths and grains."""
    made = []
    for n in range(count):
        scene = media_made.scene(96 + 32 * (n % 5), 64 + 24 * (n % 4), 8 + 6 * (n % 6), noise=(0, 6, 14, 30)[n % 4])
        made.append(media_made.gif(folder / f"made-{n}.gif", scene, delays_cs=5 + n % 4))
    return made


def found(folders: list[Path], count: int, most_mpx: float) -> list[Path]:
    seen: list[tuple[float, Path]] = []
    for path in (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()):
        try:
            info = probe(path)
        except CompressorError:
            continue
        mpx = info.width * info.height * info.frames / 1e6
        if info.animated and info.bytes > 20_000 and mpx <= most_mpx:
            seen.append((mpx, path))
    return [path for _mpx, path in sorted(seen)[-count:]]


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folders", type=Path, nargs="*")
    p.add_argument("--files", type=int, default=30)
    p.add_argument("--to", nargs="+", default=["mp4", "webp", "gif"])
    p.add_argument("--most-mpx", type=float, default=8.0)
    a = p.parse_args()
    near, slow, count = 0, 0.0, 0
    with tempfile.TemporaryDirectory() as tmp:
        folder = Path(tmp)
        theirs = found(a.folders, a.files // 2, a.most_mpx)
        for number, path in enumerate(theirs + ours(folder, a.files - len(theirs))):
            format = a.to[number % len(a.to)]
            job = engine.Job({"a": str(path)}, str(folder / "out"), {"format": format})
            begun = time.process_time()
            said = forecast.expected(job)
            seconds = time.process_time() - begun
            came = int(engine.make(job, lambda event: None).value["output"]["bytes"])
            off = said / came - 1
            near, slow, count = near + (abs(off) <= NEAR), max(slow, seconds), count + 1
            print(f"{path.name:44} {format:5} {seconds:5.1f} s {said:>9,} {came:>9,} {100 * off:+6.1f} %", flush=True)
    print(f"{near} of {count} within 10 %; the slowest took {slow:.1f} CPU seconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
