"""The quick way in for ``POST /run_sse``: the same view and rules, without what no program needs.

Agents come in crowds, and each waits for a first byte. Here a request waits for one thread of a few that stand ready,
where Django would start one for it and open the database for it, and passes only those layers of middleware that act
on it: a program has no session, no form token and no messages. What is answered is what Django answers, header by
header; a test compares the two.
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
from django.middleware.security import SecurityMiddleware

from gifweb.accounts.rate_limits import RateHeaders
from gifweb.errors import Errors
from gifweb.headers import SecurityHeaders
from gifweb.logs import Requests
from gifweb.media_origin import MediaHost

from . import run
from .executor import Line

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
    CommonMiddleware,
    RateHeaders,
    Errors,
)

_line = Line(1, "greeting")  # the interpreter does one thing at a time: more of them would only take turns


def with_quick_turns(site: Application) -> Application:
    """The site, with this door in front of it."""
    # The decorator serves coroutines too, and its type says so; all of these are plain functions.
    answer: Any = convert_exception_to_response(run.run_sse)
    for layer in reversed(MIDDLEWARE):
        answer = convert_exception_to_response(layer(answer))

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == PATH:
            await _serve(answer, scope, receive, send)
        else:
            await site(scope, receive, send)

    return application


async def _serve(answer: Callable[[ASGIRequest], HttpResponseBase], scope: Scope, receive: Receive, send: Send) -> None:
    with run.arrivals.one() as greeted:
        body = await _body(receive)
        if body is None:
            return
        response = await asyncio.wrap_future(_line.submit(_answer, answer, scope, body))
        await send(_start(response))
        if not isinstance(response, StreamingHttpResponse):
            await send({"type": "http.response.body", "body": response.content})  # type: ignore[attr-defined]
            return
        gone = asyncio.ensure_future(_gone(receive, asyncio.current_task()))
        try:
            async for piece in response:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                greeted()
            await send({"type": "http.response.body", "body": b""})
        except asyncio.CancelledError:
            if not gone.done():  # it was not the client who went away
                raise
        finally:
            gone.cancel()


async def _body(receive: Receive) -> bytes | None:
    """The whole body, of which no more than one too large is kept; None when the client went away."""
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
    """Ends the stream when the client has gone away."""
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
