"""The allauth adapter: redirects after signing in, and the client's address."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from gifweb.absolute_urls import absolute, origin

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

    # A forged Host header must not lead the reader of a mail elsewhere.
    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return absolute(request, reverse("account_confirm_email", args=[emailconfirmation.key]))

    def get_reset_password_from_key_url(self, key: str) -> str:
        uidb36, _, rest = key.partition("-")
        return absolute(self.request, reverse("account_reset_password_from_key", args=[uidb36, rest]))

    def send_account_already_exists_mail(self, email: str) -> None:
        urls = {
            "signup_url": absolute(self.request, reverse("account_signup")),
            "password_reset_url": absolute(self.request, reverse("account_reset_password")),
        }
        self.send_mail("account/email/account_already_exists", email, urls)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        name = urlsplit(origin(self.request)).netloc
        super().send_mail(template_prefix, email, {"current_site": {"name": name, "domain": name}} | context)

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """There are no user names."""
