"""The registry of account data: each app registers how its rows are counted, moved, exported and erased.

An app registers in ``AppConfig.ready``. ``move`` must be harmless when called twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from .models import Account

Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of account data. ``rows`` are exported as they are; ``files`` are (name in the zip, opener). ``erase``
    deletes rows and files and returns counts for the receipt. ``late`` kinds are moved after the others. ``lock`` locks
    the accounts' rows before anything is changed, late kinds first: the order is the one in ``gifweb.deadlock``."""

    name: str
    count: Callable[[Account], int]
    move: Callable[[Account, Account], object]
    rows: Callable[[Account], Iterable[dict[str, Any]]]
    erase: Callable[[Account], dict[str, int]]
    files: Callable[[Account], Iterable[tuple[str, Opener]]] | None = None
    late: bool = False
    lock: Callable[..., object] | None = None


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Register a kind. Its name is a plural noun for pages. Registering twice replaces."""
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    """Return all kinds, the late ones last."""
    return sorted(_kinds.values(), key=lambda k: k.late)


def simple(
    name: str,
    model: type[Model],
    fields: tuple[str, ...],
    *,
    move: Callable[[Account, Account], object] | None = None,
    erase: Callable[[Account], dict[str, int]] | None = None,
    files: Callable[[Account], Iterable[tuple[str, Opener]]] | None = None,
) -> Kind:
    """Return a kind for one table with a foreign key ``account``."""
    manager = model._default_manager

    def move_rows(source: Account, target: Account) -> object:
        return manager.filter(account=source).update(account=target)

    def erase_rows(account: Account) -> dict[str, int]:
        mine = manager.filter(account=account)
        count = mine.count()
        mine.delete()
        return {name: count}

    return Kind(
        name=name,
        count=lambda account: manager.filter(account=account).count(),
        move=move or move_rows,
        rows=lambda account: manager.filter(account=account).order_by("pk").values(*fields).iterator(),
        erase=erase or erase_rows,
        files=files,
    )


def archive_name(name: str) -> str:
    """Return the name with every character replaced that could be harmful in an archive."""
    return "".join(c if c.isalnum() or c in " ._-" else "_" for c in name) or "file"


def counts(account: Account) -> list[tuple[str, int]]:
    """Return (name, count) of each kind that is not empty."""
    found = ((kind.name, kind.count(account)) for kind in kinds())
    return [(name, count) for name, count in found if count]


def lock(*accounts: Account) -> None:
    """Lock what has to be locked before the things of these accounts are moved or erased. Inside a transaction."""
    for kind in reversed(kinds()):
        if kind.lock:
            kind.lock(*accounts)


def move_all(source: Account, target: Account) -> None:
    """Move everything. The second round moves rows that were written while waiting for the late kinds."""
    early = [kind for kind in kinds() if not kind.late]
    for kind in early:
        kind.move(source, target)
    for kind in kinds():
        if kind.late:
            kind.move(source, target)
    for kind in early:
        kind.move(source, target)


def as_json(kind: Kind, account: Account) -> Iterator[bytes]:
    """Yield the kind's rows as a JSON list, in pieces."""
    yield b"["
    for number, row in enumerate(kind.rows(account)):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield (b",\n" if number else b"\n") + text.encode("utf-8", "backslashreplace")
    yield b"\n]\n"
