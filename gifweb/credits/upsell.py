"""Adds links to more credits to the OutOfCredits error."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import reverse

from gifweb import absolute_urls, accounts
from gifweb.accounts import binding
from gifweb.accounts.models import Account
from gifweb.errors import OutOfCredits, PublicError


def add(request: HttpRequest, error: PublicError) -> PublicError:
    """Add ``registration_url`` (a bind link) to the error's data for a visitor, ``topup_url`` (the credits page) for a
    user. Other errors do not change."""
    if not isinstance(error, OutOfCredits) or {"registration_url", "topup_url"} & error.data.keys():
        return error
    account: Account | None = getattr(request, "account", None) or getattr(request, "auth", None)
    account = account or accounts.current(request)
    if account is None:
        return error
    origin = absolute_urls.origin(request)
    if account.is_visitor:
        error.data["registration_url"] = origin + binding.path(account)
    else:
        error.data["topup_url"] = origin + reverse("credits")
    return error
