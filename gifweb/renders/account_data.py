"""What an account owns here: its renders, and the projects and files that they are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse

from gifweb import files
from gifweb.accounts import claims, data_owners
from gifweb.accounts.models import Account
from gifweb.errors import NotFound
from gifweb.studio.models import Media, Preview, Project

from .models import OPEN, Render
from .submission import cancel


def _opener(key: str) -> Callable[[], IO[bytes]]:
    return lambda: files.open_stored(key)[0]


def move_renders(source: Account, target: Account) -> None:
    """A key that both have used stays the target's; the other's gets its render's id behind it."""
    with transaction.atomic():
        _hand_over(Render.objects.filter(account=source), target)


def _hand_over(mine: QuerySet[Render], target: Account) -> None:
    taken = Render.objects.filter(account=target).values("idempotency_key")
    for tries_left in (2, 1, 0):
        try:
            with transaction.atomic():
                mine.filter(idempotency_key__in=taken).update(
                    idempotency_key=Concat(F("idempotency_key"), Value("~"), F("public_id"))
                )
                mine.update(account=target)
            return
        except IntegrityError:  # the target asked for a render by such a key in this very moment
            if not tries_left:
                raise


def erase_renders(account: Account) -> dict[str, int]:
    """Stop what runs, give back what is held, delete files and rows."""
    found = list(Render.objects.filter(account=account))
    for render in found:
        if render.state in OPEN:
            with suppress(NotFound):
                cancel(render)
    erased = 0
    for render in found:
        files.delete_later(render.result_key)
        files.delete_later(render.poster_key)
        erased += bool(render.result_key)
        # A worker that runs it still finds its row gone and keeps nothing.
        Render.objects.filter(pk=render.pk).delete()
    return {"renders": len(found), "result files": erased}


def _result_files(account: Account) -> Iterable[tuple[str, Callable[[], IO[bytes]]]]:
    for render in Render.objects.filter(account=account, file_deleted_at=None).exclude(result_key=""):
        yield f"results/{render.public_id}-{_plain(render.result_name)}", _opener(render.result_key)


def move_projects(source: Account, target: Account) -> None:
    Media.objects.filter(account=source).update(account=target)
    Project.objects.filter(account=source).update(account=target)


def take_project(name: str, source: Account, target: Account) -> str:
    """Move one project with its files, renders and share links. Credits that its renders hold stay the source's: who
    asked for a render pays for it."""
    with transaction.atomic():
        project = Project.objects.select_for_update().filter(account=source, public_id=name).first()
        if project is None:
            raise NotFound("What this link showed was deleted.")
        _hand_over(Render.objects.filter(account=source, project=project), target)
        Media.objects.filter(account=source, project=project).update(account=target)
        Project.objects.filter(pk=project.pk).update(account=target)
    return reverse("project", args=[name])


def erase_projects(account: Account) -> dict[str, int]:
    keys = list(Media.objects.filter(account=account, deleted_at=None).values_list("key", flat=True))
    count = Project.objects.filter(account=account).count()
    previews = Preview.objects.filter(revision__project__account=account).exclude(key="")
    for key in [*keys, *previews.values_list("key", flat=True)]:
        files.delete_later(key)
    Project.objects.filter(account=account).delete()
    return {"projects": count, "uploaded files": len(keys)}


def _project_rows(account: Account) -> Iterable[dict[str, Any]]:
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


def _source_files(account: Account) -> Iterable[tuple[str, Callable[[], IO[bytes]]]]:
    for media in Media.objects.filter(account=account, deleted_at=None):
        yield f"uploads/{media.public_id}-{_plain(media.name)}", _opener(media.key)


def _plain(name: str) -> str:
    """A name that is harmless in an archive."""
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in name) or "file"


def _lock_projects(*accounts: Account) -> None:
    list(Project.objects.select_for_update().filter(account__in=accounts).order_by("pk").values_list("pk"))


def register() -> None:
    claims.register("project", take_project)
    fields = ("public_id", "state", "words", "goal", "paid_credits", "result_name", "result_bytes", "created_at")
    data_owners.register(
        data_owners.simple("renders", Render, fields, move=move_renders, erase=erase_renders, files=_result_files)
    )
    data_owners.register(
        data_owners.Kind(
            name="projects",
            count=lambda account: Project.objects.filter(account=account).count(),
            move=move_projects,
            rows=_project_rows,
            erase=erase_projects,
            lock=_lock_projects,
            files=_source_files,
        )
    )
