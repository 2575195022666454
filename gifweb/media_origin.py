"""MEDIA_ORIGIN: an origin for files alone, so that nothing that somebody uploaded ever shares one with the pages.

On that host only addresses of files are answered, by their signatures or share tokens; no cookie is read there and none
is set. Without the setting everything is on one origin and this module does nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

# The names of the addresses that the media host answers.
ANSWERED = {"media_file", "api_file", "share_view", "share_file", "share_poster"}


def host() -> str:
    """The host (and port) of MEDIA_ORIGIN as browsers send it, or ""."""
    return urlsplit(settings.MEDIA_ORIGIN).netloc.lower()


def is_here(request: HttpRequest) -> bool:
    """The request came to the media host."""
    return bool(settings.MEDIA_ORIGIN) and request.META.get("HTTP_HOST", "").lower() == host()


class MediaHost:
    """Middleware in front of everything but the safety headers."""

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
            response = HttpResponse("There is nothing here.", "text/plain; charset=utf-8", 404)
        elif request.method == "OPTIONS":
            response = HttpResponse(status=204)
            response["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
            response["Access-Control-Allow-Headers"] = "Range, If-Range, If-None-Match"
        else:
            response = self.get_response(request)
        response.cookies.clear()
        # Other sites may show what they were given an address of: a signature or a share's token is the only key.
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "Accept-Ranges, Content-Length, Content-Range, ETag"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _answered(path: str) -> bool:
    try:
        return resolve(path).url_name in ANSWERED
    except Resolver404:
        return False
