"""Drills: the whole site is started, given work, and hurt; then every promise is looked at in its rows and folders.

``python benchmarks/drills.py [--kills 20] [--seed 1] [--only kills,disk]``. Each drill prints one line. What must hold
after each: every render is done, failed with a refund, or moving; the ledger is exact; no file without its row and no
row without its file. Exit status 1 when one does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import media_made  # noqa: E402
from tests.live import Site, wait_until  # noqa: E402

LEASE_S = 5
SETTLE_S = LEASE_S + 30  # within which a hurt render must be moving again
END_S = 300
# Judged in a process of its own, by the site's own models and on the site's own data.
JUDGE = """
import json, sys
from pathlib import Path
import django; django.setup()
from django.conf import settings
from gifweb.credits import audit
from gifweb.credits.models import Entry, Hold
from gifweb.renders.models import OPEN, Render
from gifweb.studio.models import Media, Preview
faults = list(audit.run().faults)
for r in Render.objects.exclude(state__in=OPEN):
    hold = Hold.objects.filter(key=r.hold_key).first() if r.hold_key else None
    if hold and hold.state == "open":
        faults.append(f"{r}: it ended, and its credits are still held")
    if hold and hold.paid != (r.paid_credits or 0):
        faults.append(f"{r}: it says {r.paid_credits}, and {hold.paid} were taken")
    if r.state != "finished" and r.paid_credits:
        faults.append(f"{r}: it was paid for and is not there")
    if r.state == "finished" and not r.result_key:
        faults.append(f"{r}: finished without a file")
    finals = r.events.filter(kind__in=("finished", "failed", "cancelled")).count()
    if finals != 1:
        faults.append(f"{r}: {finals} last events")
if Entry.objects.filter(kind="spent").count() != Hold.objects.filter(state="settled").count():
    faults.append("something was charged twice or not at all")
named = {k for r in Render.objects.filter(file_deleted_at=None) for k in (r.result_key, r.poster_key) if k}
named |= set(Media.objects.filter(deleted_at=None).values_list("key", flat=True))
named |= set(Preview.objects.exclude(key="").values_list("key", flat=True))
media = Path(settings.STORAGES["default"]["OPTIONS"]["location"])
there = {str(p.relative_to(media)) for t in ("results", "uploads") for p in (media / t).rglob("*") if p.is_file()}
faults += [f"a row names {k}, which is not there" for k in named - there]
faults += [f"no row names {k}" for k in there - named]
print(json.dumps({"faults": faults, "states": [r.state for r in Render.objects.all()]}))
"""
AHEAD = """
import sys
from datetime import timedelta
from django.utils import timezone
real = timezone.now
timezone.now = lambda: real() + timedelta(seconds=int(sys.argv[1]))
import django; django.setup()
from gifweb import upkeep
from gifweb.renders import maintenance
from gifweb.upkeep import schedule
maintenance.sweep()
print(sum(schedule.run_if_due(job) for job in upkeep.jobs.values()))
"""


class Drill:
    """One site, its visitors, and what is done to it."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.dice = random.Random(seed)
        self.site = Site(folder / "data", LEASE_S=str(LEASE_S), SWEEP_S="1", WORKER_THREADS="1", FREE_CREDITS="100000")
        (folder / "data").mkdir()
        self.busy = media_made.gif(folder / "busy.gif", media_made.scene(128, 96, 12, noise=20), 6).read_bytes()
        self.visitor = self.site.client()
        self.asked = 0

    def ask(self) -> str:
        """A render that takes some seconds; its page. Each wish is another, so nothing is copied."""
        self.asked += 1
        return self.visitor.make(self.busy, f"under {200 - self.asked % 100}KB", format="gif")

    def states(self) -> dict[str, int]:
        return dict(self.site.rows("select state, count(*) from renders_render group by state"))

    def quiet(self) -> bool:
        return not self.states().keys() & {"queued", "running"}

    def python(self, code: str, *arguments: str) -> str:
        environment = self.site.environment | {"DJANGO_SETTINGS_MODULE": "gifweb.settings", "LOG_LEVEL": "ERROR"}
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise AssertionError(done.stderr[-2000:])
        return done.stdout.strip().splitlines()[-1]

    def judged(self) -> list[str]:
        """What does not hold once all work has ended, or has not ended in time."""
        try:
            wait_until(self.quiet, END_S, "the end of all renders")
        except AssertionError:
            return [f"stuck: {self.states()}"]
        for _ in range(10):  # a still is added after its render ended
            found: list[str] = json.loads(self.python(JUDGE))["faults"]
            if not found:
                return []
            time.sleep(1)
        return found

    def victims(self, part: str) -> list[int]:
        if part != "child":
            return self.site.pids({"web": "serve", "worker": "work", "beat": "beat"}[part])
        return [c for w in self.site.pids("work") for s in children(w) for c in children(s)]


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def kills(drill: Drill, count: int) -> str:
    """kill -9 of a random part at a random moment of a render, again and again."""
    done: dict[str, int] = {}
    while sum(done.values()) < count:
        wait_until(drill.site.healthy, 90, "a healthy site")
        if drill.states().get("queued", 0) + drill.states().get("running", 0) < 2:
            drill.ask()
        time.sleep(drill.dice.uniform(0.0, 3.0))
        part = drill.dice.choice(["web", "worker", "child", "child", "worker", "beat"])
        victims = drill.victims(part)
        for pid in victims:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if victims:
            done[part] = done.get(part, 0) + 1
    return ", ".join(f"{part} {n}" for part, n in sorted(done.items()))


def disk(drill: Drill, count: int) -> str:
    """A disk without room: uploads are refused in words, and nothing is left of them."""
    incoming = drill.site.data / "work" / "incoming"
    before = set(incoming.glob("*"))
    drill.site.stop()
    drill.site.environment["MIN_FREE_BYTES"] = str(10**15)
    drill.site.start()
    with drill.site.client() as visitor:
        data = {"csrfmiddlewaretoken": visitor.token(), "words": "small"}
        got = visitor.http.post(
            "/", data=data, files={"file": ("a.gif", drill.busy)}, headers={"Referer": drill.site.url}
        )
    left = set(incoming.glob("*")) - before
    drill.site.stop()
    del drill.site.environment["MIN_FREE_BYTES"]
    drill.site.start()
    if got.status_code != 507 or left:
        raise AssertionError(f"answered {got.status_code}, left {left}")
    return "507, nothing left"


def clocks(drill: Drill, count: int) -> str:
    """Sweepers whose clocks are five minutes off look at a render that runs."""
    path = drill.ask()
    wait_until(lambda: drill.states().get("running"), 60, "a running render")
    ran = [drill.python(AHEAD, skew) for skew in ("300", "-300")]
    told = drill.visitor.wait(path, END_S)
    tries = drill.site.rows("select tries from renders_render where public_id = ?", path.rpartition("/")[2])
    if told["state"] != "finished" or tries != [(1,)] or ran != ["0", "0"]:
        raise AssertionError(f"{told['state']} after {tries} tries; the skewed did {ran} jobs")
    return "the render was left alone, the skewed did no periodic work"


def poison(drill: Drill, count: int) -> str:
    """A child that dies each time it is started: a few tries, then failed with a refund."""
    path = drill.ask()
    end = time.monotonic() + END_S
    while drill.visitor.events(path, 10**8)["state"] in ("queued", "running") and time.monotonic() < end:
        for pid in drill.victims("child"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSEGV)
        time.sleep(0.05)
    told = drill.visitor.events(path)
    (tries,) = drill.site.rows(
        "select tries, paid_credits from renders_render where public_id = ?", path.rpartition("/")[2]
    )
    if told["state"] != "failed" or tries[0] > 3 or tries[1]:
        raise AssertionError(f"{told['state']} after {tries[0]} tries, paid {tries[1]}")
    return f"failed after {tries[0]} tries, nothing paid"


def duplicates(drill: Drill, count: int) -> str:
    """The same form again and again makes one render."""
    before = sum(drill.states().values())
    pages = {drill.visitor.make(drill.busy, "under 90KB", format="gif", key="the-same") for _ in range(5)}
    made = sum(drill.states().values()) - before
    if len(pages) != 1 or made != 1:
        raise AssertionError(f"{made} renders, {len(pages)} pages")
    return "5 posts, 1 render"


def restart(drill: Drill, count: int) -> str:
    """Ctrl-C in mid-render and a start on the same data; and one in mid-upload."""
    path = drill.ask()
    wait_until(lambda: drill.states().get("running"), 60, "a running render")

    def slowly() -> Any:
        for _ in range(100):
            yield b"x" * 1000
            if drill.site.process:
                drill.site.stop()

    with suppress(httpx.HTTPError):
        httpx.post(f"{drill.site.url}/", content=slowly(), headers={"Content-Type": "multipart/form-data; boundary=x"})
    if drill.site.process:
        drill.site.stop()
    drill.site.start()
    told = drill.visitor.wait(path, END_S)
    if told["state"] != "finished":
        raise AssertionError(told["state"])
    return "finished after the restart"


DRILLS: dict[str, Callable[[Drill, int], str]] = {
    "duplicates": duplicates,
    "clocks": clocks,
    "poison": poison,
    "disk": disk,
    "restart": restart,
    "kills": kills,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default=",".join(DRILLS))
    chosen = options.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="drills-") as folder:
        drill = Drill(Path(folder), chosen.seed)
        drill.site.start()
        try:
            for name in chosen.only.split(","):
                began = time.monotonic()
                try:
                    said = DRILLS[name](drill, chosen.kills)
                    faults = drill.judged()
                except AssertionError as error:
                    said, faults = "", [str(error)]
                failed |= bool(faults)
                print(f"{name}: {said or 'FAILED'} ({time.monotonic() - began:.0f} s); {drill.states()}", flush=True)
                for fault in faults[:10]:
                    print(f"    {fault}", flush=True)
        finally:
            drill.visitor.close()
            drill.site.stop()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
