#!/usr/bin/env python3
"""Every file of a folder made for every place, and held to that place's own validator.

    places.py FOLDER [--mpx 0 12] [--large 2] [--only NAME] [--place NAME …]

A result passes, or a rule that it breaks is named: a break that was not said (fits) is a fault. Files that are refused
are listed once. Files come by their pixels, the smallest first; one with more than LARGE_MPX goes to ``--large`` places
only, by turns, so that each place gets some of them. Exit status 1 where a rule is broken in silence, or a job ended as
our own fault.
"""

from __future__ import annotations

import argparse
import collections
import sys
import tempfile
import time
from pathlib import Path

from compressor import engine, presets
from compressor.errors import CompressorError
from compressor.probe import probe

LARGE_MPX = 3.0


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--mpx", type=float, nargs=2, default=(0.0, 1e9), help="megapixels of all frames together, from, to")
    p.add_argument("--large", type=int, default=2, help="places for each large file")
    p.add_argument("--only", default="")
    p.add_argument("--place", nargs="+", default=presets.names())
    a = p.parse_args()
    counts: collections.Counter[str] = collections.Counter()
    begun = time.process_time()
    files: list[tuple[float, Path]] = []
    for path in sorted(a.folder.rglob("*")):
        if not path.is_file() or path.suffix in (".tsv", ".md", ".txt") or a.only not in path.name:
            continue
        try:
            info = probe(path)
        except CompressorError as error:
            print(f"{path.name}: refused: {error.message}", flush=True)
            counts["refused"] += 1
            continue
        mpx = info.width * info.height * info.frames / 1e6
        if info.kind != "audio" and a.mpx[0] <= mpx < a.mpx[1]:
            files.append((mpx, path))
    turn = 0
    for mpx, path in sorted(files):
        places = a.place
        if mpx > LARGE_MPX:
            places = [a.place[(turn + n) % len(a.place)] for n in range(a.large)]
            turn += a.large
        started = time.perf_counter()
        for place in places:
            verdict = made_for(path, place)
            counts[verdict.partition(":")[0]] += 1
            if verdict != "passes":
                print(f"{path.name} for {place}: {verdict}", flush=True)
        print(f"{path.name}, {mpx:.3g} Mpx: {len(places)} places, {time.perf_counter() - started:.1f} s", flush=True)
    print(f"{dict(counts)}, {time.process_time() - begun:.0f} s of processor time")
    return int(counts["broken"] + counts["our fault"] > 0)


def made_for(path: Path, place: str) -> str:
    """ "passes", "said: …" with the rules that the job itself said it breaks, "broken: …" or "our fault: …"."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            report = engine.make(
                engine.Job({"a": str(path)}, str(Path(folder) / "out"), {"preset": place}), lambda e: None
            )
        except CompressorError as error:
            kind = "our fault" if error.exit_status == 1 else "said"
            return f"{kind}: {error.message} {error.detail or ''}"
        rules = presets.validate(place, probe(report.path, ours=True))
        broken = [f"{rule.name} {rule.got}, {rule.want} wanted" for rule in rules if not rule.passed]
        if not broken:
            return "passes"
        told = any("may not take it" in text for text in report.value["warnings"]) or not report.fits
        return f"{'said' if told else 'broken'}: {'; '.join(broken)}"


if __name__ == "__main__":
    sys.exit(main())
