"""The one door to a render and to a share: a stranger's and a missing one look the same."""

from __future__ import annotations

from django.utils import timezone

from gifweb.accounts.models import Account
from gifweb.errors import Gone, NotFound

from .models import Render, ShareLink


def render_for(account: Account | None, public_id: str) -> Render:
    """The account's render; raises NotFound."""
    found = account and Render.objects.select_related("project").filter(account=account, public_id=public_id).first()
    if not found:
        raise NotFound()
    return found


def share_for(token: str) -> ShareLink:
    """An open share whose file is still there, for anybody who knows its token; NotFound, or Gone once it ended."""
    share = ShareLink.objects.select_related("render").filter(token=token).first()
    if share is None:
        raise NotFound()
    if not share.open_at(timezone.now()) or not share.render.has_file:
        raise Gone("This link has expired or was withdrawn.")
    return share
