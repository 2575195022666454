"""The real site in processes of its own: started, asked, killed and looked into by the tests."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from gifweb.supervisor import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
START_S = 280.0  # the kernels may have to be compiled; a test ends after 300
_sites = 0


def on_services() -> bool:
    """Whether these tests run on PostgreSQL, Redis and an object store (``tests.on_services``)."""
    return os.environ.get("ON_SERVICES") == "1"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(found: Callable[[], Any], seconds: float, what: str, every: float = 0.05) -> Any:
    """The first true value that ``found`` returns; fails with ``what`` after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


class Site:
    """``manage.py up`` on ``url`` with its data in ``data``. Settings by keyword, as the environment names them."""

    def __init__(self, data: Path, **settings: str) -> None:
        self.data = data
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {"DATA_DIR": str(data), "PYTHONUNBUFFERED": "1", "ANON_TOKENS_PER_IP": "0"}
        if on_services() and "DATABASE_URL" not in settings:
            own |= self._own_services()
        self.environment = os.environ | own | settings
        self.process: subprocess.Popen[str] | None = None
        self.log = data / "up.log"

    def _own_services(self) -> dict[str, str]:
        """A database, a queue and a folder of the bucket that no other site has."""
        import psycopg

        global _sites
        _sites += 1
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as to:
            to.execute(f"create database site{self.port}")
        database = os.environ["DATABASE_URL"].rpartition("/")[0]
        queue = os.environ["CHANNEL_REDIS_URL"].rpartition("/")[0]
        bucket = os.environ["MEDIA_STORAGE_URL"].replace("/tests?", f"/site{self.port}?")
        return {
            "DATABASE_URL": f"{database}/site{self.port}",
            "BROKER_URL": f"{queue}/{1 + _sites % 15}",
            "MEDIA_STORAGE_URL": bucket,
        }

    def start(self) -> None:
        """Prepares and runs it in one process, as each start of Django costs seconds."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("a") as log:
            self.process = process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--prepare", "--port", str(self.port)],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),  # also when the tests themselves are killed
            )
        try:
            wait_until(lambda: process.poll() is not None or self.healthy(), START_S, "a healthy site")
            assert process.poll() is None, "the site has ended"
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}; its log: {self.log.read_text()[-4000:]}") from error

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def healthy(self) -> dict[str, Any]:
        try:
            answer = httpx.get(f"{self.url}/healthz", timeout=5, verify=False)  # no certificates are read: 40 ms
        except httpx.HTTPError:
            return {}
        return dict(answer.json()) if answer.status_code == 200 else {}

    def stop(self) -> None:
        """Ctrl-C; waits for the end."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self.process = None

    def pids(self, name: str) -> list[int]:
        """The processes of this site that run ``manage.py <name>``."""
        assert self.process is not None
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes().split(b"\0")
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == self.process.pid and name.encode() in line:
                found.append(int(entry.name))
        return found

    def client(self) -> Visitor:
        return Visitor(self)

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Read from the site's own database."""
        if (url := self.environment.get("DATABASE_URL", "")).startswith("postgresql:"):
            import psycopg

            with psycopg.connect(url) as to:
                return to.execute(sql.replace("?", "%s"), values).fetchall()  # type: ignore[arg-type]
        connection = sqlite3.connect(f"file:{self.data / 'db.sqlite3'}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()


class Visitor:
    """A browser without JavaScript: keeps cookies, sends forms with their token."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = httpx.Client(base_url=site.url, timeout=60)

    def close(self) -> None:
        self.http.close()

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def token(self, page: str = "/") -> str:
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def post(self, path: str, page: str = "/", **fields: Any) -> httpx.Response:
        data = {"csrfmiddlewaretoken": self.token(page)} | fields
        return self.http.post(path, data=data, headers={"Referer": self.site.url})

    def make(self, content: bytes, words: str, name: str = "source.gif", **fields: str) -> str:
        """Send the start page's form; the path of the render's page."""
        data = {"csrfmiddlewaretoken": self.token(), "words": words} | fields
        answer = self.http.post("/", data=data, files={"file": (name, content)}, headers={"Referer": self.site.url})
        assert answer.status_code == 302, (answer.status_code, answer.text[-3000:])
        return answer.headers["location"]

    def events(self, path: str, after: int = 0) -> dict[str, Any]:
        return dict(json.loads(self.http.get(f"{path}/events?after={after}").text))

    def wait(self, path: str, seconds: float = 60) -> dict[str, Any]:
        """Until the render has ended; its state and all its events."""
        wait_until(
            lambda: self.events(path, 10**8)["state"] in ("finished", "failed", "cancelled"),
            seconds,
            f"the end of {path}",
            every=0.2,  # the site answers with the same core that renders
        )
        return self.events(path)
