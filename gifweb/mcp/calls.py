"""A tool's call of /api/v1, inside of this process: the same token, limits and refusals as over the network."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from channels.db import database_sync_to_async
from django.conf import settings
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from gifweb import accounts
from gifweb.accounts.models import Account
from gifweb.errors import PublicError

Application = Callable[[Any, Any, Any], Awaitable[None]]
# What the site needs to know of the call around: where it came in and from whom.
CARRIED = ("authorization", "host", "x-forwarded-for", "x-forwarded-proto")


class Calls:
    """What one tool may do, as the caller of the tool."""

    def __init__(self, site: Application, ctx: Context) -> None:
        self._site = site
        self._request: Any = ctx.request_context.request
        sent = ctx.headers or {}
        self.headers = {name: sent[name] for name in CARRIED if name in sent}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of an answer; a refusal is raised as ToolError with its sentence and what would help."""
        client = self._request.client if self._request is not None else None
        url = str(self._request.base_url) if self._request is not None else "http://localhost/"
        transport = httpx.ASGITransport(
            app=self._site,
            client=(client.host, client.port) if client else ("127.0.0.1", 0),
        )
        async with httpx.AsyncClient(transport=transport, base_url=url, timeout=None) as inside:
            response = await inside.request(method, f"/api/v1/{path}", json=body, headers=self.headers | headers)
        if response.status_code == 204:
            return None
        found = response.json()
        if response.is_error:
            raise ToolError(_sentence(found))
        return found

    @property
    def origin(self) -> str:
        """Scheme and host that the call came in by."""
        if self._request is None:
            return "http://localhost"
        secure = settings.TRUST_PROXY and self.headers.get("x-forwarded-proto", "").startswith("https")
        return f"{'https' if secure else self._request.url.scheme}://{self._request.url.netloc}"

    async def account(self, scope: str) -> Account:
        """The account of the token, for what /api/v1 has no address for. Raises ToolError when it lacks the scope."""
        raw = self.headers.get("authorization", "").partition(" ")[2].strip()
        try:
            found = await database_sync_to_async(accounts.for_token)(raw, scope)
        except PublicError as error:
            raise ToolError(error.message) from error
        if found is None:
            raise ToolError("The token is missing, invalid or expired.")
        return found


def _sentence(refusal: dict[str, Any]) -> str:
    """The sentence of a refusal, and the address or the list that helps a person on."""
    data = refusal.get("data") or {}
    helps = [f"{k}: {data[k]}" for k in ("registration_url", "topup_url", "upgrade_url", "accepted") if data.get(k)]
    return " ".join([str(refusal.get("message") or "It failed."), *helps])
