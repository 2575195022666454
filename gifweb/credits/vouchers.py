"""Voucher codes: 80 random bits in letters that are hard to confuse, stored as a hash."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from gifweb.accounts import hashed_secret
from gifweb.accounts.models import Account
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import Conflict, Gone, NotFound

from . import ledger
from .models import Entry, Kind, Voucher, VoucherUse

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
_READ_AS = str.maketrans("OIL", "011")


def make(
    amount: int,
    *,
    max_uses: int = 1,
    note: str = "",
    lasts_days: int | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Create a code and return it in clear text. ``lasts_days`` is for the credits, ``expires_at`` for the code."""
    code = "".join(secrets.choice(LETTERS) for _ in range(16))
    Voucher.objects.create(
        hash=digest(code),
        start=code[:4],
        amount=amount,
        max_uses=max_uses,
        note=note,
        lasts_days=lasts_days,
        expires_at=expires_at,
    )
    return "-".join(code[i : i + 4] for i in range(0, 16, 4))


@again_after_deadlock
def redeem(account: Account, code: str) -> Entry:
    """Grant the code's credits. Raises NotFound, Gone (expired or used up) and Conflict (used by this account)."""
    with transaction.atomic():
        voucher = Voucher.objects.select_for_update().filter(hash=digest(code)).first()
        now = timezone.now()
        if voucher is None:
            raise NotFound("There is no such code. Check it letter by letter.")
        if voucher.stopped_at is not None or (voucher.expires_at is not None and voucher.expires_at <= now):
            raise Gone("This code is no longer valid.")
        try:
            with transaction.atomic():
                use = VoucherUse.objects.create(voucher=voucher, account=account)
        except IntegrityError:
            raise Conflict("You have used this code already.") from None
        left = Voucher.objects.filter(pk=voucher.pk, uses__lt=F("max_uses"))
        if not left.update(uses=F("uses") + 1):
            raise Gone("This code has been used up.")
        until = now + timedelta(days=voucher.lasts_days) if voucher.lasts_days else None
        return ledger.grant(
            account, voucher.amount, Kind.VOUCHER, f"voucher:{use.pk}", until, voucher.note or f"Code {voucher.start}…"
        )


def digest(code: str) -> str:
    plain = "".join(c for c in code.upper() if c.isalnum()).translate(_READ_AS)
    return hashed_secret.digest(f"voucher:{plain}")
