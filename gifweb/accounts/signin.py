"""How people sign up and in: django-allauth, with our addresses and our view of where a request came from."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from . import limits


class Adapter(DefaultAccountAdapter):
    """The rules that allauth asks for."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Never empty and always an address: it is stored with the session, in a column for addresses."""
        try:
            return str(ipaddress.ip_address(limits.address(request)))
        except ValueError:  # a server on a Unix socket knows none
            return "0.0.0.0"

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Nobody has a user name here."""
