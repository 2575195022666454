"""The page of a batch: the live list of its files, sending one more, trying again, leaving out, and the archive."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gifweb import accounts, stored_files
from gifweb.accounts import rate_limits
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, Conflict, PublicError, UnsupportedFile
from gifweb.renders import access as render_access
from gifweb.renders.models import Render, State
from gifweb.renders.submission import cancel

from . import access, batch, exports, places, start_renders, store_uploads, upload_parts
from .upload_stream import Part

STILL = timedelta(seconds=10)  # that a result without a still is looked at again


@require_POST
def begin(request: HttpRequest) -> JsonResponse:
    """A batch and its first file: what the start page asks for before it sends the others one by one. A file that is
    refused here begins neither a batch nor an account."""
    account = accounts.current(request)
    rate_limits.hit_request("upload", request, account)
    whole = request.POST.get("whole_bytes", "0")
    words = places.with_place(request.POST.get("words", "").strip()[:2000], request.POST.get("place", ""))
    choice = chosen_format(request)
    part = sent_file(request, account)
    store_uploads.probe_all([part])
    account = accounts.ensure(request)
    project = batch.begin(
        account, words, choice, int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 16 else 0
    )
    with suppress(PublicError):  # told on the page
        batch.add(request, project, part)
    upload_parts.taken(request)
    where = {name: reverse(name, args=[project.public_id]) for name in ("batch", "batch_add", "batch_act")}
    told = {"url": where["batch"], "add": where["batch_add"]}
    waits = batch.waiting(project)
    return JsonResponse(told | ({"start": where["batch_act"]} if waits else {}), status=201)


@require_POST
def add(request: HttpRequest, public_id: str) -> JsonResponse:
    """One more file of the batch, and its render."""
    account = accounts.current(request)
    project = access.project_for(account, public_id)
    rate_limits.hit_request("upload", request, account)
    try:
        made = batch.add(request, project, sent_file(request, account))
    except UnsupportedFile:
        upload_parts.taken(request)  # it would be refused again
        raise
    upload_parts.taken(request)
    if made is None:  # it waits for the others
        return JsonResponse({"id": "", "url": reverse("batch", args=[public_id])}, status=201)
    return JsonResponse({"id": made.public_id, "url": reverse("render", args=[made.public_id])}, status=201)


def chosen_format(request: HttpRequest) -> str:
    """The format of a form, or all of them. Raises BadInput."""
    asked = request.POST.get("format", exports.AUTO)
    return batch.ALL if request.POST.get("formats") == batch.ALL else start_renders.known_format(asked)


def sent_file(request: HttpRequest, account: Account | None) -> Part:
    """The one file of a form. Raises BadInput where there is none."""
    upload_parts.join(request, account)
    part = request.FILES.get("file")
    if part is None:
        raise BadInput(_("Choose a file first."))
    return cast(Part, part)


@require_safe
def page(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every file with its state; for htmx the list alone, which asks again while something is open."""
    project = access.project_for(accounts.current(request), public_id)
    found = batch.rows(project)
    made = [row.render for row in found if row.render]
    done = [r for r in made if r.state == State.FINISHED and r.has_file]
    context = {
        "project": project,
        "rows": found,
        "words": batch.words_of(project),
        "is_open": any(r.is_open for r in made) or any(map(_still_comes, done)),
        "done": len(done),
        "groups": batch.groups(found),
        "waiting": batch.waiting(project),
        "bytes_before": sum(row.source.bytes for row in found if row.source and row.render in done),
        "bytes_after": sum(r.result_bytes or 0 for r in done),
    }
    fragment = request.htmx  # type: ignore[attr-defined]
    response = render(request, "_batch.html" if fragment else "batch.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _still_comes(render: Render) -> bool:
    """Whether its still is being made: it comes a moment after the result."""
    ended = render.finished_at
    return not render.poster_key and ended is not None and timezone.now() - ended < STILL


@require_POST
def act(request: HttpRequest, public_id: str) -> HttpResponse:
    """``retry`` or ``skip`` names one render of the batch; ``start`` gives one budget to the files that are here."""
    account = accounts.current(request)
    project = access.project_for(account, public_id)
    if request.POST.get("start"):
        batch.start(request, project)
        return redirect("batch", public_id=public_id)
    again, skip = request.POST.get("retry", ""), request.POST.get("skip", "")
    found = render_access.render_for(account, again or skip)
    if found.project_id != project.pk:
        raise BadInput(_("This file is not in the batch."))
    if again:
        start_renders.again(request, found, found.words, str(found.goal.get("format") or "auto"))
    else:
        cancel(found)
    return redirect("batch", public_id=public_id)


@require_safe
def archive(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """All results in one zip with a manifest."""
    project = access.project_for(accounts.current(request), public_id)
    if not any(row.render and row.render.has_file for row in batch.rows(project)):
        raise Conflict(_("There is no result yet."))
    return stored_files.zip_response(request, "brim.zip", batch.archive(project))
