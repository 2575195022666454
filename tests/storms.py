"""The storm over the ledger again and again: ``python -m tests.storms [TIMES] [FIRST SEED] [MINUTES]``.

Each seed on a fresh SQLite and on a fresh PostgreSQL, 1,000 operations over eight threads; stops after so many minutes.
Prints one line for each run that has faults, and the counts.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from .postgres import cluster

ROOT = Path(__file__).resolve().parent.parent


def storm(database: str, data: Path, seed: int) -> bool:
    """Whether one run had no fault; what it printed is shown otherwise."""
    environment = {**os.environ, "DATABASE_URL": database, "DATA_DIR": str(data), "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-m", "tests.ledger_storm", str(seed), "1000", "8"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{database.partition(':')[0]} {seed}: {done.stdout[-3000:]} {done.stderr[-3000:]}", flush=True)
    return not done.returncode


def main(times: int = 30, first: int = 1, minutes: int = 600) -> int:
    end = time.monotonic() + minutes * 60
    ran: Counter[str] = Counter()
    green: Counter[str] = Counter()
    for seed in range(first, first + times):
        if time.monotonic() > end:
            break
        with tempfile.TemporaryDirectory(prefix="storm-") as folder, cluster() as url:
            for database in (f"sqlite:///{folder}/db.sqlite3", url):
                name = database.partition(":")[0]
                ran[name] += 1
                green[name] += storm(database, Path(folder) / f"data-{name}", seed)
    print(", ".join(f"{name}: {green[name]} of {ran[name]} without a fault" for name in ran), flush=True)
    return int(ran != green)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
