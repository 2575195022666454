"""What pages show of credits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from gifweb import accounts

from . import ledger


def context(request: HttpRequest) -> dict[str, Any]:
    """``credits``: the balance of whoever is asking, read only if the template uses it."""

    def read() -> ledger.Balance:
        account = accounts.current(request)
        return ledger.balance(account) if account else ledger.Balance(0, 0)

    return {"credits": SimpleLazyObject(read)}
