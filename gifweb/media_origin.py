"""MEDIA_ORIGIN: a separate origin for files, so that uploaded files never share an origin with the pages.

That host serves only files, by signature or share token; it neither reads nor sets cookies. Without the setting all
addresses are on one origin and this module does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

# The URL names that the media host serves.
ANSWERED = {"media_file", "api_file", "share_view", "share_file", "share_poster"}


def is_host(sent: str) -> bool:
    """Whether a Host header names the media host, however it is written: “media.example.” and “media.example:443” are
    the same one, and the pages of the site must not be answered there."""
    return bool(settings.MEDIA_ORIGIN) and _place(sent) == _place(urlsplit(settings.MEDIA_ORIGIN).netloc)


def _place(host: str) -> tuple[str, str]:
    name, port = split_domain_port(host)
    return name.lower(), "" if port in ("80", "443") else port


def is_here(request: HttpRequest) -> bool:
    """Whether the request came to the media host."""
    return is_host(request.META.get("HTTP_HOST", ""))


class MediaHost:
    """Middleware directly after the security headers."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_here(request):
            return self.get_response(request)
        request.META.pop("HTTP_COOKIE", None)
        request.COOKIES = {}
        response: HttpResponseBase
        if not _answered(request.path_info):
            response = HttpResponse("Not found.", "text/plain; charset=utf-8", 404)
        elif request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Range, If-Range, If-None-Match"
        else:
            response = self.get_response(request)
        response.cookies.clear()
        # Other sites may embed these files: access needs only the signature or share token in the address.
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Length, Content-Range, ETag"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _answered(path: str) -> bool:
    try:
        return resolve(path).url_name in ANSWERED
    except Resolver404:
        return False
