"""How people sign up and in: django-allauth, with our addresses and our view of where a request came from."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from . import rate_limits
from .receivers import CLAIMED, PENDING


class Adapter(DefaultAccountAdapter):
    """The rules that allauth asks for."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Never empty and always an address: it is stored with the session, in a column for addresses."""
        try:
            return str(ipaddress.ip_address(rate_limits.address(request)))
        except ValueError:  # a server on a Unix socket knows none
            return "0.0.0.0"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Where to after signing in: to the question of a bind link that waits, or to what was taken over."""
        if request.session.get(PENDING):
            return reverse("account_signup")
        if page := request.session.pop(CLAIMED, ""):
            return str(page)
        return str(super().get_login_redirect_url(request))

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Nobody has a user name here."""
