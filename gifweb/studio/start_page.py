"""Views of the start page: the form, what its words mean, the bytes to expect, and uploads as they are shown."""

from __future__ import annotations

import shutil
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from compressor import sandbox
from compressor.errors import CompressorError
from compressor.goal import FORMATS
from gifweb import accounts, ids, signed_media, stored_files
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, Gone, NotFound, PublicError, completed, public, wants_json
from gifweb.release_connections import let_go
from gifweb.renders import access as render_access
from gifweb.renders.models import Render
from gifweb.source_limits import source_limits

from . import (
    access,
    batch,
    chat,
    exports,
    forecast,
    places,
    start_renders,
    store_uploads,
    stored_media,
    upload_parts,
    words_of_controls,
    words_to_request,
)
from .batch_pages import chosen_format, sent_file
from .models import Media, Project
from .project_snapshot import Standing
from .upload_stream import Part

EXAMPLES = [
    later("under 500KB"), later("720p MP4"), later("for Slack emoji"), later("first 3 seconds"), later("half the size"),
]  # fmt: skip
LONGEST_WORDS = 2000
POSTER = (640, 640)


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
        "url": request.POST.get("url", "") if error else request.GET.get("url", "").strip()[:2000],
        "words": request.POST.get("words", "") if error else request.GET.get("words", ""),
        "format": request.POST.get("format", "auto") if error else "auto",
        "formats": FORMATS,
        "compared": batch.compared(),
        "error": error,
        "examples": [_(example) for example in EXAMPLES],
        "places": places.grouped(places.PLACES.values()),
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_files": batch.MOST_FILES,
        "key": start_renders.form_key(),
    } | _before(request)
    return render(request, "home.html", context, status=error.status if error else 200)


def _before(request: HttpRequest) -> dict[str, Any]:
    """The file of an earlier render (``again``: its id), for somebody who comes back from its page."""
    account = accounts.current(request)
    key = request.GET.get("again", "")
    found = Render.objects.filter(account=account, public_id=key).first() if account and key else None
    source = Media.objects.filter(public_id__in=found.sources[:1], deleted_at=None).first() if found else None
    return {"before": found, "before_source": source} if source else {}


def _make(request: HttpRequest) -> HttpResponse:
    words = request.POST.get("words", "").strip()
    before = request.POST.get("again", "")
    if len(words) > LONGEST_WORDS:
        raise BadInput(_("Your text is longer than {n} characters.").format(n=LONGEST_WORDS))
    words = places.with_place(words, request.POST.get("place", ""))
    choice, key = chosen_format(request), request.POST.get("key", "")
    account = accounts.current(request)
    if request.FILES or request.POST.get("url"):  # an upload in pieces was counted when it began
        rate_limits.hit_request("upload", request, account)
    try:
        upload_parts.join(request, account)
    except (NotFound, Gone):  # its form came before, and the answer was lost on the way
        if account is None or not (done := start_renders.sent_before(account, key)):
            raise
        return _made(request, done)
    sent = cast(list[Part], request.FILES.getlist("file") or request.FILES.getlist("files"))
    if not sent and not before:
        raise BadInput("Choose a file first.")
    formats = len(batch.orders(words, choice)) > 1
    if not sent and formats:
        before_it = render_access.render_for(account, before)
        return _compared(request, before_it, words, choice)
    several = len(sent) > 1 and not wants_json(request)  # a bad file among good ones stops no other
    if account is None:  # an account, and its free credits, begin with a file that is accepted
        (store_uploads.probe_one if several else store_uploads.probe_all)(sent)
        account = accounts.ensure(request)
    if several or formats:
        if not several:
            store_uploads.probe_all(sent)
        project = batch.begin(account, words, choice, sum(part.size or 0 for part in sent))
        batch.add_all(request, project, sent)
        upload_parts.taken(request)
        return _begun(request, project)
    if sent:
        done = start_renders.from_upload(request, account, sent, words, choice, key)
    else:
        stands = render_access.render_for(account, before)
        made = start_renders.again(request, stands, words, choice)
        return _made(request, made or _answered(request, stands, words))
    upload_parts.taken(request)
    return _made(request, done)


def _begun(request: HttpRequest, project: Project) -> HttpResponse:
    url = reverse("batch", args=[project.public_id])
    return (
        JsonResponse({"code": 0, "id": project.public_id, "url": url}, status=201)
        if wants_json(request)
        else redirect(url)
    )


def _compared(request: HttpRequest, before: Render, words: str, choice: str) -> HttpResponse:
    """The file of an earlier render in several formats."""
    batch.compare(request, before.project, start_renders.source_of(before), words, choice)
    return _begun(request, before.project)


def _made(request: HttpRequest, done: Render | Project) -> HttpResponse:
    """To the page of a new render, or of the project whose chat has the answer."""
    url = reverse("render" if isinstance(done, Render) else "project", args=[done.public_id])
    if wants_json(request):
        return JsonResponse({"code": 0, "id": done.public_id, "url": url}, status=201)
    return redirect(url)


def _answered(request: HttpRequest, before: Render, words: str) -> Project:
    """The project of a render, with an answer in its chat to words that ask for nothing that can be made."""
    rate_limits.hit_request("turn", request, before.account)

    def export(standing: Standing) -> Render:
        order = exports.Export(before.project, f"again:{start_renders.form_key()}", standing.media)
        return exports.start(request, order)

    list(chat.say(before.project, words, export=export, lang=chat.spoken(before.project)))
    return before.project


@require_POST
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Another render of the same source, by other words."""
    before = render_access.render_for(accounts.current(request), public_id)
    words = request.POST.get("words", "").strip()[:LONGEST_WORDS]
    choice = chosen_format(request)
    if len(batch.orders(words, choice)) > 1:
        return _compared(request, before, words, choice)
    return _made(request, start_renders.again(request, before, words, choice) or _answered(request, before, words))


@require_safe
def explain(request: HttpRequest) -> HttpResponse:
    """What the words would be read as, before there is a file: a fragment for the page, or JSON.

    ``control`` and ``said`` put what a control says into the words first; ``width``, ``height``, ``frames`` and ``ms``
    of a file give its cost.
    """
    rate_limits.hit("explain", rate_limits.network(rate_limits.address(request)))
    words = request.GET.get("words", "").strip()[:500]
    if control := request.GET.get("control", ""):
        words = words_of_controls.written(words, control, request.GET.get("said", ""))
    understood = words_to_request.meaning(words)
    if wants_json(request):
        facts = {name: _figure(request.GET.get(name, "")) for name in ("width", "height", "frames", "ms")}
        more = {
            "words": words,
            "values": words_of_controls.values(words),
            "credits": words_of_controls.cost(words, facts),
        }
        return JsonResponse(understood | more)
    return render(request, "_understood.html", {"understood": understood, "words": words})


@require_POST
def expected(request: HttpRequest) -> JsonResponse:
    """The bytes to expect, the most credits and the format, before anything is made or spent: of a file that was sent
    in pieces (``upload``) and is not kept yet, or of the source of one's own render (``again``)."""
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    rate_limits.hit_request("expected", request, account)  # it may compute for 20 s, and needs no account
    words = places.with_place(request.POST.get("words", "").strip()[:LONGEST_WORDS], request.POST.get("place", ""))
    choice = start_renders.known_format(request.POST.get("format", exports.AUTO))
    folder = stored_files.work_folder(f"expected-{ids.public_id()}")
    try:
        if before := request.POST.get("again", ""):
            media = start_renders.source_of(render_access.render_for(account, before))
            path, info = stored_files.local_path(media.key, folder), media.info
        else:
            part = sent_file(request, account)
            path, info = part.path, store_uploads.probe(part)
        size, credits, format = forecast.expected(words, choice, path, info, folder)
        return JsonResponse({"code": 0, "bytes": size, "credits": credits, "format": format})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _figure(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


@require_safe
def source_view(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One's own uploaded file, shown in the page."""
    found = access.media_for(accounts.current(request), public_id)
    return signed_media.moved(request, stored_media.source(found)) or stored_media.serve_source(request, found)


@require_safe
def source_poster(request: HttpRequest, public_id: str) -> HttpResponse:
    """A small still of one's own upload, so that a page need not send the upload itself."""
    account = accounts.current(request)
    media = access.media_for(account, public_id)
    rate_limits.hit_request("upload", request, account)
    folder = stored_files.work_folder(f"poster-{ids.public_id()}")
    try:
        still = folder / "poster.webp"
        path = stored_files.local_path(media.key, folder)
        let_go()  # it waits for a place of a probe
        sandbox.poster(path, still, POSTER, source_limits())
        response = HttpResponse(still.read_bytes(), content_type="image/webp")
    except CompressorError:
        raise NotFound() from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    response["Cache-Control"] = "private, max-age=86400"
    return response
