"""The allauth adapter: redirects after signing in, and the client's address."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from . import rate_limits
from .receivers import CLAIMED, PENDING


class Adapter(DefaultAccountAdapter):
    """Adapts allauth to this site."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return a valid address, because allauth stores it in a column for addresses."""
        try:
            return str(ipaddress.ip_address(rate_limits.address(request)))
        except ValueError:  # a server on a Unix socket has none
            return "0.0.0.0"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Return the page after signing in: the confirmation of a bind link, or the claimed project."""
        if request.session.get(PENDING):
            return reverse("account_signup")
        if page := request.session.pop(CLAIMED, ""):
            return str(page)
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""
