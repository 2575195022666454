"""Labels and links for ledger entries that were spent on renders."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from gifweb.accounts.models import Account
from gifweb.credits import references

from .models import Render


def labels(account: Account, names: list[str]) -> Mapping[str, references.Label]:
    """Return a label by the render's public id, for the account's own renders."""
    found = Render.objects.filter(account=account, public_id__in=names).only("public_id", "words", "result_name")
    return {
        one.public_id: references.Label(
            one.words or one.result_name or "A render", reverse("render", args=[one.public_id])
        )
        for one in found
    }


def register() -> None:
    references.register("render", labels)
