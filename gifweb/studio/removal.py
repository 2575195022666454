"""Deleting one render: its file, its still, its share links, and the upload where nothing else uses it."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction

from gifweb import files
from gifweb.accounts import privacy
from gifweb.accounts.models import Account, Receipt
from gifweb.errors import NotFound
from gifweb.renders.models import Render
from gifweb.renders.submission import cancel

from .models import Preview, Project


def remove(account: Account, render: Render) -> Receipt:
    """Everything of the render is gone when this returns; the receipt says what it was. One that runs is stopped."""
    if render.is_open:
        with suppress(NotFound):
            cancel(render)
    facts = {"renders": 1, "result files": int(render.has_file), "share links": render.shares.count()}
    with transaction.atomic():
        files.delete_later(render.result_key)
        files.delete_later(render.poster_key)
        Render.objects.filter(pk=render.pk).delete()
        project = Project.objects.filter(pk=render.project_id).first()
        if project and not project.renders.exists():
            facts |= _remove_project(project)
        return privacy.receipt(account, "deleted by its owner", facts)


def _remove_project(project: Project) -> dict[str, int]:
    keys = list(project.media.filter(deleted_at=None).values_list("key", flat=True))
    previews = Preview.objects.filter(revision__project=project).exclude(key="")
    for key in [*keys, *previews.values_list("key", flat=True)]:
        files.delete_later(key)
    project.delete()
    return {"projects": 1, "uploaded files": len(keys)}
