"""WebSocket consumer for the progress of a render: a loop over ``follow``. It decides only who may listen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.db import database_sync_to_async
from django.conf import settings
from django.http.request import validate_host
from django.urls import re_path

from gifweb import accounts, media_origin
from gifweb.errors import PublicError

from . import access
from .event_stream import follow, watching
from .models import Render

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def gate(inner: Application) -> Application:
    """Refuse sockets that are not opened by a page of this site: a foreign or missing Origin header."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if not same_origin(scope):
            await refuse(receive, send)
            return
        try:
            await inner(scope, receive, send)
        except ValueError as error:
            if "No route found" not in str(error):
                raise
            await refuse(receive, send)

    return guarded


def same_origin(scope: Scope) -> bool:
    """Whether the Origin header names BASE_URL, or the requested host where that is an allowed host."""
    headers = {name.lower(): value.decode("latin1") for name, value in scope["headers"]}
    origin = headers.get(b"origin", "")
    if settings.BASE_URL and origin == settings.BASE_URL:
        return True
    host = headers.get(b"host", "")
    if media_origin.is_host(host):
        return False
    name = urlsplit(f"//{host}").hostname or ""
    allowed = settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"]
    parts = urlsplit(origin)
    return parts.scheme in ("http", "https") and parts.netloc == host and validate_host(name, allowed)


async def refuse(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 4404})


async def progress(scope: Scope, receive: Receive, send: Send) -> None:
    """``/ws/renders/<id>?after=n``: send each event of one's own render as a JSON message; close after the last."""
    with ExitStack() as held:
        try:
            render = await database_sync_to_async(_render_of, thread_sensitive=False)(scope)
            held.enter_context(watching(render.account_id))
        except PublicError:
            await refuse(receive, send)
            return
        text = parse_qs(scope.get("query_string", b"").decode("latin1")).get("after", ["0"])[0]
        after = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
        await receive()
        await send({"type": "websocket.accept"})
        await _until_either_ends(render.pk, after, receive, send)


async def _until_either_ends(render_id: int, after: int, receive: Receive, send: Send) -> None:
    telling = asyncio.ensure_future(_tell(render_id, after, send))
    try:
        while not telling.done():
            hearing = asyncio.ensure_future(receive())
            await asyncio.wait({telling, hearing}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done() and hearing.result()["type"] == "websocket.disconnect":
                return
            hearing.cancel()
        telling.result()
        await send({"type": "websocket.close", "code": 1000})
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling


async def _tell(render_id: int, after: int, send: Send) -> None:
    async for event in follow(render_id, after):
        await send({"type": "websocket.send", "text": event.text})


def _render_of(scope: Scope) -> Render:
    account = accounts.for_scope(scope)
    return access.render_for(account, scope["url_route"]["kwargs"]["public_id"])


routes = [re_path(r"^ws/renders/(?P<public_id>[A-Za-z0-9_-]{1,64})$", progress)]  # type: ignore[arg-type]
