"""Absolute addresses of this site, for links that leave it: in answers, on shared pages and in mail."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


def origin(request: HttpRequest | None) -> str:
    """Scheme and host: the configured BASE_URL, else where the request came in.

    ALLOWED_HOSTS vouches for the name in the Host header but not for its port, which anybody may write there: the port
    is the one that the server listens on, or none behind a proxy.
    """
    if settings.BASE_URL or request is None:
        return settings.BASE_URL or "http://127.0.0.1:8000"
    host = request.get_host()
    parts = urlsplit(f"//{host}")
    own = request.META.get("SERVER_PORT", "")
    if parts.port is not None and str(parts.port) != own:
        host = host.rpartition(":")[0] + ("" if settings.TRUST_PROXY else f":{own}")
    return f"{request.scheme}://{host}"


def absolute(request: HttpRequest | None, path: str) -> str:
    """``path`` with scheme and host in front; an address that has them stays as it is."""
    return path if "://" in path else origin(request) + path
