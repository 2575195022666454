"""Many who watch at once: how long after an event was written each watcher has it.

``python benchmarks/load.py [--watchers 1000] [--redis URL]``. The whole site is started on an empty folder; one render
is written by hand (no encoder competes for the cores), watched over WebSockets by so many of its owner, and told
events at a steady pace. Prints p50, p95 and the worst latency in milliseconds as JSON. ``--upload MB``: how long a
large file takes. ``--workers N``: what a second worker brings, each with a core of its own, over so many renders.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests import media_made  # noqa: E402
from tests.live import Site, wait_until  # noqa: E402

EVENTS = 60  # of 20, one slow event would be p95
PAUSE_S = 0.5
PIECE = 4 * 1024 * 1024  # as static/js/upload.js sends them
AT_ONCE = 25  # sockets that are opened in the same moment; of more than CONNECTIONS_PER_IP the site closes some
# Prepares a render that runs for nobody and tells its first event, as a worker has before anybody watches (it waits for
# the connection of its process, 0.3 to 0.5 s); then tells one for each line of its input.
TELLER = """
import sys, time
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from gifweb.accounts import identity
from gifweb.renders.event_log import append
from gifweb.renders.models import Render, State
from gifweb.studio.models import Project
account = identity.make()
project = Project.objects.create(account=account)
render = Render.objects.create(account=account, project=project, idempotency_key="k", request_hash="h",
    state=State.RUNNING, lease_token="load", lease_until=timezone.now() + timedelta(hours=1))
append(render, "said", {"sent": time.time()}, token="load")
print(render.public_id, identity.cookie_for(account), flush=True)
for line in sys.stdin:
    append(render, "said", {"sent": time.time()}, token="load")
time.sleep(2)
"""


# Queues renders of six people; what comes on the input says that the workers may begin.
FILLER = """
import sys
import django; django.setup()
from pathlib import Path
from compressor import timeline
from compressor.goal import Goal
from gifweb import renders
from gifweb.accounts import identity
from gifweb.renders.models import Render, Worker
from gifweb.studio import store_uploads
from gifweb.studio.upload_stream import PartWriter
from gifweb.studio.models import Project
content, count, before = Path(sys.argv[1]).read_bytes(), int(sys.argv[2]), Render.objects.count()
people = []
for _ in range(6):
    account = identity.make()
    project = Project.objects.create(account=account)
    writer = PartWriter(10**9)
    writer.write(content)
    people.append((account, project, store_uploads.keep(account, project, writer.done("a.gif"))))
for n in range(count):
    account, project, media = people[n % 6]
    draft = timeline.draft_for(media.public_id, media.info, media.name)
    renders.submit(account, project, Goal(format="gif", max_bytes=60_000 + 500 * (before + n)), draft, f"k{n}")
Worker.objects.update(draining=False)
"""


async def watch(
    url: str, origin: str, cookie: str, gate: asyncio.Semaphore, got: list[float], opened: list[int]
) -> None:
    headers = {"Cookie": f"visitor={cookie}"}
    async with gate:
        socket = await connect(url, origin=origin, additional_headers=headers, open_timeout=120)  # type: ignore[arg-type]
    opened.append(1)
    async with socket:
        for _ in range(EVENTS):
            event: dict[str, Any] = json.loads(await socket.recv())
            got.append(time.time() - event["sent"])


async def measure(site: Site, watchers: int, teller: subprocess.Popen[str]) -> dict[str, Any]:
    assert teller.stdout
    assert teller.stdin
    public_id, cookie = teller.stdout.readline().split()
    url = f"ws://127.0.0.1:{site.port}/ws/renders/{public_id}?after=1"
    gate, got, opened = asyncio.Semaphore(AT_ONCE), [], []
    began = time.monotonic()
    tasks = [asyncio.create_task(watch(url, site.url, cookie, gate, got, opened)) for _ in range(watchers)]
    while len(opened) < watchers:
        await asyncio.sleep(0.1)
        for task in tasks:
            if task.done():
                task.result()
    connected = time.monotonic() - began
    await asyncio.sleep(2)
    before = cpu_s(site), time.process_time()
    for _ in range(EVENTS):
        teller.stdin.write("\n")
        teller.stdin.flush()
        await asyncio.sleep(PAUSE_S)
    await asyncio.wait_for(asyncio.gather(*tasks), 120)
    spent = {"site": cpu_s(site) - before[0], "load": time.process_time() - before[1]}
    cuts = quantiles(got, n=100)
    milliseconds = {"p50": cuts[49], "p95": cuts[94], "worst": max(got)}
    told = {name: round(value * 1000) for name, value in milliseconds.items()}
    cpu = {f"{name}_cpu_ms_per_event": round(value * 1000 / EVENTS) for name, value in spent.items()}
    return {"watchers": watchers, "events": len(got), "connected_s": round(connected, 1), **told, **cpu}


def upload(site: Site, megabytes: int) -> dict[str, Any]:
    """A GIF of that size, most of it a comment, sent both ways by one visitor each."""
    small = media_made.gif(site.data / "small.gif", media_made.scene(64, 48, 4)).read_bytes()
    block = b"\xff" + os.urandom(255)
    filled = (
        small[:-1] + b"\x21\xfe" + block * ((megabytes * 1_000_000 - len(small) - 4) // len(block)) + b"\0" + small[-1:]
    )
    found: dict[str, Any] = {"bytes": len(filled), "memory_before_mb": peak_mb(site)}
    with site.client() as visitor:
        began = time.monotonic()
        visitor.make(filled, "gif, under 1KB")
        found |= {"form_s": round(time.monotonic() - began, 1), "form_memory_mb": peak_mb(site)}
    with site.client() as visitor:
        began = time.monotonic()
        protocol = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(filled))}
        place = visitor.http.post("/uploads", headers=protocol).headers["Location"]
        for at in range(0, len(filled), PIECE):
            protocol = {
                "Tus-Resumable": "1.0.0",
                "Upload-Offset": str(at),
                "Content-Type": "application/offset+octet-stream",
            }
            visitor.http.patch(place, content=filled[at : at + PIECE], headers=protocol).raise_for_status()
        sent = time.monotonic() - began
        visitor.post("/", words="gif, under 1KB", upload=place.rpartition("/")[2])
        whole = time.monotonic() - began
    return found | {
        "pieces_s": round(sent, 1),
        "pieces_and_render_s": round(whole, 1),
        "pieces_memory_mb": peak_mb(site),
    }


def workers(site: Site, count: int) -> dict[str, Any]:
    """Renders a second by one worker on one core, and by two on two."""
    busy = media_made.gif(site.data / "busy.gif", media_made.scene(160, 120, 20, noise=20), 6)
    environment = site.environment | {"DJANGO_SETTINGS_MODULE": "gifweb.settings"}
    second: subprocess.Popen[bytes] | None = None
    found: dict[str, Any] = {"renders": count}

    def made() -> int:
        return int(site.rows("select count(*) from renders_render where state = 'finished'")[0][0])

    try:
        for number in (1, 2):
            if number == 2:
                command = [sys.executable, "manage.py", "work"]
                second = subprocess.Popen(command, cwd=ROOT, env=environment, preexec_fn=lambda: pin(0, 1))
            wait_until(lambda n=number: len(site.rows("select 1 from renders_worker")) == n, 60, "so many workers")
            for pid in site.pids("work"):
                for one in (pid, *descendants(pid)):
                    pin(one, 0)
            time.sleep(20)  # what forks the children has loaded everything
            set_draining(site)
            before = made()
            arguments = [str(busy), str(count)]
            subprocess.run([sys.executable, "-c", FILLER, *arguments], cwd=ROOT, env=environment, check=True)
            wait_until(lambda b=before: made() == b + count, 600, "the end of all renders")
            (span,) = site.rows(
                "select (julianday(max(finished_at)) - julianday(min(started_at))) * 86400 from"
                " (select * from renders_render order by id desc limit ?)",
                count,
            )
            found[f"workers_{number}_s"] = round(span[0], 1)
    finally:
        if second:
            second.terminate()
            second.wait(30)
    return found | {"times": round(found["workers_1_s"] / found["workers_2_s"], 2)}


def set_draining(site: Site) -> None:
    """The workers take nothing until told otherwise; they look every two seconds."""
    code = (
        "import django; django.setup(); from gifweb.renders.models import Worker as W; W.objects.update(draining=True)"
    )
    environment = site.environment | {"DJANGO_SETTINGS_MODULE": "gifweb.settings"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    time.sleep(4)


def pin(pid: int, core: int) -> None:
    """Every thread of a process to one core."""
    for task in os.listdir(f"/proc/{pid or os.getpid()}/task"):
        os.sched_setaffinity(int(task), {core})


def descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for word in task.read_text().split():
            found += [int(word), *descendants(int(word))]
    return found


def peak_mb(site: Site) -> int:
    """The most memory that the web server has had so far."""
    status = Path(f"/proc/{site.pids('serve')[0]}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1000


def cpu_s(site: Site) -> float:
    """What the web server has computed so far, in seconds."""
    ticks = 0
    for pid in site.pids("serve"):
        ticks += sum(int(part) for part in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--watchers", type=int, default=1000)
    options.add_argument("--redis", default="", help="redis://… for the live progress; left out: embedded")
    options.add_argument("--upload", type=int, default=0, metavar="MB")
    options.add_argument("--workers", type=int, default=0, metavar="N")
    chosen = options.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        own = {"WORKER_THREADS": "1", "SWEEP_S": "1", "FREE_CREDITS": "100000"} if chosen.workers else {}
        site = Site(Path(folder), STREAMS_PER_ACCOUNT="0", CHANNEL_REDIS_URL=chosen.redis, **own)
        site.start()
        try:
            wait_until(site.healthy, 60, "a healthy site")
            if chosen.upload:
                print(json.dumps(upload(site, chosen.upload) | {"load": os.getloadavg()[0]}))
                return
            if chosen.workers:
                print(json.dumps(workers(site, chosen.workers) | {"load": os.getloadavg()[0]}))
                return
            environment = site.environment | {"DJANGO_SETTINGS_MODULE": "gifweb.settings"}
            with subprocess.Popen(
                [sys.executable, "-c", TELLER],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as teller:
                found = asyncio.run(measure(site, chosen.watchers, teller))
            print(json.dumps(found | {"layer": "redis" if chosen.redis else "embedded", "load": os.getloadavg()[0]}))
        finally:
            site.stop()


if __name__ == "__main__":
    main()
