"""Connections that send or read slowly: a deadline for each head, a least rate for each body, and a limit on how many
of one address may keep the server waiting.

Twisted's own timeout starts anew with every byte, so one byte a minute would hold a connection for ever.
"""

from __future__ import annotations

from collections import defaultdict
from time import monotonic
from typing import Any

import daphne.server  # noqa: F401 - it installs the asyncio reactor, before Twisted would install its own
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.web import http

from .accounts.rate_limits import network

HEAD_S = 15.0  # from the connection, or from the end of the answer before, to the end of a request's head
IDLE_S = 75.0  # the same on a connection that has been answered before
BODY_S = 60.0  # for a body to begin, and a second more for each BODY_RATE bytes of it that have come
BODY_RATE = 20_000
FAST_S = 1.0  # whoever has not waited for longer is no slow client

_waiting: dict[str, dict[Channel, float]] = defaultdict(dict)  # address → connection → since when; oldest first


class Channel(http.HTTPChannel):
    """One connection. It is closed without an answer when its deadline passes."""

    _deadline: Any = None
    _address = ""
    _body_until = 0.0  # while a body comes: when it is too late, by what has come of it; 0 else

    def connectionMade(self) -> None:
        super().connectionMade()
        transport: Any = self.transport
        self._address = network(str(getattr(transport.getPeer(), "host", "")))
        self._wait(HEAD_S)

    def allHeadersReceived(self) -> None:
        self._arrived()
        if self.length != 0:  # None: in chunks
            self._body_until = monotonic() + BODY_S
            self._wait(BODY_S)
        super().allHeadersReceived()

    def rawDataReceived(self, data: bytes) -> None:
        if self._body_until:
            self._body_until += len(data) / BODY_RATE
            others = _waiting[self._address]
            others.pop(self, None)
            others[self] = monotonic()
        super().rawDataReceived(data)

    def allContentReceived(self) -> None:
        self._arrived()
        super().allContentReceived()

    def requestDone(self, request: Any) -> None:
        self._arrived()
        if self.persistent:
            self._wait(IDLE_S)
        super().requestDone(request)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._arrived()
        super().connectionLost(reason)

    def stalled(self) -> None:
        """The client reads nothing of its answer just now."""
        self._queue()

    def moves(self) -> None:
        """The client reads on."""
        self._leave()

    def _wait(self, seconds: float) -> None:
        """For the head or the body of a request, at most so long."""
        self._allow(seconds)
        self._queue()

    def _queue(self) -> None:
        """Of too many that wait on one address, the one that has waited longest goes."""
        now, limit = monotonic(), settings.CONNECTIONS_PER_IP
        others = _waiting[self._address]
        # Behind a proxy all connections come from one address: there the proxy has to limit them.
        if limit and len(others) >= limit and not settings.TRUST_PROXY:
            oldest, since = next(iter(others.items()))
            if now - since > FAST_S:
                oldest._close()
        _waiting[self._address][self] = now

    def _allow(self, seconds: float) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        later: Any = reactor
        self._deadline = later.callLater(seconds, self._late)

    def _late(self) -> None:
        self._deadline = None
        left = self._body_until - monotonic()
        if left > 0:
            self._allow(left)
        else:
            self._close()

    def _close(self) -> None:
        self._arrived()
        transport: Any = self.transport
        transport.abortConnection()

    def _arrived(self) -> None:
        """Nothing is waited for any more."""
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._body_until = 0.0
        self._leave()

    def _leave(self) -> None:
        others = _waiting.get(self._address, {})
        others.pop(self, None)
        if not others:
            _waiting.pop(self._address, None)


def protocol() -> Any:
    """What Twisted's factory makes for a new connection."""
    return http._GenericHTTPChannelProtocol(Channel())
