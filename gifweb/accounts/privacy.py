"""Exports and erases the data of an account."""

from __future__ import annotations

import io
import json
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import IO, cast

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as later

from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Gone

from . import data_owners
from .models import Account, Receipt, User

EXPIRED = later("kept for as long as the plan says, then deleted")  # the reason on receipts


def export(account: Account) -> Iterator[tuple[str, IO[bytes]]]:
    """All data of the account, one JSON file for each kind and the stored files: (name, open file) of each."""
    # What is asked of the database is asked now; the stored files are opened one by one.
    tables: list[tuple[str, IO[bytes]]] = [
        ("account.json", io.BytesIO(json.dumps(_about(account), ensure_ascii=False, indent=2).encode()))
    ]
    stored: list[tuple[str, data_owners.Opener]] = []
    for kind in data_owners.kinds():
        table = tempfile.SpooledTemporaryFile(max_size=2_000_000)  # noqa: SIM115 - whoever reads it closes it
        table.writelines(data_owners.as_json(kind, account))
        table.seek(0)
        tables.append((f"{kind.name.replace(' ', '-')}.json", cast(IO[bytes], table)))
        stored += kind.files(account) if kind.files else ()
    return _entries(tables, stored)


def _entries(
    tables: list[tuple[str, IO[bytes]]], stored: list[tuple[str, data_owners.Opener]]
) -> Iterator[tuple[str, IO[bytes]]]:
    yield from tables
    for name, opener in stored:
        with suppress(FileNotFoundError, Gone):  # deleted meanwhile
            yield name, opener()


def _about(account: Account) -> dict[str, object]:
    user = account.user
    return {
        "id": account.public_id,
        "created_at": account.created_at.isoformat(),
        "email": user.email if user else None,
        "registered_at": user.date_joined.isoformat() if user else None,
        "last_sign_in": user.last_login.isoformat() if user and user.last_login else None,
    }


@again_after_deadlock
def erase(account: Account, reason: str) -> Receipt:
    """Delete the account, everything that it owns, and its user. A receipt and the ledger entries stay; they name no
    person. A second call returns the same receipt."""
    with transaction.atomic():
        # Without the key lock, as in a merge: a render that finishes now may still write its entry.
        row = Account.objects.select_for_update(no_key=True).get(pk=account.pk)
        if row.closed_at is not None and (done := Receipt.objects.filter(account=row).first()):
            return done
        data_owners.lock(row)
        facts: dict[str, int] = {}
        for kind in data_owners.kinds():
            for name, count in kind.erase(row).items():
                facts[name] = facts.get(name, 0) + count
        user_id = row.user_id
        Account.objects.filter(pk=row.pk).update(user=None, closed_at=timezone.now())
        if user_id is not None:
            _erase_user(User.objects.get(pk=user_id))
            facts["sign-in"] = 1
        return receipt(row, reason, facts)


def receipt(account: Account, reason: str, facts: Mapping[str, int]) -> Receipt:
    """Store what was deleted, and why."""
    return Receipt.objects.create(
        account=account, number=secrets.token_urlsafe(16), reason=reason, facts={k: v for k, v in facts.items() if v}
    )


def _erase_user(user: User) -> None:
    for session in UserSession.objects.filter(user=user):
        session.end()
    user.delete()
