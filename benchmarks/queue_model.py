"""How many workers a rate of renders needs, what people wait, and what a thousand renders cost: by simulation.

``python benchmarks/queue_model.py [--rate 10000] [--cores N,N] [--core-hour 0.035]`` simulates half an hour of renders
that come by chance (Poisson), each with the processor time of a measured one, over so many cores that take the oldest
first; ``--burst`` doubles the rate for two minutes. ``--measure FOLDER`` measures processor times anew: every GIF of a
folder in three wishes, in seconds. ``--claims WAITING WORKERS`` measures how many renders a PostgreSQL gives out in a
second, with so many waiting in two priorities.
"""

from __future__ import annotations

import argparse
import heapq
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# Seconds of processor time of 42 renders: --measure on 27 GIFs, of which 14 have at most MOST_PIXELS.
MEASURED: tuple[float, ...] = (
    0.09,
    0.1,
    0.17,
    0.18,
    0.2,
    0.23,
    0.25,
    0.25,
    0.37,
    0.41,
    0.44,
    0.45,
    0.59,
    0.6,
    0.81,
    0.82,
    0.84,
    0.98,
    1.19,
    1.2,
    1.25,
    1.28,
    1.63,
    1.82,
    1.97,
    1.99,
    2.55,
    3.7,
    3.89,
    4.43,
    4.79,
    4.79,
    6.11,
    7.54,
    7.86,
    9.0,
    9.19,
    9.5,
    11.55,
    34.13,
    39.59,
    42.47,
)
WISHES = ({"format": "gif", "share": 0.5}, {"format": "mp4"}, {"format": "webp", "share": 0.3})
MOST_PIXELS = 25_000_000  # over all frames; larger ones cost more credits too
OVERHEAD_S = 0.16  # of processor time for each render besides its job: claim, events, fork, still (docs/scale.md)
MINUTES = 30


def simulate(rate: float, cores: int, times: tuple[float, ...], seed: int, burst: bool) -> dict[str, float]:
    """``rate`` renders a minute over ``cores``. Waiting in seconds at p50, p95 and worst; the share of time at work."""
    dice = random.Random(seed)
    free = [0.0] * cores
    now, work = 0.0, 0.0
    waits: list[float] = []
    while now < MINUTES * 60:
        busy = burst and 600 <= now < 720
        now += dice.expovariate(rate / 60 * (2 if busy else 1))
        took = dice.choice(times) + OVERHEAD_S
        begin = max(now, free[0])
        heapq.heapreplace(free, begin + took)
        waits.append(begin - now)
        work += took
    cuts = quantiles(waits, n=100)
    found = {"p50_s": cuts[49], "p95_s": cuts[94], "worst_s": max(waits), "busy": work / cores / (MINUTES * 60)}
    return {name: round(value, 2) for name, value in found.items()}


def measure(folder: Path) -> list[float]:
    """Processor seconds of each job, in a process of its own that has everything loaded."""
    from compressor import compile_kernels, engine
    from compressor.probe import probe

    for _ in compile_kernels.parts():
        pass
    found = []
    with tempfile.TemporaryDirectory() as place:
        for path in sorted(folder.glob("*.gif")):
            if (info := probe(path)).width * info.height * info.frames > MOST_PIXELS:
                continue
            for wish in WISHES:
                goal = {"format": wish["format"]}
                if "share" in wish:
                    goal["max_bytes"] = int(path.stat().st_size * wish["share"])
                pid = os.fork()
                if pid == 0:
                    try:
                        engine.make(engine.Job({"m": str(path)}, f"{place}/out", goal), lambda event: None)
                        os._exit(0)
                    except Exception:
                        os._exit(1)
                _, status, used = os.wait4(pid, 0)
                if status == 0:
                    found.append(round(used.ru_utime + used.ru_stime, 2))
                    print(f"{path.name} {wish}: {found[-1]} s", file=sys.stderr, flush=True)
    return found


def claims(waiting: int, workers: int) -> dict[str, Any]:
    """Renders that so many processes take in ten seconds, and how often one asks in vain."""
    from tests.postgres import cluster

    with cluster() as url, tempfile.TemporaryDirectory() as data:
        os.environ |= {
            "DATABASE_URL": url,
            "DATA_DIR": data,
            "DJANGO_SETTINGS_MODULE": "gifweb.settings",
            "LOG_LEVEL": "ERROR",
        }
        told: multiprocessing.Queue[tuple[int, int]] = multiprocessing.Queue()
        filled = multiprocessing.Process(target=_fill, args=(waiting,))
        filled.start()
        filled.join()
        running = [multiprocessing.Process(target=_take, args=(told,)) for _ in range(workers)]
        for process in running:
            process.start()
        answers = [told.get() for _ in running]
        for process in running:
            process.join()
    return {
        "waiting": waiting,
        "workers": workers,
        "claims_a_second": sum(got for got, _ in answers) / 10,
        "in_vain": sum(vain for _, vain in answers),
    }


def _fill(waiting: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from gifweb.accounts.models import Account
    from gifweb.renders.models import Render
    from gifweb.studio.models import Project

    call_command("migrate", verbosity=0)
    people = Account.objects.bulk_create([Account() for _ in range(max(waiting // 3, 50))])
    projects = Project.objects.bulk_create([Project(account=one) for one in people])
    rows = [
        Render(
            account=people[n % len(people)],
            project=projects[n % len(people)],
            idempotency_key=str(n),
            request_hash="h",
            priority=10 if n % 5 == 0 else 0,
        )
        for n in range(waiting)
    ]
    Render.objects.bulk_create(rows, batch_size=2000)
    connection.cursor().execute("analyze")


def _take(told: Any) -> None:
    import django

    django.setup()
    from gifweb.renders import queue

    queue.next_render()
    end, got, vain = time.monotonic() + 10, 0, 0
    while time.monotonic() < end:
        if queue.take("a worker"):
            got += 1
        else:
            vain += 1
    told.put((got, vain))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rate", type=float, default=10_000, help="renders a minute")
    options.add_argument(
        "--cores", default="", help="numbers of cores to try; left out: by the load that they would have"
    )
    options.add_argument("--core-hour", type=float, default=0.035, help="what an hour of one core costs")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--burst", action="store_true", help="twice the rate in minutes 10 to 12")
    options.add_argument("--measure", type=Path, metavar="FOLDER")
    options.add_argument("--claims", type=int, nargs=2, metavar=("WAITING", "WORKERS"))
    chosen = options.parse_args()
    if chosen.measure:
        print(json.dumps(measure(chosen.measure)))
        return
    if chosen.claims:
        print(json.dumps(claims(*chosen.claims)))
        return
    each = mean(MEASURED) + OVERHEAD_S
    needed = chosen.rate / 60 * each
    tried = [int(n) for n in chosen.cores.split(",") if n] or [
        round(needed / load) for load in (0.99, 0.95, 0.9, 0.8, 0.5)
    ]
    print(f"{each:.2f} s of one core each: {needed:.0f} cores at work")
    for cores in tried:
        found = simulate(chosen.rate, cores, MEASURED, chosen.seed, chosen.burst)
        cost = cores * chosen.core_hour / (chosen.rate * 60) * 1000
        print(json.dumps({"cores": cores, **found, "cost_of_1000": round(cost, 4)}))


if __name__ == "__main__":
    main()
