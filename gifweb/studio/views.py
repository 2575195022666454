"""The start page: files and words become a render. A plain form; programs that ask for JSON get JSON."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compressor.errors import CompressorError
from compressor.goal import FORMATS
from gifweb import accounts, signed_media
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, PublicError, completed, public, wants_json
from gifweb.renders import access as render_access

from . import access, exports, ingest, intent, make, stored_media
from .incoming import Part

EXAMPLES = ["under 500KB", "720p MP4", "for Slack emoji", "first 3 seconds", "half the size"]
LONGEST_WORDS = 2000


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """The start page. A POST creates a project with the files and submits its first render."""
    if request.method == "POST":
        try:
            return _make(request)
        except (PublicError, CompressorError) as error:
            if wants_json(request):
                raise
            return _start(request, completed(request, public(error)))
    return _start(request, None)


def _start(request: HttpRequest, error: PublicError | None) -> HttpResponse:
    context = {
        "words": request.POST.get("words", "") if error else request.GET.get("words", ""),
        "format": request.POST.get("format", "auto") if error else "auto",
        "formats": FORMATS,
        "error": error,
        "examples": EXAMPLES,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "key": make.form_key(),
    }
    return render(request, "home.html", context, status=error.status if error else 200)


def _make(request: HttpRequest) -> HttpResponse:
    parts = request.FILES.getlist("file") or request.FILES.getlist("files")
    words = request.POST.get("words", "").strip()
    if not parts:
        raise BadInput("Choose a file first.")
    if len(words) > LONGEST_WORDS:
        raise BadInput(f"Your text is longer than {LONGEST_WORDS} characters.")
    sent = cast(list[Part], parts)
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    if account is None:  # an account, and its free credits, begin with a file that is accepted
        ingest.probe_all(sent)
        account = accounts.ensure(request)
    choice, key = request.POST.get("format", exports.AUTO), request.POST.get("key", "")
    done = make.from_upload(request, account, sent, words, choice, key)
    url = reverse("render", args=[done.public_id])
    if wants_json(request):
        return JsonResponse({"code": 0, "id": done.public_id, "url": url}, status=201)
    return redirect(url)


@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another render of the same source, by other words."""
    before = render_access.render_for(accounts.current(request), public_id)
    words = request.POST.get("words", "").strip()[:LONGEST_WORDS]
    done = make.again(request, before, words, request.POST.get("format", exports.AUTO))
    return redirect("render", public_id=done.public_id)


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """Return what the words mean, before there is a file: a fragment, or JSON."""
    rate_limits.hit("explain", rate_limits.network(rate_limits.address(request)))
    words = request.GET.get("words", "").strip()[:500]
    understood = intent.meaning(words)
    if wants_json(request):
        return JsonResponse(understood)
    return render(request, "_understood.html", {"understood": understood, "words": words})


@require_safe
def source_view(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One of the account's uploaded files, shown in the page."""
    found = access.media_for(accounts.current(request), public_id)
    return signed_media.moved(request, stored_media.source(found)) or stored_media.serve_source(request, found)
