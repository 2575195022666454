"""The source files of renders, looked up in the app that keeps them: it registers its look-up in ``AppConfig.ready``.

Renders know a source by its id alone. This keeps ``renders`` free of imports from ``studio``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from compressor.media import MediaInfo
from gifweb.accounts.models import Account


class Source(Protocol):
    """A stored file: its id, the key of its bytes, what they are. ``deleted_at`` is None while the file is there."""

    public_id: Any
    name: Any
    key: Any
    sha256: Any
    bytes: Any
    facts: Any
    deleted_at: datetime | Any | None

    @property
    def info(self) -> MediaInfo: ...


# ``lookup(ids, account)`` answers id → file, deleted ones too; only those of the account unless that is None.
Lookup = Callable[[Iterable[str], Account | None], Mapping[str, Source]]
_lookups: list[Lookup] = []


def register(lookup: Lookup) -> None:
    """Name the app that keeps the sources; the last one counts."""
    _lookups[:] = [lookup]


def find(ids: Iterable[str], account: Account | None = None) -> Mapping[str, Source]:
    """The files with these ids, deleted ones too; those that never were are left out."""
    return _lookups[0](ids, account)


def first(ids: Iterable[str]) -> Source | None:
    """The first of these files, the one that a result is shown beside; None when there is none."""
    for key in list(ids)[:1]:
        return find([key]).get(key)
    return None
