"""A second request handler for ``POST /run_sse``: the same view in a ready thread, with less middleware.

Django starts a thread and opens a database connection for each request, and runs middleware for sessions, forms and
messages, which programs do not use. Here a request runs in a thread that keeps its connection, with only the middleware
that affects it. The response is the same, header by header; a test compares the two.

It stays because of this figure (``benchmarks/turns.py``, 50 turns in the same moment, 2 cores, client on the same
machine; the target is a first byte within 300 ms for 95 % of them):

    without this module   first byte median 467 ms, p95 499 ms
    with this module      first byte median  71 ms, p95 121 ms
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http.response import HttpResponseBase, StreamingHttpResponse
from django.middleware.common import CommonMiddleware
from django.middleware.locale import LocaleMiddleware
from django.middleware.security import SecurityMiddleware

from gifweb.accounts.rate_limits import RateHeaders
from gifweb.errors import Errors
from gifweb.headers import SecurityHeaders
from gifweb.media_origin import MediaHost
from gifweb.request_log import Requests

from . import chat_stream
from .chat_threads import ReadyThreads

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

PATH = "/run_sse"
# From the outermost to the innermost, as in settings.MIDDLEWARE.
MIDDLEWARE: tuple[Any, ...] = (
    Requests,
    SecurityHeaders,
    MediaHost,
    SecurityMiddleware,
    LocaleMiddleware,
    CommonMiddleware,
    RateHeaders,
    Errors,
)

_threads = ReadyThreads(1, "run_sse")  # more threads would only compete for the interpreter lock


def with_chat_handler(site: Application) -> Application:
    """Return the ASGI application with this handler in front of it."""
    # The decorator serves coroutines too, and its type says so; all of these are plain functions.
    answer: Any = convert_exception_to_response(chat_stream.run_sse)
    for layer in reversed(MIDDLEWARE):
        answer = convert_exception_to_response(layer(answer))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH:
            await _serve(answer, scope, receive, send)
        else:
            await site(scope, receive, send)

    return application


async def _serve(answer: Callable[[ASGIRequest], HttpResponseBase], scope: Scope, receive: Receive, send: Send) -> None:
    with chat_stream.pending.one() as first_byte_sent:
        body = await _body(receive)
        if body is None:
            return
        response = await asyncio.wrap_future(_threads.submit(_answer, answer, scope, body))
        await send(_start(response))
        if not isinstance(response, StreamingHttpResponse):
            await send({"type": "http.response.body", "body": response.content})  # type: ignore[attr-defined]
            return
        gone = asyncio.ensure_future(_gone(receive, asyncio.current_task()))
        try:
            async for piece in response:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                first_byte_sent()
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if not gone.done():  # the client has not disconnected
                raise
        finally:
            gone.cancel()


async def _body(receive: Receive) -> bytes | None:
    """Return the whole body, cut where it exceeds the limit; None when the client disconnected."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        if len(body) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _gone(receive: Receive, stream: asyncio.Task[None] | None) -> None:
    """Cancel the stream when the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass
    if stream:
        stream.cancel()


def _answer(answer: Callable[[ASGIRequest], HttpResponseBase], scope: Scope, body: bytes) -> HttpResponseBase:
    request = ASGIRequest(scope, io.BytesIO(body))
    request.META["CONTENT_LENGTH"] = str(len(body))
    return answer(request)


def _start(response: HttpResponseBase) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", cookie.OutputString().encode()) for cookie in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
