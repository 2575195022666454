"""The pages of a result and the list of them: beside the original, against the rules of a place, deleted."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compressor import message_catalogue, notice_words
from compressor.media import MediaInfo
from compressor.number_format import capital
from compressor.setting_labels import labels
from gifweb import accounts
from gifweb.absolute_urls import absolute
from gifweb.renders import access, shares
from gifweb.renders.models import Render
from gifweb.renders.suggestions import offers

from . import attempt_rows, batch, charts, comparison, deletion, places
from .models import Media

SHOWN = 100  # in the list
RELOAD_S = 2  # how often a running page without JavaScript looks again


@require_safe
def render_page(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.render_for(accounts.current(request), public_id)
    return _page(request, found)


def _page(request: HttpRequest, found: Render) -> HttpResponse:
    told = [event.to_json() for event in found.events.exclude(kind="step")]
    share = shares.live(found)
    source = Media.objects.filter(public_id__in=found.sources[:1]).first()
    ceiling = found.report.get("max_bytes") or found.goal.get("max_bytes")
    if not ceiling and source and (ratio := found.goal.get("max_ratio")):
        ceiling = int(source.bytes * ratio)
    missed = found.understood.get("missed") or []
    beyond = [piece for piece in missed if isinstance(piece, dict) and piece.get("beyond")]
    context: dict[str, Any] = {
        "render": found,
        "events": told,
        "attempts": [event for event in told if event["kind"] == "tried"],
        "said": _notices(found, told),
        "would_fit": notice_words.translated(found.would_fit, message_catalogue.words(get_language() or "en")),
        "source": source,
        "ceiling": ceiling,
        "share": share,
        "share_url": absolute(request, reverse("share", args=[share.token])) if share else "",
        "chips": [
            capital(label) for label in labels(found.understood.get("explain") or {}, get_language() or "en").values()
        ],
        "missed": [piece for piece in missed if piece not in beyond],
        "beyond": beyond,
        "retries": offers(found.goal, found.result_facts, ceiling, found.fits),
        "reload_s": RELOAD_S if found.is_open else 0,
        "clock": comparison.clock(found, source) if source and not source.deleted_at and found.has_file else None,
        "title": found.words or (source.name if source else ""),
    }
    looks = (found.report.get("quality") or {}).get("mean")
    context["attempt_rows"] = attempt_rows.of(context["attempts"], found.result_bytes, looks)
    chart = charts.of_attempts(found, context["attempts"], ceiling) if found.has_file else None
    context |= {
        "chart": chart,
        "weighed": chart is not None and any(dot.score is None for dot in chart.dots),
        "bars": charts.strip(found.report.get("frame_bytes") or []),
        "again_cost": batch.cost(found, source, 1) if source and not source.deleted_at else None,
        "compare_cost": batch.cost(found, source) if source and not source.deleted_at else None,
        "compared": batch.compared(),
    }
    context |= _rules(request, found)
    response = render(request, "render.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _notices(found: Render, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The notices of a render, in the language of the page. Of a file that was made before only the warnings are known,
    from its report."""
    said = [event for event in told if event["kind"] == "said"]
    known = {event["text"] for event in said}
    said += [{"text": text, "warning": True} for text in found.report.get("warnings") or [] if text not in known]
    say = message_catalogue.words(get_language() or "en")
    return [event | {"text": notice_words.translated(event["text"], say)} for event in said]


def _rules(request: HttpRequest, found: Render) -> dict[str, Any]:
    """Every rule of the place that was asked for, or picked by ``?place=``, held against the result."""
    asked = str(found.goal.get("preset") or "")
    picked = request.GET.get("place", "")
    key = next((one for one in (picked, asked) if one in places.PLACES), "")
    context: dict[str, Any] = {"places": places.grouped(places.PLACES.values())}
    if key and found.has_file:
        lines = places.checked(key, MediaInfo.from_json(found.result_facts))
        place = places.PLACES[key]
        context |= {"place": place, "lines": lines, "failed": sum(not line.passed for line in lines)}
    return context


@require_POST
def delete(request: HttpRequest, public_id: str) -> HttpResponse:
    """One render with its file, still and share links, at once and for good."""
    account = accounts.current(request)
    found = access.render_for(account, public_id)
    assert account is not None
    receipt = deletion.whole_render(account, found)
    messages.success(request, _("Deleted. The receipt is {number}.").format(number=receipt.number))
    return redirect("renders")


@require_safe
def renders(request: HttpRequest) -> HttpResponse:
    """One's own renders, newest first, each with its source; ``q`` looks for words and file names."""
    account = accounts.current(request)
    query = request.GET.get("q", "").strip()[:100]
    mine = Render.objects.filter(account=account) if account else Render.objects.none()
    some = mine.exists()
    for word in query.split():
        # A subquery: each word that joined the files would multiply the rows by their number.
        named = Media.objects.filter(account=account, name__icontains=word).values("project")
        mine = mine.filter(Q(words__icontains=word) | Q(result_name__icontains=word) | Q(project__in=named))
    found = list(mine[:SHOWN])
    sources = {m.public_id: m for m in Media.objects.filter(public_id__in=[r.sources[0] for r in found if r.sources])}
    for one in found:
        one.source = sources.get(one.sources[0]) if one.sources else None  # type: ignore[attr-defined]
    return render(request, "renders.html", {"renders": found, "query": query, "some": some})
