"""Endpoints for renders (start, follow, download) and share links."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from ninja import Header, Query, Router, Status

from compressor import formats, language
from gifweb import renders, stored_files
from gifweb.accounts import rate_limits
from gifweb.errors import Conflict, NotFound, Unusable
from gifweb.renders import access as render_access
from gifweb.renders import file_responses, shares
from gifweb.renders.event_stream import watching
from gifweb.renders.models import Render, ShareLink
from gifweb.studio import access, batch, deletion, exports

from .. import signed_links
from ..responses import compact
from . import schemas
from .endpoint import READ, REFUSALS, RENDER, WRITE, mine
from .paging import page
from .projects import receipt_out

router = Router()


def _render(request: HttpRequest, row: Render) -> dict[str, Any]:
    facts = row.result_facts
    file = None
    if row.has_file:
        file = {
            "url": signed_links.of_render(request, row),
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


@router.post("/renders", response={201: schemas.RenderOut} | REFUSALS, auth=RENDER, summary="Start a render")
def submit(
    request: HttpRequest,
    body: schemas.RenderIn,
    response: HttpResponse,
    sent_key: str | None = Header(None, alias="Idempotency-Key", min_length=1, max_length=160),
) -> Any:
    """Render the project's timeline into one file. Credits are held now and settled at the actual price at the end. An
    answer that repeats an earlier one for the same Idempotency-Key has the header Idempotency-Replayed."""
    key = sent_key or f"none-{secrets.token_hex(16)}"
    if Render.objects.filter(account=mine(request), idempotency_key=f"v1:{key}").exists():
        response["Idempotency-Replayed"] = "true"
    return Status(201, _render(request, _started(request, body, key, body.words)))


def _started(request: HttpRequest, body: schemas.RenderIn, key: str, words: str, format: str = exports.AUTO) -> Render:
    order = exports.Export(
        access.project_for(mine(request), body.project),
        f"v1:{key}",
        body.media or "",
        words=words,
        fields=body.goal.model_dump(exclude_unset=True, exclude_none=True),
        format=format,
        sent=body.model_dump(exclude_unset=True),
    )
    try:
        return exports.start(request, order)
    except Conflict as error:
        raise Unusable("This Idempotency-Key was used before with another body.") from error


@router.post(
    "/renders/formats",
    response={201: list[schemas.RenderOut]} | REFUSALS,
    auth=RENDER,
    summary="Start renders in several formats",
)
def submit_formats(
    request: HttpRequest,
    body: schemas.FormatsIn,
    sent_key: str | None = Header(None, alias="Idempotency-Key", min_length=1, max_length=140),
) -> Any:
    """Render the timeline once in each format, under the same goal: a render for each, in the order of the formats.
    Each holds its own credits. Where those end, the renders before stand, and the answer is the refusal; the same
    Idempotency-Key goes on."""
    key = sent_key or f"none-{secrets.token_hex(16)}"
    said = {} if body.formats else language.several(body.words)
    asked = said or dict.fromkeys(body.formats or formats.COMPARED, body.words)
    rows = [_started(request, body, f"{key}:{name}", words, name) for name, words in asked.items()]
    return Status(201, [_render(request, row) for row in rows])


@router.post(
    "/renders/together",
    response={201: list[schemas.RenderOut]} | REFUSALS,
    auth=RENDER,
    summary="Start renders of all files under one budget",
)
def submit_together(request: HttpRequest, body: schemas.TogetherIn) -> Any:
    """Render every file of the project, in the order of uploads. Each gets so many of the bytes that the worst of them
    will look as good as it can; the sum is never over."""
    project = access.project_for(mine(request), body.project)
    rows = batch.together(request, project, body.words, body.format or exports.AUTO, body.max_bytes)
    return Status(201, [_render(request, row) for row in rows])


@router.get("/renders", response={200: list[schemas.RenderOut]} | REFUSALS, auth=READ, summary="List renders")
def list_renders(
    request: HttpRequest,
    response: HttpResponse,
    limit: int = Query(20, ge=1, le=100),
    cursor: str = Query("", max_length=40),
) -> Any:
    """The newest first. Where there are more, the Link header has the address of the next page."""
    rows = Render.objects.select_related("project").filter(account=mine(request))
    return [_render(request, row) for row in page(request, response, rows, limit, cursor)]


@router.get("/renders/{render_id}", response={200: schemas.RenderOut} | REFUSALS, auth=READ, summary="Read a render")
def read_render(request: HttpRequest, render_id: str) -> Any:
    return _render(request, render_access.render_for(mine(request), render_id))


@router.delete("/renders/{render_id}", response={204: None} | REFUSALS, auth=RENDER, summary="Delete a render")
def delete_render(request: HttpRequest, render_id: str) -> Any:
    """Its file and links are gone at once; one that runs is stopped. The project goes with its last render."""
    deletion.whole_render(mine(request), render_access.render_for(mine(request), render_id))
    return Status(204, None)


@router.post("/renders/{render_id}/cancel", response={200: schemas.RenderOut} | REFUSALS, auth=RENDER, summary="Cancel")
def cancel(request: HttpRequest, render_id: str) -> Any:
    """Cancel within a second and release the held credits. An ended render does not change."""
    return _render(request, renders.cancel(render_access.render_for(mine(request), render_id)))


@router.get(
    "/renders/{render_id}/file",
    response=REFUSALS,
    auth=READ,
    summary="The file",
    openapi_extra={
        "responses": {
            "200": {
                "description": "The bytes, under the type of their format; ranges are answered.",
                # Generators of clients make a download of the first type alone.
                "content": {
                    kind: {"schema": {"type": "string", "format": "binary"}}
                    for kind in ("application/octet-stream", *(row.mime for row in formats.OUTPUTS.values()))
                },
            }
        }
    },
)
def read_file(request: HttpRequest, render_id: str) -> HttpResponseBase:
    row = render_access.render_for(mine(request), render_id)
    file_responses.need_file(row)
    kind = str(row.result_facts.get("format", ""))
    name = row.result_name or f"result.{kind}"
    return stored_files.serve(
        request, row.result_key, name=name, format=kind, etag=f"{row.public_id}-r", attachment=True
    )


@router.delete(
    "/renders/{render_id}/file", response={200: schemas.ReceiptOut} | REFUSALS, auth=WRITE, summary="Delete a result"
)
def delete_result(request: HttpRequest, render_id: str) -> Any:
    """The file, its still and its share links are gone at once. A render that still runs is cancelled."""
    return receipt_out(request, deletion.result(mine(request), render_access.render_for(mine(request), render_id)))


@router.get(
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
    row = await sync_to_async(render_access.render_for)(mine(request), render_id)
    with watching(row.account_id):  # refused before the stream begins
        pass
    after = int(last) if last.isascii() and last.isdigit() and len(last) < 10 else 0
    response = StreamingHttpResponse(_told(row, after), content_type="text/event-stream; charset=utf-8")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _told(render: Render, after: int) -> AsyncIterator[bytes]:
    yield b": here\n\n"
    with watching(render.account_id):
        async for event in renders.follow(render.pk, after):
            yield f"id: {event['n']}\nevent: {event['kind']}\ndata: {compact(event)}\n\n".encode()


# --- share links ------------------------------------------------------------------------------------------------------


def _share(request: HttpRequest, share: ShareLink) -> dict[str, Any]:
    return {
        "token": share.token,
        "url": signed_links.absolute(request, f"/s/{share.token}"),
        "expires_at": share.expires_at.isoformat(),
        "views": share.views,
    }


@router.post(
    "/renders/{render_id}/shares", response={201: schemas.ShareOut} | REFUSALS, auth=WRITE, summary="Share a file"
)
def make_share(request: HttpRequest, render_id: str, body: schemas.ShareIn | None = None) -> Any:
    """Create a page that anybody with the link can open, until it expires or is revoked. The body may be left out."""
    row = render_access.render_for(mine(request), render_id)
    rate_limits.hit_request("turn", request, mine(request))  # the hash of a password is dear
    body = body or schemas.ShareIn.model_validate({})
    return Status(201, _share(request, shares.make(row, password=body.password, days=body.days)))


@router.delete("/shares/{token}", response={204: None} | REFUSALS, auth=WRITE, summary="Revoke a link")
def revoke_share(request: HttpRequest, token: str) -> Any:
    share = ShareLink.objects.select_related("render").filter(token=token, render__account=mine(request)).first()
    if share is None:
        raise NotFound()
    shares.revoke(share.render, token)
    return Status(204, None)
