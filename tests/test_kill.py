"""kill -9 of web server, worker and sandbox child in mid-render: the same page, one result, nothing stuck."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from . import media_made
from .live import Site, Visitor, wait_until

pytestmark = pytest.mark.slow

LEASE_S = 5
AFTER_S = 30  # after the lease has run out


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("killed"), LEASE_S=str(LEASE_S), SWEEP_S="1", WORKER_THREADS="1")
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Some seconds of work."""
    folder = tmp_path_factory.mktemp("media")
    return media_made.gif(folder / "busy.gif", media_made.scene(160, 120, 24, noise=20), 6).read_bytes()


def children_of(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += [int(word) for word in task.read_text().split()]
    return found


def job_children(site: Site) -> list[int]:
    """The sandboxed processes of the worker: the children of its fork server."""
    return [child for worker in site.pids("work") for server in children_of(worker) for child in children_of(server)]


def victims(site: Site, part: str) -> list[int]:
    return job_children(site) if part == "child" else site.pids({"web": "serve", "worker": "work"}[part])


def progress(site: Site, public_id: str) -> tuple[str, float, int]:
    (row,) = site.rows("select state, progress, tries from renders_render where public_id = ?", public_id)
    return row[0], row[1], row[2]


@pytest.mark.parametrize("percent", [10, 50, 90])
@pytest.mark.parametrize("part", ["web", "worker", "child"])
def test_killed_in_mid_render(own_site: Site, busy: bytes, part: str, percent: int) -> None:
    # A quick machine can be through the last steps between two looks: then once more, a little sooner.
    bars = range(percent, max(percent - 50, 0), -10)
    assert any(_killed(own_site, busy, part, bar) for bar in bars), "it always ended first: make the job longer"


def _killed(own_site: Site, busy: bytes, part: str, percent: int) -> bool:
    """Kill ``part`` at ``percent`` and hold everything to its promise; False when the render ended before that."""
    wait_until(own_site.healthy, 60, "a healthy site to begin with")
    with own_site.client() as visitor:
        path = visitor.make(busy, "under 150KB", format="gif")  # each visitor is somebody new: no result is copied
        public_id = path.rpartition("/")[2]
        wait_until(lambda: _reached_or_ended(own_site, public_id, percent), 120, f"{percent} %")
        if progress(own_site, public_id)[0] not in ("running", "queued"):
            return False
        # The child may be between two lives at this very moment.
        pids = wait_until(lambda: victims(own_site, part) or _ended(own_site, public_id), 10, f"a {part} to kill")
        if pids is True:
            return False
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed_at = time.monotonic()
        state, _, _ = progress(own_site, public_id)
        if state not in ("running", "queued"):
            return False
        wait_until(own_site.healthy, 60, "healthy again")
        wait_until(
            lambda: progress(own_site, public_id)[0] not in ("queued", "running"), LEASE_S + AFTER_S + 60, "the end"
        )
        took = time.monotonic() - killed_at
        _one_result(own_site, visitor, path, public_id)
        tries = progress(own_site, public_id)[2]
        assert tries == (1 if part == "web" else 2)
        print(f"{part} at {percent} %: finished {took:.1f} s after the kill, try {tries}")
        return True


def _ended(site: Site, public_id: str) -> bool:
    return progress(site, public_id)[0] not in ("running", "queued")


def _reached_or_ended(site: Site, public_id: str, percent: int) -> bool:
    return _ended(site, public_id) or progress(site, public_id)[1] >= percent


def test_a_restart_in_mid_render_goes_on_and_does_not_count(own_site: Site, busy: bytes) -> None:
    """Ctrl-C while it runs, and a start on the same data: the render is put back at once and finished."""
    wait_until(own_site.healthy, 60, "a healthy site to begin with")
    with own_site.client() as visitor:
        path = visitor.make(busy, "under 140KB", format="gif")
        public_id = path.rpartition("/")[2]
        wait_until(lambda: _reached(own_site, public_id, 30), 120, "30 %")
        own_site.stop()
        assert progress(own_site, public_id)[::2] == ("queued", 0)
        own_site.start()
        wait_until(lambda: progress(own_site, public_id)[0] not in ("queued", "running"), 120, "the end")
        _one_result(own_site, visitor, path, public_id)
        assert progress(own_site, public_id)[2] == 1


def test_cancel_kills_the_child(own_site: Site, busy: bytes) -> None:
    wait_until(own_site.healthy, 60, "a healthy site to begin with")
    with own_site.client() as visitor:
        path = visitor.make(busy, "under 130KB", format="gif")
        public_id = path.rpartition("/")[2]
        wait_until(lambda: _reached(own_site, public_id, 20), 120, "20 %")
        assert job_children(own_site)
        visitor.post(f"{path}/cancel", page=path)
        began = time.monotonic()
        wait_until(lambda: not job_children(own_site), 10, "the end of the child")
        wait_until(lambda: progress(own_site, public_id)[0] == "cancelled", 10, "cancelled")
        print(f"cancelled after {time.monotonic() - began:.2f} s")
        assert site_holds(own_site, public_id) == [("released", 0)]


def site_holds(site: Site, public_id: str) -> list[tuple[object, ...]]:
    return site.rows("select state, paid from credits_hold where key = ?", f"render:{public_id}")


def _reached(site: Site, public_id: str, percent: int) -> bool:
    state, reached, _ = progress(site, public_id)
    assert state in ("queued", "running"), f"it was {state} before {percent} %"
    return reached >= percent


def _one_result(site: Site, visitor: Visitor, path: str, public_id: str) -> None:
    """The same page shows one finished file, paid once; nothing of the first try is left."""
    told = visitor.events(path)
    assert told["state"] == "finished", told["events"][-1]
    assert [e["kind"] for e in told["events"]].count("finished") == 1
    assert [e["n"] for e in told["events"]] == list(range(1, len(told["events"]) + 1))
    percents = [e["percent"] for e in told["events"] if e["kind"] == "step"]
    assert percents == sorted(percents), "the number shown went back"
    content = visitor.http.get(f"{path}/file").content
    assert content[:6] == b"GIF89a"
    assert len(content) <= 150_000
    assert site_holds(site, public_id) == [("settled", 1)]
    wait_until(
        lambda: not list((site.data / "work").glob(f"{public_id}-*")) or _swept(site, public_id), 40, "a clean folder"
    )


def _swept(site: Site, public_id: str) -> bool:
    """A folder of a killed worker may stay until it is tidied; it holds no result."""
    return not [p for f in (site.data / "work").glob(f"{public_id}-*") for p in f.iterdir() if p.name == "out"]
