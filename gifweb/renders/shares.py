"""Share links: made, withdrawn, counted."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone

from gifweb.errors import Conflict

from .models import Render, ShareLink


def make(render: Render, *, password: str = "", days: int | None = None) -> ShareLink:
    """A new link to a finished render. Raises Conflict when there is no file to share."""
    if not render.has_file:
        raise Conflict("There is no file to share yet.")
    until = timezone.now() + timedelta(days=days or settings.SHARE_DAYS)
    return ShareLink.objects.create(
        render=render, expires_at=until, password=make_password(password) if password else ""
    )


def live(render: Render) -> ShareLink | None:
    """The newest link that still opens."""
    return render.shares.filter(revoked_at=None, expires_at__gt=timezone.now()).first()


def revoke(render: Render, token: str | None = None) -> int:
    """Withdraw one link, or all of the render's; returns how many were open."""
    links = render.shares.filter(revoked_at=None)
    if token:
        links = links.filter(token=token)
    return links.update(revoked_at=timezone.now())


def viewed(share: ShareLink) -> None:
    ShareLink.objects.filter(pk=share.pk).update(views=F("views") + 1)


def opens(share: ShareLink, password: str) -> bool:
    return not share.password or check_password(password, share.password)
