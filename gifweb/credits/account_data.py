"""The account data of this app: credits. They move by the ledger's own rules, after everything else."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction

from gifweb.accounts import data_owners
from gifweb.accounts.models import Account

from . import ledger
from .models import Entry, Hold, VoucherUse


def move(source: Account, target: Account) -> None:
    for use in VoucherUse.objects.filter(account=source):
        try:
            with transaction.atomic():
                VoucherUse.objects.filter(pk=use.pk).update(account=target)
        except IntegrityError:  # both accounts had used it, and a person may once
            ledger.give_up_grant(source, f"voucher:{use.pk}", "A voucher that was used before")
    ledger.merge(source, target)


def erase(account: Account) -> dict[str, int]:
    """Write off the remaining credits. The entries stay; they name no person."""
    for key in Hold.objects.filter(account=account, state=Hold.State.OPEN).values_list("key", flat=True):
        ledger.release(key)
    left = ledger.give_up(account, f"left:{uuid.uuid4().hex}", "The account was deleted")
    return {"credits": left}


def rows(account: Account) -> Iterable[dict[str, Any]]:
    mine = Entry.objects.filter(account=account).order_by("pk")
    return (dict(row) for row in mine.values("created_at", "kind", "amount", "cause"))


def register() -> None:
    data_owners.register(
        data_owners.Kind(
            name="credits",
            count=lambda account: ledger.balance(account).total,
            move=move,
            rows=rows,
            erase=erase,
            late=True,
            lock=ledger.lock_wallets,
        )
    )
