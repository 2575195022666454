"""From files and words to a render: the story of the start page."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace

from compressor import deciding
from compressor.errors import BadRequest
from compressor.goal import FORMATS
from compressor.timeline.draft import stem
from gifweb import renders
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, Unusable
from gifweb.renders.models import Render

from . import drafts, intent
from . import project_files as benches
from .incoming import Part
from .ingest import keep_all
from .models import Media, Project
from .project_state import Result


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
        return _each(account, project, media, words, format, key)
    except BaseException:
        drafts.discard(project)
        raise


def again(account: Account, before: Render, words: str, format: str) -> Render:
    """The same source with other words: a new render in the same project, from the draft as it was uploaded."""
    media = drafts.media_of(before.project)
    first = [m for m in media if m.public_id in before.sources] or media
    if not first:
        raise Unusable("The original was deleted. Send it again.")
    source = benches.source_of(before)
    bench = benches.of(before.project)
    last = benches.last_result(before.project, bench, source)
    return _submit(account, before.project, media, first[0], words, format, f"again:{form_key()}", last=last)


def _each(account: Account, project: Project, media: Sequence[Media], words: str, format: str, key: str) -> Render:
    """A render of each file that the words mean, or of the first where they name none; the first render."""
    names, infos = {m.public_id: m.name for m in media}, {m.public_id: m.info for m in media}
    shown = next((m for m in media if m.info.kind != "audio"), media[0])
    draft = drafts.first([shown])
    said = intent.read(words, draft, infos, names=names).media
    meant = deciding.which(said, names, infos, shown.public_id)
    made = []
    for number, one in enumerate(m for m in media if m.public_id in meant.media):
        made.append(_submit(account, project, media, one, words, format, f"{key}:{number}" if number else key))
    return made[0]


def _submit(
    account: Account,
    project: Project,
    media: Sequence[Media],
    source: Media,
    words: str,
    format: str,
    key: str,
    last: Result | None = None,
) -> Render:
    """One render of one file; what was asked of it stands in the project from now on."""
    names, infos = {m.public_id: m.name for m in media}, {m.public_id: m.info for m in media}
    try:
        found = intent.read(words, drafts.first([source]), infos, last=last, names=names)
        goal = intent.with_format(found.goal, format, found.draft, infos)
    except BadRequest as error:
        raise Unusable(error.message, **error.data) from error
    bench = replace(benches.of(project), current=source.public_id)
    bench = bench.with_piece(source.public_id, found.draft, goal)
    benches.save(project, bench, " ".join(found.changes))
    about = found.understood | {"media": source.public_id}
    return renders.submit(account, project, goal, found.draft, key, words=words, understood=about)
