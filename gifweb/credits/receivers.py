"""Signal receivers for accounts."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from gifweb.accounts.models import Account

from . import ledger


@receiver(post_save, sender=Account, dispatch_uid="credits.welcome")
def welcome(sender: type[Account], instance: Account, created: bool, raw: bool = False, **_: Any) -> None:
    """Grant the free credits of a new account, in the transaction that creates it."""
    if created and not raw:
        ledger.welcome(instance)
