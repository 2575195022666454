"""Pages of share links: owners create and revoke them, visitors open them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compressor.formats import FILMS
from gifweb import accounts, signed_media
from gifweb.absolute_urls import absolute
from gifweb.accounts import rate_limits
from gifweb.errors import NotFound, wants_json

from . import access, file_responses, media_urls, shares, sources
from .models import ShareLink


@require_POST
def share_make(request: HttpRequest, public_id: str) -> HttpResponse:
    """Create a public link to the result; pressing twice creates one link."""
    account = accounts.current(request)
    found = access.render_for(account, public_id)
    rate_limits.hit_request("turn", request, account)  # the hash of a password is dear
    password = request.POST.get("password", "")[:200]
    share = shares.live(found)
    if share is None or password:
        share = shares.make(found, password=password)
    if wants_json(request):
        url = absolute(request, reverse("share", args=[share.token]))
        return JsonResponse({"code": 0, "url": url, "expires_at": share.expires_at}, status=201)
    return redirect(reverse("render", args=[public_id]) + "#share")


@require_POST
def share_revoke(request: HttpRequest, token: str) -> HttpResponse:
    """Revoke a link of one's own."""
    share = ShareLink.objects.select_related("render").filter(token=token).first()
    account = accounts.current(request)
    if share is None or account is None or share.render.account_id != account.pk:
        raise NotFound()
    shares.revoke(share.render, token)
    return redirect("render", public_id=share.render.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
def share_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the shared result, after the password if the link has one."""
    share = access.share_for(token)
    if request.method == "POST":
        rate_limits.hit("share_password", rate_limits.network(rate_limits.address(request)))
        rate_limits.hit("share_password_link", f"share {share.pk}")  # many addresses may guess together
        if shares.opens(share, request.POST.get("password", "")):
            request.session[f"share:{share.pk}"] = share.token
            return redirect("share", token=token)
    if not _may_see(request, share):
        wrong = request.method == "POST"
        return render(request, "share_password.html", {"share": share, "wrong": wrong}, status=403 if wrong else 200)
    if request.method == "GET":
        shares.viewed(share)
    view, poster = media_urls.shared(share, "view"), _poster(share)
    context = {
        "share": share,
        "render": share.render,
        "source": sources.first(share.render.sources),
        "view_url": view,
        "file_url": media_urls.shared(share, "file"),
        "poster_url": poster,
        "page_url": absolute(request, request.path),
        "embeds": embeds(request, share),
        "absolute_view": absolute(request, view),
        "absolute_poster": absolute(request, poster) if poster else "",
    }
    response = render(request, "share.html", context)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _poster(share: ShareLink) -> str:
    return media_urls.shared(share, "poster") if share.render.poster_key else ""


def embeds(request: HttpRequest, share: ShareLink) -> list[tuple[str, str]]:
    """Return snippets that embed the shared file, as (name, text). None for a link with a password."""
    if share.password:
        return []
    facts = share.render.result_facts
    view, poster = absolute(request, media_urls.shared(share, "view")), _poster(share)
    poster = absolute(request, poster) if poster else ""
    size = f'width="{facts.get("width")}" height="{facts.get("height")}"'
    if facts.get("format") in FILMS:
        still = f' poster="{poster}"' if poster else ""
        page = (
            f'<video src="{view}"{still} {size} autoplay loop muted playsinline controls></video>\n'
            "<script>matchMedia('(prefers-reduced-motion: reduce)').matches &&"
            " document.currentScript.previousElementSibling.removeAttribute('autoplay')</script>"
        )
        link = absolute(request, reverse("share", args=[share.token]))
        alt = _("Play the animation")
        markdown = [("Markdown", f"[![{alt}]({poster})]({link})")] if poster else []
        return [("HTML", page), *markdown, (_("Link"), link)]
    calm = f'<source media="(prefers-reduced-motion: reduce)" srcset="{poster}">' if poster else ""
    return [
        ("HTML", f'<picture>{calm}<img src="{view}" {size} alt=""></picture>'),
        ("Markdown", f"![]({view})"),
        (_("Link"), absolute(request, reverse("share", args=[share.token]))),
    ]


def _may_see(request: HttpRequest, share: ShareLink) -> bool:
    return not share.password or request.session.get(f"share:{share.pk}") == share.token


def _shared(request: HttpRequest, token: str, what: str) -> HttpResponseBase:
    share = access.share_for(token)
    if not _may_see(request, share):
        raise NotFound()
    return signed_media.moved(request, media_urls.shared(share, what)) or file_responses.shared(request, share, what)


@require_safe
def share_file(request: HttpRequest, token: str) -> HttpResponseBase:
    return _shared(request, token, "file")


@require_safe
def share_view(request: HttpRequest, token: str) -> HttpResponseBase:
    return _shared(request, token, "view")


@require_safe
def share_poster(request: HttpRequest, token: str) -> HttpResponseBase:
    return _shared(request, token, "poster")
