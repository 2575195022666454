"""Periodic maintenance: delete uploaded files and previews whose time is up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from gifweb import stored_files
from gifweb.accounts import privacy
from gifweb.accounts.models import Account
from gifweb.credits import plans
from gifweb.renders.models import OPEN, Render

from .models import Media, Piece, Preview


def tidy() -> None:
    """Every few minutes. A file that an open render needs stays until that has ended."""
    now = timezone.now()
    old = now - timedelta(days=settings.KEEP_DAYS)
    gone: dict[Account, Counter[str]] = defaultdict(Counter)
    for media in Media.objects.filter(created_at__lt=old, deleted_at=None).select_related("account", "project"):
        if Render.objects.filter(project_id=media.project_id, state__in=OPEN).exists():
            continue
        if max(media.project.changed_at, media.created_at) >= now - plans.retention(media.account):
            continue
        stored_files.delete(media.key)
        for preview in Preview.objects.filter(revision__project_id=media.project_id):
            stored_files.delete(preview.key)
            preview.delete()
        Media.objects.filter(pk=media.pk).update(deleted_at=now)
        gone[media.account]["uploaded files"] += 1
    for account, facts in gone.items():
        privacy.receipt(account, privacy.EXPIRED, facts)


def names(keys: Collection[str]) -> set[str]:
    """Those under which a file of a project, a preview or a piece of an upload is stored."""
    rows = (model.objects.filter(key__in=keys).values_list("key", flat=True) for model in (Media, Preview, Piece))
    return set().union(*rows)
