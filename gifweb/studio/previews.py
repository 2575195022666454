"""Previews: a small video of the current revision, made by a worker, free of charge."""

from __future__ import annotations

import logging
import shutil
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from django.db import IntegrityError, transaction
from django.utils import timezone

from compressor import engine, sandbox
from compressor.events import Failed, Finished
from compressor.formats import USUAL
from compressor.timeline import Draft, media_ids
from gifweb import ids, stored_files
from gifweb.celery import app
from gifweb.errors import PublicError
from gifweb.source_limits import source_limits
from gifweb.templatetags.media import shown_at

from .models import Media, Preview, Project, Revision

log = logging.getLogger(__name__)

CLEAR = "webm"  # of a timeline that is see-through: an MP4 would fill it with grey
SHORT_SIDE = 270
FPS = 15.0
AGAIN_S = 60  # a preview that did not arrive is requested again after this
MAX_PREVIEWS = 3  # stored per project
_one = threading.BoundedSemaphore(1)  # previews at once in one process


def current(project: Project) -> Preview | None:
    """Return the preview of the current revision and request it if needed. None for an empty timeline."""
    revision = project.revisions.filter(number=project.draft_number).select_related("preview").first()
    if revision is None or not Draft.from_json(revision.draft).clips:
        return None
    try:
        preview, fresh = Preview.objects.get_or_create(revision=revision)
    except IntegrityError:
        return None
    late = not preview.key and preview.asked_at < timezone.now() - timedelta(seconds=AGAIN_S)
    if fresh or (late and not preview.failed):
        Preview.objects.filter(pk=preview.pk).update(asked_at=timezone.now())
        transaction.on_commit(lambda: _ask(preview.pk))
    return preview


def again(project: Project) -> None:
    """Ask once more for the preview of the current revision, after one that failed."""
    found = Preview.objects.filter(revision__project=project, revision__number=project.draft_number, key="").first()
    if found:
        Preview.objects.filter(pk=found.pk).update(failed=False, asked_at=timezone.now())
        transaction.on_commit(lambda: _ask(found.pk))


def _ask(preview_id: int) -> None:
    try:
        app.send_task("gifweb.studio.tasks.preview", (preview_id,), expires=AGAIN_S)
    except Exception as error:
        log.warning("the queue could not be reached for a preview: %s", error)


def make(preview_id: int) -> None:
    """Make a preview, if its revision is still the current one of the project."""
    # Do not wait: renders use the same threads. The page requests it again while it has no preview.
    if not _one.acquire(blocking=False):
        Preview.objects.filter(pk=preview_id).update(asked_at=timezone.now() - timedelta(seconds=AGAIN_S + 1))
        return
    try:
        preview = Preview.objects.select_related("revision__project").filter(pk=preview_id, key="").first()
        if preview is None or preview.revision.number != preview.revision.project.draft_number:
            return
        folder = stored_files.work_folder(f"preview-{ids.public_id()}")
        try:
            _make(preview, preview.revision, folder)
        except Exception:
            Preview.objects.filter(pk=preview_id, key="").update(failed=True)  # else the page would wait for ever
            raise
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        _one.release()


def _make(preview: Preview, revision: Revision, folder: Path) -> None:
    draft = Draft.from_json(revision.draft)
    found = Media.objects.filter(account_id=revision.project.account_id, public_id__in=media_ids(draft))
    try:
        sources = {m.public_id: str(stored_files.local_path(m.key, folder)) for m in found if m.deleted_at is None}
    except PublicError:
        sources = {}
    opaque = draft.meta.background not in (None, "transparent")
    clear = not opaque and any(m.info.has_alpha for m in found if m.public_id in {clip.media for clip in draft.clips})
    format = CLEAR if clear else USUAL
    enlarged = shown_at(draft.meta.width, draft.meta.height)[2] > 1
    looks = {"lossless": True} if enlarged else {"quality": 40.0}
    goal = {"format": format, "short_side": SHORT_SIDE, "fps": FPS} | looks
    asked = {k: v for k, v in revision.goal.items() if k in ("grayscale", "keep_every", "loop")}
    job = engine.Job(sources=sources, draft=revision.draft, goal=goal | asked, out=str(folder / "out"))
    for event in sandbox.run(job, replace(source_limits(), wall_s=60, child_cpu_s=60)):
        if isinstance(event, Failed):
            why = f"{event.error.get('message')} {event.error.get('detail')}"
            log.warning("no preview of project %s: %s", revision.project.public_id, why)
            Preview.objects.filter(pk=preview.pk, key="").update(failed=True)
        elif isinstance(event, Finished):
            key = ids.file_key("results")
            stored_files.adopt(Path(event.path), key)
            shown = event.report.get("output", {})
            made = Preview.objects.filter(pk=preview.pk, key="")
            if not made.update(key=key, format=format, width=shown.get("width") or 0, height=shown.get("height") or 0):
                stored_files.delete(key)
    _forget_old(revision.project)


def _forget_old(project: Project) -> None:
    for old in Preview.objects.filter(revision__project=project).exclude(key="").order_by("-asked_at")[MAX_PREVIEWS:]:
        stored_files.delete(old.key)
        old.delete()
