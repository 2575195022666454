"""A render's events, files and the way to stop it; its page is in ``studio.result_pages``."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from gifweb import accounts, signed_media
from gifweb.errors import wants_json

from . import access, file_responses, media_urls
from .submission import cancel as cancel_render


@require_safe
def events(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return the events after number ``after``, for pages without a WebSocket."""
    found = access.render_for(accounts.current(request), public_id)
    after = request.GET.get("after", "0")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    told = [event.to_json() for event in found.events.filter(number__gt=number)]
    answer = JsonResponse({"state": found.state, "progress": found.progress, "events": told})
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    found = cancel_render(access.render_for(accounts.current(request), public_id))
    if wants_json(request):
        return JsonResponse({"code": 0, "state": found.state})
    return redirect("render", public_id=found.public_id)


@require_safe
def file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The result as a download."""
    found = access.render_for(accounts.current(request), public_id)
    return signed_media.moved(request, media_urls.result(found, "file")) or file_responses.result(
        request, found, attachment=True
    )


@require_safe
def view(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The result shown in the page."""
    found = access.render_for(accounts.current(request), public_id)
    return signed_media.moved(request, media_urls.result(found)) or file_responses.result(
        request, found, attachment=False
    )


@require_safe
def poster(request: HttpRequest, public_id: str) -> HttpResponseBase:
    found = access.render_for(accounts.current(request), public_id)
    return signed_media.moved(request, media_urls.result(found, "poster")) or file_responses.poster(request, found)
