"""How people sign up and in: django-allauth, with our addresses and our view of where a request came from."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from . import limits


class Adapter(DefaultAccountAdapter):
    """The rules that allauth asks for."""

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.address(request)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Nobody has a user name here."""
