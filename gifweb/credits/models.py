"""The ledger's tables. An entry is written once and never changed; all other figures follow from entries and holds.

Wallet.total   = sum of the account's entries          ≥ 0
Wallet.frozen  = sum of its open holds                 0 ≤ frozen ≤ total
sum of its Lot.left = total - frozen
sum of a hold's parts = its amount while it is open
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from gifweb.accounts.models import Account


class Kind(models.TextChoices):
    FREE = "free", "free credits"
    MONTHLY = "monthly", "monthly allowance"
    VOUCHER = "voucher", "voucher"
    TOPUP = "topup", "top-up"
    GIFT = "gift", "grant"
    REFUND = "refund", "refund"
    SPENT = "spent", "spent"
    EXPIRED = "expired", "expired"
    MOVED_OUT = "moved_out", "moved to another account"
    MOVED_IN = "moved_in", "moved here"
    GIVEN_UP = "given_up", "given up"
    TAKEN_BACK = "taken_back", "taken back"


class Wallet(models.Model):
    """The cached figures of one account, and the row that is locked before credits are taken."""

    account = models.OneToOneField(Account, on_delete=models.PROTECT, primary_key=True, related_name="wallet")
    total = models.BigIntegerField(default=0)
    frozen = models.BigIntegerField(default=0)
    plan = models.CharField(max_length=20, default="free")
    plan_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="wallet_total_not_negative"),
            models.CheckConstraint(condition=Q(frozen__gte=0), name="wallet_frozen_not_negative"),
            models.CheckConstraint(condition=Q(frozen__lte=F("total")), name="wallet_frozen_within_total"),
        ]

    def __str__(self) -> str:
        return f"{self.total} ({self.frozen} frozen)"


class _NeverChanged(models.QuerySet["Entry"]):
    def update(self, **kwargs: Any) -> NoReturn:
        raise FieldError("Entries cannot be changed; write another one.")

    def delete(self) -> NoReturn:
        raise FieldError("Entries cannot be deleted; write another one.")


class Entry(models.Model):
    """One entry of the ledger. ``key`` is unique, so a repeated write is harmless; ``cause`` says what it is for."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.BigIntegerField()
    key = models.CharField(max_length=160, unique=True)
    cause = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = _NeverChanged.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "entries"
        constraints = [models.CheckConstraint(condition=~Q(amount=0), name="entry_not_zero")]
        indexes = [
            models.Index(fields=["account", "-created_at"], name="entry_of_account"),
            models.Index(fields=["cause"], name="entry_by_cause"),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+d} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise FieldError("Entries cannot be changed; write another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise FieldError("Entries cannot be deleted; write another one.")

    @property
    def spent(self) -> int:
        """The amount without its sign."""
        return max(0, -self.amount)


class Lot(models.Model):
    """The remaining credits of one granting entry, and their expiry. Those that expire first are spent first."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="lots")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="lot")
    origin = models.CharField(max_length=12, choices=Kind.choices)  # the kind before a merge moved it
    left = models.BigIntegerField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = [F("expires_at").asc(nulls_last=True), "id"]
        constraints = [models.CheckConstraint(condition=Q(left__gte=0), name="lot_not_negative")]
        indexes = [
            models.Index(fields=["account"], condition=Q(left__gt=0), name="lot_with_something"),
            models.Index(fields=["expires_at"], condition=Q(left__gt=0), name="lot_to_expire"),
        ]

    def __str__(self) -> str:
        return f"{self.left} of {self.origin}"


class Hold(models.Model):
    """Credits held for an open render. A hold ends exactly once: settled or released."""

    class State(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"
        RELEASED = "released"

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    key = models.CharField(max_length=120, unique=True)
    amount = models.BigIntegerField()
    paid = models.BigIntegerField(default=0)
    cause = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_of_something"),
            models.CheckConstraint(condition=Q(paid__gte=0, paid__lte=F("amount")), name="hold_pays_within"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None, paid=0)
                | Q(state="settled", ended_at__isnull=False, paid__gt=0)
                | Q(state="released", ended_at__isnull=False, paid=0),
                name="hold_state_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["account"], condition=Q(state="open"), name="hold_open")]

    def __str__(self) -> str:
        return f"{self.amount} {self.state}"


class Part(models.Model):
    """How much of a hold came from which lot, so that the unspent part returns to it."""

    hold = models.ForeignKey(Hold, on_delete=models.PROTECT, related_name="parts")
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="parts")
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="part_of_something"),
            models.UniqueConstraint(fields=["hold", "lot"], name="part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount}"


class Voucher(models.Model):
    """A hashed code that is worth credits. ``uses`` is at most ``max_uses``; an account can use it once."""

    hash = models.CharField(max_length=64, unique=True)
    start = models.CharField(max_length=8)
    amount = models.PositiveIntegerField()
    note = models.CharField(max_length=200, blank=True)
    max_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    lasts_days = models.PositiveIntegerField(null=True, blank=True)  # of the credits; empty: they do not expire
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)  # of the code
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(condition=Q(uses__lte=F("max_uses")), name="voucher_within_uses"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="voucher_of_something"),
        ]

    def __str__(self) -> str:
        return f"{self.start}… ({self.amount})"


class VoucherUse(models.Model):
    """The use of a voucher by an account."""

    voucher = models.ForeignKey(Voucher, on_delete=models.PROTECT, related_name="used")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="voucher_uses")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["voucher", "account"], name="voucher_once_each")]

    def __str__(self) -> str:
        return f"{self.voucher_id} by {self.account_id}"


class Purchase(models.Model):
    """One paid checkout. ``session`` is Stripe's id; it is unique, so a repeated webhook is harmless."""

    session = models.CharField(max_length=120, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="purchases")
    payment = models.CharField(max_length=120, db_index=True)
    item = models.CharField(max_length=20)
    credits = models.PositiveIntegerField()
    price = models.PositiveIntegerField()  # in the currency's smallest unit
    currency = models.CharField(max_length=3)
    taken_back = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    refunded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.item} for {self.price} {self.currency}"


class Audit(models.Model):
    """The result of an audit. ``faults`` is empty when the ledger is consistent."""

    created_at = models.DateTimeField(default=timezone.now)
    wallets = models.PositiveIntegerField(default=0)
    entries = models.PositiveIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    frozen = models.BigIntegerField(default=0)
    faults = models.JSONField(default=list)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{len(self.faults)} faults"
