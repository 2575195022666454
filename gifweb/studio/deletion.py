"""Deleting one result, one upload or one project: files, stills, previews and share links at once, with a receipt."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as later

from gifweb import stored_files
from gifweb.accounts import data_owners, privacy
from gifweb.accounts.models import Account, Receipt
from gifweb.deadlock import again_after_deadlock
from gifweb.renders import shares
from gifweb.renders.event_log import LeaseLost
from gifweb.renders.models import OPEN, Render, State
from gifweb.renders.worker import end

from .models import Media, Preview, Project

ASKED = later("deleted by its owner")


@again_after_deadlock
def result(account: Account, render: Render) -> Receipt:
    """The file of one render; the render itself stays in the list. One that still runs is cancelled."""
    with transaction.atomic():
        data_owners.lock(account)
        return privacy.receipt(account, ASKED, _without_file(render))


@again_after_deadlock
def whole_render(account: Account, render: Render) -> Receipt:
    """A render with its file and links; its project goes with its last render. One that runs is cancelled."""
    with transaction.atomic():
        data_owners.lock(account)
        facts = {"renders": 1} | _without_file(render)
        Render.objects.filter(pk=render.pk).delete()
        found = Project.objects.filter(pk=render.project_id).first()
        if found and not found.renders.exists():
            for name, count in _without_project(found).items():
                facts[name] = facts.get(name, 0) + count
        return privacy.receipt(account, ASKED, facts)


@again_after_deadlock
def upload(account: Account, media: Media) -> Receipt:
    """One uploaded file, with the previews that show it. Renders that still need it are cancelled; results stay."""
    with transaction.atomic():
        data_owners.lock(account)
        for render in Render.objects.filter(project_id=media.project_id, state__in=OPEN):
            if media.public_id in render.sources:
                _stop(render)
        facts = {"uploaded files": Media.objects.filter(pk=media.pk, deleted_at=None).update(deleted_at=timezone.now())}
        stored_files.delete_later(media.key)
        facts["previews"] = _without_previews(media.project_id)
        return privacy.receipt(account, ASKED, facts)


@again_after_deadlock
def project(account: Account, found: Project) -> Receipt:
    """A project with everything in it: uploads, results, conversation, share links. What runs is cancelled."""
    with transaction.atomic():
        data_owners.lock(account)
        return privacy.receipt(account, ASKED, _without_project(found))


def _without_project(found: Project) -> dict[str, int]:
    facts = {"projects": 1, "uploaded files": 0, "renders": 0, "result files": 0, "share links": 0}
    for render in Render.objects.filter(project=found):
        for name, count in _without_file(render).items():
            facts[name] += count
        facts["renders"] += 1
    for media in Media.objects.filter(project=found, deleted_at=None):
        stored_files.delete_later(media.key)
        facts["uploaded files"] += 1
    facts["previews"] = _without_previews(found.pk)
    Project.objects.filter(pk=found.pk).delete()
    return facts


def _without_file(render: Render) -> dict[str, int]:
    _stop(render)
    render.refresh_from_db()
    gone = Render.objects.filter(pk=render.pk, file_deleted_at=None).exclude(result_key="")
    facts = {"result files": gone.update(file_deleted_at=timezone.now()), "share links": shares.revoke(render)}
    stored_files.delete_later(render.result_key)
    stored_files.delete_later(render.poster_key)
    return facts


def _stop(render: Render) -> None:
    """Cancelled now, with its credits back; the worker that runs it finds its lease gone. Others are left alone."""
    for _ in range(3):  # a worker may take it, or put it back, in this moment
        render.refresh_from_db()
        if not render.is_open:
            return
        try:
            end(render, render.lease_token if render.state == State.RUNNING else "", State.CANCELLED, None)
        except LeaseLost:
            continue


def _without_previews(project_id: int) -> int:
    found = list(Preview.objects.filter(revision__project_id=project_id))
    for preview in found:
        stored_files.delete_later(preview.key)
        preview.delete()
    return len(found)
