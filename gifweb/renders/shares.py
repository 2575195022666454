"""Creates, revokes and counts share links."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db.models import F
from django.utils import timezone

from gifweb.errors import Conflict

from .models import Render, ShareLink


def make(render: Render, *, password: str = "", days: int | None = None) -> ShareLink:
    """Create a link to a finished render. Raises Conflict when there is no file to share."""
    if not render.has_file:
        raise Conflict("There is no file to share yet.")
    until = timezone.now() + timedelta(days=days or settings.SHARE_DAYS)
    return ShareLink.objects.create(
        render=render, expires_at=until, password=make_password(password) if password else ""
    )


def live(render: Render) -> ShareLink | None:
    """Return the newest open link, or None."""
    return render.shares.filter(revoked_at=None, expires_at__gt=timezone.now()).first()


def revoke(render: Render, token: str | None = None) -> int:
    """Revoke one link, or all links of the render. Return how many were open."""
    links = render.shares.filter(revoked_at=None)
    if token:
        links = links.filter(token=token)
    return links.update(revoked_at=timezone.now())


def viewed(share: ShareLink) -> None:
    ShareLink.objects.filter(pk=share.pk).update(views=F("views") + 1)


def opens(share: ShareLink, password: str) -> bool:
    return not share.password or check_password(password, share.password)
