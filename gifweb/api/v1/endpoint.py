"""Shared by all endpoints of /api/v1: authentication by scope, and the JSON renderer."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from gifweb import accounts
from gifweb.accounts.models import Account

from ..responses import compact
from . import schemas


class Compact(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return compact(data)


class Bearer(HttpBearer):
    """Authenticates a bearer token; ``request.auth`` is its account."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        return accounts.for_token(token, self.scope)


READ, WRITE, UPLOAD, RENDER = (Bearer(scope) for scope in ("read", "write", "upload", "render"))
REFUSALS = dict.fromkeys((400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503, 507), schemas.Problem)


def mine(request: HttpRequest) -> Account:
    """Return the token's account."""
    account: Account = request.auth  # type: ignore[attr-defined]
    return account
