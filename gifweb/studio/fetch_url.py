"""Downloads a file from a URL of a user, only from public addresses.

We resolve the host name, require every one of its addresses to be public, connect to one of them and check the peer
again, so that DNS rebinding gains nothing. Redirects are checked in the same way. Bytes and time are limited whatever
the server declares.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

import httpcore
import idna

from gifweb.errors import BadInput, TooLarge

TOTAL_S = 60.0
CONNECT_S = 10.0
REDIRECTS = 5
CHUNK_WAIT_S = 15.0

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
_COMPATIBLE = ipaddress.ip_network("::/96")
_UNICAST = ipaddress.ip_network("2000::/3")  # all of IPv6 that is given out; the rest is reserved, whatever tables say
# Public by the standard library's table, but refused here: site-local, translation, tunnels, protocol assignments.
_CLOSED = [
    ipaddress.ip_network(n) for n in (
        "fec0::/10", "64:ff9b:1::/48", "2001::/32", "192.0.0.0/24", "192.88.99.0/24",
        "168.63.129.16/32",  # a machine's own host on Azure, whatever network it is in
    )
]  # fmt: skip


def embedded(address: IPAddress) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one (mapped, compatible, NAT64, 6to4, ISATAP), or None."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    number = int(address)
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)
    if (number >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE):
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    return None


def is_public(text: str) -> bool:
    """Whether a numeric address is out on the public internet, for the innermost address that it carries."""
    try:
        address: IPAddress = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return False
    inner = embedded(address)
    if inner is not None:
        return is_public(str(inner))
    if address.version == 6 and address not in _UNICAST:
        return False
    if any(address.version == net.version and address in net for net in _CLOSED):
        return False
    return address.is_global and not address.is_multicast


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came: the last address' file name (data, never a path) and how many bytes were written."""

    name: str
    bytes: int


class _Bounded(httpcore.NetworkStream):
    """A connection whose reads and writes all end at one deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def _left(self, timeout: float | None) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(timeout, left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, self._left(timeout)), self._deadline)

    def close(self) -> None:
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects only to addresses for which ``allowed`` is true, with one deadline for the whole download."""

    def __init__(self, allowed: Callable[[str], bool], deadline: float) -> None:
        self._inner = httpcore.SyncBackend()
        self._allowed = allowed
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise BadInput("The host name in the URL cannot be found.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(self._allowed(a) for a in addresses):
            raise BadInput("The URL points to an address that may not be reached.")
        last: Exception | None = None
        for address in addresses[:4]:
            left = self._deadline - time.monotonic()
            if left <= 0:
                break
            try:
                stream = self._inner.connect_tcp(
                    address, port, min(CONNECT_S, left), local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
                continue
            peer = stream.get_extra_info("server_addr")
            if not peer or not self._allowed(str(peer[0])):
                stream.close()
                raise BadInput("The URL points to an address that may not be reached.")
            return _Bounded(stream, self._deadline)
        raise BadInput("The server of this URL does not answer.") from last

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, max(0.0, self._deadline - time.monotonic())))


@contextmanager
def _plain_words() -> Iterator[None]:
    try:
        yield
    except httpcore.TimeoutException as error:
        raise BadInput("The server of this URL is too slow.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, ssl.SSLError) as error:
        raise BadInput("The file could not be fetched from that URL.") from error


def fetch(
    url: str,
    write: Callable[[bytes], object],
    *,
    max_bytes: int,
    total_s: float = TOTAL_S,
    allowed: Callable[[str], bool] = is_public,
) -> Fetched:
    """Download ``url`` and pass it to ``write`` in pieces, at most ``max_bytes`` in all.

    Only http and https, at most 5 redirects, ``total_s`` seconds in all. Raises BadInput (unreachable, refused, too
    slow, no file) and TooLarge; the caller then discards what was written.
    """
    deadline = time.monotonic() + total_s
    with _plain_words(), httpcore.ConnectionPool(network_backend=_Backend(allowed, deadline), retries=0) as pool:
        for _ in range(REDIRECTS + 1):
            url = as_ascii(url)
            parts = urlsplit(url)
            left = max(0.1, deadline - time.monotonic())
            timeout = {"connect": min(CONNECT_S, left), "read": min(CHUNK_WAIT_S, left), "write": 5.0, "pool": 5.0}
            # Compressed bodies are neither requested nor unpacked, so a decompression bomb stays small.
            headers: dict[bytes | str, bytes | str] = {
                "Host": parts.netloc.rpartition("@")[2],
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            }
            headers["User-Agent"] = "brim-fetch/1"
            with pool.stream("GET", url, headers=headers, extensions={"timeout": timeout}) as response:
                named = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
                if response.status in (301, 302, 303, 307, 308) and "location" in named:
                    url = _moved(url, named["location"])
                    continue
                return _take(response, named, url, write, max_bytes, deadline)
    raise BadInput("The URL redirects too often.")


def post(
    url: str,
    body: bytes,
    headers: Mapping[bytes | str, bytes | str],
    *,
    total_s: float,
    allowed: Callable[[str], bool] = is_public,
) -> int:
    """Send ``body`` to ``url`` and answer the status; redirects are not followed and the answer is not read. Raises
    BadInput (unreachable, refused, too slow)."""
    deadline = time.monotonic() + total_s
    url = as_ascii(url)
    sent: dict[bytes | str, bytes | str] = {"Host": urlsplit(url).netloc, "User-Agent": "brim-webhooks/1", **headers}
    timeout = {"connect": min(CONNECT_S, total_s), "read": total_s, "write": total_s, "pool": total_s}
    with (
        _plain_words(),
        httpcore.ConnectionPool(network_backend=_Backend(allowed, deadline), retries=0) as pool,
        pool.stream("POST", url, headers=sent, content=body, extensions={"timeout": timeout}) as response,
    ):
        return int(response.status)


def _moved(url: str, location: str) -> str:
    """Where a redirect leads. Servers send raw UTF-8 in the header, though it may hold ASCII alone."""
    try:
        return urljoin(url, location.encode("latin-1").decode("utf-8", "replace"))
    except ValueError as error:
        raise BadInput("The URL redirects to an address that cannot be read.") from error


def as_ascii(url: str) -> str:
    """The URL as it goes on the wire: the host in IDNA, all else that is not ASCII percent-encoded as UTF-8. Raises
    BadInput for what is no http or https URL."""
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise BadInput("The URL cannot be read.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise BadInput("Only http and https URLs can be fetched.")
    if parts.username is not None or port == 0:
        raise BadInput("The URL cannot be read.")
    try:
        # Mapped first (UTS 46): a full-width digit is a digit, so the address check sees what is connected to.
        name = host if host.isascii() else idna.encode(host, uts46=True).decode("ascii")
        path, query = quote(parts.path or "/", safe=_PATH), quote(parts.query, safe=_QUERY)
    except (idna.IDNAError, UnicodeError) as error:
        raise BadInput("The host name in the URL cannot be read.") from error
    if any(c.isspace() or ord(c) < 33 for c in name):
        raise BadInput("The URL cannot be read.")
    place = f"[{name}]" if ":" in name else name
    return urlunsplit((parts.scheme, f"{place}:{port}" if port else place, path, query, ""))


# What may stand in each part unescaped (RFC 3986), and "%", since what is encoded already stays as it is.
_PATH = "/:@!$&'()*+,;=~-._%"
_QUERY = _PATH + "?"


def _take(
    response: httpcore.Response,
    headers: dict[str, str],
    url: str,
    write: Callable[[bytes], object],
    max_bytes: int,
    deadline: float,
) -> Fetched:
    if response.status != 200:
        raise BadInput(f"The URL answered {response.status} instead of a file.")
    if headers.get("content-encoding", "identity").lower() not in ("identity", ""):
        raise BadInput("The server sent the file compressed (packed), although that was not requested.")
    too_large = TooLarge(f"The file is larger than {max_bytes // 1_000_000} MB.", max_bytes=max_bytes)
    declared = headers.get("content-length", "")
    if declared.isascii() and declared.isdecimal() and int(declared) > max_bytes:
        raise too_large
    written = 0
    for chunk in response.iter_stream():
        written += len(chunk)
        if written > max_bytes:
            raise too_large
        if time.monotonic() > deadline:
            raise BadInput("The server of this URL is too slow.")
        write(chunk)
    if not written:
        raise BadInput("There is no file at this URL.")
    name = unquote(urlsplit(url).path.rpartition("/")[2]) or "file"
    return Fetched(name[:255], written)
