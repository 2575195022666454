"""The account of a request: ``current`` reads it, ``ensure`` creates a missing one, ``for_scope`` is for WebSockets and
``for_token`` for programs.

The imports stand inside the functions: Django imports this package before the models can be loaded.
The rules are in ``identity``, ``tokens``, ``binding``, ``claim_links``, ``rate_limits`` and ``data_owners``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import Account


def current(request: HttpRequest) -> Account | None:
    """Return the account of the signed-in user or of the visitor's cookie, or None."""
    from . import identity

    return identity.current(request)


def ensure(request: HttpRequest) -> Account:
    """Return the account, created if there is none. The middleware sets its cookie on the response."""
    from . import identity

    return identity.ensure(request)


def for_scope(scope: dict[str, Any]) -> Account | None:
    """Return the account of an ASGI scope (``user`` from the session, or the visitor's cookie). Reads the database."""
    from . import identity

    return identity.for_scope(scope)


def for_token(raw: str, scope: str | None = None) -> Account | None:
    """Return the account of a bearer token; None when it is unknown, expired or revoked.

    Raises Forbidden when the token lacks ``scope`` (read, write, upload, render).
    """
    from . import tokens

    return tokens.account_for(raw, scope)
