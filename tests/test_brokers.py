"""The services for many machines, started for the test: a Redis for nudges and queue, a RabbitMQ for the queue."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gifweb.supervisor import die_with_parent

from . import media_made
from .live import Site, free_port
from .needs import program


@contextmanager
def started(
    command: list[str], port: int, seconds: float, env: dict[str, str] | None = None, cwd: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A service with a process group of its own, until it takes connections; ended with all that it began."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            env=os.environ | (env or {}),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=die_with_parent(os.getpid()),
        )
        try:
            end = time.monotonic() + seconds
            while not takes(port):
                if process.poll() is not None or time.monotonic() > end:
                    log.seek(0)
                    raise AssertionError(f"{command[0]} did not start: {log.read().decode()[-3000:]}")
                time.sleep(0.1)
            yield process
        finally:
            stop(process)


def takes(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def stop(process: subprocess.Popen[bytes]) -> None:
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(20)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait(5)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    server, port = program("redis-server"), free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(tmp_path), "--save", "", "--appendonly", "no"]
    with started([server, *options], port, 20):
        yield f"redis://127.0.0.1:{port}/0"


@pytest.fixture
def amqp_url() -> Iterator[str]:
    """A RabbitMQ alone on this machine. Its port mapper is given a port of its own too, so that no other is met."""
    server, port, mapper = program("rabbitmq-server"), free_port(), free_port()
    # What a distribution puts in front of it changes user and folder; the program itself runs as anybody.
    if os.access(behind := "/usr/lib/rabbitmq/bin/rabbitmq-server", os.X_OK):
        server = behind
    with tempfile.TemporaryDirectory(prefix="rabbit-", dir="/tmp") as home:
        config = Path(home) / "rabbitmq.conf"
        config.write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\nloopback_users = none\n")
        env = {
            "HOME": home,
            "RABBITMQ_MNESIA_BASE": f"{home}/data",
            "RABBITMQ_LOG_BASE": f"{home}/log",
            "RABBITMQ_CONFIG_FILE": str(config),
            "RABBITMQ_CONF_ENV_FILE": f"{home}/no-such-file",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{home}/plugins",
            "RABBITMQ_NODENAME": f"test{port}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_PID_FILE": f"{home}/pid",
            "ERL_EPMD_PORT": str(mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_CRASH_DUMP": f"{home}/crash",
        }
        before = processes()
        try:
            with started([server], port, 90, env, Path(home)):
                yield f"amqp://guest:guest@127.0.0.1:{port}//"
        finally:
            # The port mapper puts itself out of our group; it is the one that listens on the port we chose.
            for pid in processes() - before:
                if f"ERL_EPMD_PORT={mapper}".encode() in environment(pid):
                    os.kill(pid, signal.SIGKILL)


def processes() -> set[int]:
    return {int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()}


def environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


@contextmanager
def site(data: Path, **settings: str) -> Iterator[Site]:
    running = Site(data, **settings)
    running.start()
    try:
        yield running
    finally:
        running.stop()


def renders_once(site: Site, folder: Path) -> dict[str, Any]:
    gif = media_made.gif(folder / "a.gif", media_made.scene(96, 64, 8)).read_bytes()
    with site.client() as visitor:
        path = visitor.make(gif, "webp")
        told = visitor.wait(path)
        assert told["state"] == "finished", told
        assert visitor.http.get(f"{path}/file").content[8:12] == b"WEBP"
    return told


@pytest.mark.redis
async def test_a_nudge_goes_through_redis(redis_url: str, settings: Any) -> None:
    """From one connection to another, as from a worker to the web server; and a follower of another hears nothing."""
    settings.CHANNEL_LAYERS = {
        "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [redis_url]}}
    }
    from channels.layers import channel_layers, get_channel_layer

    from gifweb.renders import channel_notifications

    here = get_channel_layer()
    assert here is not None
    there = channel_layers.make_backend("default")
    mine, other = await there.new_channel(), await there.new_channel()
    await there.group_add(channel_notifications.group("mine"), mine)
    await there.group_add(channel_notifications.group("other"), other)
    try:
        await asyncio.sleep(0.1)
        channel_notifications.nudge("mine")  # by its own loop in its own thread, as in a worker
        async with asyncio.timeout(10):
            assert (await there.receive(mine))["type"] == "render.nudge"
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await there.receive(other)
    finally:
        await there.flush()
        loop = channel_notifications._running_loop()
        asyncio.run_coroutine_threadsafe(here.flush(), loop).result(5)


@pytest.mark.redis
@pytest.mark.slow
def test_the_site_on_redis(redis_url: str, tmp_path: Path) -> None:
    """Queue and nudges both: the render is made, and its watcher hears of it as it happens."""
    with site(tmp_path / "data", REDIS_URL=redis_url) as running:
        renders_once(running, tmp_path)
        assert not (running.data / "channels.sqlite3").exists()
        assert not list((running.data / "queue").rglob("*.msg"))


@pytest.mark.rabbitmq
@pytest.mark.slow
def test_the_site_on_rabbitmq(amqp_url: str, tmp_path: Path) -> None:
    with site(tmp_path / "data", BROKER_URL=amqp_url, SWEEP_S="60") as running:
        renders_once(running, tmp_path)
        assert not list((running.data / "queue").rglob("*.msg"))
