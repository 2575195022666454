"""One-time upload links: an address that takes one file into one project, once, with no header at all.

An agent that speaks MCP sends no bytes through the protocol: it asks for a link, and whatever has the file sends it
there. The link is kept as a hash and ends after a quarter of an hour or with its first use, whichever is first.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from gifweb.accounts import hashed_secret, rate_limits
from gifweb.accounts.models import Account, ClaimLink
from gifweb.errors import BadInput, Gone, NotFound, PublicError, TooLarge, WrongMethod, completed, public
from gifweb.studio import access, chat, drafts
from gifweb.studio.models import Project
from gifweb.studio.store_uploads import keep_all
from gifweb.studio.upload_stream import Part, PartWriter

from . import payloads
from .responses import cors, failure, success

PREFIX = "upl_"
NOUN = "upload"
VALID_S = 15 * 60
PIECE = 256 * 1024


def issue(account: Account, project: Project) -> tuple[str, datetime]:
    """A token for one file of ``project``, and when it ends. Raises TooMany."""
    rate_limits.hit("upload", account)
    raw = hashed_secret.make(PREFIX)
    until = timezone.now() + timedelta(seconds=VALID_S)
    subject = f"{NOUN}:{project.public_id}"
    ClaimLink.objects.create(account=account, subject=subject, hash=hashed_secret.digest(raw), expires_at=until)
    return raw, until


def _link(raw: str) -> ClaimLink:
    """The link of a token. Raises NotFound."""
    links = ClaimLink.objects.select_related("account").filter(
        hash=hashed_secret.digest(raw), subject__startswith=f"{NOUN}:"
    )
    found = links.first() if raw.startswith(PREFIX) and len(raw) < 200 else None
    if found is None or not found.account.is_open:
        raise NotFound()
    return found


def _claim(link: ClaimLink) -> None:
    """Use up the link: nobody else can use it from now on. Raises Gone."""
    now = timezone.now()
    unused = ClaimLink.objects.filter(pk=link.pk, taken_at=None, expires_at__gt=now)
    if not unused.update(taken_at=now):
        raise Gone("This upload link was used or has expired. Ask for a new one.")


@csrf_exempt
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """PUT with the bytes as the body, or POST with the form field ``files``. The file is kept as any other upload."""
    served = "PUT, POST"
    if request.method == "OPTIONS":
        return cors(HttpResponse(status=204), served)  # type: ignore[return-value]
    try:
        rate_limits.hit("upload_ip", rate_limits.network(rate_limits.address(request)))
        link = _link(token)
        if request.method not in ("PUT", "POST"):
            raise WrongMethod(f"This address takes {served}.")
        response = _kept(request, link)
    except Exception as error:
        known: PublicError = completed(request, public(error))
        response = failure(known)
    return cors(response, served)  # type: ignore[return-value]


def _kept(request: HttpRequest, link: ClaimLink) -> HttpResponse:
    _claim(link)
    parts: list[Part] = []
    try:
        rate_limits.hit("upload", link.account)
        project = access.project_for(link.account, link.subject.partition(":")[2])
        parts += _sent(request)
        media = keep_all(link.account, project, parts)
    except BaseException:
        ClaimLink.objects.filter(pk=link.pk).update(taken_at=None)  # nothing was kept: it may be tried again
        raise
    finally:
        for part in parts:
            part.close()
    drafts.start(project, media)
    chat.uploaded(project, media)
    return success({"files": [payloads.upload(request, m) for m in media], "project": project.public_id})


def _sent(request: HttpRequest) -> list[Part]:
    if request.method == "POST":
        found = request.FILES.getlist("files") + request.FILES.getlist("file")
        if len(found) != 1:
            raise BadInput("Send one file in the form field files.")
        return list(found)  # type: ignore[arg-type]
    writer = PartWriter(settings.MAX_UPLOAD_BYTES)
    try:
        while piece := request.read(PIECE):
            if not writer.write(piece):
                raise TooLarge(max_bytes=settings.MAX_UPLOAD_BYTES)
        return [writer.done(request.GET.get("name", "file"), request.content_type or "")]
    except BaseException:
        writer.close()
        raise
