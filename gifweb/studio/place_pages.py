"""Pages about places: the picker, one page for each place, and "check a file", which makes and keeps nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from compressor.errors import CompressorError
from gifweb import accounts
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, NotFound, PublicError, completed, public

from . import batch, places, start_renders, upload_parts
from .store_uploads import probe


@require_safe
def picker(request: HttpRequest) -> HttpResponse:
    """All places, by use, then those whose limits are not known; ``q``, ``platform`` and ``use`` narrow them."""
    asked = {name: request.GET.get(name, "").strip()[:60] for name in ("q", "platform", "use")}
    found = places.search(asked["q"], asked["platform"], asked["use"])
    unknown = [] if asked["platform"] or asked["use"] else places.unpublished(asked["q"])
    context = {
        "groups": places.grouped(found),
        "count": len(found) + len(unknown),
        "asked": asked,
        "platforms": places.PLATFORMS,
        "uses": places.USES.items(),
        "unpublished": unknown,
    }
    return render(request, "places.html", context)


@require_safe
def place(request: HttpRequest, key: str) -> HttpResponse:
    """One place: its limits, where they come from, and a drop zone with the words filled in."""
    found = _place(key)
    context = start_context() | {
        "place": found,
        "words": found.words,
        "lines": places.limits_of(found.preset),
        "others": [p for p in places.PLACES.values() if p.platform == found.platform and p.key != key],
    }
    return render(request, "place.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """A file held against the rules of a place. Nothing is made, and the file is dropped when the answer is sent."""
    key = (request.POST if request.method == "POST" else request.GET).get("place", "")
    context: dict[str, Any] = {
        "places": places.grouped(places.PLACES.values()),
        "key": start_renders.form_key(),
        "picked": key,
    }
    context["max_bytes"] = settings.MAX_UPLOAD_BYTES
    status = 200
    if request.method == "POST":
        try:
            context |= _checked(request, key)
        except (PublicError, CompressorError) as error:
            refused = completed(request, public(error))
            context["error"], status = refused, refused.status
    response = render(request, "check.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _checked(request: HttpRequest, key: str) -> dict[str, Any]:
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    upload_parts.join(request, account)
    part = request.FILES.get("file")
    if part is None:
        raise BadInput(_("Choose a file first."))
    if not key:
        raise BadInput(_("Choose a place first."))
    found = _place(key)
    upload_parts.taken(request)
    info = probe(part)  # type: ignore[arg-type]
    lines = places.checked(key, info)
    return {
        "place": found,
        "lines": lines,
        "failed": sum(not line.passed for line in lines),
        "name": part.name,
        "info": info,
    }


def _place(key: str) -> places.Place:
    if key not in places.PLACES:
        raise NotFound(_("There is no such place."))
    return places.PLACES[key]


def start_context() -> dict[str, Any]:
    """What every drop zone is given."""
    return {"key": start_renders.form_key(), "max_bytes": settings.MAX_UPLOAD_BYTES, "max_files": batch.MOST_FILES}
