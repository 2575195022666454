"""Signal receivers for accounts."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_save
from django.dispatch import receiver

from gifweb.accounts.models import Account

from . import ledger


@receiver(post_save, sender=Account, dispatch_uid="credits.welcome")
def welcome(sender: type[Account], instance: Account, created: bool, raw: bool = False, **_: Any) -> None:
    """Every new account starts with a wallet and mostly with free credits, in the transaction that makes it."""
    if created and not raw:
        ledger.welcome(instance, free=instance.begins_free)
