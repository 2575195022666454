"""What an entry of the ledger says that was spent on a render: its words, and where it is."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from gifweb.accounts.models import Account
from gifweb.credits import references

from .models import Render


def tell(account: Account, names: list[str]) -> Mapping[str, references.Told]:
    """By the render's public id; only the account's own."""
    found = Render.objects.filter(account=account, public_id__in=names).only("public_id", "words", "result_name")
    return {
        one.public_id: references.Told(
            one.words or one.result_name or "A render", reverse("render", args=[one.public_id])
        )
        for one in found
    }


def register() -> None:
    references.register("render", tell)
