"""Drills: the whole site is started, given work, and hurt; then every promise is looked at in its rows and folders.

``python benchmarks/drills.py [--kills 20] [--seed 1] [--only kills,disk] [--cluster]``. Each drill prints one line.
What must hold after each (``drill_judge``): every render is done, failed with a refund, or moving; the ledger is exact;
no file without its row and no row without its file. Exit status 1 when one does not hold. With ``--cluster`` the site
stands on PostgreSQL, Redis, RabbitMQ and an object store (``drill_services``), which are killed too. As root, a small
disk is mounted and filled up.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.drill_services import Service, cluster  # noqa: E402
from tests import media_made  # noqa: E402
from tests.live import Site, wait_until  # noqa: E402
from tests.s3 import Store  # noqa: E402

JUDGE = Path(__file__).with_name("drill_judge.py")
LEASE_S = 5
SETTLE_S = LEASE_S + 30  # within which something must move again while a render is open
END_S = 300
# On the worker's path: its jobs are replaced by one that never ends or one that wants 10 GB, and may take 10 s.
POISON = """
import os, sys
if "work" in sys.orig_argv and os.environ.get("POISON"):
    from compressor import limits, sandbox
    sandbox.MAKER = "poisoned:" + os.environ["POISON"]
    limits.Limits.__init__.__defaults__ = (*limits.Limits.__init__.__defaults__[:-1], 10)
"""
POISONED = """
def loop(job, tell):
    while True:
        pass

def eat(job, tell):
    return len(bytearray(10_000_000_000))
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


# Deletes the files that no row names, as the site does once they are an hour old; how many there were.
TIDY = """
import sys
import django; django.setup()
from gifweb import orphaned_files, stored_files
print(orphaned_files.delete(-1.0, range(stored_files.SHARDS if sys.argv[1:] else 1)))
"""


class Drill:
    """One site, its visitors, and what is done to it."""

    def __init__(
        self,
        folder: Path,
        seed: int,
        settings: dict[str, str] | None = None,
        services: dict[str, Service] | None = None,
        store: Store | None = None,
    ) -> None:
        self.dice = random.Random(seed)
        self.services, self.store = services or {}, store
        own = {"LEASE_S": str(LEASE_S), "SWEEP_S": "1", "WORKER_THREADS": "1", "FREE_CREDITS": "100000"}
        self.site = Site(folder / "data", **(own | (settings or {})), OPEN_UPLOADS_PER_IP="0")
        (folder / "data").mkdir(exist_ok=True)
        self.poison = folder / "poison"
        self.poison.mkdir()
        (self.poison / "sitecustomize.py").write_text(POISON)
        (self.poison / "poisoned.py").write_text(POISONED)
        self.busy = media_made.gif(folder / "busy.gif", media_made.scene(128, 96, 12, noise=20), 6).read_bytes()
        self.visitor = self.site.client()
        self.asked = self.orphans = 0

    def ask(self) -> str:
        """A render that takes some seconds; its page. Each wish is another, so nothing is copied."""
        self.asked += 1
        return self.visitor.make(self.busy, f"under {200 - self.asked % 100}KB", format="gif")

    def states(self) -> dict[str, int]:
        return dict(self.rows("select state, count(*) from renders_render group by state"))

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read from the site's own database; a database that was killed in this moment is asked again."""
        if not self.services:
            return self.site.rows(sql, *values)
        import psycopg

        home = self.services["postgres"].home
        for _ in range(100):
            with (
                suppress(psycopg.OperationalError),
                psycopg.connect(host=str(home), user="site", dbname="postgres") as to,
            ):
                return to.execute(sql.replace("?", "%s"), values).fetchall()  # type: ignore[arg-type]
            time.sleep(0.1)
        raise AssertionError("the database does not come back")

    def why(self) -> list[str]:
        """What the failed renders say."""
        told = self.rows("select error from renders_render where state = 'failed'")
        errors = [json.loads(error) if isinstance(error, str) else error for (error,) in told]
        return sorted({f"failed: {error['message']}" for error in errors})

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
        """What does not hold once all work has ended, or has not ended in time. Files that a killed process stored and
        no row names yet are counted as ``orphans``, and must be gone after the site's own tidying."""
        try:
            wait_until(self.quiet, END_S, "the end of all renders")
        except AssertionError:
            return [f"stuck: {self.states()}"]
        for turn in range(10):  # a still is added after its render ended
            if turn == 8:
                self.orphans += int(self.python(TIDY, *(["bucket"] if self.store else [])))
            kept = [json.dumps([k.removeprefix("bucket/site/") for k in self.store.objects])] if self.store else []
            found: list[str] = json.loads(self.python(JUDGE.read_text(), *kept))["faults"]
            if not found:
                return []
            time.sleep(1)
        return found

    def victims(self, part: str) -> list[int]:
        if part in self.services:
            return [-1]
        if part != "child":
            return self.site.pids({"web": "serve", "worker": "work", "beat": "beat"}[part])
        return [c for w in self.site.pids("work") for s in children(w) for c in children(s)]


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


class Stillness(threading.Thread):
    """Looks twice a second; ``worst`` is the longest time in which a render was open and no render told anything."""

    def __init__(self, drill: Drill) -> None:
        super().__init__(daemon=True)
        self.drill, self.worst, self.over = drill, 0.0, threading.Event()

    def run(self) -> None:
        last, since = -1, time.monotonic()
        while not self.over.wait(0.5):
            with suppress(AssertionError, sqlite3.OperationalError):
                open_ones = sum(self.drill.states().get(state, 0) for state in ("queued", "running"))
                ((told,),) = self.drill.rows("select coalesce(max(id), 0) from renders_renderevent")
                if told != last or not open_ones:
                    last, since = told, time.monotonic()
                self.worst = max(self.worst, time.monotonic() - since)


def kills(drill: Drill, count: int) -> str:
    """kill -9 of a random part at a random moment of a render, again and again."""
    still = Stillness(drill)
    still.start()
    try:
        done = _killed(drill, count)
        wait_until(drill.quiet, END_S, "the end of all renders")
    finally:
        still.over.set()
        still.join()
    if still.worst > SETTLE_S:
        raise AssertionError(f"{done}: nothing moved for {still.worst:.0f} s")
    return f"{done}; nothing moved for {still.worst:.0f} s at most"


def _killed(drill: Drill, count: int) -> str:
    done: dict[str, int] = {}
    parts = ["web", "worker", "child", "child", "worker", "beat", *drill.services, *drill.services]
    while sum(done.values()) < count:
        wait_until(drill.site.healthy, 90, "a healthy site")
        if drill.states().get("queued", 0) + drill.states().get("running", 0) < 2:
            with suppress(AssertionError, httpx.HTTPError):  # what is not up yet answers 503
                drill.ask()
        time.sleep(drill.dice.uniform(0.0, 3.0))
        part = drill.dice.choice(parts)
        victims = drill.victims(part)
        if part in drill.services:
            drill.services[part].kill()
        for pid in victims if part not in drill.services else ():
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
    tries = drill.rows("select tries from renders_render where public_id = ?", path.rpartition("/")[2])
    if told["state"] != "finished" or tries != [(1,)] or ran != ["0", "0"]:
        raise AssertionError(f"{told['state']} after {tries} tries; the skewed did {ran} jobs")
    return "the render was left alone, the skewed did no periodic work"


def poison(drill: Drill, count: int) -> str:
    """A child that dies each time it is started: a few tries, then failed with a refund. One that never ends and one
    that wants 10 GB fail at once, with a refund, and the next render is made."""
    media = media_made.gif(drill.poison / "long.gif", media_made.scene(240, 180, 30, noise=20), 6)
    path = drill.visitor.make(media.read_bytes(), "under 300KB", format="gif")
    end = time.monotonic() + END_S
    while drill.visitor.events(path, 10**8)["state"] in ("queued", "running") and time.monotonic() < end:
        for pid in drill.victims("child"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSEGV)
        time.sleep(0.05)
    tries = _failed(drill, path, 3)
    for kind in ("loop", "eat"):
        _restarted(drill, {"PYTHONPATH": f"{drill.poison}:{ROOT}", "POISON": kind})
        path = drill.ask()
        drill.visitor.wait(path, END_S)
        _failed(drill, path, 1)
    _restarted(drill, {"PYTHONPATH": "", "POISON": ""})
    told = drill.visitor.wait(drill.ask(), END_S)
    if told["state"] != "finished":
        raise AssertionError(f"the next render: {told['state']}")
    return f"failed after {tries}, 1 and 1 tries, nothing paid; the next one finished"


def _failed(drill: Drill, path: str, most: int) -> int:
    """How often the render was tried; it has failed, for nothing, after at most so many tries."""
    told = drill.visitor.events(path)
    (row,) = drill.rows("select tries, paid_credits from renders_render where public_id = ?", path.rpartition("/")[2])
    if told["state"] != "failed" or row[0] > most or row[1]:
        raise AssertionError(f"{told['state']} after {row[0]} tries, paid {row[1]}")
    return int(row[0])


def _restarted(drill: Drill, environment: dict[str, str]) -> None:
    drill.site.stop()
    drill.site.environment.update(environment)
    drill.site.start()


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


def uploads(drill: Drill, count: int) -> str:
    """The web server is killed in the middle of an upload in pieces; the rest is sent to the next one."""
    noise = b"".join(b"\xff" + drill.dice.randbytes(255) for _ in range(8000))
    content = drill.busy[:-1] + b"\x21\xfe" + noise + b"\0" + drill.busy[-1:]
    protocol = {"Tus-Resumable": "1.0.0"}
    http, sent = drill.visitor.http, 0
    place = http.post("/uploads", headers=protocol | {"Upload-Length": str(len(content))}).headers["Location"]
    offset, kills = 0, 0
    while offset < len(content):
        if kills < 4 and offset * 5 > len(content) * kills:
            kills += 1
            for pid in drill.victims("web"):
                os.kill(pid, signal.SIGKILL)
        wait_until(drill.site.healthy, 90, "a healthy site")
        with suppress(httpx.HTTPError):
            offset = int(http.head(place, headers=protocol).headers["Upload-Offset"])
            part = content[offset : offset + 262_144]
            sent += len(part)
            headers = protocol | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            offset = int(http.patch(place, content=part, headers=headers).headers["Upload-Offset"])
    made = drill.visitor.post("/", words="under 90KB", upload=place.rpartition("/")[2])
    if made.status_code != 302:
        raise AssertionError(f"answered {made.status_code}")
    (kept,) = drill.rows("select sha256 from studio_media order by id desc limit 1")
    if kept[0] != hashlib.sha256(content).hexdigest():
        raise AssertionError("other bytes arrived")
    return f"{kills} kills, {100 * (sent - len(content)) / len(content):.1f} % sent again, the same bytes"


def full(drill: Drill, count: int) -> str:
    """A small disk is full at an upload, and at five moments of a render; then it has room again."""
    if os.geteuid() or drill.services:
        return "left out: needs root, and a site without services"
    told: list[str] = []
    with tempfile.TemporaryDirectory(prefix="disk-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48m", "drill", folder], check=True)
        try:
            (Path(folder) / "small").mkdir()
            small = Drill(Path(folder) / "small", 1, {"MIN_FREE_BYTES": "0", "FREE_CREDITS": "1000"})
            small.site.start()
            try:
                ballast = Path(folder) / "ballast"
                fill(ballast)
                data = {"csrfmiddlewaretoken": small.visitor.token(), "words": "small"}
                form = {"data": data, "files": {"file": ("a.gif", small.busy)}, "headers": {"Referer": small.site.url}}
                got = small.visitor.http.post("/", **form)  # type: ignore[arg-type]
                ballast.unlink()
                left = list((small.site.data / "work" / "incoming").glob("*"))
                if got.status_code != 507 or left:
                    raise AssertionError(f"an upload was answered {got.status_code}, left {left}")
                for _ in range(5):
                    small.ask()
                    time.sleep(drill.dice.uniform(0.2, 4))
                    fill(ballast)
                    time.sleep(3)
                    ballast.unlink()
                    if faults := small.judged():
                        raise AssertionError(f"{faults}")
                told.append(f"507, nothing left; {small.states()}")
            finally:
                small.visitor.close()
                small.site.stop()
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    return told[0]


def fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65_536))


def store(drill: Drill, count: int) -> str:
    """The object store is slow, then it cuts off every answer for a while, in mid-render and at an upload."""
    if drill.store is None:
        return "left out: needs --cluster"
    drill.store.fault = "slow"
    slow = drill.ask()
    told = drill.visitor.wait(slow, END_S)
    if told["state"] != "finished":
        raise AssertionError(f"slow: {told['state']}")
    drill.store.fault = ""
    for _ in range(4):
        drill.ask()
        time.sleep(drill.dice.uniform(0.2, 4))
        drill.store.fault = "cut"
        data = {"csrfmiddlewaretoken": drill.visitor.token(), "words": "small"}
        form = {"data": data, "files": {"file": ("a.gif", drill.busy)}, "headers": {"Referer": drill.site.url}}
        got = drill.visitor.http.post("/", **form)  # type: ignore[arg-type]
        drill.store.fault = ""
        if got.status_code not in (302, 500, 503):
            raise AssertionError(f"an upload was answered {got.status_code}")
    return "slow: finished; cut off 4 times"


DRILLS: dict[str, Callable[[Drill, int], str]] = {
    "duplicates": duplicates,
    "clocks": clocks,
    "poison": poison,
    "disk": disk,
    "restart": restart,
    "uploads": uploads,
    "full": full,
    "store": store,
    "kills": kills,
}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", default=",".join(DRILLS))
    options.add_argument("--cluster", action="store_true")
    chosen = options.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="drills-") as folder, ExitStack() as started:
        os.chmod(folder, 0o755)  # PostgreSQL does not run as root
        around = started.enter_context(cluster(Path(folder))) if chosen.cluster else ()
        drill = Drill(Path(folder), chosen.seed, *around)
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
                said = f"{said or 'FAILED'}; {drill.orphans} orphans tidied" if drill.orphans else said or "FAILED"
                print(f"{name}: {said} ({time.monotonic() - began:.0f} s); {drill.states()}", flush=True)
                for fault in [*faults[:10], *drill.why()]:
                    print(f"    {fault}", flush=True)
        finally:
            drill.visitor.close()
            drill.site.stop()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
