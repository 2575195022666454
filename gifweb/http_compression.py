"""HTTP compression: what a view writes goes out as gzip where the client takes it: pages, fragments, JSON.

Streams stay as they are: an event must leave at once, and a film or a picture is small already. Django's middleware
adds a random number of bytes to each page, so that its length tells nothing about the secrets in it (BREACH).
"""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

TEXTS = ("text/", "application/json", "application/problem+json", "application/javascript", "image/svg+xml")


class Compressed(GZipMiddleware):
    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(TEXTS):
            return response
        return super().process_response(request, response)
