"""Two machines, each with a web server and a worker of one thread, on PostgreSQL, RabbitMQ, Redis and an object store:
what one begins the other goes on with."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from websockets.asyncio.client import connect

from benchmarks.drill_services import cluster

from . import media_made
from .live import Site, Visitor, wait_until

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.rabbitmq, pytest.mark.slow]

PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}


def as_the_same(here: Visitor, there: Visitor) -> None:
    """One visitor, whom the balancer in front sends now here and now there."""
    there.http.cookies.update(here.http.cookies)


class Pair:
    """The two machines, and a look into the database that they share."""

    def __init__(self, machines: list[Site], home: Path) -> None:
        self.machines, self.home = machines, home

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(host=str(self.home), user="site", dbname="postgres") as to:
            return to.execute(sql).fetchall()  # type: ignore[arg-type]

    def running(self) -> int:
        return int(str(self.rows("select count(*) from renders_render where state = 'running'")[0][0]))

    def visitors(self, around: ExitStack) -> list[Visitor]:
        return [around.enter_context(machine.client()) for machine in self.machines]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with ExitStack() as around:
        folder = Path(around.enter_context(tempfile.TemporaryDirectory(prefix="pair-", dir="/tmp")))
        os.chmod(folder, 0o755)  # PostgreSQL does not run as root
        made, services, _store = around.enter_context(cluster(folder))
        own = {"SECRET_KEY": "k" * 40, "LEASE_S": "5", "SWEEP_S": "1", "WORKER_THREADS": "1"}
        machines = []
        for name in ("one", "two"):
            machine = Site(tmp_path_factory.mktemp(name), **made, **own)
            machine.start()
            around.callback(machine.stop)
            machines.append(machine)
        yield Pair(machines, services["postgres"].home)


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Some seconds of work."""
    path = tmp_path_factory.mktemp("media") / "busy.gif"
    return media_made.gif(path, media_made.scene(128, 96, 16, noise=20), 6).read_bytes()


def test_an_upload_and_its_render_go_over_both(pair: Pair, busy: bytes) -> None:
    content = busy[:-1] + b"\x21\xfe" + (b"\xff" + bytes(255)) * 1200 + b"\0" + busy[-1:]
    with ExitStack() as around:
        here, there = pair.visitors(around)
        begun = here.http.post("/uploads", headers=PIECE | {"Upload-Length": str(len(content))}, content=b"")
        place, step = begun.headers["Location"], len(content) // 3
        for number, visitor in enumerate((there, here, there, here)):
            at = number * step
            sent = visitor.http.patch(
                place, content=content[at : at + step], headers=PIECE | {"Upload-Offset": str(at)}
            )
            assert sent.status_code == 204, sent.text
        made = here.post("/", words="under 90KB", format="gif", upload=place.rpartition("/")[2])
        assert made.status_code == 302, made.text[-2000:]
        page = made.headers["location"]
        as_the_same(here, there)
        cookies = "; ".join(f"{name}={value}" for name, value in here.http.cookies.items())
        told = asyncio.run(_heard(pair.machines[1], page, cookies))
        assert told[-1]["kind"] == "finished"
        assert [event["n"] for event in told] == list(range(1, len(told) + 1))
        files = [visitor.http.get(f"{page}/file").content for visitor in (here, there)]
        assert files[0] == files[1]
        assert files[0][:6] == b"GIF89a"


async def _heard(machine: Site, page: str, cookies: str) -> list[dict[str, object]]:
    url = f"ws://127.0.0.1:{machine.port}/ws/renders/{page.rpartition('/')[2]}"
    headers = {"Cookie": cookies}
    async with connect(url, origin=machine.url, additional_headers=headers) as socket:  # type: ignore[arg-type]
        return [json.loads(message) async for message in socket]


def test_both_workers_work_and_one_takes_over_from_the_other(pair: Pair, busy: bytes) -> None:
    with ExitStack() as around:
        here, there = pair.visitors(around)
        pages = [here.make(busy, "under 80KB", format="gif")]
        as_the_same(here, there)
        pages += [visitor.make(busy, f"under {81 + n}KB", format="gif") for n, visitor in enumerate([there, here] * 2)]
        wait_until(lambda: pair.running() == 2, 60, "two renders at once, on workers of one thread")
        for pid in pair.machines[0].pids("work"):
            os.kill(pid, signal.SIGKILL)
        for pid in pair.machines[1].pids("work"):  # puts its render back and ends
            os.kill(pid, signal.SIGTERM)
        for page in pages:
            told = here.wait(page, 120)
            assert told["state"] == "finished", told
    tries = [row[0] for row in pair.rows("select tries from renders_render")]
    assert max(tries) <= 2, tries  # type: ignore[type-var]
    assert pair.rows("select count(*) from credits_hold where state = 'open'") == [(0,)]
    spent = pair.rows("select count(*) from credits_entry where kind = 'spent'")
    assert spent == pair.rows("select count(*) from renders_render where state = 'finished'")


def test_health_of_each_names_all_its_services(pair: Pair) -> None:
    for machine in pair.machines:
        told = httpx.get(f"{machine.url}/healthz", timeout=20).json()
        assert told["status"] == "ok", told
    assert len(pair.rows("select name from renders_worker where seen_at > now() - interval '10 seconds'")) == 2
