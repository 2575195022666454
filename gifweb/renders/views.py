"""The pages of a render: progress and result, and the list of all renders."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from compressor.figures import capital
from compressor.labels import labels
from gifweb import accounts, signed_media
from gifweb.addresses import absolute
from gifweb.errors import wants_json

from . import access, file_responses, media_urls, shares, sources
from .models import Render
from .submission import cancel as cancel_render
from .suggestions import offers

RELOAD_S = 2  # reload interval of a running page without JavaScript


@require_safe
def render_page(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.render_for(accounts.current(request), public_id)
    return _page(request, found)


def _page(request: HttpRequest, found: Render) -> HttpResponse:
    told = [event.to_json() for event in found.events.exclude(kind="step")]
    share = shares.live(found)
    source = sources.first(found.sources)
    ceiling = found.report.get("max_bytes") or found.goal.get("max_bytes")
    if not ceiling and source and (ratio := found.goal.get("max_ratio")):
        ceiling = int(source.bytes * ratio)
    context: dict[str, Any] = {
        "render": found,
        "events": told,
        "attempts": [event for event in told if event["kind"] == "tried"],
        "said": [event for event in told if event["kind"] == "said"],
        "source": source,
        "ceiling": ceiling,
        "share": share,
        "share_url": absolute(request, reverse("share", args=[share.token])) if share else "",
        "chips": [capital(label) for label in labels(found.understood.get("explain") or {}, "en").values()],
        "retries": offers(found.goal, found.result_facts, ceiling, found.fits),
        "reload_s": RELOAD_S if found.is_open else 0,
        "title": found.words or (source.name if source else ""),
    }
    response = render(request, "render.html", context)
    response["Cache-Control"] = "no-store"
    return response


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
def renders(request: HttpRequest) -> HttpResponse:
    """The account's renders, newest first, each with its source."""
    account = accounts.current(request)
    found = list(Render.objects.filter(account=account)[:100]) if account else []
    shown = sources.find([r.sources[0] for r in found if r.sources])
    for one in found:
        one.source = shown.get(one.sources[0]) if one.sources else None  # type: ignore[attr-defined]
    return render(request, "renders.html", {"renders": found})


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
