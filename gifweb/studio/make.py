"""From files and words to a render: the story of the start page."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from compressor.errors import BadRequest
from compressor.goal import FORMATS
from compressor.media import MediaInfo
from compressor.timeline import Draft
from compressor.timeline.draft import stem
from gifweb import renders
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, Unusable
from gifweb.renders.models import Render

from . import drafts, wish
from .incoming import Part
from .keep import keep_all
from .models import Project


def form_key() -> str:
    """What a form carries so that sending it twice makes one render."""
    return secrets.token_urlsafe(12)


def from_upload(account: Account, parts: Sequence[Part], words: str, format: str, key: str) -> Render:
    """A new project of these files and its first render. The ``key`` of a form, sent twice with the same files and
    words, makes one render; going back and choosing another file makes another."""
    if format not in ("", "auto", *FORMATS):
        raise BadInput("Unknown format.", field="format")
    sent = json.dumps([[part.sha256 for part in parts], words, format])
    key = f"form:{key[:64] or form_key()}:{hashlib.sha256(sent.encode()).hexdigest()[:24]}"
    if before := Render.objects.filter(account=account, idempotency_key=key).first():
        return before
    project = Project.objects.create(account=account, title=stem(parts[0].name or "project")[:120])
    try:
        media = keep_all(account, project, parts)
        infos = {m.public_id: m.info for m in media}
        draft = drafts.first(media)
        return _submit(account, project, draft, infos, words, format, key)
    except BaseException:
        drafts.discard(project)
        raise


def again(account: Account, before: Render, words: str, format: str) -> Render:
    """The same source with other words: a new render in the same project, from the draft as it was uploaded."""
    media = drafts.media_of(before.project)
    first = [m for m in media if m.public_id in before.sources] or media
    if not first:
        raise Unusable("The original was deleted. Send it again.")
    infos = {m.public_id: m.info for m in media}
    key = f"again:{form_key()}"
    return _submit(account, before.project, drafts.first(first), infos, words, format, key, last=before.report)


def _submit(
    account: Account,
    project: Project,
    draft: Draft,
    infos: Mapping[str, MediaInfo],
    words: str,
    format: str,
    key: str,
    last: Mapping[str, Any] | None = None,
) -> Render:
    try:
        found = wish.read(words, draft, infos, last=last)
        goal = wish.with_format(found.goal, format, found.draft)
    except BadRequest as error:
        raise Unusable(error.message, **error.data) from error
    drafts.save(project, found.draft, goal, " ".join(found.changes))
    return renders.submit(account, project, goal, found.draft, key, words=words, understood=found.understood)
