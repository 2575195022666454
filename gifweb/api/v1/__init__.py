"""/api/v1: the same verbs as the agent contract in today's conventions. A door: it holds no rule.

Bearer token, JSON, plural nouns. Errors are ``Problem`` objects with a matching status. ``Idempotency-Key`` on renders:
the same key with the same body answers the first render, with another body 422.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import asdict, is_dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Header, NinjaAPI, Query
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile
from ninja.renderers import BaseRenderer
from ninja.security import HttpBearer

from compressor import presets, timeline
from compressor.errors import CompressorError
from compressor.goal import Goal
from compressor.timeline import Draft
from gifweb import accounts, files, renders
from gifweb.accounts import limits
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.errors import BadInput, Conflict, NotFound, PublicError, TooMany, Unusable, from_engine, public
from gifweb.renders import access as render_access
from gifweb.renders import shares
from gifweb.renders.models import Render, ShareLink
from gifweb.studio import access, drafts, turns, wish
from gifweb.studio.keep import keep_all
from gifweb.studio.models import Media, Project

from .. import agent as contract
from .. import links
from ..answers import compact, with_a_way_on
from . import shapes

log = logging.getLogger(__name__)


class Compact(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> str:
        return compact(data)


class Bearer(HttpBearer):
    """The account of the token; ``request.auth`` is it."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Account | None:
        return accounts.for_token(token, self.scope)


READ, WRITE, UPLOAD, RENDER = (Bearer(scope) for scope in ("read", "write", "upload", "render"))
REFUSALS = dict.fromkeys((400, 401, 402, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503), shapes.Problem)

api = NinjaAPI(
    title="Brim",
    version="1",
    description="Make animated images small: upload, say what you want, get a file that fits.",
    urls_namespace="v1",
    docs_url=None,
    openapi_url="/openapi.json",
    renderer=Compact(),
)


def _mine(request: HttpRequest) -> Account:
    account: Account = request.auth  # type: ignore[attr-defined]
    return account


# --- errors -----------------------------------------------------------------------------------------------------------


def _refuse(request: HttpRequest, error: PublicError) -> HttpResponse:
    response = api.create_response(request, error.to_json(), status=error.status)
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.data.get("retry_after", 30))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    first = error.errors[0] if error.errors else {}
    where = ".".join(str(part) for part in first.get("loc", ())[1:])
    return _refuse(request, Unusable(f"{where or 'The request'}: {first.get('msg', 'is not valid')}.", field=where))


@api.exception_handler(HttpError)
def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == 401:
        from gifweb.errors import NotSignedIn

        return _refuse(request, NotSignedIn())
    return _refuse(request, BadInput("The body cannot be read."))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return _refuse(request, NotFound())


@api.exception_handler(Exception)
def _any(request: HttpRequest, error: Exception) -> HttpResponse:
    known = with_a_way_on(request, public(error))
    if known.status >= 500:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
    return _refuse(request, known)


# --- files and projects -----------------------------------------------------------------------------------------------


def _media(request: HttpRequest, media: Media, project: Project) -> dict[str, Any]:
    info = media.info
    same = ("kind", "format", "width", "height", "frames", "duration_ms", "loop", "has_alpha", "has_audio")
    return {name: getattr(info, name) for name in same} | {
        "id": media.public_id,
        "project": project.public_id,
        "name": media.name,
        "bytes": media.bytes,
        "sha256": media.sha256,
        "url": links.of_media(request, media),
    }


def _project(request: HttpRequest, project: Project) -> dict[str, Any]:
    draft = drafts.current(project)
    return {
        "id": project.public_id,
        "session_id": project.session_id,
        "title": project.title,
        "draft": draft.to_json() if draft.clips else {},
        "goal": project.goal,
        "summary": turns.summary(project),
        "revision": project.draft_number,
        "media": [_media(request, m, project) for m in drafts.media_of(project)],
        "created_at": project.created_at.isoformat(),
    }


def _into(request: HttpRequest, project_id: str | None, name: str) -> Project:
    if project_id:
        return access.project_for(_mine(request), project_id)
    return Project.objects.create(account=_mine(request), title=timeline.stem(name)[:120] or "project")


def _keep(request: HttpRequest, project_id: str | None, parts: list[Any]) -> list[dict[str, Any]]:
    limits.hit_request("upload", request, _mine(request))
    try:
        if not parts:
            raise BadInput("No file was sent: use the form field files.")
        project = _into(request, project_id, parts[0].name)
        try:
            media = keep_all(_mine(request), project, parts)
        except BaseException:
            if not project_id:
                drafts.discard(project)
            raise
    finally:
        for part in parts:
            part.close()
    contract.on_the_timeline(project, media)
    return [_media(request, m, project) for m in media]


@api.post("/uploads", response={201: list[shapes.MediaOut]} | REFUSALS, auth=UPLOAD, summary="Upload files")
def upload(
    request: HttpRequest,
    files: list[UploadedFile] = File(...),  # noqa: B008
    project: str | None = Query(None, max_length=40),
) -> Any:
    """Up to 200 MB in all. Without ``project`` a new one is made; its first picture or clip goes on the timeline."""
    return 201, _keep(request, project, list(files))


@api.post("/uploads/by-url", response={201: list[shapes.MediaOut]} | REFUSALS, auth=UPLOAD, summary="Fetch a file")
def upload_by_url(request: HttpRequest, body: shapes.UrlIn) -> Any:
    """http and https from public addresses only; 200 MB and 60 seconds at most."""
    return 201, _keep(request, body.project, contract.fetched({"urls": [body.url]}))


@api.post("/projects", response={201: shapes.ProjectOut} | REFUSALS, auth=WRITE, summary="Make a project")
def make_project(request: HttpRequest, body: shapes.ProjectIn) -> Any:
    made = Project.objects.create(account=_mine(request), title=body.title)
    return 201, _project(request, made)


@api.get("/projects", response={200: list[shapes.ProjectOut]} | REFUSALS, auth=READ, summary="List projects")
def list_projects(request: HttpRequest, limit: int = Query(20, ge=1, le=100)) -> Any:
    return [_project(request, p) for p in Project.objects.filter(account=_mine(request))[:limit]]


@api.get("/projects/{project_id}", response={200: shapes.ProjectOut} | REFUSALS, auth=READ, summary="Read a project")
def read_project(request: HttpRequest, project_id: str) -> Any:
    return _project(request, access.project_for(_mine(request), project_id))


@api.post(
    "/projects/{project_id}/edits", response={200: shapes.EditsOut} | REFUSALS, auth=WRITE, summary="Edit the timeline"
)
def edit(request: HttpRequest, project_id: str, body: shapes.EditsIn) -> Any:
    """Typed edits, words, or both; all of them become one revision, or none does."""
    project = access.project_for(_mine(request), project_id)
    infos = {m.public_id: m.info for m in drafts.media_of(project)}
    draft, changed = drafts.current(project), []
    try:
        for sent in body.edits:
            applied = timeline.apply(draft, timeline.edit_from_json(sent), infos)
            draft = applied.draft
            changed.append(applied.sentence)
        found = wish.read(body.words, draft, infos, goal=project.goal) if body.words.strip() else None
    except CompressorError as error:
        raise from_engine(error) from error
    goal = found.goal if found else Goal.from_json(project.goal)
    draft = found.draft if found else draft
    changed += found.changes if found else []
    if changed or goal.to_json() != project.goal:
        drafts.save(project, draft, goal, " ".join(changed))
    return _edited(project, draft, changed + (found.echo if found else []), found.missed if found else [])


def _edited(project: Project, draft: Draft, changed: list[str], missed: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "changed": changed,
        "missed": missed,
        "draft": draft.to_json() if draft.clips else {},
        "goal": project.goal,
        "summary": turns.summary(project),
        "revision": project.draft_number,
    }


@api.post("/projects/{project_id}/undo", response={200: shapes.EditsOut} | REFUSALS, auth=WRITE, summary="Undo")
def undo(request: HttpRequest, project_id: str) -> Any:
    project = access.project_for(_mine(request), project_id)
    drafts.move(project, -1)
    return _edited(project, drafts.current(project), ["Undone."], [])


@api.post("/projects/{project_id}/redo", response={200: shapes.EditsOut} | REFUSALS, auth=WRITE, summary="Redo")
def redo(request: HttpRequest, project_id: str) -> Any:
    project = access.project_for(_mine(request), project_id)
    drafts.move(project, 1)
    return _edited(project, drafts.current(project), ["Done again."], [])


@api.post("/explain", response={200: shapes.ExplainOut} | REFUSALS, auth=READ, summary="What words would mean")
def explain(request: HttpRequest, body: shapes.WordsIn) -> Any:
    """Nothing is changed and nothing is spent."""
    try:
        found = wish.read(body.words, Draft(), {})
    except CompressorError as error:
        raise from_engine(error) from error
    return {"explain": found.explain, "goal": found.goal.to_json(), "sentences": found.echo, "missed": found.missed}


@api.get("/presets", response={200: list[shapes.RuleOut]} | REFUSALS, auth=None, summary="Platform limits")
def list_presets(request: HttpRequest) -> Any:
    return [{"name": name, "facts": _facts(presets.get(name))} for name in presets.names()]


def _facts(preset: Any) -> dict[str, Any]:
    value = asdict(preset) if is_dataclass(preset) and not isinstance(preset, type) else dict(preset)
    facts: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return facts


@api.get("/credits", response={200: shapes.CreditsOut} | REFUSALS, auth=READ, summary="The balance")
def credits(request: HttpRequest) -> Any:
    return ledger.balance(_mine(request)).to_json()


# --- renders ----------------------------------------------------------------------------------------------------------


def _render(request: HttpRequest, row: Render) -> dict[str, Any]:
    facts = row.result_facts
    file = None
    if row.has_file:
        file = {
            "url": links.of_render(request, row),
            "bytes": row.result_bytes or 0,
            "format": str(facts.get("format", "")),
            "width": int(facts.get("width") or 0),
            "height": int(facts.get("height") or 0),
            "frames": int(facts.get("frames") or 0),
            "duration_ms": int(facts.get("duration_ms") or 0),
        }
    return {
        "id": row.public_id,
        "project": row.project.public_id,
        "state": row.state,
        "progress": row.progress,
        "stage": row.stage,
        "left_s": row.left_s,
        "goal": row.goal,
        "fits": row.fits,
        "would_fit": row.would_fit,
        "file": file,
        "report": row.report,
        "error": (row.error or {}).get("message"),
        "credits": row.paid_credits if row.paid_credits is not None else row.hold_credits,
        "created_at": row.created_at.isoformat(),
        "finished_at": row.finished_at.isoformat() if row.finished_at else None,
    }


@api.post("/renders", response={201: shapes.RenderOut} | REFUSALS, auth=RENDER, summary="Start a render")
def submit(
    request: HttpRequest,
    body: shapes.RenderIn,
    key: str = Header(..., alias="Idempotency-Key", min_length=1, max_length=160),
) -> Any:
    """The project's timeline made into one file. Credits are held now and settled at the actual price at the end."""
    account = _mine(request)
    limits.hit_request("render", request, account)
    project = access.project_for(account, body.project)
    draft, merged = drafts.current(project), dict(project.goal)
    infos = {m.public_id: m.info for m in drafts.media_of(project)}
    understood: dict[str, Any] = {}
    try:
        if body.words.strip():
            found = wish.read(body.words, draft, infos, goal=merged)
            draft, merged, understood = found.draft, found.goal.to_json(), found.understood
        merged = wish.merge(merged, body.goal.model_dump(exclude_unset=True, exclude_none=True))
        goal = wish.with_format(Goal.from_json(merged), "auto", draft)
        if goal.preset and goal.preset not in presets.names():
            raise Unusable("Unknown preset.", field="goal.preset")
    except CompressorError as error:
        raise from_engine(error) from error
    try:
        row = renders.submit(
            account,
            project,
            goal,
            draft,
            f"v1:{key}",
            words=body.words,
            understood=understood,
            request=body.model_dump(exclude_unset=True),
        )
    except Conflict as error:
        raise Unusable("This Idempotency-Key was used before with another body.") from error
    return 201, _render(request, row)


@api.get("/renders", response={200: list[shapes.RenderOut]} | REFUSALS, auth=READ, summary="List renders")
def list_renders(request: HttpRequest, limit: int = Query(20, ge=1, le=100)) -> Any:
    rows = Render.objects.select_related("project").filter(account=_mine(request))[:limit]
    return [_render(request, row) for row in rows]


@api.get("/renders/{render_id}", response={200: shapes.RenderOut} | REFUSALS, auth=READ, summary="Read a render")
def read_render(request: HttpRequest, render_id: str) -> Any:
    return _render(request, render_access.render_for(_mine(request), render_id))


@api.post("/renders/{render_id}/cancel", response={200: shapes.RenderOut} | REFUSALS, auth=RENDER, summary="Cancel")
def cancel(request: HttpRequest, render_id: str) -> Any:
    """Stops within a second; held credits come back. A render that has ended stays as it is."""
    return _render(request, renders.cancel(render_access.render_for(_mine(request), render_id)))


@api.get(
    "/renders/{render_id}/file",
    response=REFUSALS,
    auth=READ,
    summary="The file",
    openapi_extra={"responses": {"200": {"description": "The bytes; ranges are answered.", "content": {"*/*": {}}}}},
)
def read_file(request: HttpRequest, render_id: str) -> HttpResponseBase:
    row = render_access.render_for(_mine(request), render_id)
    if not row.has_file:
        raise Conflict("There is no file yet." if row.is_open else "There is no file.")
    kind = str(row.result_facts.get("format", ""))
    name = row.result_name or f"result.{kind}"
    return files.serve(request, row.result_key, name=name, format=kind, etag=f"{row.public_id}-r", attachment=True)


@api.get(
    "/renders/{render_id}/events",
    response=REFUSALS,
    auth=READ,
    summary="Follow a render",
    openapi_extra={
        "responses": {
            "200": {
                "description": "Server-sent events: id is the event's number, data its JSON. Goes on after the event"
                " named by Last-Event-ID; ends after the last.",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        }
    },
)
async def read_events(
    request: HttpRequest,
    render_id: str,
    last: str = Header("0", alias="Last-Event-ID", max_length=20),
) -> HttpResponseBase:
    row = await sync_to_async(render_access.render_for)(_mine(request), render_id)
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0
    response = StreamingHttpResponse(_told(row.pk, after), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _told(render_id: int, after: int) -> AsyncIterator[bytes]:
    yield b": here\n\n"
    async for event in renders.follow(render_id, after):
        yield f"id: {event['n']}\nevent: {event['kind']}\ndata: {compact(event)}\n\n".encode()


# --- share links ------------------------------------------------------------------------------------------------------


def _share(request: HttpRequest, share: ShareLink) -> dict[str, Any]:
    return {
        "token": share.token,
        "url": links.absolute(request, f"/s/{share.token}"),
        "expires_at": share.expires_at.isoformat(),
        "views": share.views,
    }


@api.post("/renders/{render_id}/shares", response={201: shapes.ShareOut} | REFUSALS, auth=WRITE, summary="Share a file")
def make_share(request: HttpRequest, render_id: str, body: shapes.ShareIn) -> Any:
    """A page that anybody with the link can open, until it expires or is withdrawn."""
    row = render_access.render_for(_mine(request), render_id)
    return 201, _share(request, shares.make(row, password=body.password, days=body.days))


@api.delete("/shares/{token}", response={204: None} | REFUSALS, auth=WRITE, summary="Withdraw a link")
def revoke_share(request: HttpRequest, token: str) -> Any:
    share = ShareLink.objects.select_related("render").filter(token=token, render__account=_mine(request)).first()
    if share is None:
        raise NotFound()
    shares.revoke(share.render, token)
    return 204, None
