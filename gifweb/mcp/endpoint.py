"""``/mcp`` in front of the site: streamable HTTP by the official SDK, behind the bearer tokens of the site."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import split_domain_port, validate_host
from django.views.decorators.http import require_safe

from gifweb import accounts, media_origin
from gifweb.accounts.tokens import SCOPES
from gifweb.api import signed_links
from gifweb.headers import ALWAYS

if TYPE_CHECKING:
    from .calls import Application  # it imports the SDK, which costs more than a second of each start

PATH = "/mcp"
METADATA = "/.well-known/oauth-protected-resource"
SESSIONS = 20  # of one account in one process; each keeps 60 KB until it has been idle for half an hour
ACCOUNTS = 10_000  # whose sessions are counted at once; of the one seen first they end by being idle
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, Mcp-Session-Id, Mcp-Protocol-Version, "
    "Mcp-Method, Mcp-Name, Last-Event-ID",
    "Access-Control-Expose-Headers": "Mcp-Session-Id, WWW-Authenticate",
    "Access-Control-Max-Age": "86400",
}


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """RFC 9728: what protects ``/mcp``. Tokens are made on the account page or by /api/auth/anonymous-token, so no
    authorization server is named."""
    response = JsonResponse(
        {
            "resource": signed_links.absolute(request, PATH),
            "resource_name": "Brim",
            "scopes_supported": [scope for scope in SCOPES if scope != "*"],
            "bearer_methods_supported": ["header"],
            "resource_documentation": signed_links.absolute(request, "/for-agents"),
        }
    )
    response["Access-Control-Allow-Origin"] = "*"
    return response


def with_mcp(site: Application, inner: Application) -> Application:
    """``site`` with ``/mcp`` in front; the tools call ``inner``, the site with nothing in front."""
    managers: WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = WeakKeyDictionary()
    held: defaultdict[str, list[str]] = defaultdict(list)  # account → its sessions, the oldest first

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or not _meant(scope):
            await site(scope, receive, send)
            return
        send = _with_headers(send)
        if scope["method"] == "OPTIONS":
            await _plain(send, 204)
            return
        user = await _user(scope)
        if user is None:
            await _refuse(scope, send)
            return
        loop = asyncio.get_running_loop()
        if loop not in managers:
            managers[loop] = asyncio.ensure_future(_started(inner))
        manager = await managers[loop]
        mine = held[user.access_token.client_id]
        named = _header(scope, b"mcp-session-id")
        if scope["method"] == "DELETE" and named in mine:
            mine.remove(named)
        await manager.handle_request(scope | {"user": user}, receive, send if named else _noting(send, mine))
        while len(mine) > SESSIONS:
            await _end_session(manager, scope | {"user": user}, mine.pop(0))
        if len(held) > ACCOUNTS:
            del held[next(iter(held))]

    return application


def _noting(send: Any, sessions: list[str]) -> Any:
    """``send`` that keeps the id of a session that begins."""

    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start" and message["status"] < 400:
            told = next((v.decode("latin-1") for k, v in message["headers"] if k.lower() == b"mcp-session-id"), "")
            if told:
                sessions.append(told)
        await send(message)

    return sent


async def _end_session(manager: Any, scope: Any, session: str) -> None:
    """What a client would ask with DELETE; nothing where it has ended already."""
    headers = [(k, v) for k, v in scope["headers"] if k not in (b"mcp-session-id", b"content-length", b"content-type")]

    async def nothing(message: Any = None) -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    headers.append((b"mcp-session-id", session.encode()))
    await manager.handle_request(scope | {"method": "DELETE", "headers": headers}, nothing, nothing)


async def _started(inner: Application) -> Any:
    """The SDK's session manager, running for as long as this loop does. Sessions belong to the token's account."""
    from .tools import server

    mcp = server(inner)
    mcp.streamable_http_app(host="0.0.0.0")  # the hosts are checked here, by ALLOWED_HOSTS
    manager = mcp.session_manager
    ready = asyncio.Event()

    async def keep() -> None:
        async with manager.run():
            ready.set()
            await asyncio.Event().wait()

    manager.kept = asyncio.ensure_future(keep())  # type: ignore[attr-defined]  # a task nobody holds is collected
    await ready.wait()
    return manager


def _header(scope: Any, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _meant(scope: Any) -> bool:
    """The request came to a host of the site; anything else the site refuses itself."""
    host = _header(scope, b"host").lower()
    domain, _ = split_domain_port(host)
    return validate_host(domain, settings.ALLOWED_HOSTS) and not media_origin.is_host(host)


async def _user(scope: Any) -> Any:
    """Return the owner of the bearer token, as the SDK knows it; None for a token that does not count."""
    from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
    from mcp.server.auth.provider import AccessToken

    kind, _, raw = _header(scope, b"authorization").partition(" ")
    account = await database_sync_to_async(accounts.for_token)(raw.strip()) if kind.lower() == "bearer" else None
    if account is None:
        return None
    return AuthenticatedUser(AccessToken(token=raw.strip(), client_id=account.public_id, scopes=[]))


async def _refuse(scope: Any, send: Any) -> None:
    secure = scope.get("scheme") == "https" or (
        settings.TRUST_PROXY and _header(scope, b"x-forwarded-proto").startswith("https")
    )
    origin = settings.BASE_URL or f"{'https' if secure else 'http'}://{_header(scope, b'host')}"
    where = f'Bearer error="invalid_token", resource_metadata="{origin}{METADATA}{PATH}"'
    body = json.dumps({"code": 1001, "message": "The token is missing, invalid or expired.", "data": None})
    await _plain(send, 401, body, [("WWW-Authenticate", where), ("Content-Type", "application/json")])


async def _plain(send: Any, status: int, body: str = "", headers: Iterable[tuple[str, str]] = ()) -> None:
    told = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": body.encode()})


def _with_headers(send: Any) -> Any:
    """``send`` that adds the safety headers of the site and CORS: the token is the only key, no cookie counts."""
    added = ALWAYS | CORS | {"Cross-Origin-Resource-Policy": "cross-origin", "Cache-Control": "no-store"}

    async def sent(message: Any) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            more = [(k.lower().encode(), v.encode()) for k, v in added.items() if k.lower().encode() not in there]
            message = message | {"headers": [*message["headers"], *more]}
        await send(message)

    return sent
