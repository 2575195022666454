"""``/run_sse``: one turn of the chat as a stream. The turn runs on its own; the stream only watches it, so a client
that goes away changes nothing, and one that waits hears a heartbeat.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, public
from gifweb.studio import access, chat
from gifweb.studio.models import Project

from . import adk, exports
from .executor import Arrivals, Line
from .responses import ApiRequest, agent, body, compact

log = logging.getLogger(__name__)

HEARTBEAT = b": heartbeat\n\n"
HEARTBEAT_S = 10.0
TURN_S = 15 * 60.0
WORDS_LIMIT = 8000
# Turns are mostly Python: more of them at once would only make every other request wait longer for its first byte.
WORKERS = 2

_line = Line(WORKERS, "turn")
arrivals = Arrivals()  # who waits for a first byte goes before who has had it
GREET_S = 1.0


class Events:
    """What a turn tells, from its thread to the one who watches. Nobody need watch, and nothing is lost before."""

    def __init__(self) -> None:
        self._told: deque[dict[str, Any] | None] = deque()
        self._wake: Callable[[], Any] | None = None
        self._guard = threading.Lock()

    def tell(self, event: dict[str, Any] | None) -> None:
        """None ends it."""
        with self._guard:
            self._told.append(event)
            if self._wake:
                self._wake()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The stream of the events as bytes, with heartbeats, until the end or until it has taken too long."""
        yield HEARTBEAT  # the first byte says that we are at it
        loop = asyncio.get_running_loop()
        until = loop.time() + TURN_S
        more = asyncio.Event()
        with self._guard:
            self._wake = partial(_from_thread, loop, more.set)
        while loop.time() < until:
            more.clear()
            while self._told:
                event = self._told.popleft()
                if event is None:
                    return
                yield f"data: {compact(event)}\n\n".encode()
            try:
                await asyncio.wait_for(more.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield HEARTBEAT


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    with suppress(RuntimeError):  # the loop was closed: nobody watches any more
        loop.call_soon_threadsafe(call)


@agent("POST", scope="write")
def run_sse(request: ApiRequest) -> HttpResponseBase:
    """Refusals before the stream are plain JSON; after it began they are an event and a sentence."""
    sent = body(request)
    session = sent.get("session_id", sent.get("sessionId"))
    if not isinstance(session, str | int):
        raise BadInput("session_id is missing.")
    words = _words(sent.get("new_message", sent.get("newMessage")))
    project = access.session_for(request.account, str(session))
    rate_limits.hit_request("turn", request, request.account)
    events = Events()
    _line.submit(_take_turn, request, project, words, sent.get("streaming") is True, events.tell)
    response = StreamingHttpResponse(aiter(events), content_type="text/event-stream; charset=utf-8")
    response["X-Accel-Buffering"] = "no"
    return response


def _words(message: Any) -> str:
    """The text of ADK's ``new_message``: its parts joined; a bare string is taken too."""
    if isinstance(message, str):
        text = message
    else:
        parts = message.get("parts") if isinstance(message, dict) else None
        if not isinstance(parts, list):
            raise BadInput("new_message.parts[0].text is missing.")
        text = "\n".join(p["text"] for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str))
    if not text.strip():
        raise BadInput("new_message.parts[0].text is missing.")
    if len(text) > WORDS_LIMIT:
        raise BadInput(f"The message is longer than {WORDS_LIMIT} characters.")
    return text


def _take_turn(
    request: ApiRequest, project: Project, words: str, streaming: bool, put: Callable[[dict[str, Any] | None], None]
) -> None:
    """The whole turn, in a thread of its own. Whatever happens, it ends with a text event."""
    arrivals.wait(GREET_S)
    invocation = adk.invocation_id()
    try:
        for event in _events(request, project, words, invocation, streaming):
            put(event)
    except Exception as error:
        known = public(error)
        if known.status >= 500:
            log.error("a turn failed", exc_info=error)
        put(adk.failed(invocation, known.code, known.message))
    finally:
        put(None)


def _events(
    request: ApiRequest, project: Project, words: str, invocation: str, streaming: bool
) -> Iterator[dict[str, Any]]:
    for event in chat.say(project, words, export=lambda stands: exports.from_chat(request, project, stands)):
        if isinstance(event, chat.Called):
            yield adk.called(invocation, event.id, event.name, event.args)
        elif isinstance(event, chat.Answered):
            yield adk.answered(invocation, event.id, event.name, event.response, event.state)
        else:
            if streaming:
                for piece in _pieces(event.text):
                    yield adk.text(invocation, piece, partial=True)
            yield adk.text(invocation, event.text)


def _pieces(text: str) -> Iterator[str]:
    """The words in pieces for a client that asked to see them come."""
    at = 0
    while at < len(text):
        cut = text.find(" ", at + 24)
        end = len(text) if cut < 0 else cut + 1
        yield text[at:end]
        at = end
