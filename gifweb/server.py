"""The web server: daphne with an early refusal of large bodies and with back-pressure for responses.

This is the one place that patches daphne. The upstream reason: daphne (4.2) writes a whole request body into a
temporary file before the application sees the request (``WebRequest.process``), has no setting for the largest body,
and queues a whole response in memory however slowly the client reads. Here a declared length above the limit is refused
before the first byte of the body, an undeclared one as soon as it passes, both when the disk has no room, and a
response waits while the socket is full. ``slow_clients`` bounds clients that send slowly. A WebSocket is there to be
listened to: whoever sends more on it than answers to pings is cut off.
"""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import IO, Any

from daphne import http_protocol, server, ws_protocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from . import slow_clients, stored_files
from .errors import OutOfSpace, PublicError, TooLarge, error_page, public
from .headers import ALWAYS

Application = Callable[[Any, Any, Any], Awaitable[None]]

SMALL_BODY = 2_000_000
LINGER_S = 2.0
STALL_S = 60.0  # that long nothing of an answer was taken: the connection is closed
# When the collector looks, see ``gc.set_threshold``. With Python's own 700, 10, 10 it looked at everything that 1,000
# sockets hold every 12 s, for 370 ms in which no watcher was told anything, and found nothing.
COLLECTED = 10_000, 20, 100
REFUSALS = {413: "Content Too Large", 507: "Insufficient Storage"}
# What a page may send on a socket: answers to pings and its end. Small frames are queued faster than they are read.
SOCKET_BYTES, SOCKET_RATE = 4096, 100  # at first, and in each second more
ENVELOPE = 1_000_000  # allowance for the multipart form around the files
# An upload has one file of the maximum size, or several that are together no larger.
UPLOAD_PATHS: tuple[Callable[[bytes], bool], ...] = (
    lambda path: path in (b"/", b"/b", b"/check"),
    lambda path: path.startswith(b"/uploads"),
    lambda path: path.startswith((b"/p/", b"/b/")),
    lambda path: path.startswith(b"/api/upload-video/"),
    lambda path: path.startswith(b"/api/v1/"),
)


def body_limit(path: bytes) -> int:
    """Return the largest body in bytes for this path."""
    path = path.partition(b"?")[0]
    if any(fits(path) for fits in UPLOAD_PATHS):
        return int(settings.MAX_UPLOAD_BYTES) + ENVELOPE
    return SMALL_BODY


@implementer(IPushProducer)
class Request(http_protocol.WebRequest):
    """One request: counts the bytes of its body, and pauses its response while the socket is full."""

    limit = SMALL_BODY
    taken = 0
    refused = False
    _stalled: Any = None

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        # Otherwise Twisted parses a whole form in memory, before Django parses it again from the file.
        self._parsePOSTFormSubmission = False
        super().requestReceived(command, path, version)

    def gotLength(self, length: int | None) -> None:
        self.limit = body_limit(getattr(self.channel, "_path", b"/"))
        self.writable = asyncio.Event()
        self.writable.set()
        if length is not None and length > self.limit:
            super().gotLength(0)  # no temporary file is made
            self._refuse(self._too_large())
        elif self.limit > SMALL_BODY and length != 0 and (full := _no_room(length or 0)):
            super().gotLength(0)
            self._refuse(full)
        else:
            super().gotLength(length)

    def handleContentChunk(self, data: bytes) -> None:
        if self.refused:
            return
        looks = self.taken // stored_files.LOOK_AGAIN
        self.taken += len(data)
        try:
            if self.taken > self.limit:
                raise self._too_large()
            if self.taken // stored_files.LOOK_AGAIN > looks:
                stored_files.check_room(0)
            super().handleContentChunk(data)
        except (TooLarge, OutOfSpace, OSError) as error:
            with suppress(OSError):  # what is still in its buffer has no room either
                self.content.close()
            super().gotLength(0)
            self._refuse(public(error))

    def process(self) -> Any:
        if self.refused:
            return None
        # A chunked body is complete by now; Django reads no form without a length.
        if self.taken and not self.requestHeaders.hasHeader(b"content-length"):
            self.requestHeaders.setRawHeaders(b"content-length", [str(self.taken).encode()])
        return super().process()

    def _too_large(self) -> TooLarge:
        if self.limit == SMALL_BODY:
            return TooLarge("The request is too large.", max_bytes=SMALL_BODY)
        megabytes = settings.MAX_UPLOAD_BYTES // 1_000_000
        return TooLarge(f"The file is larger than {megabytes} MB.", max_bytes=settings.MAX_UPLOAD_BYTES)

    def _refuse(self, error: PublicError) -> None:
        """Answer now and close; the rest of the body is not read."""
        self.refused = True
        body = json.dumps(error.to_json(), separators=(",", ":"))
        kind = "application/json"
        accept = b",".join(self.requestHeaders.getRawHeaders(b"accept", [b""]))
        phrase = REFUSALS.get(error.status, "Refused")
        if b"text/html" in accept:
            body = error_page(error)
            kind = "text/html; charset=utf-8"
        raw = body.encode()
        lines = [f"HTTP/1.1 {error.status} {phrase}", f"Content-Type: {kind}", f"Content-Length: {len(raw)}"]
        lines += ["Connection: close", "Access-Control-Allow-Origin: *"]
        lines += [f"{name}: {value}" for name, value in ALWAYS.items()]
        self.requestHeaders.removeHeader(b"expect")  # no "100 Continue" after the refusal
        transport = self.channel.transport
        transport.write(("\r\n".join(lines) + "\r\n\r\n").encode() + raw)
        # If the socket were closed at once, a client that is still sending would see a reset instead of the response:
        # close our half and discard what arrives for a moment.
        transport.loseWriteConnection()
        later: Any = reactor
        later.callLater(LINGER_S, transport.abortConnection)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        for name, value in ALWAYS.items():
            self.responseHeaders.setRawHeaders(name.encode(), [value.encode()])
        super().basic_error(status, status_text, body)

    # The transport calls these when its buffer fills and empties.
    def pauseProducing(self) -> None:
        self.writable.clear()
        later: Any = reactor
        self._moves()
        self._stalled = later.callLater(STALL_S, self._abort)
        if self.channel is not None:
            self.channel.stalled()

    def resumeProducing(self) -> None:
        self._moves()
        self.writable.set()

    def stopProducing(self) -> None:
        self._moves()
        self.writable.set()

    def _moves(self) -> None:
        if self._stalled is not None and self._stalled.active():
            self._stalled.cancel()
        self._stalled = None
        if self.channel is not None:
            self.channel.moves()

    def _abort(self) -> None:
        """Whoever does not read its answer holds no file and no connection."""
        if self.channel is not None:
            self.channel.transport.abortConnection()

    def handle_reply(self, message: dict[str, Any]) -> None:
        if message.get("type") == "http.response.start" and not self._response_started and self.channel is not None:
            self.registerProducer(self, True)
        super().handle_reply(message)

    def finish(self) -> None:
        if self.producer is not None:
            self.unregisterProducer()
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        self._moves()
        self.writable.set()
        super().connectionLost(reason)


def _no_room(length: int) -> PublicError | None:
    try:
        stored_files.check_room(length)
    except OutOfSpace as error:
        return error
    return None


class Socket(ws_protocol.WebSocketProtocol):
    """A WebSocket of which nothing is expected."""

    _heard, _since = 0, 0.0

    def dataReceived(self, data: bytes) -> None:
        if not self._since:  # the request itself, which daphne hands over
            self._since = monotonic()
        else:
            self._heard += len(data)
            if self._heard > SOCKET_BYTES + SOCKET_RATE * (monotonic() - self._since):
                self.transport.abortConnection()
                return
        super().dataReceived(data)


class SocketFactory(ws_protocol.WebSocketFactory):
    protocol = Socket


class Factory(http_protocol.HTTPFactory):
    protocol = staticmethod(slow_clients.protocol)

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = Request
        return protocol


class Slices:
    """A queue that stores offsets in the temporary file instead of pieces of the body.

    daphne queues a whole body at once, which would hold every upload in memory.
    """

    def __init__(self, queue: asyncio.Queue[dict[str, Any]], file: IO[bytes]) -> None:
        self._queue = queue
        self._file = file
        self._at = 0

    def put_nowait(self, message: dict[str, Any]) -> None:
        if body := message.get("body"):
            message = message | {"body": b"", "slice": (self._file, self._at, len(body))}
            self._at += len(body)
        self._queue.put_nowait(message)


def reading_slices(application: Application) -> Application:
    """Wrap the application so that it reads each piece of a body from the file when it asks for it."""

    async def read(scope: Any, receive: Any, send: Any) -> None:
        async def next_message() -> dict[str, Any]:
            message: dict[str, Any] = await receive()
            if cut := message.pop("slice", None):
                file, at, length = cut
                if file.closed:  # the connection is gone
                    return {"type": "http.disconnect"}
                file.seek(at)
                message["body"] = file.read(length)
            return message

        await application(scope, next_message, send)

    return read


class Server(server.Server):
    """daphne's server with the requests of this module."""

    connections: dict[Any, dict[str, Any]]

    def run(self) -> None:
        server.HTTPFactory, server.WebSocketFactory = Factory, SocketFactory  # daphne creates them by these names
        gc.freeze()  # what is loaded now stays
        gc.set_threshold(*COLLECTED)
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        queue = super().create_application(protocol, scope)
        return Slices(queue, protocol.content) if queue is not None and scope["type"] == "http" else queue

    def kill_all_applications(self) -> Any:
        """As in daphne, which fails on a connection whose request has not fully arrived."""
        self.connections = {p: d for p, d in self.connections.items() if "application_instance" in d}
        return super().kill_all_applications()

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        await super().handle_reply(protocol, message)
        if isinstance(protocol, Request):
            await protocol.writable.wait()
