"""The safety headers of every response, errors included."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
# A file that somebody uploaded or made: shown or saved, never run.
MEDIA_CSP = "default-src 'none'; img-src 'self'; media-src 'self'; frame-ancestors 'none'; sandbox"
ALWAYS = {
    "Content-Security-Policy": PAGE_CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


def page_csp() -> str:
    """The policy of pages: PAGE_CSP, and pictures and films from MEDIA_ORIGIN where there is one."""
    if not settings.MEDIA_ORIGIN:
        return PAGE_CSP
    added = f"'self' {settings.MEDIA_ORIGIN}"
    return PAGE_CSP.replace("img-src 'self'", f"img-src {added}").replace("media-src 'self'", f"media-src {added}")


class SecurityHeaders:
    """Outermost middleware: sets each header that the view did not set itself."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", page_csp())
        for name, value in ALWAYS.items():
            if name == "X-Frame-Options" and getattr(response, "xframe_options_exempt", False):
                continue  # a shared film: players on other sites put it into a frame
            response.headers.setdefault(name, value)
        return response
