"""The one door to a project and its media: a stranger's and a missing one look the same."""

from __future__ import annotations

from gifweb.accounts.models import Account
from gifweb.errors import NotFound, ProjectNotFound

from .models import Media, Project


def project_for(account: Account | None, public_id: str) -> Project:
    """The account's project by its id in addresses; raises NotFound."""
    found = account and Project.objects.filter(account=account, public_id=public_id).first()
    if not found:
        raise NotFound()
    return found


def session_for(account: Account | None, session_id: str) -> Project:
    """The account's project by the session id that agents use; raises ProjectNotFound."""
    found = account and Project.objects.filter(account=account, session_id=session_id).first()
    if not found:
        raise ProjectNotFound()
    return found


def media_for(account: Account | None, public_id: str) -> Media:
    """The account's media; raises NotFound, also when its file was deleted."""
    found = account and Media.objects.filter(account=account, public_id=public_id, deleted_at=None).first()
    if not found:
        raise NotFound()
    return found
