"""Endpoints for uploads, projects and edits, for the meaning of words, platform limits and the balance."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, is_dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Query, Router, Status
from ninja.files import UploadedFile

from compressor import presets, timeline
from compressor.errors import CompressorError
from gifweb.accounts import rate_limits
from gifweb.accounts.models import Receipt
from gifweb.credits import ledger
from gifweb.errors import BadInput, from_engine
from gifweb.renders.models import Render
from gifweb.studio import access, chat, deletion, drafts, exports, words_to_request
from gifweb.studio import project_files as project_files
from gifweb.studio.models import Media, Project
from gifweb.studio.project_snapshot import Standing
from gifweb.studio.store_uploads import keep_all

from .. import agent_endpoints as contract
from .. import signed_links
from ..responses import signed_in
from . import schemas
from .endpoint import READ, REFUSALS, UPLOAD, WRITE, mine
from .paging import page

router = Router()


def _media(request: HttpRequest, media: Media, project: Project) -> dict[str, Any]:
    info = media.info
    same = ("kind", "format", "width", "height", "frames", "duration_ms", "loop", "has_alpha", "has_audio")
    return {name: getattr(info, name) for name in same} | {
        "id": media.public_id,
        "project": project.public_id,
        "name": media.name,
        "bytes": media.bytes,
        "sha256": media.sha256,
        "url": signed_links.of_media(request, media),
    }


def _project(request: HttpRequest, project: Project) -> dict[str, Any]:
    file_set = project_files.of(project)
    draft = file_set.standing().draft
    return {
        "id": project.public_id,
        "session_id": project.session_id,
        "title": project.title,
        "draft": draft.to_json() if draft.clips else {},
        "goal": project.goal,
        "summary": chat.summary(project),
        "revision": project.draft_number,
        "media": [_media(request, m, project) for m in file_set.media],
        "working_on": file_set.current,
        "files": {m.public_id: file_set.draft_of(m.public_id).to_json() for m in file_set.media},
        "created_at": project.created_at.isoformat(),
    }


def _into(request: HttpRequest, project_id: str | None, name: str) -> Project:
    if project_id:
        return access.project_for(mine(request), project_id)
    return Project.objects.create(account=mine(request), title=timeline.stem(name)[:120] or "project")


def _keep(request: HttpRequest, project_id: str | None, parts: list[Any]) -> list[dict[str, Any]]:
    rate_limits.hit_request("upload", request, mine(request))
    try:
        if not parts:
            raise BadInput("No file was sent: use the form field files.")
        project = _into(request, project_id, parts[0].name)
        try:
            media = keep_all(mine(request), project, parts)
        except BaseException:
            if not project_id:
                drafts.discard(project)
            raise
    finally:
        for part in parts:
            part.close()
    drafts.start(project, media)
    chat.uploaded(project, media)
    return [_media(request, m, project) for m in media]


@router.post("/uploads", response={201: list[schemas.MediaOut]} | REFUSALS, auth=UPLOAD, summary="Upload files")
def upload(
    request: HttpRequest,
    files: list[UploadedFile] = File(...),  # noqa: B008
    project: str | None = Query(None, max_length=40),
) -> Any:
    """Up to 200 MB in all. Without ``project`` a new one is made; its first picture or clip goes on the timeline."""
    return Status(201, _keep(request, project, list(files)))


@router.post("/uploads/by-url", response={201: list[schemas.MediaOut]} | REFUSALS, auth=UPLOAD, summary="Fetch a file")
def upload_by_url(request: HttpRequest, body: schemas.UrlIn) -> Any:
    """http and https from public addresses only; 200 MB and 60 seconds at most."""
    return Status(201, _keep(request, body.project, contract.fetched({"urls": [body.url]})))


@router.post("/projects", response={201: schemas.ProjectOut} | REFUSALS, auth=WRITE, summary="Make a project")
def make_project(request: HttpRequest, body: schemas.ProjectIn) -> Any:
    rate_limits.hit_request("upload", request, mine(request))
    made = Project.objects.create(account=mine(request), title=body.title)
    return Status(201, _project(request, made))


@router.get("/projects", response={200: list[schemas.ProjectOut]} | REFUSALS, auth=READ, summary="List projects")
def list_projects(
    request: HttpRequest,
    response: HttpResponse,
    limit: int = Query(20, ge=1, le=100),
    cursor: str = Query("", max_length=40),
) -> Any:
    """The newest first. Where there are more, the Link header has the address of the next page."""
    rows = Project.objects.filter(account=mine(request))
    return [_project(request, p) for p in page(request, response, rows, limit, cursor)]


@router.get(
    "/projects/{project_id}", response={200: schemas.ProjectOut} | REFUSALS, auth=READ, summary="Read a project"
)
def read_project(request: HttpRequest, project_id: str) -> Any:
    return _project(request, access.project_for(mine(request), project_id))


@router.delete("/projects/{project_id}", response={204: None} | REFUSALS, auth=WRITE, summary="Delete a project")
def delete_project(request: HttpRequest, project_id: str) -> Any:
    """Its files, renders and links are gone at once; what runs is stopped and what it held comes back."""
    deletion.project(mine(request), access.project_for(mine(request), project_id))
    return Status(204, None)


@router.delete(
    "/uploads/{media_id}", response={200: schemas.ReceiptOut} | REFUSALS, auth=WRITE, summary="Delete an uploaded file"
)
def delete_upload(request: HttpRequest, media_id: str) -> Any:
    """The file and the previews that show it are gone at once; renders that still need it are cancelled."""
    return receipt_out(request, deletion.upload(mine(request), access.media_for(mine(request), media_id)))


def receipt_out(request: HttpRequest, receipt: Receipt) -> dict[str, Any]:
    url = signed_links.absolute(request, reverse("receipt", args=[receipt.number]))
    return {"number": receipt.number, "url": url, "deleted": receipt.facts}


@router.post(
    "/projects/{project_id}/edits", response={200: schemas.EditsOut} | REFUSALS, auth=WRITE, summary="Edit the timeline"
)
def edit(request: HttpRequest, project_id: str, body: schemas.EditsIn) -> Any:
    """Apply edits, words, or both, as one revision or not at all. The words are a message of the project's chat: they
    may name files, ask, undo, and start renders if the token has that scope."""
    project = access.project_for(mine(request), project_id)
    rate_limits.hit_request("turn", request, mine(request))
    file_set = project_files.of(project)
    draft, changed, edits = file_set.standing().draft, [], []
    try:
        for sent in body.edits:
            edits.append(timeline.edit_from_json(sent))
            applied = timeline.apply(draft, edits[-1], file_set.infos)
            draft = applied.draft
            changed.append(applied.sentence)
    except CompressorError as error:
        raise from_engine(error) from error
    if body.words.strip():
        return _said(request, project, body.words, edits)
    if changed:
        cause = {"edits": {file_set.current: [e.to_json() for e in edits]}}
        after = file_set.with_draft(file_set.current, draft, file_set.standing().goal)
        project_files.save(project, after, " ".join(changed), cause)
    return _edited(project, changed)


def _said(request: HttpRequest, project: Project, words: str, edits: list[timeline.Edit]) -> dict[str, Any]:
    """Take one turn of the chat and return its outcome."""
    changed: list[str] = []
    started: list[Render] = []

    def export(standing: Standing) -> Render:
        signed_in(request, "render")
        order = exports.Export(project, f"v1:words-{secrets.token_hex(8)}", standing.media)
        started.append(exports.start(request, order))
        return started[-1]

    said = chat.Reply("")
    for event in chat.say(project, words, export=export, placed=edits):
        if isinstance(event, chat.ToolResult):
            changed += [one for one in event.response.get("changed", ()) if one not in changed]
        elif isinstance(event, chat.Reply):
            said = event
    missed = [{"text": piece, "nearest": ""} for piece in said.unclear]
    return _edited(project, changed, missed, said.text, [r.public_id for r in started])


def _edited(
    project: Project, changed: list[str], missed: Any = (), reply: str = "", started: Any = ()
) -> dict[str, Any]:
    file_set = project_files.of(project)
    draft = file_set.standing().draft
    return {
        "changed": changed,
        "missed": list(missed),
        "reply": reply or " ".join(changed),
        "renders": list(started),
        "working_on": file_set.current,
        "draft": draft.to_json() if draft.clips else {},
        "goal": project.goal,
        "summary": chat.summary(project),
        "revision": project.draft_number,
    }


@router.post("/projects/{project_id}/undo", response={200: schemas.EditsOut} | REFUSALS, auth=WRITE, summary="Undo")
def undo(request: HttpRequest, project_id: str) -> Any:
    project = access.project_for(mine(request), project_id)
    rate_limits.hit_request("turn", request, mine(request))
    drafts.move(project, -1)
    return _edited(project, ["Undone."])


@router.post("/projects/{project_id}/redo", response={200: schemas.EditsOut} | REFUSALS, auth=WRITE, summary="Redo")
def redo(request: HttpRequest, project_id: str) -> Any:
    project = access.project_for(mine(request), project_id)
    rate_limits.hit_request("turn", request, mine(request))
    drafts.move(project, 1)
    return _edited(project, ["Redone."])


@router.post("/explain", response={200: schemas.ExplainOut} | REFUSALS, auth=READ, summary="What words would mean")
def explain(request: HttpRequest, body: schemas.WordsIn) -> Any:
    """Nothing is changed and nothing is spent."""
    rate_limits.hit("explain", rate_limits.network(rate_limits.address(request)))
    found = words_to_request.meaning(body.words)
    return {name: found[name] for name in ("explain", "goal", "sentences", "missed")}


@router.get("/presets", response={200: list[schemas.RuleOut]} | REFUSALS, auth=None, summary="Platform limits")
def list_presets(request: HttpRequest) -> Any:
    return [{"name": name, "facts": _facts(presets.get(name))} for name in presets.names()]


def _facts(preset: Any) -> dict[str, Any]:
    value = asdict(preset) if is_dataclass(preset) and not isinstance(preset, type) else dict(preset)
    facts: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return facts


@router.get("/credits", response={200: schemas.CreditsOut} | REFUSALS, auth=READ, summary="The balance")
def credits(request: HttpRequest) -> Any:
    return ledger.balance(mine(request)).to_json()
