"""The account data of this app: projects with their files, drafts and conversations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import IO, Any

from django.db import transaction
from django.urls import reverse

from gifweb import stored_files
from gifweb.accounts import claim_links, data_owners
from gifweb.accounts.models import Account
from gifweb.errors import NotFound
from gifweb.renders import account_data as render_data
from gifweb.renders.models import Render

from . import upload_parts
from .models import Media, Preview, Project, Upload


def move(source: Account, target: Account) -> None:
    Media.objects.filter(account=source).update(account=target)
    Project.objects.filter(account=source).update(account=target)
    Upload.objects.filter(account=source).update(account=target)


def take_project(name: str, source: Account, target: Account) -> str:
    """Move one project with its files, renders and share links. Credits that its renders hold stay the source's: who
    asked for a render pays for it."""
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(account=source, public_id=name).first()
        if project is None:
            raise NotFound("What this link showed was deleted.")
        render_data.hand_over(Render.objects.filter(account=source, project=project), target)
        Media.objects.filter(account=source, project=project).update(account=target)
        Project.objects.filter(pk=project.pk).update(account=target)
    return reverse("project", args=[name])


def erase(account: Account) -> dict[str, int]:
    """Delete projects, files and previews. The renders are erased before, by their own app."""
    keys = list(Media.objects.filter(account=account, deleted_at=None).values_list("key", flat=True))
    count = Project.objects.filter(account=account).count()
    previews = Preview.objects.filter(revision__project__account=account).exclude(key="")
    for key in [*keys, *previews.values_list("key", flat=True)]:
        stored_files.delete_later(key)
    Project.objects.filter(account=account).delete()
    upload_parts.drop(*Upload.objects.filter(account=account))
    return {"projects": count, "uploaded files": len(keys)}


def _rows(account: Account) -> Iterable[dict[str, Any]]:
    for project in Project.objects.filter(account=account).prefetch_related("media", "turns", "revisions"):
        current = next((r for r in project.revisions.all() if r.number == project.draft_number), None)
        yield {
            "title": project.title,
            "created_at": project.created_at,
            "goal": project.goal,
            "draft": current.draft if current else {},
            "other_files": current.others if current else {},
            "files": [{"name": m.name, "sha256": m.sha256, "facts": m.facts} for m in project.media.all()],
            "conversation": [{"role": t.role, "text": t.text, "at": t.created_at} for t in project.turns.all()],
        }


def _files(account: Account) -> Iterable[tuple[str, Callable[[], IO[bytes]]]]:
    for media in Media.objects.filter(account=account, deleted_at=None):
        yield f"uploads/{media.public_id}-{data_owners.archive_name(media.name)}", stored_files.opener(media.key)


def _lock(*accounts: Account) -> None:
    list(Project.objects.select_for_update().filter(account__in=accounts).order_by("pk").values_list("pk"))


def register() -> None:
    claim_links.register("project", take_project)
    data_owners.register(
        data_owners.Kind(
            name="projects",
            count=lambda account: Project.objects.filter(account=account).count(),
            move=move,
            rows=_rows,
            erase=erase,
            files=_files,
            lock=_lock,
        )
    )
