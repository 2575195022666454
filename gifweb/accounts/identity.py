"""Finds the account of a request: the signed-in user's, or the visitor's by a signed cookie."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from gifweb.errors import TooMany

from . import rate_limits
from .models import Account, User

_SALT = "gifweb.accounts.visitor"
_YEAR_S = 365 * 24 * 3600


def cookie_name() -> str:
    """Return the cookie's name. With https it starts with ``__Host-``: no other host or insecure page can set it."""
    return "__Host-visitor" if settings.SESSION_COOKIE_SECURE else "visitor"


def make(user: User | None = None, *, free: bool = True) -> Account:
    """A new account, with whatever other apps give to new ones in the same transaction (``free``: its free credits)."""
    account = Account(user=user)
    account.begins_free = free
    with transaction.atomic():
        account.save(force_insert=True)
    return account


def begin(address: str) -> Account:
    """A new visitor's account with free credits. Every door (site, tokens) counts here against its address: raises
    TooMany beyond ANON_TOKENS_PER_IP in 7 days."""
    with transaction.atomic():  # what fails later in the caller's transaction gives the address its count back
        try:
            rate_limits.hit("client", rate_limits.network(address))
        except TooMany as error:
            words = "Too many new visitors came from your network address. Sign in or register to go on."
            raise TooMany(words, **error.data) from error
        return make()


def for_user(user: User, address: str | None = None) -> Account:
    """The user's account, made at the first need (a user made on the command line has none, nor an address). Beyond
    the limit of new accounts of one ``address`` it begins without free credits."""
    found = Account.objects.filter(user=user).first()
    if found:
        return found
    try:
        with transaction.atomic():
            free = address is None or rate_limits.allows("client", rate_limits.network(address))
            return make(user, free=free)
    except IntegrityError:  # another request was a moment sooner
        return Account.objects.get(user=user)


def is_confirmed(user: User) -> bool:
    """Whether the user has confirmed the email address."""
    return EmailAddress.objects.filter(user=user, verified=True).exists()


def visitor(cookie: str | None) -> Account | None:
    """Return the account of a visitor's cookie. One that belongs to a user by now can only be reached by signing in."""
    if not cookie:
        return None
    try:
        ident = uuid.UUID(signing.loads(cookie, salt=_SALT, max_age=_YEAR_S))
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None
    return Account.objects.filter(pk=ident, user=None, merged_into=None, closed_at=None).first()


def cookie_for(account: Account) -> str:
    return signing.dumps(str(account.pk), salt=_SALT)


def current(request: HttpRequest) -> Account | None:
    known: Account | None = getattr(request, "_account", None)
    if known is not None:
        return known
    user = getattr(request, "user", None)
    if isinstance(user, User) or getattr(user, "is_authenticated", False):
        known_user = User.objects.get(pk=user.pk)  # type: ignore[union-attr]
        found: Account | None = for_user(known_user, rate_limits.address(request))
    else:
        found = visitor(request.COOKIES.get(cookie_name()))
    request._account = found  # type: ignore[attr-defined]
    return found


def ensure(request: HttpRequest) -> Account:
    account = current(request)
    if account is None:
        rate_limits.hit("visitor", rate_limits.network(rate_limits.address(request)))
        account = begin(rate_limits.address(request))
        request._account = account  # type: ignore[attr-defined]
        request._visitor_cookie = cookie_for(account)  # type: ignore[attr-defined]
    return account


def for_scope(scope: dict[str, Any]) -> Account | None:
    user = scope.get("user")
    if user is not None and user.is_authenticated:
        return Account.objects.filter(user=user.pk).first()  # made by pages alone: they know the address
    cookies = scope.get("cookies")
    if cookies is None:
        cookies = {}
        for name, value in scope.get("headers", ()):
            if name == b"cookie":
                try:
                    cookies = {k: m.value for k, m in SimpleCookie(value.decode("latin-1")).items()}
                except CookieError:
                    return None
    return visitor(cookies.get(cookie_name()))


class VisitorCookie:
    """Middleware: sets the cookie of an account that this request created, and renews an old cookie."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        value = getattr(request, "_visitor_cookie", None)
        if value == "":
            response.delete_cookie(cookie_name(), path="/", samesite="Lax")
        elif value:
            response.set_cookie(
                cookie_name(),
                value,
                max_age=_YEAR_S,
                path="/",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Lax",
            )
        return response


def forget(request: HttpRequest) -> None:
    """Delete the visitor's cookie with this response."""
    request._visitor_cookie = ""  # type: ignore[attr-defined]


def undo(request: HttpRequest) -> None:
    """Forget what ``ensure`` made in a transaction that was rolled back."""
    request._visitor_cookie = None  # type: ignore[attr-defined]
    reset(request)


def reset(request: HttpRequest) -> None:
    """Clear the cached account, after a sign-in or sign-out in this request."""
    if hasattr(request, "_account"):
        del request._account
