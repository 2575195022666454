"""Checks that the ledger is consistent: used by an hourly task, a command and tests."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone

from .models import Audit, Entry, Hold, Kind, Lot, Part, Wallet

_MOST = 100  # faults stored per audit
_KEEP = 1000  # audits stored


def run() -> Audit:
    """Check everything and store the result."""
    with transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.savepoint_ids) == 0:
            with connection.cursor() as cursor:  # all sums from one snapshot; SQLite transactions are one already
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        wallets = list(Wallet.objects.all())
        found = _faults(wallets)
        entries = Entry.objects.count()
    made = Audit.objects.create(
        wallets=len(wallets),
        entries=entries,
        total=sum(w.total for w in wallets),
        frozen=sum(w.frozen for w in wallets),
        faults=found[:_MOST],
    )
    old = list(Audit.objects.order_by("-created_at", "-id").values_list("pk", flat=True)[_KEEP:])
    Audit.objects.filter(pk__in=old).delete()
    return made


def metrics() -> dict[str, float]:
    """Return the figures of the newest audit: name → value. Empty before the first one."""
    last = Audit.objects.first()
    if last is None:
        return {}
    return {
        "gifweb_ledger_faults": len(last.faults),
        "gifweb_ledger_credits_total": last.total,
        "gifweb_ledger_credits_frozen": last.frozen,
        "gifweb_ledger_entries": last.entries,
        "gifweb_ledger_audit_age_seconds": (timezone.now() - last.created_at).total_seconds(),
    }


def _sums(rows: QuerySet[Any], by: str, figure: str) -> dict[Any, int]:
    return {row[by]: row["n"] for row in rows.order_by().values(by).annotate(n=Sum(figure))}


def _faults(wallets: list[Wallet]) -> list[str]:
    """Return every inconsistency as a sentence; an empty list when there is none."""
    entries = _sums(Entry.objects.all(), "account_id", "amount")
    held = _sums(Hold.objects.filter(state=Hold.State.OPEN), "account_id", "amount")
    left = _sums(Lot.objects.all(), "account_id", "left")
    parts = _sums(Part.objects.all(), "hold_id", "amount")
    spent = dict(Entry.objects.filter(kind=Kind.SPENT).values_list("key", "amount"))
    found = []
    for wallet in wallets:
        who, free = wallet.account_id, wallet.total - wallet.frozen
        if entries.pop(who, 0) != wallet.total:
            found.append(f"{who}: its entries do not sum to {wallet.total}")
        if held.pop(who, 0) != wallet.frozen:
            found.append(f"{who}: its open holds do not sum to {wallet.frozen}")
        if left.pop(who, 0) != free:
            found.append(f"{who}: what is left of its lots does not sum to {free}")
        if not 0 <= wallet.frozen <= wallet.total:
            found.append(f"{who}: {wallet.total} with {wallet.frozen} frozen cannot be")
    found += [f"{who}: entries without a wallet" for who, n in entries.items() if n]
    found += [f"{who}: holds without a wallet" for who, n in held.items() if n]
    found += [f"{who}: lots without a wallet" for who, n in left.items() if n]
    for hold in Hold.objects.all().iterator():
        due = hold.amount if hold.state == Hold.State.OPEN else hold.paid
        if parts.get(hold.pk, 0) != due:
            found.append(f"hold {hold.key}: its parts do not sum to {due}")
        if -spent.pop(f"spent:{hold.key}", 0) != hold.paid:
            found.append(f"hold {hold.key}: it paid {hold.paid}, and its entry says something else")
    found += [f"{key}: spent without a hold" for key in spent]
    return found
