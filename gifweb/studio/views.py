"""The start page: files and words in, a render out. Works as a plain form; a program that asks for JSON gets JSON."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from compressor.errors import CompressorError
from compressor.goal import FORMATS
from gifweb import accounts
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, PublicError, completed, public, wants_json
from gifweb.renders import file_responses
from gifweb.renders import media_urls as shown

from . import access, ingest, intent, make
from .incoming import Part

EXAMPLES = ["under 500KB", "720p MP4", "for Slack emoji", "first 3 seconds", "half the size"]
LONGEST_WORDS = 2000


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponseBase:
    """The drop zone; a post makes a project of the file and submits its first render."""
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
        raise BadInput(f"That is more than {LONGEST_WORDS} characters.")
    sent = cast(list[Part], parts)
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    rate_limits.hit_request("render", request, account)
    if account is None:  # an account, and its free credits, begin with a file that is accepted
        ingest.probe_all(sent)
        account = accounts.ensure(request)
    done = make.from_upload(account, sent, words, request.POST.get("format", "auto"), request.POST.get("key", ""))
    url = reverse("render", args=[done.public_id])
    if wants_json(request):
        return JsonResponse({"code": 0, "id": done.public_id, "url": url}, status=201)
    return redirect(url)


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """What the words would be read as, before there is a file: a fragment for the page, or JSON."""
    rate_limits.hit("explain", rate_limits.network(rate_limits.address(request)))
    words = request.GET.get("words", "").strip()[:500]
    understood = intent.meaning(words)
    if wants_json(request):
        return JsonResponse(understood)
    return render(request, "_understood.html", {"understood": understood, "words": words})


@require_safe
def source_view(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One's own uploaded file, shown in the page."""
    media = access.media_for(accounts.current(request), public_id)
    return shown.moved(request, shown.source(media)) or file_responses.source(request, media)
