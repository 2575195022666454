"""Connections that send slowly: a deadline for each request, and a limit on how many of one address may wait.

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

HEAD_S = 15.0  # from the connection, or from the end of the answer before, to the end of a request's head
IDLE_S = 75.0  # the same on a connection that has been answered before
BODY_S = 60.0  # for a body, and a second more for each BODY_RATE bytes
BODY_RATE = 20_000
FAST_S = 1.0  # whoever has not waited for longer is no slow client

_waiting: dict[str, dict[Channel, float]] = defaultdict(dict)  # address → connection → since when; oldest first


class Channel(http.HTTPChannel):
    """One connection. It is closed without an answer when its deadline passes."""

    _deadline: Any = None
    _address = ""

    def connectionMade(self) -> None:
        super().connectionMade()
        transport: Any = self.transport
        self._address = str(getattr(transport.getPeer(), "host", ""))
        self._wait(HEAD_S)

    def allHeadersReceived(self) -> None:
        self._arrived()
        length = settings.MAX_UPLOAD_BYTES if self.length is None else self.length
        if length:
            self._allow(BODY_S + length / BODY_RATE)
        super().allHeadersReceived()

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

    def _wait(self, seconds: float) -> None:
        """For the head of a request; of too many that wait on one address, the one that has waited longest goes."""
        self._allow(seconds)
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
        others = _waiting.get(self._address, {})
        others.pop(self, None)
        if not others:
            _waiting.pop(self._address, None)


def protocol() -> Any:
    """What Twisted's factory makes for a new connection."""
    return http._GenericHTTPChannelProtocol(Channel())
