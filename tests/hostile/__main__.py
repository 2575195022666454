"""``make fuzz``: mutations of good and hostile files for a while; each finding is kept as a file with its story.

Run as ``python -m tests.hostile [--minutes 60] [--seed 1] [--folder var/fuzz]``. Exit status 1 when there is a finding.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from pathlib import Path

from .kinds import all_kinds, good
from .mutations import mutated
from .opening import finding, made

WHOLE_JOB_EVERY = 5
FORMATS = ("gif", "mp4", "webp", "apng", "avif", "webm")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1, help="the first; every file has the next one")
    parser.add_argument("--folder", type=Path, default=Path("var/fuzz"), help="where findings are kept")
    asked = parser.parse_args()
    until = time.monotonic() + asked.minutes * 60
    tried = found = 0
    with tempfile.TemporaryDirectory() as place:
        folder, work = Path(place), Path(place) / "work"
        work.mkdir()
        seeds = good(folder)
        files = list((seeds | all_kinds(seeds, "127.0.0.1:9")).items())
        path = folder / "file"
        while time.monotonic() < until:
            seed = asked.seed + tried
            name, data = files[seed % len(files)]
            path.write_bytes(mutated(data, seed))
            whole = seed % WHOLE_JOB_EVERY == 0
            what = made(path, work, FORMATS[seed % len(FORMATS)]) if whole else finding(path)
            tried += 1
            if what:
                found += 1
                keep(asked.folder, path.read_bytes(), f"{name}, seed {seed}, whole job: {whole}\n{what}\n")
                print(f"{name}, seed {seed}: {what.splitlines()[0]}", flush=True)
    print(f"{tried} files, {found} findings" + (f" in {asked.folder}" if found else ""))
    return 1 if found else 0


def keep(folder: Path, data: bytes, story: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = hashlib.sha256(data).hexdigest()[:16]
    (folder / name).write_bytes(data)
    (folder / f"{name}.txt").write_text(story)


if __name__ == "__main__":
    sys.exit(main())
