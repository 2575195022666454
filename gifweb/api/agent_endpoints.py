"""Endpoints of the agent contract except chat and export: tokens, sessions, uploads, credits, state, claim links."""

from __future__ import annotations

from math import gcd
from typing import Any

from django.http import HttpResponse

from compressor.timeline import media_ids, natural_size
from gifweb.accounts import claim_links, rate_limits, tokens
from gifweb.accounts.models import Account
from gifweb.credits import ledger
from gifweb.errors import BadInput, NotFound, ProjectNotFound
from gifweb.renders.models import State
from gifweb.studio import access, chat, drafts, project_files
from gifweb.studio.models import Project
from gifweb.studio.store_uploads import keep_all
from gifweb.studio.upload_stream import Part, by_urls

from . import payloads
from .responses import ApiRequest, agent, body, success

MAX_URLS = 20
CLAIM_S = 7 * 24 * 3600


@agent("POST", scope=None)
def anonymous_token(request: ApiRequest) -> HttpResponse:
    """Create a token for a client id; the first time also an account with its free credits."""
    client_id = request.headers.get("X-Client-Id", "")
    issued = tokens.for_client(client_id, rate_limits.address(request))
    expires = issued.row.expires_at
    return success(
        {
            "token": issued.token,
            "user_id": issued.account.public_id,
            "expires_at": expires.strftime("%Y-%m-%dT%H:%M:%SZ") if expires else None,
            "credits": ledger.balance(issued.account).available,
        }
    )


def _own(account: Account, user_id: str) -> None:
    """Check the user id in the path: ``me`` or the token's account. Raises NotFound for any other."""
    if user_id not in ("me", account.public_id):
        raise NotFound()


@agent("POST", scope="write")
def make_session(request: ApiRequest, user_id: str) -> HttpResponse:
    _own(request.account, user_id)
    sent = body(request)
    name, language = sent.get("task_name", "project"), sent.get("language", "en")
    if not isinstance(name, str) or not isinstance(language, str):
        raise BadInput("task_name and language are texts.")
    rate_limits.hit_request("upload", request, request.account)
    project = Project.objects.create(
        account=request.account,
        title=" ".join(name.split())[:120] or "project",
        # Some shipped skills still contain the placeholder <lang>.
        language="en" if "<" in language or not language.strip() else language.strip()[:16],
    )
    return success({"task_id": project.task_id, "session_id": project.session_id, "user_id": request.account.public_id})


@agent("POST", scope="upload")
def upload(request: ApiRequest, user_id: str, session_id: str) -> HttpResponse:
    """Upload files by form or by URL: all are stored, or none. The session's first one goes on the timeline."""
    _own(request.account, user_id)
    project = access.session_for(request.account, session_id)
    rate_limits.hit_request("upload", request, request.account)
    parts: list[Part] = []
    try:
        if (request.content_type or "").startswith("multipart/"):
            parts += request.FILES.getlist("files") + request.FILES.getlist("file")  # type: ignore[arg-type]
        else:
            parts += fetched(body(request))
        if not parts:
            raise BadInput("No file was sent: use the form field files, or JSON with urls.")
        media = keep_all(request.account, project, parts)
    finally:
        for part in parts:
            part.close()
    drafts.start(project, media)  # the first upload of a session can be exported right away
    files = [payloads.upload(request, m) for m in media]
    return success({"files": files, "session_state_applied": True}, url=files[0]["cdn_url"])


def fetched(sent: dict[str, Any]) -> list[Part]:
    """Download the files of ``urls``, all or none, within the size limit of one file and the time of one download."""
    urls = sent.get("urls") or ([sent["url"]] if sent.get("url") else [])
    if not isinstance(urls, list) or not urls or not all(isinstance(u, str) for u in urls):
        raise BadInput("urls must be a list of addresses.")
    if len(urls) > MAX_URLS:
        raise BadInput(f"At most {MAX_URLS} urls at once.")
    return by_urls(urls)


@agent("GET", scope="read")
def balance(request: ApiRequest) -> HttpResponse:
    now = ledger.balance(request.account)
    return success({"available": now.available, "frozen": now.frozen, "total": now.total})


@agent("GET", scope="read")
def state(request: ApiRequest, user_id: str, session_id: str) -> HttpResponse:
    _own(request.account, user_id)
    project = access.session_for(request.account, session_id)
    media = drafts.media_of(project)
    draft = drafts.current(project)
    infos = {m.public_id: m.info for m in media}
    canvas: dict[str, Any] = {}
    if draft.clips and media_ids(draft) <= infos.keys():
        width, height = natural_size(draft, infos)
        canvas = {"width": width, "height": height, "ratio": draft.meta.aspect or ratio(width, height)}
    done = project.renders.filter(state=State.FINISHED)
    names = {m.public_id: m.name for m in project.media.all()}
    made = [
        payloads.render(request, r, r.idempotency_key.partition(":")[2] or r.public_id)
        | {"source": names.get(project_files.source_of(r), "")}
        for r in done
    ]
    return success(
        {
            "session_id": project.session_id,
            "task_id": project.task_id,
            "task_name": project.title,
            "user_id": request.account.public_id,
            "state": {
                "draft": draft.to_json() if draft.clips else {},
                "video_infos": [payloads.upload(request, m) for m in media],
                "canvas_config": canvas,
                "generated_media": made,
                "video_analyses": {},
                "goal": project.goal,
            },
            "summary": chat.summary(project),
        }
    )


def ratio(width: int, height: int) -> str:
    """Return the aspect ratio: the nearest common one, else the reduced fraction."""
    for name, value in (("16:9", 16 / 9), ("9:16", 9 / 16), ("1:1", 1.0), ("4:3", 4 / 3), ("3:4", 3 / 4),
                        ("4:5", 4 / 5), ("21:9", 21 / 9)):  # fmt: skip
        if abs(width / height - value) < 0.01:
            return name
    common = gcd(width, height)
    return f"{width // common}:{height // common}"


@agent("POST", scope="write")
def claim_token(request: ApiRequest) -> HttpResponse:
    """Create a link that shows one project in a browser. It gives no API access."""
    sent = body(request)
    project = access.session_for(request.account, str(sent.get("session_id", "")))
    if sent.get("task_id") not in (None, "", project.task_id):
        raise ProjectNotFound()
    rate_limits.hit_request("turn", request, request.account)
    token = claim_links.issue(request.account, f"project:{project.public_id}", valid_s=CLAIM_S)
    return success({"claim_token": token, "expires_in": CLAIM_S})
