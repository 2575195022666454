"""Labels and links for ledger entries that were spent on renders."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from gifweb.accounts.models import Account
from gifweb.credits import entry_labels

from .models import Render


def labels(account: Account, names: list[str]) -> Mapping[str, entry_labels.Label]:
    """Return a label by the render's public id, for the account's own renders."""
    found = Render.objects.filter(account=account, public_id__in=names).only("public_id", "words", "result_name")
    return {
        one.public_id: entry_labels.Label(
            one.words or one.result_name or "A render", reverse("render", args=[one.public_id])
        )
        for one in found
    }


def register() -> None:
    entry_labels.register("render", labels)
