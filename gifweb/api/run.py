"""``/run_sse``: one turn of the chat as a stream. The turn runs on its own; the stream only watches it, so a client
that goes away changes nothing, and one that waits hears a heartbeat.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase

from gifweb.accounts import limits
from gifweb.errors import BadInput, public
from gifweb.studio import access, turns
from gifweb.studio.models import Project

from . import adk, exports
from .answers import ApiRequest, agent, body, compact

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
TURN_S = 15 * 60.0
WORDS_LIMIT = 8000
# Turns are mostly Python: more of them at once would only make every other request wait longer for its first byte.
WORKERS = 2

_pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="turn")
_running: set[asyncio.Future[None]] = set()  # a task that nobody holds may be collected in mid-turn
_END = object()


@agent("POST", scope="write")
async def run_sse(request: ApiRequest) -> HttpResponseBase:
    """Refusals before the stream are plain JSON; after it began they are an event and a sentence."""
    sent = body(request)
    session = sent.get("session_id", sent.get("sessionId"))
    if not isinstance(session, str | int):
        raise BadInput("session_id is missing.")
    words = _words(sent.get("new_message", sent.get("newMessage")))
    project = await sync_to_async(_admitted)(request, str(session))
    streaming = sent.get("streaming") is True
    queue: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def put(item: Any) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, item)

    turn = loop.run_in_executor(_pool, _take_turn, request, project, words, streaming, put)
    _running.add(turn)
    turn.add_done_callback(_running.discard)
    response = StreamingHttpResponse(_stream(queue), content_type="text/event-stream; charset=utf-8")
    response["X-Accel-Buffering"] = "no"
    return response


def _admitted(request: ApiRequest, session_id: str) -> Project:
    project = access.session_for(request.account, session_id)
    limits.hit_request("turn", request, request.account)
    return project


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


async def _stream(queue: asyncio.Queue[Any]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    until = loop.time() + TURN_S
    yield b": heartbeat\n\n"  # the first byte says that we are at it
    while loop.time() < until:
        try:
            event = await asyncio.wait_for(queue.get(), HEARTBEAT_S)
        except TimeoutError:
            yield b": heartbeat\n\n"
            continue
        if event is _END:
            return
        yield f"data: {compact(event)}\n\n".encode()


def _take_turn(request: ApiRequest, project: Project, words: str, streaming: bool, put: Callable[[Any], None]) -> None:
    """The whole turn, in a thread of its own. Whatever happens, it ends with a text event."""
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
        put(_END)
        close_old_connections()


def _events(
    request: ApiRequest, project: Project, words: str, invocation: str, streaming: bool
) -> Iterator[dict[str, Any]]:
    for event in turns.say(project, words, export=lambda: exports.from_chat(request, project)):
        if isinstance(event, turns.Called):
            yield adk.called(invocation, event.id, event.name, event.args)
        elif isinstance(event, turns.Answered):
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
