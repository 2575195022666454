"""The account data of this app: tokens, client ids, links."""

from __future__ import annotations

from . import data_owners
from .models import Account, ApiToken, BindLink, ClaimLink, ClientId, Receipt


def _move_links(source: Account, target: Account) -> None:
    ClientId.objects.filter(account=source).update(account=target)
    ClaimLink.objects.filter(account=source).update(account=target)
    Receipt.objects.filter(account=source).update(account=target)
    # Bind links stay: they lead to the account that this one was merged into.


def _erase_links(account: Account) -> dict[str, int]:
    for model in (BindLink, ClaimLink, ClientId, Receipt):
        model._default_manager.filter(account=account).delete()
    return {}


def register() -> None:
    data_owners.register(
        data_owners.simple(
            "API tokens",
            ApiToken,
            ("name", "start", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at"),
        )
    )
    data_owners.register(
        data_owners.Kind(
            name="links",
            count=lambda account: 0,
            move=_move_links,
            rows=lambda account: [
                {"created_at": made}
                for made in ClientId.objects.filter(account=account).values_list("created_at", flat=True)
            ],
            erase=_erase_links,
        )
    )
