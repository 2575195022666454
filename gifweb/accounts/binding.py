"""Binds a visitor's account to a user: directly, or by merging it into the account that the user has already.

A bind link (``/register?bind=<code>``) has 256 random bits, works once and expires. It is the only way to bind an
account from outside its own browser: an ``anon_…`` id alone gives no access.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Conflict, Gone, NotFound

from . import data_owners, hashed_secret
from .models import Account, BindLink, User

MAX_LINKS = 500  # valid links of one account; an agent without credits gets one with each refusal

USED = (
    "This link was used already, and what it led to belongs to the person who used it. If that was you, sign in; "
    "if not, ask for a link of your own."
)
EXPIRED = "This link has expired. Ask for a new one where you got it."
UNKNOWN = "This link is not complete, or it never existed. Copy it again, all of it."


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person gets by signing up with a link: the account's id and the counts of its data."""

    public_id: str
    things: list[tuple[str, int]]


def issue(account: Account) -> str:
    """Create a code for ``/register?bind=``. It works once, within BIND_HOURS."""
    raw = hashed_secret.make("")
    until = timezone.now() + timedelta(hours=settings.BIND_HOURS)
    BindLink.objects.create(account=account, hash=hashed_secret.digest(raw), expires_at=until)
    mine = BindLink.objects.filter(account=account, used_at=None)
    old = list(mine.order_by("-created_at", "-id").values_list("pk", flat=True)[MAX_LINKS:])
    if old:
        mine.filter(pk__in=old).delete()
    return raw


def path(account: Account) -> str:
    """Return the path and query of a new bind link, without the host."""
    return f"{reverse('account_signup')}?bind={issue(account)}"


def offer(code: str, user: User | None = None) -> Offer:
    """Return what the code leads to, for the confirmation page. Raises NotFound or Gone."""
    link = _link(code)
    account = _usable(link, user)
    return Offer(account.public_id, data_owners.counts(account))


@again_after_deadlock
def bind(code: str, user: User) -> Account:
    """Bind the account of the code to the user, once. Return the user's account.

    A user without an account gets the visitor's account; for a user with one, everything is merged into it. A second
    call by the same user changes nothing. Raises NotFound for an unknown code, and Gone for one that has expired or was
    used by another user.
    """
    with transaction.atomic():
        link = _link(code, lock=True)
        account = _usable(link, user)
        mine = join(account, user)
        if link.used_at is None:
            link.used_at, link.used_by = timezone.now(), user
            link.save(update_fields=["used_at", "used_by"])
    return mine


@again_after_deadlock
def join(account: Account, user: User) -> Account:
    """Bind a visitor's account to ``user``, or merge it. Raises Conflict when it belongs to somebody else."""
    with transaction.atomic():
        mine = Account.objects.filter(user=user).first()
        if mine is not None and mine.pk == account.pk:
            return mine
        if mine is None:
            free = Account.objects.filter(pk=account.pk, user=None, merged_into=None, closed_at=None)
            if not free.update(user=user):
                raise Conflict(USED)
            return Account.objects.get(pk=account.pk)
        merge(account, mine)
        return mine


@again_after_deadlock
def merge(source: Account, target: Account) -> None:
    """Move everything that ``source`` owns to ``target``, in one transaction. A second call changes nothing.

    Raises Conflict when ``source`` has a user or is closed.
    """
    with transaction.atomic():
        # Without the key lock, rows with foreign keys to these accounts can still be written. With it, a render that
        # finishes now would wait for this transaction, which waits for the render's row.
        rows = Account.objects.select_for_update(no_key=True).filter(pk__in=(source.pk, target.pk)).order_by("pk")
        locked = {row.pk: row for row in rows}
        old, new = locked[source.pk], locked[target.pk]
        if old.pk == new.pk or old.merged_into_id == new.pk:
            return
        if old.user_id is not None or not old.is_open or not new.is_open:
            raise Conflict(USED)
        Account.objects.filter(pk=old.pk).update(merged_into=new)
        data_owners.lock(old, new)
        data_owners.move_all(old, new)


def tidy() -> int:
    """Move rows that were written to an account while it was being merged. Return the number of such accounts."""
    late = 0
    for account in Account.objects.exclude(merged_into=None).select_related("merged_into"):
        if any(kind.count(account) for kind in data_owners.kinds() if not kind.late):
            target = account.merged_into
            while target is not None and target.merged_into is not None:
                target = target.merged_into
            if target is not None:
                _move_late(account, target)
                late += 1
    return late


@again_after_deadlock
def _move_late(account: Account, target: Account) -> None:
    with transaction.atomic():
        data_owners.lock(account, target)
        data_owners.move_all(account, target)


def _link(code: str, lock: bool = False) -> BindLink:
    if not code or len(code) > 200:
        raise NotFound(UNKNOWN)
    rows = BindLink.objects.select_for_update() if lock else BindLink.objects.all()
    link = rows.filter(hash=hashed_secret.digest(code)).first()
    if link is None:
        raise NotFound(UNKNOWN)
    return link


def _usable(link: BindLink, user: User | None) -> Account:
    """Return the account of the link. Raises Gone when ``user`` cannot bind it."""
    account = Account.objects.select_related("merged_into").get(pk=link.account_id)
    while account.merged_into is not None:
        account = account.merged_into
    if user is not None and account.user_id == user.pk and (link.used_at is None or link.used_by_id == user.pk):
        return account
    if link.used_at is not None or account.user_id is not None or account.closed_at is not None:
        raise Gone(USED)
    if link.expires_at <= timezone.now():
        raise Gone(EXPIRED)
    return account
