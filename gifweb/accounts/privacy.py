"""Exports and erases the data of an account."""

from __future__ import annotations

import json
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Gone

from . import data_owners
from .models import Account, Receipt, User

_CHUNK = 256 * 1024
EXPIRED = "kept for as long as the plan says, then deleted"  # the reason on receipts


def export(account: Account) -> tuple[IO[bytes], int]:
    """Return all data of the account as a zip: an open file, positioned at its start, and its size in bytes.

    One JSON file for each kind of data, and the stored files. The caller closes it; it has no name on disk.
    """
    folder = Path(settings.DATA_DIR) / "work"
    folder.mkdir(parents=True, exist_ok=True)
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    try:
        # The media are compressed already: storing them is fast and costs nothing.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("account.json", json.dumps(_about(account), ensure_ascii=False, indent=2))
            for kind in data_owners.kinds():
                with archive.open(f"{kind.name.replace(' ', '-')}.json", "w") as target:
                    for piece in data_owners.as_json(kind, account):
                        target.write(piece)
                for name, opener in kind.files(account) if kind.files else ():
                    try:
                        source = opener()
                    except (FileNotFoundError, Gone):
                        continue  # deleted meanwhile
                    with source, archive.open(name, "w", force_zip64=True) as target:
                        shutil.copyfileobj(source, target, _CHUNK)
        size = file.tell()
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file, size


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
