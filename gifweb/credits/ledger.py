"""The credit ledger: balance, hold, settle, release, grant.

Every function takes a key; the same key again changes nothing and returns the same. Credits are only taken with the
lock on the account's Wallet row (SQLite: the write lock that every transaction begins with), and the wallet's
constraints prevent a negative balance. A merged account is followed to the one that it was merged into.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.crypto import salted_hmac

from gifweb.accounts import identity
from gifweb.accounts.models import Account
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Conflict, NotFound, OutOfCredits

from .models import Entry, Hold, Kind, Lot, Part, Wallet

PIXELS_PER_CREDIT = 100_000_000


@dataclass(frozen=True, slots=True)
class Balance:
    """``frozen`` is held by open renders; ``total = available + frozen``."""

    available: int
    frozen: int

    @property
    def total(self) -> int:
        return self.available + self.frozen

    def to_json(self) -> dict[str, int]:
        return {"available": self.available, "frozen": self.frozen, "total": self.total}


def price(width: int, height: int, frames: int) -> int:
    """Return the price of a result: 1 credit for each started 100 megapixels over all frames, at least 1."""
    return max(1, -(-width * height * frames // PIXELS_PER_CREDIT))


def balance(account: Account) -> Balance:
    """Return the account's balance without expired credits. The first call in a month grants the month's allowance."""
    account = _home(account)
    allow(account)
    wallet = Wallet.objects.filter(account=account).first()
    if wallet is None:
        return Balance(0, 0)
    stale = Lot.objects.filter(account=account, left__gt=0, expires_at__lte=timezone.now()).aggregate(n=Sum("left"))
    return Balance(max(0, wallet.total - wallet.frozen - (stale["n"] or 0)), wallet.frozen)


@again_after_deadlock
def hold(account: Account, amount: int, key: str, cause: str = "") -> Hold:
    """Hold ``amount`` credits for ``cause``; those that expire first are held first.

    Raises OutOfCredits (``data``: available, required), and Conflict when ``key`` belongs to another hold.
    """
    if amount < 1:
        raise ValueError("A hold needs at least one credit.")
    with transaction.atomic():
        wallet = locked(account)
        first = Hold.objects.filter(key=key).first()
        if first:
            if first.account_id != wallet.account_id or first.amount != amount:
                raise Conflict("These credits are held for something else.")
            return first
        _expire(wallet)
        if amount > wallet.total - wallet.frozen and allow(account):
            wallet.refresh_from_db()
        available = wallet.total - wallet.frozen
        if amount > available:
            raise OutOfCredits(
                f"This costs up to {amount} credits, and {available} are left.", available=available, required=amount
            )
        made = Hold.objects.create(account_id=wallet.account_id, amount=amount, key=key, cause=cause)
        for lot, part in _draw(Lot.objects.filter(account_id=wallet.account_id), amount):
            Part.objects.create(hold=made, lot=lot, amount=part)
        wallet.frozen += amount
        wallet.save(update_fields=["frozen"])
    return made


def lock_hold(key: str) -> None:
    """Lock the wallet behind a hold, for a transaction that locks other rows before it ends the hold (the order of
    locks is in ``gifweb.deadlock``). A key without a hold locks nothing."""
    if Hold.objects.filter(key=key).exists():
        _lock_hold(key)


def lock_wallets(*accounts: Account) -> None:
    """Lock the wallets of these accounts, in the order of their keys."""
    for pk in sorted(account.pk for account in accounts):
        _own(pk)


@again_after_deadlock
def settle(key: str, amount: int) -> Hold:
    """End a hold by spending ``amount`` of it, at most what it holds; the rest is released.

    An amount of 0 releases the hold. Raises NotFound for an unknown key, and Conflict when it was released before: a
    result must not be delivered without payment.
    """
    if amount < 1:
        return release(key)
    with transaction.atomic():
        wallet, ended = _lock_hold(key)
        if ended.state == Hold.State.SETTLED:
            return ended
        if ended.state == Hold.State.RELEASED:
            raise Conflict("These credits were released before.")
        _end(wallet, ended, min(amount, ended.amount))
    return ended


@again_after_deadlock
def release(key: str) -> Hold:
    """End a hold without spending. An ended hold does not change. Raises NotFound for an unknown key."""
    with transaction.atomic():
        wallet, ended = _lock_hold(key)
        if ended.state == Hold.State.OPEN:
            _end(wallet, ended, 0)
    return ended


@again_after_deadlock
def grant(
    account: Account,
    amount: int,
    kind: str,
    key: str,
    expires_at: datetime | None = None,
    reason: str = "",
) -> Entry:
    """Grant credits, until ``expires_at`` or without expiry. The same key again returns the first entry."""
    if amount < 1:
        raise ValueError("A grant needs at least one credit.")
    with transaction.atomic():
        wallet = locked(account)
        first = Entry.objects.filter(key=key).first()
        return first or _bring(wallet, amount, kind, key, expires_at, reason, kind)


def welcome(account: Account, *, free: bool = True) -> None:
    """The wallet of a new account, with its free credits in it unless there are none for it."""
    Wallet.objects.get_or_create(account=account)  # whoever looked at the account in this moment may have made it
    if free and settings.FREE_CREDITS:
        until = timezone.now() + timedelta(days=settings.FREE_DAYS)
        grant(account, settings.FREE_CREDITS, Kind.FREE, f"free:{account.pk}", until, "Free credits to start with")


def allow(account: Account) -> Entry | None:
    """Grant this month's allowance, once an account and once a mailbox, to a user with a confirmed address. It expires
    with the month."""
    user = account.user
    if user is None or not settings.MONTHLY_CREDITS:
        return None
    now = timezone.now()
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # By the mailbox too: whoever registers again is another user. Hashed with the site's key, it names nobody.
    key = f"month:{salted_hmac('credits.month', _mailbox(user.email)).hexdigest()[:32]}:{now:%Y-%m}"
    had = Q(account=account, kind=Kind.MONTHLY, created_at__gte=first) | Q(key=key)
    if Entry.objects.filter(had).exists() or not identity.is_confirmed(user):
        return None
    ends = (first + timedelta(days=32)).replace(day=1)
    return grant(account, settings.MONTHLY_CREDITS, Kind.MONTHLY, key, ends, f"Allowance of {now:%B %Y}")


def _mailbox(email: str) -> str:
    """The mailbox of an address: “ann+7@example.org” arrives where “ann@example.org” does."""
    local, _, host = email.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{host}"


def refund(entry: Entry, reason: str) -> Entry:
    """Refund an entry, once. Credits that came from expiring ones are valid for another FREE_DAYS."""
    if entry.kind != Kind.SPENT:
        raise Conflict("Only spent credits can be refunded.")
    lots = Lot.objects.filter(parts__hold__key=entry.key.removeprefix("spent:"))
    ends = lots.exists() and not lots.filter(expires_at=None).exists()
    until = timezone.now() + timedelta(days=settings.FREE_DAYS) if ends else None
    return grant(entry.account, -entry.amount, Kind.REFUND, f"refund:{entry.pk}", until, reason)


def take_back(account: Account, amount: int, key: str, reason: str) -> Entry | None:
    """Take credits back after a reversed payment: up to ``amount`` of the available ones. None if there are none."""
    return _take(account, amount, key, Kind.TAKEN_BACK, reason)


def give_up(account: Account, key: str, reason: str) -> int:
    """Write off all available credits of an account that is deleted. Return their number."""
    entry = _take(account, None, key, Kind.GIVEN_UP, reason)
    return -entry.amount if entry else 0


@again_after_deadlock
def give_up_grant(account: Account, key: str, reason: str) -> None:
    """Write off what is left of one grant. Credits that are held stay. A second call changes nothing."""
    with transaction.atomic():
        wallet = _own(account.pk)  # its own, also where it is being merged
        for lot in Lot.objects.filter(account_id=wallet.account_id, entry__key=key, left__gt=0):
            amount, lot.left = lot.left, 0
            lot.save(update_fields=["left"])
            _write(wallet, -amount, Kind.GIVEN_UP, f"given_up:{key}", reason)


@again_after_deadlock
def _take(account: Account, amount: int | None, key: str, kind: str, reason: str) -> Entry | None:
    with transaction.atomic():
        wallet = locked(account)
        first = Entry.objects.filter(key=key).first()
        if first:
            return first
        _expire(wallet)
        free = wallet.total - wallet.frozen
        taken = free if amount is None else min(amount, free)
        if taken < 1:
            return None
        # The longest-lasting go first: those were paid for.
        _draw(Lot.objects.filter(account_id=wallet.account_id).order_by(F("expires_at").desc(nulls_first=True)), taken)
        return _write(wallet, -taken, kind, key, reason)


def _draw(lots: QuerySet[Lot], amount: int) -> list[tuple[Lot, int]]:
    """Reduce the lots, in their order, by ``amount`` in all. Return how much of which."""
    drawn = []
    for lot in lots.filter(left__gt=0):
        part = min(amount, lot.left)
        lot.left -= part
        lot.save(update_fields=["left"])
        drawn.append((lot, part))
        amount -= part
        if not amount:
            return drawn
    raise AssertionError("the lots do not add up to their wallet")


@again_after_deadlock
def expire(account: Account) -> int:
    """Write off the account's expired credits. Return their number."""
    with transaction.atomic():
        return _expire(locked(account))


def expire_all() -> int:
    """Write off the expired credits of every account."""
    due = Lot.objects.filter(left__gt=0, expires_at__lte=timezone.now())
    accounts = Account.objects.filter(pk__in=due.values("account"))
    return sum(expire(account) for account in accounts)


def merge(source: Account, target: Account) -> None:
    """Move all credits of ``source``, with open holds, to ``target``; free credits are limited to one grant.

    Runs inside the caller's transaction. A second call does nothing.
    """
    with transaction.atomic():
        lock_wallets(source, target)
        old, new = _own(source.pk), _own(target.pk)
        _expire(old)
        _expire(new)
        for lot in Lot.objects.filter(account=source).order_by("id"):
            _move(lot, old, new)
        moved = Hold.objects.filter(account=source, state=Hold.State.OPEN)
        frozen = moved.aggregate(n=Sum("amount"))["n"] or 0
        moved.update(account=target)
        old.frozen -= frozen
        new.frozen += frozen
        _move_plan(old, new)
        # The source first: its frozen credits must leave before its total falls below them.
        old.save(update_fields=["frozen", "total", "plan", "plan_until"])
        new.save(update_fields=["frozen", "total", "plan", "plan_until"])
        _within_one_grant(new)


def _move_plan(old: Wallet, new: Wallet) -> None:
    """Move a paid plan; the same plan on both accounts adds up its time."""
    now = timezone.now()
    if old.plan == "free" or (old.plan_until is not None and old.plan_until <= now):
        return
    runs = new.plan != "free" and (new.plan_until is None or new.plan_until > now)
    if not (runs and new.plan_until is None):
        if runs and new.plan == old.plan and new.plan_until and old.plan_until:
            new.plan_until += old.plan_until - now
        else:
            new.plan, new.plan_until = old.plan, old.plan_until
    old.plan, old.plan_until = "free", None


def _move(lot: Lot, old: Wallet, new: Wallet) -> None:
    parts = Part.objects.filter(lot=lot, hold__state=Hold.State.OPEN)
    amount = lot.left + (parts.aggregate(n=Sum("amount"))["n"] or 0)
    if not amount:
        return
    name = uuid.uuid4().hex
    Entry.objects.create(account_id=old.account_id, kind=Kind.MOVED_OUT, amount=-amount, key=f"out:{name}")
    arrival = Entry.objects.create(account_id=new.account_id, kind=Kind.MOVED_IN, amount=amount, key=f"in:{name}")
    fresh = Lot.objects.create(
        account_id=new.account_id, entry=arrival, origin=lot.origin, left=lot.left, expires_at=lot.expires_at
    )
    parts.update(lot=fresh)
    Lot.objects.filter(pk=lot.pk).update(left=0)
    old.total -= amount
    new.total += amount


def _within_one_grant(wallet: Wallet) -> None:
    """Write off free credits above one grant after a merge. Held credits stay."""
    free = Lot.objects.filter(account_id=wallet.account_id, origin=Kind.FREE)
    if not free.filter(entry__kind=Kind.MOVED_IN).exists():
        return
    held = Part.objects.filter(lot__in=free, hold__state=Hold.State.OPEN).aggregate(n=Sum("amount"))["n"] or 0
    left = free.aggregate(n=Sum("left"))["n"] or 0
    excess = min(left, left + held - settings.FREE_CREDITS)
    if excess < 1:
        return
    _draw(free, excess)  # those that expire first
    _write(wallet, -excess, Kind.GIVEN_UP, f"given_up:{uuid.uuid4().hex}", "More than one grant of free credits")


def _home(account: Account) -> Account:
    while account.merged_into_id is not None:
        account = Account.objects.get(pk=account.merged_into_id)
    return account


def _own(account_id: uuid.UUID) -> Wallet:
    """Return the locked wallet of exactly this account, created if there is none."""
    found = Wallet.objects.select_for_update().filter(account_id=account_id).first()
    if found is None:
        try:
            with transaction.atomic():
                Wallet.objects.create(account_id=account_id)
        except IntegrityError:
            pass
        found = Wallet.objects.select_for_update().get(account_id=account_id)
    return found


def locked(account: Account) -> Wallet:
    """Return the locked wallet of the account, or of the one that it was merged into. Needs a transaction."""
    while True:
        account = _home(Account.objects.get(pk=account.pk))
        wallet = _own(account.pk)
        if not Account.objects.filter(pk=account.pk).exclude(merged_into=None).exists():
            return wallet


def _lock_hold(key: str) -> tuple[Wallet, Hold]:
    while True:
        found = Hold.objects.filter(key=key).first()
        if found is None:
            raise NotFound("No credits are held under that key.")
        wallet = _own(found.account_id)
        found.refresh_from_db()
        if found.account_id == wallet.account_id:  # otherwise a merge moved it between the two queries
            return wallet, found


def _end(wallet: Wallet, ended: Hold, paid: int) -> None:
    rest = paid
    for part in ended.parts.select_related("lot").order_by(F("lot__expires_at").asc(nulls_last=True), "lot_id"):
        spent = min(rest, part.amount)
        rest -= spent
        if back := part.amount - spent:
            part.lot.left += back
            part.lot.save(update_fields=["left"])
        if spent:
            part.amount = spent
            part.save(update_fields=["amount"])
        else:
            part.delete()
    wallet.frozen -= ended.amount
    wallet.save(update_fields=["frozen"])
    ended.state = Hold.State.SETTLED if paid else Hold.State.RELEASED
    ended.paid = paid
    ended.ended_at = timezone.now()
    ended.save(update_fields=["state", "paid", "ended_at"])
    if paid:
        _write(wallet, -paid, Kind.SPENT, f"spent:{ended.key}", ended.cause)
    if paid < ended.amount:
        _within_one_grant(wallet)


def _expire(wallet: Wallet) -> int:
    gone = 0
    for lot in Lot.objects.filter(account_id=wallet.account_id, left__gt=0, expires_at__lte=timezone.now()):
        amount, lot.left = lot.left, 0
        lot.save(update_fields=["left"])
        # Several entries for one lot are possible: credits that a hold releases after the expiry get a second one.
        _write(wallet, -amount, Kind.EXPIRED, f"expired:{lot.pk}:{uuid.uuid4().hex}", Kind(lot.origin).label)
        gone += amount
    return gone


def _bring(
    wallet: Wallet, amount: int, kind: str, key: str, expires_at: datetime | None, cause: str, origin: str
) -> Entry:
    entry = _write(wallet, amount, kind, key, cause)
    Lot.objects.create(account_id=wallet.account_id, entry=entry, origin=origin, left=amount, expires_at=expires_at)
    return entry


def _write(wallet: Wallet, amount: int, kind: str, key: str, cause: str) -> Entry:
    entry = Entry.objects.create(account_id=wallet.account_id, kind=kind, amount=amount, key=key, cause=cause[:200])
    wallet.total += amount
    wallet.save(update_fields=["total"])
    return entry
