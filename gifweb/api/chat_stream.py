"""``/run_sse``: one turn of the chat as a stream of server-sent events.

The turn runs in a thread of its own. The stream only reads its events, so a client that disconnects does not stop the
turn. Heartbeats keep the connection open.
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

from . import adk_events, exports
from .chat_threads import PendingFirstBytes, ReadyThreads
from .responses import ApiRequest, agent, body, compact

log = logging.getLogger(__name__)

HEARTBEAT = b": heartbeat\n\n"
HEARTBEAT_S = 10.0
TURN_S = 15 * 60.0
WORDS_LIMIT = 8000
# Turns hold the interpreter lock: more parallel turns would only delay the first byte of other requests.
WORKERS = 2

_turns = ReadyThreads(WORKERS, "turn")
pending = PendingFirstBytes()  # turns wait until every stream has its first byte
MAX_DELAY_S = 1.0


class Events:
    """A queue of events from the thread of a turn to its stream. It also works without a reader."""

    def __init__(self) -> None:
        self._events: deque[dict[str, Any] | None] = deque()
        self._wake: Callable[[], Any] | None = None
        self._guard = threading.Lock()

    def put(self, event: dict[str, Any] | None) -> None:
        """Add an event; None ends the stream."""
        with self._guard:
            self._events.append(event)
            if self._wake:
                self._wake()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the events as bytes, with heartbeats, until the end or the time limit."""
        yield HEARTBEAT  # the first byte is sent before the turn begins
        loop = asyncio.get_running_loop()
        until = loop.time() + TURN_S
        more = asyncio.Event()
        with self._guard:
            self._wake = partial(_from_thread, loop, more.set)
        while loop.time() < until:
            more.clear()
            while self._events:
                event = self._events.popleft()
                if event is None:
                    return
                yield f"data: {compact(event)}\n\n".encode()
            try:
                await asyncio.wait_for(more.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield HEARTBEAT


def _from_thread(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> None:
    with suppress(RuntimeError):  # the loop is closed: the client has disconnected
        loop.call_soon_threadsafe(call)


@agent("POST", scope="write")
def run_sse(request: ApiRequest) -> HttpResponseBase:
    """Start a turn. Errors before the stream are JSON; later errors are a text event."""
    sent = body(request)
    session = sent.get("session_id", sent.get("sessionId"))
    if not isinstance(session, str | int):
        raise BadInput("session_id is missing.")
    words = _words(sent.get("new_message", sent.get("newMessage")))
    project = access.session_for(request.account, str(session))
    rate_limits.hit_request("turn", request, request.account)
    events = Events()
    _turns.submit(_take_turn, request, project, words, sent.get("streaming") is True, events.put)
    response = StreamingHttpResponse(aiter(events), content_type="text/event-stream; charset=utf-8")
    response["X-Accel-Buffering"] = "no"
    return response


def _words(message: Any) -> str:
    """Return the text of ADK's ``new_message``: its parts joined, or a plain string."""
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
    """Run the whole turn. It always ends with a text event."""
    pending.wait(MAX_DELAY_S)
    invocation = adk_events.invocation_id()
    try:
        for event in _events(request, project, words, invocation, streaming):
            put(event)
    except Exception as error:
        known = public(error)
        if known.status >= 500:
            log.error("a turn failed", exc_info=error)
        put(adk_events.failed(invocation, known.code, known.message))
    finally:
        put(None)


def _events(
    request: ApiRequest, project: Project, words: str, invocation: str, streaming: bool
) -> Iterator[dict[str, Any]]:
    for event in chat.say(project, words, export=lambda stands: exports.from_chat(request, project, stands)):
        if isinstance(event, chat.ToolCall):
            yield adk_events.called(invocation, event.id, event.name, event.args)
        elif isinstance(event, chat.ToolResult):
            yield adk_events.answered(invocation, event.id, event.name, event.response, event.state)
        else:
            if streaming:
                for piece in _pieces(event.text):
                    yield adk_events.text(invocation, piece, partial=True)
            yield adk_events.text(invocation, event.text)


def _pieces(text: str) -> Iterator[str]:
    """Yield the text in pieces, for clients that asked for streaming."""
    at = 0
    while at < len(text):
        cut = text.find(" ", at + 24)
        end = len(text) if cut < 0 else cut + 1
        yield text[at:end]
        at = end
