"""Small edges of the web server: slow clients, forged hosts, mail without a mail server, who may read the database."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import stat
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage, get_connection
from django.test import Client, RequestFactory, override_settings
from twisted.internet.testing import StringTransport

from gifweb import absolute_urls, environment_urls, folders, server, slow_clients
from gifweb.accounts import identity
from gifweb.accounts.models import User

# --- slow clients -----------------------------------------------------------------------------------------------------


class Clock:
    """Twisted's clock, moved by the test."""

    def __init__(self) -> None:
        from twisted.internet.task import Clock as Later

        self.later = Later()

    def __call__(self) -> float:
        return float(self.later.seconds())


class Socket(StringTransport):
    aborted = False

    def __init__(self, host: str = "192.0.2.1") -> None:
        from twisted.internet.address import IPv4Address

        super().__init__(peerAddress=IPv4Address("TCP", host, 5))

    def abortConnection(self) -> None:
        self.aborted = True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(slow_clients, "reactor", clock.later)
    monkeypatch.setattr(slow_clients, "monotonic", clock)
    monkeypatch.setattr(slow_clients, "_waiting", type(slow_clients._waiting)(dict))
    return clock


def connected(host: str = "192.0.2.1", clock: Clock | None = None) -> tuple[slow_clients.Channel, Socket]:
    channel, transport = slow_clients.Channel(), Socket(host)
    if clock:
        channel.callLater = clock.later.callLater
    channel.timeOut = None
    channel.makeConnection(transport)
    return channel, transport


def test_a_head_that_drips_ends_at_its_deadline(clock: Clock) -> None:
    channel, transport = connected()
    channel.dataReceived(b"GET / HTTP/1.1\r\n")
    for _ in range(int(slow_clients.HEAD_S) - 1):
        clock.later.advance(1)
        channel.dataReceived(b"X")
        assert not transport.aborted
    clock.later.advance(2)
    assert transport.aborted
    assert not slow_clients._waiting


class Taken:
    """A request whose body goes nowhere."""

    def __init__(self, *args: object) -> None:
        from twisted.web.http_headers import Headers

        self.requestHeaders = Headers()

    def parseCookies(self) -> None: ...
    def gotLength(self, length: int | None) -> None: ...
    def handleContentChunk(self, data: bytes) -> None: ...
    def connectionLost(self, reason: object) -> None: ...


def uploading(host: str = "192.0.2.1") -> tuple[slow_clients.Channel, Socket]:
    channel, transport = connected(host)
    channel.requestFactory = Taken
    channel.dataReceived(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000000\r\n\r\n")
    return channel, transport


def test_a_body_has_the_time_that_what_has_come_of_it_needs(clock: Clock) -> None:
    channel, transport = uploading()
    for _ in range(20):
        clock.later.advance(10)
        channel.dataReceived(b"x" * 10 * slow_clients.BODY_RATE)
    clock.later.advance(slow_clients.BODY_S - 1)
    assert not transport.aborted
    clock.later.advance(2)
    assert transport.aborted
    assert not slow_clients._waiting


def test_a_body_that_drips_does_not_last_as_long_as_it_says(clock: Clock) -> None:
    """Its 200 MB would have had 10,060 s; and hundreds of them stood open."""
    channel, transport = uploading()
    for _ in range(7):
        clock.later.advance(10)
        channel.dataReceived(b"x")
    assert transport.aborted


def test_bodies_and_answers_that_stand_still_count_among_those_that_wait(clock: Clock) -> None:
    with override_settings(CONNECTIONS_PER_IP=3):
        body, reader, moving = uploading(), connected(), uploading()
        reader[0]._arrived()
        reader[0].stalled()
        clock.later.advance(2)
        moving[0].dataReceived(b"x")
        connected()
        assert [one.aborted for _, one in (body, reader, moving)] == [True, False, False]
        connected()
        assert [one.aborted for _, one in (reader, moving)] == [True, False]
        reader[0].moves()


def test_an_answer_that_nobody_reads_is_given_up(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    from gifweb import server

    monkeypatch.setattr(server, "reactor", clock.later)
    channel, transport = connected()
    channel._arrived()  # the request itself has come
    request = server.Request.__new__(server.Request)  # whole ones belong to a running server
    request.channel = channel
    request.writable = asyncio.Event()
    for _ in range(5):  # slow, but it reads
        request.pauseProducing()
        clock.later.advance(server.STALL_S - 1)
        request.resumeProducing()
        clock.later.advance(server.STALL_S)
        assert request.writable.is_set()
    assert not transport.aborted
    request.pauseProducing()
    clock.later.advance(server.STALL_S + 1)
    assert transport.aborted


def test_of_too_many_that_wait_on_one_address_the_oldest_goes(clock: Clock) -> None:
    with override_settings(CONNECTIONS_PER_IP=3):
        made = [connected()[1] for _ in range(3)]
        other = connected("192.0.2.2")[1]
        quick = connected()[1]  # all came in this moment: nobody is slow yet
        assert not any(one.aborted for one in [*made, other, quick])
        clock.later.advance(2)
        late = connected()[1]
        assert [one.aborted for one in [*made, quick, late, other]] == [True, False, False, False, False, False]
        with override_settings(TRUST_PROXY=True):
            connected()
        assert [one.aborted for one in made] == [True, False, False]


def test_an_ipv6_network_is_one_address(clock: Clock) -> None:
    """Each of its 2^64 addresses could hold CONNECTIONS_PER_IP connections."""
    with override_settings(CONNECTIONS_PER_IP=3):
        made = [connected(f"2001:db8::{n}")[1] for n in range(3)]
        clock.later.advance(2)
        connected("2001:db8:0:1::1")
        assert not any(one.aborted for one in made)
        connected("2001:db8::ffff:9")
        assert [one.aborted for one in made] == [True, False, False]


def test_a_websocket_that_talks_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small frames were queued faster than they were read: 4.5 MB of them kept all others waiting for 16 s."""
    heard: list[bytes] = []
    monkeypatch.setattr(server.ws_protocol.WebSocketProtocol, "dataReceived", lambda _, data: heard.append(data))
    now = 1000.0
    monkeypatch.setattr(server, "monotonic", lambda: now)
    listener, wire = server.Socket(), Socket()
    listener.transport = wire
    listener.dataReceived(b"the request".ljust(16_000))
    for _ in range(200):  # an answer to each ping, for more than an hour
        now += 20
        listener.dataReceived(b"pong".ljust(131))
    assert len(heard) == 201
    assert not wire.aborted
    now = 1000.0
    listener.dataReceived(b"\x89\x80\0\0\0\0" * 5000)
    assert wire.aborted
    assert len(heard) == 201


# --- forged hosts, links ----------------------------------------------------------------------------------------------


def test_links_carry_our_own_port_not_the_one_that_a_host_header_names() -> None:
    def origin(host: str, port: str = "8000") -> str:
        return absolute_urls.origin(RequestFactory().get("/", HTTP_HOST=host, SERVER_PORT=port))

    with override_settings(ALLOWED_HOSTS=["localhost", "[::1]"], BASE_URL=""):
        assert origin("localhost:8000") == "http://localhost:8000"
        assert origin("localhost:6666") == "http://localhost:8000"
        assert origin("[::1]:6666") == "http://[::1]:8000"
        assert origin("localhost", "80") == "http://localhost"
        with override_settings(TRUST_PROXY=True):
            assert origin("localhost:6666") == "http://localhost"
    with override_settings(BASE_URL="https://gif.example.org"):
        assert origin("localhost:6666") == "https://gif.example.org"


@pytest.mark.django_db
@override_settings(ALLOWED_HOSTS=["localhost"], BASE_URL="")
def test_mails_carry_our_own_port() -> None:
    user = User.objects.create(email="someone@example.org")
    user.set_password("x" * 12)
    user.save()
    identity.for_user(user)
    Client().post("/account/password/reset", {"email": user.email}, HTTP_HOST="localhost:6666", SERVER_PORT="8000")
    assert "http://localhost:8000/account/password/reset/" in mail.outbox[0].body
    assert "6666" not in mail.outbox[0].body


@pytest.mark.django_db
def test_a_rejected_host_is_one_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("django.security.DisallowedHost")
    assert logger.filters  # they run before any handler
    assert Client(raise_request_exception=False).get("/", HTTP_HOST="evil.example").status_code == 400
    records = [r for r in caplog.records if r.name == logger.name]
    assert [r.levelname for r in records] == ["WARNING"]
    assert all(r.exc_info is None for r in records)


# --- files for their owner alone --------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_mail_without_a_server_goes_into_files_and_its_links_into_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backend = environment_urls.mail("file://")[0]
    with override_settings(DATA_DIR=tmp_path):
        get_connection(backend).send_messages([EmailMessage("Subject", "https://secret/link", to=["a@example.org"])])
    (path,) = (tmp_path / "mail").iterdir()
    assert "https://secret/link" in path.read_text()
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert "secret" not in caplog.text
    assert str(path) in caplog.text


def test_the_database_is_for_its_owner_alone(tmp_path: Path) -> None:
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    old.write_bytes(b"")
    Path(f"{old}-wal").write_bytes(b"")
    for path in tmp_path.iterdir():
        path.chmod(0o644)
    databases = {str(n): {"ENGINE": "django.db.backends.sqlite3", "NAME": str(p)} for n, p in enumerate((old, new))}
    before = os.umask(0o022)
    try:
        # A stand-in for settings: Django forbids to change DATABASES while it runs.
        with override_settings(DATA_DIR=tmp_path):
            folders.make(databases)
    finally:
        os.umask(before)
    assert {mode(p) for p in tmp_path.iterdir() if p.is_file()} == {0o600}
    assert new.exists()


def test_slow_heads_do_not_hold_the_running_site(site: object) -> None:
    """Connections beyond the limit are closed when another one comes."""
    port = site.port  # type: ignore[attr-defined]
    limit = int(settings.CONNECTIONS_PER_IP)
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(limit)]
    try:
        time.sleep(slow_clients.FAST_S + 0.5)
        assert site.healthy()  # type: ignore[attr-defined]
        held[0].settimeout(10)
        assert _closed(held[0])
    finally:
        for one in held:
            one.close()


def _closed(one: socket.socket) -> bool:
    try:
        return one.recv(1) == b""
    except ConnectionResetError:
        return True
