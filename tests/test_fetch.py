"""Fetching by URL: never an address that is not public, and caps that hold whatever the server does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gifweb.errors import BadInput, TooLarge
from gifweb.studio.fetch_url import as_ascii, fetch, is_public

CLOSED = [
    "100.64.0.1",
    "::10.0.0.1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::",
    "fec0::1",
    "192.0.0.192",
    "168.63.129.16",
    "224.0.0.1",
    "ff02::1",
    "169.254.169.254",
    "::ffff:10.0.0.1",
    "::ffff:127.0.0.1",
    "2001:0:a00:1::1",
    "198.18.0.1",
    "0.0.0.0",
    "fd00:ec2::254",
    "127.0.0.1",
    "::1",
    "::",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "255.255.255.255",
    "fe80::1%eth0",
    "2001:db8::1",
    "fe80::5efe:7f00:1",
    "240.0.0.1",
    "nonsense",
    "4000::1",
    "5f00::1",
    "100::1",
    "1fff::1",
]
OPEN = ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]


@pytest.mark.parametrize("address", CLOSED)
def test_closed_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", OPEN)
def test_open_addresses(address: str) -> None:
    assert is_public(address)


class Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        port = self.server.server_address[1]
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/file%20one.gif":
            return self.plain(b"GIF89a" + b"x" * 994)
        if self.path == "/hop":
            return self.to("/file%20one.gif")
        if self.path == "/b%C3%BCcher.gif?q=%C3%A9":
            return self.plain(b"GIF89a" + b"x" * 10)
        if self.path == "/raw":  # as many servers do: UTF-8 where only ASCII may stand
            return self.to("/bücher.gif?q=é".encode().decode("latin-1"))
        if self.path == "/idn":
            return self.to("http://bücher.example/x.gif".encode().decode("latin-1"))
        if self.path == "/inside":
            return self.to(f"http://127.0.0.2:{port}/file%20one.gif")
        if self.path == "/scheme":
            return self.to("file:///etc/passwd")
        if self.path == "/round":
            return self.to("/round")
        if self.path == "/declared":
            self.send_response(200)
            self.send_header("Content-Length", "999999999")
            self.end_headers()
            return None
        if self.path == "/packed":
            return self.plain(b"x" * 100, ("Content-Encoding", "gzip"))
        if self.path == "/empty":
            return self.plain(b"")
        if self.path in ("/endless", "/drip"):
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for _ in range(4000):
                    self.wfile.write(b"y" * (1 if self.path == "/drip" else 10_000))
                    if self.path == "/drip":
                        time.sleep(0.05)
            except OSError:
                pass
            self.close_connection = True
            return None
        self.send_error(404)
        return None

    def to(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def plain(self, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    httpd.daemon_threads = True
    httpd.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield httpd
    httpd.shutdown()
    httpd.server_close()
    thread.join()


def only_this(address: str) -> bool:
    return address == "127.0.0.1"


def test_brings_the_file_also_over_a_redirect(server: ThreadingHTTPServer) -> None:
    base = f"http://127.0.0.1:{server.server_address[1]}"
    for path in ("/file%20one.gif", "/hop"):
        body = bytearray()
        got = fetch(base + path, body.extend, max_bytes=10_000, allowed=only_this)
        assert (got.name, got.bytes) == ("file one.gif", 1000)
        assert len(body) == 1000


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("/inside", BadInput, "may not be reached"),
        ("/scheme", BadInput, "http and https"),
        ("/round", BadInput, "too often"),
        ("/declared", TooLarge, "larger"),
        ("/endless", TooLarge, "larger"),
        ("/packed", BadInput, "packed"),
        ("/empty", BadInput, "no file"),
        ("/missing", BadInput, "404"),
    ],
)
def test_refusals(server: ThreadingHTTPServer, path: str, error: type, words: str) -> None:
    url = f"http://127.0.0.1:{server.server_address[1]}{path}"
    with pytest.raises(error, match=words):
        fetch(url, bytearray().extend, max_bytes=100_000, allowed=only_this)


def test_a_slow_drip_ends_on_time(server: ThreadingHTTPServer) -> None:
    got = bytearray()
    with pytest.raises(BadInput, match="slow"):
        fetch(
            f"http://127.0.0.1:{server.server_address[1]}/drip",
            got.extend,
            max_bytes=100_000,
            total_s=1.0,
            allowed=only_this,
        )
    assert len(got) < 4000  # it did not wait for the end of the drip


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0"])
def test_nobody_inside_is_asked(server: ThreadingHTTPServer, host: str) -> None:
    before = list(server.asked)  # type: ignore[attr-defined]
    with pytest.raises(BadInput):
        fetch(f"http://{host}:{server.server_address[1]}/file%20one.gif", bytearray().extend, max_bytes=10_000)
    assert server.asked == before  # type: ignore[attr-defined]


def test_a_name_that_changes_its_mind_is_caught_at_the_peer(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = server.server_address[1]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("127.0.0.1", port))])
    calls = iter([True, False])
    before = list(server.asked)  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match="may not be reached"):
        fetch(f"http://rebind.test:{port}/x", bytearray().extend, max_bytes=10, allowed=lambda a: next(calls))
    assert server.asked == before  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "url", ["ftp://example.org/a", "gopher://x", "http://", "http://u:p@example.org/", "http://[x"]
)
def test_odd_urls(url: str) -> None:
    with pytest.raises(BadInput):
        fetch(url, bytearray().extend, max_bytes=10)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://bücher.example/ü ö.gif?q=é#part", "http://xn--bcher-kva.example/%C3%BC%20%C3%B6.gif?q=%C3%A9"),
        ("https://例え.テスト:8443/a%20b.gif", "https://xn--r8jz45g.xn--zckzah:8443/a%20b.gif"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),  # full-width digits
        ("http://example.org", "http://example.org/"),
        ("http://[2606:4700::1111]:80/x", "http://[2606:4700::1111]:80/x"),
    ],
)
def test_urls_go_on_the_wire_in_ascii(url: str, sent: str) -> None:
    assert as_ascii(url) == sent


@pytest.mark.parametrize("url", ["http://\ud800/x", "http://a\u0300.\u200b../x", "http://-ü-.example/\udcff"])
def test_hosts_that_cannot_be_named(url: str) -> None:
    with pytest.raises(BadInput):
        fetch(url, bytearray().extend, max_bytes=10)


@pytest.mark.parametrize("path", ["/bücher.gif?q=é", "/raw"])
def test_addresses_beyond_ascii_are_fetched_also_over_a_redirect(server: ThreadingHTTPServer, path: str) -> None:
    got = fetch(
        f"http://127.0.0.1:{server.server_address[1]}{path}", bytearray().extend, max_bytes=100, allowed=only_this
    )
    assert (got.name, got.bytes) == ("bücher.gif", 16)


def test_names_beyond_ascii_meet_the_address_check(
    server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *args: object, **options: object) -> object:
        if host == "127.0.0.1":
            return real(host, *args, **options)  # type: ignore[arg-type]
        asked.append(host)
        return [(2, 1, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    for url in ("http://bücher.example/x.gif", f"http://127.0.0.1:{server.server_address[1]}/idn"):
        with pytest.raises(BadInput, match="may not be reached"):
            fetch(url, bytearray().extend, max_bytes=100, allowed=only_this)
    assert asked == ["xn--bcher-kva.example"] * 2
