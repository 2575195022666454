"""Starts renders from a file and words: a project and its first render, or a render again with other words."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest
from django.utils.translation import get_language

from compressor import deciding, language, unsupported
from compressor.errors import CompressorError
from compressor.timeline import Draft
from compressor.timeline.draft import stem
from gifweb.accounts.models import Account
from gifweb.errors import Conflict, Unusable, from_engine
from gifweb.renders.models import Render

from . import drafts, exports, project_files, words_to_request
from .models import Media, Project
from .store_uploads import keep_all
from .upload_stream import Part


def form_key() -> str:
    """A key for a form, so that sending it twice makes one render."""
    return secrets.token_urlsafe(12)


def from_upload(
    request: HttpRequest, account: Account, parts: Sequence[Part], words: str, format: str, key: str
) -> Render:
    """A new project of these files and its first render. The ``key`` of a form, sent twice with the same files and
    words, makes one render; with other files it makes another."""
    known_format(format)  # before the files are looked at
    sent = json.dumps([[part.sha256 for part in parts], words, format])
    key = f"form:{key[:64] or form_key()}:{hashlib.sha256(sent.encode()).hexdigest()[:24]}"
    if before := Render.objects.filter(account=account, idempotency_key=key).first():
        return before
    title = stem(parts[0].name or "project")[:120]
    project = Project.objects.create(account=account, title=title, language=page_language())
    try:
        media = keep_all(account, project, parts)
        made = []
        for n, one in enumerate(_meant(media, words)):
            name = f"{key}:{n}" if n else key
            export = exports.Export(project, name, one, words=words, format=format, fresh=True, saved=True)
            made.append(exports.start(request, export))
        return made[0]
    except Conflict:
        drafts.discard(project)
        first = Render.objects.filter(account=account, idempotency_key=key).first()
        if first is None:
            raise
        return first  # the same form came twice in one moment, and the other request was first
    except BaseException:
        drafts.discard(project)
        raise


def sent_before(account: Account, key: str) -> Render | None:
    """The first render of a form that was sent before with this key."""
    sent = Render.objects.filter(account=account, idempotency_key__startswith=f"form:{key[:64]}:") if key else None
    return sent.order_by("pk").first() if sent is not None else None


def again(request: HttpRequest, before: Render, words: str, format: str) -> Render | None:
    """Other words for the file of a render: a new render in the same project. None where they ask for nothing that can
    be made, as a question does.

    The words start from the draft as it was uploaded; those that lean on what stands ("a bit smaller", "move the text")
    from that render and its result. A timeline that was worked on since stays as it is.
    """
    project, source = before.project, source_of(before)
    uploaded = drafts.first([source])
    stood = Draft.from_json(before.draft) if before.draft else uploaded
    untouched = drafts.current(project) in (stood, uploaded)
    key = f"again:{form_key()}"
    export = exports.Export(project, key, source.public_id, words=words, format=format, fresh=True, saved=untouched)
    asked = _asked(before, stood, words)
    if asked & LEANING:
        export = replace(export, fresh=False, after=before)
    chosen = not words or format not in ("", exports.AUTO) or "export" in asked
    if not chosen and not (asked - SAID and (not asked & LEANING or exports.changes_something(export))):
        return None
    return exports.start(request, export)


# Keys of an explain object that make nothing; and those that go on from what stands.
SAID = frozenset({"action", "ask", "about", "cannot", "media", "keep"})
LEANING = frozenset({
    "relative", "less_bytes", "more_bytes", "relative_pace", "relative_volume", "change_text", "change_layer", "remove",
    "remove_text", "remove_music",
})  # fmt: skip


def _asked(before: Render, draft: Draft, words: str) -> set[str]:
    """The keys of what the words ask for behind that render, and "export" where they say to make it."""
    names = {m.public_id: m.name for m in before.project.media.all()}
    standing = words_to_request.standing(draft, {}, before.goal, names)
    found = language.read(words, words_to_request.context(standing, names)).explain
    return {*found, *(["export"] if found.get("action") == "export" else [])}


def source_of(render: Render) -> Media:
    """The file that a render is of, to be made again. Raises Unusable when it was deleted."""
    media = {m.public_id: m for m in drafts.media_of(render.project)}
    found = [media[m] for m in (project_files.source_of(render), *render.sources, *media) if m in media]
    if not found:
        raise Unusable("The original was deleted. Send it again.")
    return found[0]


def page_language() -> str:
    """The language that the chat of a new project answers in where the words do not tell."""
    return (get_language() or "en").partition("-")[0]


def known_format(choice: str) -> str:
    """The format of a form. Raises Unusable for one that is not made."""
    if choice in ("", exports.AUTO):
        return choice
    try:
        return unsupported.made(choice)
    except CompressorError as error:
        raise from_engine(error) from error


def of_one(
    request: HttpRequest, project: Project, media: Media, words: str, format: str, key: str, max_bytes: int | None,
    saved: bool,
) -> Render:  # fmt: skip
    """A render of one file of a batch; ``max_bytes`` is its share of a limit for all files together."""
    fields = {"max_bytes": max_bytes} if max_bytes else {}
    export = exports.Export(
        project, key, media.public_id, words=words, fields=fields, format=format, fresh=True, saved=saved
    )
    return exports.start(request, export)


def _meant(media: Sequence[Media], words: str) -> list[str]:
    """The ids of the files that the words mean, in the order of uploads; the first to see where they name none."""
    names, infos = {m.public_id: m.name for m in media}, {m.public_id: m.info for m in media}
    shown = next((m for m in media if m.info.kind != "audio"), media[0])
    said = words_to_request.read(words, drafts.first([shown]), infos, names=names).media
    meant = deciding.which(said, names, infos, shown.public_id)
    return [m for m in names if m in meant.media]
