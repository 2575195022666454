"""Claim links (``clm_…``): show one thing of a visitor's in a browser, and open no API.

What is shown is the business of the app that asked for the link; ``subject`` is its own word for it. A link ends when
it expires, and when the account behind it gets its person: from then on that person signs in.
"""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from gifweb.errors import Gone, NotFound

from . import secret
from .models import Account, ClaimLink

PREFIX = "clm_"
WEEK_S = 7 * 24 * 3600


def issue(account: Account, subject: str, valid_s: int = WEEK_S) -> str:
    """A new claim token for ``subject``, valid for so many seconds."""
    raw = secret.make(PREFIX)
    until = timezone.now() + timedelta(seconds=valid_s)
    ClaimLink.objects.create(account=account, subject=subject, hash=secret.digest(raw), expires_at=until)
    return raw


def open(raw: str) -> ClaimLink:
    """The claim behind a token, its ``account`` and ``subject``. Raises NotFound, and Gone when it has ended."""
    if not raw.startswith(PREFIX) or len(raw) > 200:
        raise NotFound("This link is not complete, or it never existed.")
    claim = ClaimLink.objects.select_related("account").filter(hash=secret.digest(raw)).first()
    if claim is None:
        raise NotFound("This link is not complete, or it never existed.")
    if claim.account.user_id is not None or not claim.account.is_open:
        raise Gone("This was taken over by the person it belongs to. If that is you, sign in.")
    if claim.expires_at <= timezone.now():
        raise Gone("This link has expired. Ask for a new one where you got it.")
    return claim
