"""A PostgreSQL of one's own: a fresh cluster in a temporary folder, reached by its Unix socket, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from .needs import program


def _other() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as somebody else, who is there on every system."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            who = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []}
    return {}


@contextmanager
def cluster() -> Iterator[str]:
    """Yields the DATABASE_URL of an empty database; skips the test where PostgreSQL is not installed."""
    initdb, server = program("initdb"), program("postgres")
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a short path: a socket's has at most 107 characters
    other = _other()
    if other:
        os.chown(home, other["user"], other["group"])
    quick = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]
    started: subprocess.Popen[bytes] | None = None
    try:
        subprocess.run(
            [initdb, "-D", str(home / "data"), "-U", "site", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=home,
            **other,
        )
        with (home / "log").open("wb") as log:
            started = subprocess.Popen(
                [server, "-D", str(home / "data"), "-k", str(home), "-c", "listen_addresses=", *quick],
                stdout=log,
                stderr=log,
                cwd=home,
                **other,
            )
        _wait(str(home), started, home / "log")
        yield f"postgresql://site@{quote(str(home), safe='')}/postgres"
    finally:
        if started is not None:
            started.terminate()  # a smart shutdown would wait for connections that a failed test left open
            try:
                started.wait(10)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()
        shutil.rmtree(home, ignore_errors=True)


def _wait(socket: str, started: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(host=socket, user="site", dbname="postgres").close()
            return
        except psycopg.OperationalError:
            if started.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.1)
