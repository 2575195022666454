"""The limits of each plan as data, and the check against them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from gifweb.accounts.models import Account
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import BeyondPlan

from . import ledger
from .models import Wallet

MB = 1_000_000
GB = 1000 * MB


@dataclass(frozen=True, slots=True)
class Plan:
    """``priority``: higher runs earlier. ``retention_days`` applies to sources and results. Renders above
    ``concurrent_renders`` are not refused; they wait until one of the account's renders has ended."""

    name: str
    label: str
    longest_side: int
    duration_ms: int
    file_bytes: int
    concurrent_renders: int
    retention_days: int
    storage_bytes: int
    priority: int

    @property
    def minutes(self) -> int:
        return self.duration_ms // 60_000

    @property
    def file_mb(self) -> int:
        return self.file_bytes // MB

    @property
    def storage_gb(self) -> int:
        return self.storage_bytes // GB


def plans() -> dict[str, Plan]:
    """Return all plans by name, the smallest first."""
    largest = settings.MAX_UPLOAD_BYTES
    return {
        "free": Plan("free", "Free", 1920, 15 * 60_000, min(largest, 200 * MB), 4, settings.KEEP_DAYS, 5 * GB, 0),
        "pro": Plan("pro", "Pro", 4096, 60 * 60_000, largest, 16, max(90, settings.KEEP_DAYS), 100 * GB, 10),
    }


def of(account: Account) -> Plan:
    """Return the account's plan; the free plan after a paid one has expired."""
    while account.merged_into_id is not None:
        account = Account.objects.get(pk=account.merged_into_id)
    return _of(Wallet.objects.filter(account=account).first())


def of_each(accounts: Collection[Any]) -> dict[Any, Plan]:
    """The plans of many accounts, named by their keys; of one that was merged away, the free plan."""
    wallets = {wallet.account_id: wallet for wallet in Wallet.objects.filter(account__in=accounts)}
    return {account: _of(wallets.get(account)) for account in accounts}


def _of(wallet: Wallet | None) -> Plan:
    known = plans()
    if wallet is None or (wallet.plan_until is not None and wallet.plan_until <= timezone.now()):
        return known["free"]
    return known.get(wallet.plan, known["free"])


def retention(account: Account) -> timedelta:
    """Return how long the account's sources and results are stored."""
    return timedelta(days=of(account).retention_days)


def check(
    account: Account,
    *,
    longest_side: int = 0,
    duration_ms: int = 0,
    file_bytes: int = 0,
    stored_bytes: int = 0,
) -> Plan:
    """Return the account's plan if it allows all of this. ``stored_bytes`` includes the new files.

    Raises BeyondPlan (``data``: reason, upgrade_url) that says what would be allowed."""
    plan = of(account)
    asked: tuple[tuple[str, int, int, str], ...] = (
        (
            "longest_side",
            longest_side,
            plan.longest_side,
            f"its longest side would be {longest_side:,} pixels, and {plan.longest_side:,} are allowed: ask for less",
        ),
        (
            "duration_ms",
            duration_ms,
            plan.duration_ms,
            f"it would last {_time(duration_ms)}, and {_time(plan.duration_ms)} are allowed: cut it",
        ),
        (
            "file_bytes",
            file_bytes,
            plan.file_bytes,
            f"the file has {_size(file_bytes)}, and {_size(plan.file_bytes)} are allowed",
        ),
        (
            "storage_bytes",
            stored_bytes,
            plan.storage_bytes,
            f"your files would take {_size(stored_bytes)}, and {_size(plan.storage_bytes)} are kept: delete some",
        ),
    )
    for what, wanted, allowed, words in asked:
        if wanted > allowed:
            larger = any(getattr(p, what) > allowed for p in plans().values())
            tail = ", or take a larger plan." if larger else "."
            raise BeyondPlan(
                f"That is beyond the {plan.label.lower()} plan: {words}{tail}",
                reason=f"{what} {wanted} of {allowed}",
                upgrade_url=settings.BASE_URL + reverse("credits") + "#plans",
            )
    return plan


@again_after_deadlock
def extend(account: Account, name: str, days: int) -> None:
    """Extend the plan by ``days``; from now, or from its end if it is active."""
    with transaction.atomic():
        wallet = ledger.locked(account)
        now = timezone.now()
        runs = wallet.plan == name and wallet.plan_until is not None and wallet.plan_until > now
        start = wallet.plan_until if runs and wallet.plan_until else now
        wallet.plan, wallet.plan_until = name, start + timedelta(days=days)
        wallet.save(update_fields=["plan", "plan_until"])


@again_after_deadlock
def end(account: Account) -> None:
    """Return the account to the free plan now."""
    with transaction.atomic():
        wallet = ledger.locked(account)
        wallet.plan, wallet.plan_until = "free", None
        wallet.save(update_fields=["plan", "plan_until"])


def _time(ms: int) -> str:
    return f"{ms / 60_000:g} minutes" if ms >= 60_000 else f"{ms / 1000:g} seconds"


def _size(count: int) -> str:
    return f"{count / GB:.3g} GB" if count >= GB else f"{count / MB:.3g} MB"
