"""Who is asking: every door of the site gets its Account here.

``current`` reads, ``ensure`` makes one where there is none, ``for_scope`` does for a WebSocket what ``current`` does
for a request, ``for_token`` is for programs. The rules are in ``identity``, ``tokens``, ``binding``, ``claims``,
``rate_limits`` and ``data_owners``; this module can be imported before Django's apps are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account


def current(request: HttpRequest) -> Account | None:
    """The account of the signed-in user or of the visitor's cookie; None for somebody who has none yet."""
    from . import identity

    return identity.current(request)


def ensure(request: HttpRequest) -> Account:
    """The same, made where there is none; the middleware puts its cookie on the response."""
    from . import identity

    return identity.ensure(request)


def for_scope(scope: dict[str, Any]) -> Account | None:
    """The account behind an ASGI scope (``user`` from the session, or the visitor's cookie). Reads the database."""
    from . import identity

    return identity.for_scope(scope)


def for_token(raw: str, scope: str | None = None) -> Account | None:
    """The account of a bearer token; None when it is unknown, expired or revoked.

    With ``scope`` (read, write, upload, render) a token that lacks it raises Forbidden.
    """
    from . import tokens

    return tokens.account_for(raw, scope)
