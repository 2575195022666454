"""The pages of a render: its progress, its result, its share links."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compressor import language
from gifweb import accounts, files
from gifweb.accounts import limits
from gifweb.errors import Gone, NotFound, wants_json
from gifweb.headers import MEDIA_CSP
from gifweb.studio import make
from gifweb.studio.models import Media

from . import access, shares
from .asking import cancel as cancel_render
from .models import Render, ShareLink
from .offers import offers

RELOAD_S = 2  # how often a running page without JavaScript looks again


def site_url(request: HttpRequest, path: str) -> str:
    from django.conf import settings

    return f"{settings.BASE_URL}{path}" if settings.BASE_URL else request.build_absolute_uri(path)


def source_of(found: Render) -> Media | None:
    """The media that the result is shown beside."""
    return Media.objects.filter(public_id__in=found.sources[:1]).first()


@require_safe
def render_page(request: HttpRequest, public_id: str) -> HttpResponse:
    found = access.render_for(accounts.current(request), public_id)
    return _page(request, found)


def _page(request: HttpRequest, found: Render) -> HttpResponse:
    told = [event.to_json() for event in found.events.exclude(kind="step")]
    share = shares.live(found)
    source = source_of(found)
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
        "share_url": site_url(request, reverse("share", args=[share.token])) if share else "",
        "chips": [chip.label for chip in language.chips(found.understood.get("explain") or {})],
        "retries": offers(found.goal, found.result_facts, ceiling, found.fits),
        "reload_s": RELOAD_S if found.is_open else 0,
        "title": found.words or (source.name if source else ""),
    }
    response = render(request, "render.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def events(request: HttpRequest, public_id: str) -> JsonResponse:
    """The events after number ``after``: what the page asks for when it has no socket."""
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


@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    account = accounts.current(request)
    before = access.render_for(account, public_id)
    assert account is not None
    limits.hit_request("render", request, account)
    words = request.POST.get("words", "").strip()[:2000]
    done = make.again(account, before, words, request.POST.get("format", "auto"))
    return redirect("render", public_id=done.public_id)


@require_safe
def renders(request: HttpRequest) -> HttpResponse:
    """One's own renders, newest first, each with its source."""
    account = accounts.current(request)
    found = list(Render.objects.filter(account=account)[:100]) if account else []
    media = {m.public_id: m for m in Media.objects.filter(public_id__in=[r.sources[0] for r in found if r.sources])}
    for one in found:
        one.source = media.get(one.sources[0]) if one.sources else None  # type: ignore[attr-defined]
    return render(request, "renders.html", {"renders": found})


@require_safe
def file(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The result to keep, under a name that says what it is."""
    found = access.render_for(accounts.current(request), public_id)
    return send(request, found, attachment=True)


@require_safe
def view(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The result shown in the page."""
    found = access.render_for(accounts.current(request), public_id)
    return send(request, found, attachment=False)


@require_safe
def poster(request: HttpRequest, public_id: str) -> HttpResponseBase:
    found = access.render_for(accounts.current(request), public_id)
    return send_poster(request, found)


def send(
    request: HttpRequest, found: Render, *, attachment: bool, cache: str = "private, no-cache"
) -> HttpResponseBase:
    """The result of a render that the caller was let into."""
    if not found.result_key:
        raise NotFound("There is no file yet.")
    if not found.has_file:
        raise Gone("The file was deleted.")
    return files.serve(
        request,
        found.result_key,
        name=found.result_name or f"result.{found.result_facts.get('format', 'bin')}",
        format=str(found.result_facts.get("format", "")),
        etag=found.result_key.rsplit("/", 1)[-1],
        attachment=attachment,
        cache=cache,
    )


def send_poster(request: HttpRequest, found: Render, cache: str = "private, max-age=3600") -> HttpResponseBase:
    """A still picture of the result."""
    if not found.poster_key or not found.has_file:
        raise NotFound()
    key = found.poster_key
    return files.serve(
        request, key, name="poster.webp", format="webp", etag=key.rsplit("/", 1)[-1], attachment=False, cache=cache
    )


@require_POST
def share_make(request: HttpRequest, public_id: str) -> HttpResponse:
    """A link to the result for strangers; pressing twice makes one."""
    found = access.render_for(accounts.current(request), public_id)
    password = request.POST.get("password", "")[:200]
    share = shares.live(found)
    if share is None or password:
        share = shares.make(found, password=password)
    if wants_json(request):
        url = site_url(request, reverse("share", args=[share.token]))
        return JsonResponse({"code": 0, "url": url, "expires_at": share.expires_at}, status=201)
    return redirect(reverse("render", args=[public_id]) + "#share")


@require_POST
def share_revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Withdraw one's own link at once."""
    share = ShareLink.objects.select_related("render").filter(token=token).first()
    account = accounts.current(request)
    if share is None or account is None or share.render.account_id != account.pk:
        raise NotFound()
    shares.revoke(share.render, token)
    return redirect("render", public_id=share.render.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def share_page(request: HttpRequest, token: str) -> HttpResponse:
    """The result for whoever has the link; behind its password if it has one."""
    share = access.share_for(token)
    if request.method == "POST":
        limits.hit("share_password", limits.network(limits.address(request)))
        if shares.opens(share, request.POST.get("password", "")):
            request.session[f"share:{share.pk}"] = share.token
            return redirect("share", token=token)
    if not _may_see(request, share):
        wrong = request.method == "POST"
        return render(request, "share_password.html", {"share": share, "wrong": wrong}, status=403 if wrong else 200)
    if request.method == "GET":
        shares.viewed(share)
    context = {
        "share": share,
        "render": share.render,
        "source": source_of(share.render),
        "view_url": reverse("share_view", args=[token]),
        "file_url": reverse("share_file", args=[token]),
        "poster_url": reverse("share_poster", args=[token]) if share.render.poster_key else "",
        "page_url": site_url(request, request.path),
        "embeds": embeds(request, share),
        "absolute_view": site_url(request, reverse("share_view", args=[token])),
        "absolute_poster": site_url(request, reverse("share_poster", args=[token])) if share.render.poster_key else "",
    }
    response = render(request, "share.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def embeds(request: HttpRequest, share: ShareLink) -> list[tuple[str, str]]:
    """What to paste elsewhere to show the shared file, as (where, text); nothing for a link behind a password."""
    if share.password:
        return []
    facts = share.render.result_facts
    view = site_url(request, reverse("share_view", args=[share.token]))
    poster = site_url(request, reverse("share_poster", args=[share.token])) if share.render.poster_key else ""
    size = f'width="{facts.get("width")}" height="{facts.get("height")}"'
    if facts.get("format") in ("mp4", "webm"):
        still = f' poster="{poster}"' if poster else ""
        page = (
            f'<video src="{view}"{still} {size} autoplay loop muted playsinline controls></video>\n'
            "<script>matchMedia('(prefers-reduced-motion: reduce)').matches &&"
            " document.currentScript.previousElementSibling.removeAttribute('autoplay')</script>"
        )
        return [("HTML", page), ("Link", site_url(request, reverse("share", args=[share.token])))]
    calm = f'<source media="(prefers-reduced-motion: reduce)" srcset="{poster}">' if poster else ""
    return [
        ("HTML", f'<picture>{calm}<img src="{view}" {size} alt=""></picture>'),
        ("Markdown", f"![]({view})"),
        ("Link", site_url(request, reverse("share", args=[share.token]))),
    ]


def _open_to_others(response: HttpResponseBase, share: ShareLink) -> HttpResponseBase:
    """A shared file may be shown on other sites, unless it is behind a password."""
    if not share.password:
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        response["Content-Security-Policy"] = MEDIA_CSP.replace("; frame-ancestors 'none'", "")
    return response


def _may_see(request: HttpRequest, share: ShareLink) -> bool:
    return not share.password or request.session.get(f"share:{share.pk}") == share.token


def _shared(request: HttpRequest, token: str) -> Render:
    share = access.share_for(token)
    if not _may_see(request, share):
        raise NotFound()
    return share.render


@require_safe
def share_file(request: HttpRequest, token: str) -> HttpResponseBase:
    return send(request, _shared(request, token), attachment=True, cache="no-store")


@require_safe
def share_view(request: HttpRequest, token: str) -> HttpResponseBase:
    found = _shared(request, token)
    answer = send(request, found, attachment=False, cache="private, no-cache")
    return _open_to_others(answer, access.share_for(token))


@require_safe
def share_poster(request: HttpRequest, token: str) -> HttpResponseBase:
    answer = send_poster(request, _shared(request, token), cache="private, no-cache")
    return _open_to_others(answer, access.share_for(token))
