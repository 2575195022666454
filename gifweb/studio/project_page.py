"""The project page: timeline, chat and export. Plain forms, and fragments for htmx."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from compressor.errors import CompressorError
from compressor.goal import FORMATS
from compressor.timeline import Draft, Edit, media_ids
from gifweb import accounts, signed_media
from gifweb.accounts import rate_limits
from gifweb.errors import BadInput, NotFound, PublicError, completed, public
from gifweb.renders import pricing
from gifweb.renders.models import Render

from . import (
    access,
    chat,
    chips,
    drafts,
    exports,
    layers,
    places,
    previews,
    project_files,
    start_renders,
    stored_media,
    texts,
    timeline_view,
    transitions,
    words_to_request,
)  # fmt: skip
from .models import Media, Preview, Project
from .project_snapshot import Standing
from .store_uploads import keep_all

SHOWN_TURNS = 60
SHOWN_RENDERS = 6


@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """The account's projects, the most recently changed first."""
    account = accounts.current(request)
    found = Project.objects.filter(account=account).prefetch_related("media")[:100] if account else []
    return render(request, "projects.html", {"projects": found})


@require_safe
def project(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, access.project_for(accounts.current(request), public_id))


@require_safe
def preview(request: HttpRequest, public_id: str, number: int) -> HttpResponseBase:
    """The preview of one revision; 404 until it is made."""
    found = access.project_for(accounts.current(request), public_id)
    made = Preview.objects.filter(revision__project=found, revision__number=number).exclude(key="").first()
    if made is None:
        raise NotFound("There is no preview yet.")
    return signed_media.moved(request, stored_media.preview(found, number, made)) or stored_media.serve_preview(
        request, made
    )


@require_safe
def stage(request: HttpRequest, public_id: str) -> HttpResponse:
    """The stage of the project page as a fragment; the page polls it until the preview is ready."""
    found = access.project_for(accounts.current(request), public_id)
    media = drafts.media_of(found)
    response = render(request, "_stage.html", _stage(found, media, drafts.current(found)))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def preview_again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try the preview again, after one that failed."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("turn", request, account)
    previews.again(found)
    return _answer(request, found)


def _stage(found: Project, media: list[Media], draft: Draft) -> dict[str, Any]:
    """Return the context of the stage: the preview, or the first clip while the preview is being made. ``side`` is the
    timeline as it is now for the controls of ``js/point.js``, in pixels of the canvas."""
    made = previews.current(found)
    ready = made is not None and bool(made.key)
    first = next((m for clip in draft.clips for m in media if m.public_id == clip.media), None)
    url = stored_media.preview(found, found.draft_number, made) if made and ready else ""
    side = {"url": url, "width": draft.meta.width, "height": draft.meta.height, "fps": draft.meta.fps}
    return {
        "project": found,
        "first": first,
        "preview_url": url,
        "side": json.dumps(side | {"format": made.format}) if made and url else "",
        "preview_format": made.format if made else "",
        "preview_width": made.width if made else 0,
        "preview_height": made.height if made else 0,
        "preview_failed": made is not None and made.failed,
        "preview_coming": made is not None and not made.key and not made.failed,
    }


@require_POST
def say(request: HttpRequest, public_id: str) -> HttpResponse:
    """One turn of the chat; the word "export" starts a render like the button."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("turn", request, account)
    words = request.POST.get("words", "").strip()[:2000]
    if words:
        for _ in chat.say(found, words, export=partial(_export, request, found), lang=chat.spoken(found)):
            pass
    return _answer(request, found)


@require_POST
def plan_view(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change a chip: ``drop`` removes it, ``key`` and ``value`` change it."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("turn", request, account)
    drop = request.POST.get("drop", "")
    try:
        chat.touch(found, drop or request.POST.get("key", ""), None if drop else request.POST.get("value", ""))
    except (PublicError, CompressorError) as error:
        found.refresh_from_db()
        return _page(request, found, public(error))
    return _answer(request, found)


@require_POST
def layers_view(request: HttpRequest, public_id: str) -> HttpResponse:
    """A layer put over the picture, changed or taken away by hand; see ``layers.edit_of`` for the fields."""
    return _edited(request, public_id, layers.edit_of)


@require_POST
def texts_view(request: HttpRequest, public_id: str) -> HttpResponse:
    """A text put over the picture, changed or taken away by hand; see ``texts.edit_of`` for the fields."""
    return _edited(request, public_id, texts.edit_of)


@require_POST
def transitions_view(request: HttpRequest, public_id: str) -> HttpResponse:
    """What lies between two clips, chosen by hand; see ``transitions.edit_of`` for the fields."""
    return _edited(request, public_id, transitions.edit_of)


def _edited(request: HttpRequest, public_id: str, edit_of: Callable[[QueryDict], Edit]) -> HttpResponse:
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("turn", request, account)
    try:
        chat.edit(found, edit_of(request.POST))
    except (PublicError, CompressorError) as error:
        found.refresh_from_db()
        return _page(request, found, public(error))
    return _answer(request, found)


@require_POST
def work_on(request: HttpRequest, public_id: str) -> HttpResponse:
    """Switch to another file of the project: ``media`` is its id."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("turn", request, account)
    media = request.POST.get("media", "")
    if not media:
        raise BadInput("Choose a file first.")
    chat.work_on(found, media)
    return _answer(request, found)


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """Upload more files. The first image of an empty project goes on the timeline."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    rate_limits.hit_request("upload", request, account)
    try:
        parts = request.FILES.getlist("file")
        if not parts:
            raise BadInput("Choose a file first.")
        media = keep_all(found.account, found, parts)  # type: ignore[arg-type]
    except (PublicError, CompressorError) as error:
        return _page(request, found, completed(request, public(error)))
    drafts.start(found, media)
    chat.uploaded(found, media)
    return _answer(request, found)


@require_POST
def export(request: HttpRequest, public_id: str) -> HttpResponse:
    """Render the file being edited and redirect to the render. ``all``: render each file that waits for an export and
    redirect to the project."""
    found = access.project_for(accounts.current(request), public_id)
    if request.POST.get("all"):
        chat.export_all(found, partial(_export, request, found))
        return redirect("project", public_id=found.public_id)
    try:
        done = _export(request, found, project_files.of(found).standing())
    except (PublicError, CompressorError) as error:
        return _page(request, found, completed(request, public(error)))
    return redirect("render", public_id=done.public_id)


def _export(request: HttpRequest, found: Project, standing: Standing) -> Render:
    key = f"page:{request.POST.get('key', '')[:64] or start_renders.form_key()}:{standing.media}"
    order = exports.Export(found, key, standing.media, format=request.POST.get("format", exports.AUTO))
    return exports.start(request, order)


def _file(media: Media, file_set: project_files.FileSet, used: set[str]) -> dict[str, Any]:
    """Return one file of the file list: whether it is being edited, and its chips."""
    standing, key = file_set.standing(media.public_id), media.public_id
    asked = chips.of(standing.draft, standing.goal, file_set.names) if key in file_set.wished else []
    return {
        "file": media,
        "used": key in used,
        "current": key == file_set.current,
        "asked": _(", ").join(chip.label for chip in asked),
    }


def _answer(request: HttpRequest, found: Project) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _page(request, found)
    return redirect("project", public_id=found.public_id)


def _page(request: HttpRequest, found: Project, error: PublicError | None = None) -> HttpResponse:
    """Render the whole page, or for htmx the part that can change."""
    file_set = project_files.of(found)
    media, infos = list(file_set.media), file_set.infos
    draft, goal = file_set.standing().draft, file_set.standing().goal
    waiting = project_files.waiting(found, file_set) if draft.clips else []
    names = {m.public_id: m.name for m in media}
    used = media_ids(draft)
    context: dict[str, Any] = _stage(found, media, draft) | {
        "media": [_file(m, file_set, used) for m in media],
        "waiting": len(waiting),
        "drawing": timeline_view.draw(draft, names),
        "layers": layers.rows(draft, infos, names, {m.public_id: m for m in media}),
        "choices": layers.CHOICES,
        "texts": texts.rows(draft),
        "entrances": texts.ENTRANCES,
        "joins": transitions.rows(draft, names),
        "transition_kinds": transitions.KINDS,
        "turns": list(reversed(found.turns.order_by("-id")[:SHOWN_TURNS])),
        "renders": found.renders.all()[:SHOWN_RENDERS],
        "goal": goal.to_json(),
        "plan": chips.of(draft, goal, names),
        "caution": places.note_of(goal.preset),
        "formats": FORMATS,
        "usual": words_to_request.by_content(goal, draft, infos)
        if draft.clips and not (goal.preset or goal.codec)
        else None,
        "cost": pricing.bound(goal, draft, infos) if draft.clips else None,
        "can_undo": drafts.can_move(found, -1),
        "can_redo": drafts.can_move(found, 1),
        "key": start_renders.form_key(),
        "error": error,
    }
    fragment = request.htmx  # type: ignore[attr-defined]
    status = error.status if error and not fragment else 200
    response = render(request, "_workbench.html" if fragment else "project.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
