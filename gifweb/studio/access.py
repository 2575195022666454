"""Access to projects and media. One of another account and a missing one raise the same error."""

from __future__ import annotations

from gifweb.accounts.models import Account
from gifweb.errors import NotFound, ProjectNotFound

from .models import Media, Project


def project_for(account: Account | None, public_id: str) -> Project:
    """Return the account's project by its public id. Raises NotFound."""
    found = account and Project.objects.filter(account=account, public_id=public_id).first()
    if not found:
        raise NotFound()
    return found


def session_for(account: Account | None, session_id: str) -> Project:
    """Return the account's project by its session id. Raises ProjectNotFound."""
    found = account and Project.objects.filter(account=account, session_id=session_id).first()
    if not found:
        raise ProjectNotFound()
    return found


def media_for(account: Account | None, public_id: str) -> Media:
    """Return the account's media. Raises NotFound, also when the file was deleted."""
    found = account and Media.objects.filter(account=account, public_id=public_id, deleted_at=None).first()
    if not found:
        raise NotFound()
    return found
