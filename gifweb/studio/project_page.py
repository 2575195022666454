"""The project page: the timeline drawn, the conversation beside it, and the export. Plain forms; fragments for htmx."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from compressor.errors import CompressorError
from compressor.goal import FORMATS, Goal
from gifweb import accounts, renders
from gifweb.accounts import limits
from gifweb.errors import BadInput, PublicError, public
from gifweb.renders import price
from gifweb.renders.models import Render

from . import access, drafts, drawn, make, turns, wish
from .keep import keep_all
from .models import Project

SHOWN_TURNS = 60
SHOWN_RENDERS = 6


@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """One's own projects, the last touched first."""
    account = accounts.current(request)
    found = Project.objects.filter(account=account).prefetch_related("media")[:100] if account else []
    return render(request, "projects.html", {"projects": found})


@require_safe
def project(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, access.project_for(accounts.current(request), public_id))


@require_POST
def say(request: HttpRequest, public_id: str) -> HttpResponse:
    """One turn of the conversation; the word "export" in it starts a render like the button."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    limits.hit_request("turn", request, account)
    words = request.POST.get("words", "").strip()[:2000]
    if words:
        for _ in turns.say(found, words, export=lambda: _export(request, found)):
            pass
    return _answer(request, found)


@require_POST
def add(request: HttpRequest, public_id: str) -> HttpResponse:
    """More files. The first picture of an empty project goes on the timeline by itself."""
    account = accounts.current(request)
    found = access.project_for(account, public_id)
    limits.hit_request("upload", request, account)
    try:
        parts = request.FILES.getlist("file")
        if not parts:
            raise BadInput("Choose a file first.")
        media = keep_all(found.account, found, parts)  # type: ignore[arg-type]
    except (PublicError, CompressorError) as error:
        return _page(request, found, public(error))
    if not drafts.current(found).clips and any(m.info.kind != "audio" for m in media):
        drafts.save(found, drafts.first(media), Goal.from_json(found.goal), "Put on the timeline.")
    return _answer(request, found)


@require_POST
def export(request: HttpRequest, public_id: str) -> HttpResponse:
    """A render of the draft as it is now; on to its page."""
    found = access.project_for(accounts.current(request), public_id)
    try:
        done = _export(request, found)
    except (PublicError, CompressorError) as error:
        return _page(request, found, public(error))
    return redirect("render", public_id=done.public_id)


def _export(request: HttpRequest, found: Project) -> Render:
    limits.hit_request("render", request, found.account)
    choice = request.POST.get("format", "auto")
    if choice not in ("auto", *FORMATS):
        raise BadInput("Unknown format.", field="format")
    draft = drafts.current(found)
    goal = wish.with_format(Goal.from_json(found.goal), choice, draft)
    key = f"page:{request.POST.get('key', '')[:64] or make.form_key()}"
    last = found.turns.filter(role="user").last()
    words = last.text[:2000] if last else ""
    return renders.submit(found.account, found, goal, draft, key, words=words, understood={"sentences": _wishes(found)})


def _wishes(found: Project) -> list[str]:
    """What is asked for now, as the revision that asked for it said it."""
    revision = found.revisions.filter(number=found.draft_number).first()
    return [revision.sentence] if revision and revision.sentence else []


def _answer(request: HttpRequest, found: Project) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return _page(request, found)
    return redirect("project", public_id=found.public_id)


def _page(request: HttpRequest, found: Project, error: PublicError | None = None) -> HttpResponse:
    """The whole page, or for htmx the part of it that can change."""
    media = drafts.media_of(found)
    infos = {m.public_id: m.info for m in media}
    draft = drafts.current(found)
    goal = Goal.from_json(found.goal)
    used = {clip.media for clip in draft.clips} | {sound.media for sound in draft.sounds}
    first = next((m for clip in draft.clips for m in media if m.public_id == clip.media), None)
    newest = found.revisions.last()
    context: dict[str, Any] = {
        "project": found,
        "media": [{"file": m, "used": m.public_id in used} for m in media],
        "first": first,
        "drawing": drawn.draw(draft, {m.public_id: m.name for m in media}),
        "turns": list(reversed(found.turns.order_by("-id")[:SHOWN_TURNS])),
        "renders": found.renders.all()[:SHOWN_RENDERS],
        "goal": goal.to_json(),
        "wishes": _wishes(found),
        "formats": FORMATS,
        "cost": price.bound(goal, draft, infos) if draft.clips else None,
        "can_undo": found.draft_number > 0,
        "can_redo": newest is not None and newest.number > found.draft_number,
        "key": make.form_key(),
        "error": error,
    }
    fragment = request.htmx  # type: ignore[attr-defined]
    status = error.status if error and not fragment else 200
    response = render(request, "_workbench.html" if fragment else "project.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response
