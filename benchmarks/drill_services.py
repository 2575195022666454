"""The services of a site on many machines, for the drills: PostgreSQL, Redis, RabbitMQ and an object store. A
program is killed with -9 and started again on its data; the store can be slow or cut off its answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from gifweb.supervisor import die_with_parent  # noqa: E402
from tests import postgres, s3  # noqa: E402
from tests.live import free_port  # noqa: E402
from tests.needs import program  # noqa: E402
from tests.test_brokers import takes  # noqa: E402

START_S = 120


class Service:
    """One program with its data. ``port`` is what tells that it is up (0: a socket of ``home``)."""

    def __init__(self, name: str, command: list[str], home: Path, port: int = 0, **how: Any) -> None:
        self.name, self.command, self.home, self.port, self.how = name, command, home, port, how
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            with (self.home / "log").open("ab") as log:
                self.process = subprocess.Popen(
                    self.command,
                    stdout=log,
                    stderr=log,
                    cwd=self.home,
                    start_new_session=True,
                    preexec_fn=die_with_parent(os.getpid()),
                    **self.how,
                )
            while self.process.poll() is None and time.monotonic() < end:
                if self.up():
                    return
                time.sleep(0.1)
        raise AssertionError(f"{self.name} did not start: {(self.home / 'log').read_text()[-2000:]}")

    def up(self) -> bool:
        if self.port:
            return takes(self.port)
        import psycopg

        try:
            psycopg.connect(host=str(self.home), user="site", dbname="postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL for the program and all that it started; then it is started again, after a moment."""
        self.end()
        time.sleep(1)
        self.start()

    def end(self) -> None:
        assert self.process
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(20)


def _postgres(home: Path) -> tuple[Service, str]:
    other = postgres._other()
    if other:
        os.chown(home, other["user"], other["group"])
    data = home / "data"
    make = [program("initdb"), "-D", str(data), "-U", "site", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    subprocess.run(make, check=True, capture_output=True, cwd=home, **other)
    command = [program("postgres"), "-D", str(data), "-k", str(home), "-c", "listen_addresses="]
    return Service("postgres", command, home, **other), f"postgresql://site@{quote(str(home), safe='')}/postgres"


def _redis(home: Path) -> tuple[Service, str]:
    port = free_port()
    command = [program("redis-server"), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(home), "--save", ""]
    return Service("redis", command, home, port), f"redis://127.0.0.1:{port}/0"


def _rabbitmq(home: Path) -> tuple[Service, str]:
    port = free_port()
    server = program("rabbitmq-server")
    if os.access(behind := "/usr/lib/rabbitmq/bin/rabbitmq-server", os.X_OK):
        server = behind
    (home / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users = none\n")
    own = {
        "HOME": str(home),
        "RABBITMQ_MNESIA_BASE": f"{home}/data",
        "RABBITMQ_LOG_BASE": f"{home}/logs",
        "RABBITMQ_CONFIG_FILE": f"{home}/rabbitmq.conf",
        "RABBITMQ_CONF_ENV_FILE": f"{home}/no-such-file",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
        "RABBITMQ_NODENAME": f"drill{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_PID_FILE": f"{home}/pid",
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_CRASH_DUMP": f"{home}/crash",
    }
    return Service("broker", [server], home, port, env=os.environ | own), f"amqp://guest:guest@127.0.0.1:{port}//"


class FaultyStore(s3.Handler):
    """The object store; ``store.fault`` is "", "slow" or "cut"."""

    def place(self) -> tuple[str, dict[str, list[str]]]:
        fault = self.store.fault
        if fault == "slow":
            time.sleep(1.5)
        elif fault == "cut":
            self.close_connection = True
            self.connection.close()
            sys.exit()  # of this thread: without a word
        return super().place()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[dict[str, str], dict[str, Service], s3.Store]]:
    """The environment of a site on all four, the services that can be killed, and the store."""
    services: dict[str, Service] = {}
    try:
        made: dict[str, str] = {}
        for make, setting in ((_postgres, "DATABASE_URL"), (_redis, "CHANNEL_REDIS_URL"), (_rabbitmq, "BROKER_URL")):
            home = folder / setting.partition("_")[0].lower()
            home.mkdir(mode=0o755)
            service, made[setting] = make(home)
            services[service.name] = service
            service.start()
        with s3.serving(FaultyStore) as store:
            options = f"endpoint_url={quote(store.url, safe='')}&region_name=eu-central-1&addressing_style=path"
            made["MEDIA_STORAGE_URL"] = f"s3://bucket/site?{options}"
            made |= {"AWS_ACCESS_KEY_ID": "test" * 5, "AWS_SECRET_ACCESS_KEY": "test" * 5}
            yield made | {"AWS_EC2_METADATA_DISABLED": "true"}, services, store
    finally:
        for service in services.values():
            if service.process:
                service.end()
