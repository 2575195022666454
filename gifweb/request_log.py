"""Each request has an id, which its logs and its answer carry, and its time is measured."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from . import logs, metrics
from .release_connections import let_go

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Requests:
    """Outermost middleware: each request has an id, which logs and the answer carry; its time is measured."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get("X-Request-Id", "")
        ident = sent if _SANE.fullmatch(sent) else secrets.token_hex(8)
        marker = logs.request_id.set(ident)
        began = time.monotonic()
        try:
            response = self.get_response(request)
        finally:
            logs.request_id.reset(marker)
        if response.streaming:  # it lasts as long as its reader likes
            let_go()
        response["X-Request-Id"] = ident
        match = request.resolver_match
        route = (match.view_name if match else "") or "none"
        # A method that nobody knows is told as one: labels are kept for ever.
        method = request.method if request.method in _METHODS else "other"
        metrics.http_seconds.labels(method, route, str(response.status_code)).observe(time.monotonic() - began)
        return response
