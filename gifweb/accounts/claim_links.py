"""Claim links (``clm_…``): show one object of a visitor's account in a browser and let a person take it over.

They give no API access. ``subject`` is “noun:name”; the app that owns the noun registers how its objects change owner.
A link ends when it expires, when its object was taken over, and when its account gets a user.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Gone, NotFound

from . import hashed_secret, identity
from .models import Account, ClaimLink, User

PREFIX = "clm_"
WEEK_S = 7 * 24 * 3600
TAKEN = "This was taken over by the person it belongs to. If that is you, sign in."
UNKNOWN = "This link is not complete, or it never existed."

# ``taker(name, source, target)`` moves the object in its transaction and returns the path of its page. Raises NotFound
# when ``source`` no longer owns it.
Taker = Callable[[str, Account, Account], str]
_takers: dict[str, Taker] = {}


def register(noun: str, taker: Taker) -> None:
    _takers[noun] = taker


def issue(account: Account, subject: str, valid_s: int = WEEK_S) -> str:
    """Create a claim token for ``subject``, valid for ``valid_s`` seconds."""
    raw = hashed_secret.make(PREFIX)
    until = timezone.now() + timedelta(seconds=valid_s)
    ClaimLink.objects.create(account=account, subject=subject, hash=hashed_secret.digest(raw), expires_at=until)
    return raw


def open(raw: str) -> ClaimLink:
    """Return the claim link of a token. Raises NotFound, and Gone when it has ended."""
    if not raw.startswith(PREFIX) or len(raw) > 200:
        raise NotFound(UNKNOWN)
    claim = ClaimLink.objects.select_related("account").filter(hash=hashed_secret.digest(raw)).first()
    if claim is None:
        raise NotFound(UNKNOWN)
    twins = ClaimLink.objects.filter(account_id=claim.account_id, subject=claim.subject)
    if claim.account.user_id is not None or not claim.account.is_open or twins.exclude(taken_at=None).exists():
        raise Gone(TAKEN)
    if claim.expires_at <= timezone.now():
        raise Gone("This link has expired. Ask for a new one where you got it.")
    return claim


@again_after_deadlock
def take(raw: str, user: User) -> str:
    """Move the object to ``user``, once, and return the path of its page. Nothing else of the account is moved.

    Raises as ``open`` does."""
    with transaction.atomic():
        claim = open(raw)
        # One lock for all claim links of this account: with two links to one object, the first person gets it.
        Account.objects.select_for_update(no_key=True).get(pk=claim.account_id)
        claim = open(raw)
        noun, _, name = claim.subject.partition(":")
        page = _takers[noun](name, claim.account, identity.for_user(user))
        ClaimLink.objects.filter(pk=claim.pk).update(taken_at=timezone.now())
    return page
