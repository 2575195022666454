"""The security headers of every response, also of errors."""

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
# For uploaded and made files: they may be shown or saved, but never run scripts.
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
    """Return PAGE_CSP, extended by images and videos from MEDIA_ORIGIN if that is set; the comparison fetches them."""
    if not settings.MEDIA_ORIGIN:
        return PAGE_CSP
    added = f"'self' {settings.MEDIA_ORIGIN}"
    policy = PAGE_CSP
    for rule in ("img-src", "media-src", "connect-src"):
        policy = policy.replace(f"{rule} 'self'", f"{rule} {added}")
    return policy


class SecurityHeaders:
    """Outermost middleware: sets each header that the view did not set."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", page_csp())
        # What is private says so itself; the rest may depend on who asks.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        for name, value in ALWAYS.items():
            if name == "X-Frame-Options" and getattr(response, "xframe_options_exempt", False):
                continue  # a shared file that other sites may embed
            response.headers.setdefault(name, value)
        return response
