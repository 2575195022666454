"""Access to renders and share links. A render of another account and a missing one raise the same error."""

from __future__ import annotations

from django.utils import timezone

from gifweb.accounts.models import Account
from gifweb.errors import Gone, NotFound

from .models import Render, ShareLink


def render_for(account: Account | None, public_id: str) -> Render:
    """Return the account's render. Raises NotFound."""
    found = account and Render.objects.select_related("project").filter(account=account, public_id=public_id).first()
    if not found:
        raise NotFound()
    return found


def share_for(token: str) -> ShareLink:
    """Return an open share link by its token. Raises NotFound, or Gone when the link or its file has expired."""
    share = ShareLink.objects.select_related("render").filter(token=token).first()
    if share is None:
        raise NotFound()
    if not share.open_at(timezone.now()) or not share.render.has_file:
        raise Gone("This link has expired or was withdrawn.")
    return share
