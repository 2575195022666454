#!/usr/bin/env python3
"""The command line on every file of a folder: no traceback, no hang, the right exit status, no frame's time lost.

    corpus.py FOLDER [--to mp4 gif] [--max-bytes N] [--limit 60] [--only NAME]

Each file goes to each format with no other wish (but the ceiling, if one is given). Printed for each: seconds, the
exit status, bytes, and for GIF to GIF the drift of the whole duration per frame and whether the loop count is the same.
Exit status 1 when a run hung, showed a traceback, ended with an unknown status, or lost time or loops.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

KNOWN = {0, 3, 4, 5}


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path)
    p.add_argument("--to", nargs="+", default=["mp4", "gif"])
    p.add_argument("--max-bytes", type=int)
    p.add_argument("--limit", type=float, default=60.0, help="seconds before a run counts as hung")
    p.add_argument("--only")
    a = p.parse_args()
    bad: list[str] = []
    statuses: dict[int | str, int] = {}
    with tempfile.TemporaryDirectory() as tmp:
        for path in sorted(a.folder.iterdir()):
            if not path.is_file() or path.suffix == ".tsv" or (a.only and a.only not in path.name):
                continue
            for kind in a.to:
                out = Path(tmp) / f"out.{kind}"
                command = [sys.executable, "-m", "compressor", str(path), "-o", str(out), "--json"]
                command += ["--max-bytes", str(a.max_bytes)] if a.max_bytes else []
                begun = time.perf_counter()
                try:
                    done = subprocess.run(command, capture_output=True, text=True, timeout=a.limit, check=False)
                    status: int | str = done.returncode
                except subprocess.TimeoutExpired:
                    done, status = None, "hung"
                seconds = time.perf_counter() - begun
                statuses[status] = statuses.get(status, 0) + 1
                notes = faults(done, status, kind)
                bad += [f"{path.name} to {kind}: {note}" for note in notes if note.startswith("!")]
                size = out.stat().st_size if out.exists() else 0
                print(
                    f"{path.name:52} {kind:5} {seconds:6.1f} s  {status!s:>4} {size:>10,}  {' '.join(notes)}",
                    flush=True,
                )
                out.unlink(missing_ok=True)
    print("statuses:", {str(k): v for k, v in sorted(statuses.items(), key=str)})
    print("\n".join(bad) or "nothing is wrong")
    return 1 if bad else 0


def faults(done: subprocess.CompletedProcess[str] | None, status: int | str, kind: str) -> list[str]:
    """What is to be said of a run; a fault begins with an exclamation mark."""
    if done is None:
        return ["!hung"]
    notes = []
    if "Traceback" in done.stderr:
        notes.append("!traceback")
    if status not in KNOWN:
        notes.append(f"!status {status}: {done.stderr.strip()[-120:]!r}")
    if status in (0, 3) and done.stdout.strip():
        report = json.loads(done.stdout)
        was, now = report["input"], report["output"]
        if was["format"] == kind == "gif":
            drift = abs(now["duration_ms"] - was["duration_ms"]) / max(1, was["frames"])
            notes.append(f"drift {drift:.2f} ms a frame")
            if drift > 10:
                notes.append("!time was lost")
            if now["loop"] != was["loop"] and now["frames"] > 1:
                notes.append(f"!loop {was['loop']} became {now['loop']}")
    return notes


if __name__ == "__main__":
    sys.exit(main())
