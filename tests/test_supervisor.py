"""``manage.py up``: starts all, restarts what dies, leaves nothing behind, goes on where it was."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .live import ROOT, Site, wait_until

PARTS = ("serve", "work", "beat")


@pytest.fixture(scope="module")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Each test leaves it running."""
    site = Site(tmp_path_factory.mktemp("supervised"))
    site.start()
    yield site
    site.stop()


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def children(site: Site) -> list[int]:
    return [pid for name in PARTS for pid in site.pids(name)]


def test_a_child_that_dies_is_started_again_and_ctrl_c_stops_all(own_site: Site) -> None:
    before = children(own_site)
    assert len(before) == 3
    for name in PARTS:
        (pid,) = own_site.pids(name)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda name=name, pid=pid: [p for p in own_site.pids(name) if p != pid], 10, f"a new {name}")
    wait_until(own_site.healthy, 60, "healthy again")
    wait_until(lambda: "Ready: open http://127.0.0.1" in own_site.log.read_text(), 60, "the word that it is ready")
    after = children(own_site)
    assert len(after) == 3
    assert not set(before) & set(after)
    own_site.stop()
    assert all(gone(pid) for pid in after)
    # The same data goes on: same key, same database.
    key = (own_site.data / "secret_key").read_text()
    own_site.start()
    assert (own_site.data / "secret_key").read_text() == key


def test_a_killed_supervisor_leaves_no_orphans(own_site: Site) -> None:
    found = children(own_site)
    assert own_site.process is not None
    own_site.process.kill()
    own_site.process.wait()
    wait_until(lambda: all(gone(pid) for pid in found), 5, "children that end with their supervisor")
    own_site.start()
    assert own_site.healthy()


def test_a_taken_port_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", str(taken.getsockname()[1])],
            cwd=ROOT,
            env=os.environ | {"DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 1
    assert "is in use" in done.stdout
