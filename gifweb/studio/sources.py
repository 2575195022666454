"""The project's files as the sources of renders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gifweb.accounts.models import Account
from gifweb.renders import sources

from .models import Media


def lookup(ids: Iterable[str], account: Account | None = None) -> Mapping[str, sources.Source]:
    """See ``renders.sources.find``."""
    found = Media.objects.filter(public_id__in=list(ids))
    if account is not None:
        found = found.filter(account=account)
    return {media.public_id: media for media in found}


def register() -> None:
    sources.register(lookup)
