"""Export endpoints: ``/api/render/proxy/lambda`` and its companions. The client's ``id`` is the idempotency key."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from compressor.errors import CompressorError
from compressor.timeline import Draft
from gifweb import renders, stored_files
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, BeyondPlan, NotFound, Unusable
from gifweb.renders import file_responses
from gifweb.renders.models import Render
from gifweb.studio import access, exports, words_to_request
from gifweb.studio.models import Project
from gifweb.studio.project_snapshot import Standing

from . import payloads, signed_links
from .responses import ApiRequest, agent, answer, body, parsed, signed_in

ATTRIBUTION = ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")
PREFIX = "agent:"
DEFAULTS = words_to_request.Defaults(format="mp4", mp4_short_side=720)  # as the contract says


def missing_attribution(request: ApiRequest) -> list[str]:
    return [name for name in ATTRIBUTION if not request.headers.get(name, "").strip()]


def need_attribution(request: ApiRequest) -> None:
    missing = missing_attribution(request)
    if missing:
        raise BeyondPlan(
            f"Export needs the headers {', '.join(missing)}.",
            reason="attribution headers are missing",
            upgrade_url=signed_links.absolute(request, "/for-agents"),
        )


def from_chat(request: ApiRequest, project: Project, standing: Standing) -> Render:
    """Start the render for the word "export" in the chat, under a generated id. Raises Forbidden for a token that may
    talk but not render."""
    signed_in(request, "render")
    need_attribution(request)
    key = f"{PREFIX}render_{secrets.token_hex(8)}"
    return exports.start(request, exports.Export(project, key, standing.media, defaults=DEFAULTS))


def _draft(value: Any) -> Draft:
    """Parse a draft that a client sent back: an object, or a JSON string."""
    try:
        return Draft.from_json(value)
    except CompressorError as error:
        raise Unusable(error.message, **error.data) from error


def _mine(account: Account, client_id: str) -> Render:
    found = Render.objects.filter(account=account, idempotency_key=f"{PREFIX}{client_id}").first()
    found = found or Render.objects.filter(account=account, public_id=client_id).first()
    if found is None:
        raise NotFound("There is no render with this id.")
    return found


def _answer(request: ApiRequest, render: Render, client_id: str) -> HttpResponse:
    data = payloads.render(request, render, client_id)
    return answer({"code": 0, "success": True} | data | {"data": data})


@agent("POST", scope="render")
def submit(request: ApiRequest) -> HttpResponse:
    sent = body(request)
    client_id = sent.get("id")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= 160 or "/" in client_id:
        raise BadInput("id is missing: a text of your own that names this render, at most 160 characters, without “/”.")
    session = sent.get("sessionId", sent.get("session_id"))
    if not isinstance(session, str | int):
        raise BadInput("sessionId is missing.")
    draft = sent.get("draft")
    if isinstance(draft, str):
        try:
            draft = parsed(draft)
        except BadInput as error:
            raise Unusable("draft is not readable JSON.", field="draft") from error
    need_attribution(request)
    output = sent.get("output")
    order = exports.Export(
        access.session_for(request.account, str(session)),
        f"{PREFIX}{client_id}",
        draft=None if draft is None else _draft(draft),
        fields=payloads.goal_fields(output),
        defaults=DEFAULTS,
        sent={"sessionId": str(session), "draft": draft, "output": output},
    )
    return _answer(request, exports.start(request, order), client_id)


@agent("GET", scope="read")
def status(request: ApiRequest, client_id: str) -> HttpResponse:
    return _answer(request, _mine(request.account, client_id), client_id)


@agent("POST", scope="render")
def cancel(request: ApiRequest, client_id: str) -> HttpResponse:
    return _answer(request, renders.cancel(_mine(request.account, client_id)), client_id)


@agent("GET", "HEAD", scope="read")
def download(request: ApiRequest, client_id: str) -> HttpResponseBase:
    render = _mine(request.account, client_id)
    file_responses.need_file(render)
    kind = str(render.result_facts.get("format", ""))
    return stored_files.serve(
        request,
        render.result_key,
        name=render.result_name or f"result.{kind}",
        format=kind,
        etag=f"{render.public_id}-r",
        attachment=True,
    )
