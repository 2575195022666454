#!/usr/bin/env python3
"""Every benchmark on four small clips that are made here, or on the small files of a folder: under five minutes.

    quick.py [FOLDER]

What `make bench-quick` runs (FOLDER=... passes a folder). The figures are for finding out that something has become
worse, not for print: the tables in README.md come from the commands that stand beside them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = (
    ("stages.py", "--max-mpx", "2.5"),
    ("equal_quality.py", "--quality", "80", "--max-mpx", "2.5"),
    ("ceilings.py", "--share", "0.3", "--max-mpx", "2.5", "--plain"),
    ("memory.py", "--frames", "20", "80", "--side", "200", "--to", "mp4", "gif", "webp"),
)


def main() -> int:
    worst, begun = 0, time.perf_counter()
    for script, *options in RUNS:
        folder = sys.argv[1:2] if script != "memory.py" else []
        print(f"\n== {' '.join([script, *folder, *options])}", flush=True)
        worst = max(
            worst, subprocess.run([sys.executable, str(HERE / script), *folder, *options], check=False).returncode
        )
    print(f"\n{time.perf_counter() - begun:.0f} s in all")
    return worst


if __name__ == "__main__":
    sys.exit(main())
