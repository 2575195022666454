"""Signed addresses of stored files, for MEDIA_ORIGIN. Each app registers how it serves its kinds of files.

The addresses of the site itself (``/r/<id>/view``, ``/m/<id>``, …) are guarded by cookies, which the media origin never
sees. A signed address is for one file, lasts some hours, and stays the same within an hour so that a browser can cache
the file.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from . import media_origin
from .errors import Gone, NotFound

HOUR_S = 3600
VALID_HOURS = 12  # how long a page that was left open shows its files

# ``serve(request, ident)`` answers the bytes of one file; raises Gone when it was deleted.
Serve = Callable[[HttpRequest, str], HttpResponseBase]
_kinds: dict[str, Serve] = {}


def register(kind: str, serve: Serve) -> None:
    """Say how files of a kind are served. Registering twice replaces."""
    _kinds[kind] = serve


def _signer() -> Signer:
    return Signer(salt="gifweb.renders.media_urls")


def address(kind: str, ident: str, name: str) -> str:
    """The absolute signed address of one file on MEDIA_ORIGIN; ``name`` is what its path ends with."""
    until = (int(time.time()) // HOUR_S + 1 + VALID_HOURS) * HOUR_S
    token = _signer().sign_object([kind, ident, until], compress=True)
    return settings.MEDIA_ORIGIN + reverse("media_file", args=[token, name])


def moved(request: HttpRequest, url: str) -> HttpResponseRedirect | None:
    """With MEDIA_ORIGIN: the redirect from an address of the site to ``url`` on that origin. Without it: None."""
    if not settings.MEDIA_ORIGIN or media_origin.is_here(request):
        return None
    answer = redirect(url)
    answer["Cache-Control"] = "no-store"
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


@require_safe
def stored(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """The file behind a signed address. ``name`` only gives it a suffix; the type comes from what is stored."""
    try:
        kind, ident, until = _signer().unsign_object(token)
    except (BadSignature, ValueError, TypeError):
        raise NotFound() from None
    if until < time.time():
        raise Gone("This page is old. Reload it.")
    if kind not in _kinds:
        raise NotFound()
    return _kinds[kind](request, ident)
