"""What an account owns, told by the apps that keep it: accounts move, count, hand out and erase things by this list
without knowing what they are.

An app registers each kind of thing in its ``AppConfig.ready``. ``move`` must be harmless when called twice.
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
    """One kind of thing. ``rows`` are told in the export as they are; ``files`` are (name in the zip, how to open it).
    ``erase`` removes all of it, files included, and answers what it removed for the receipt. ``late`` ones are moved
    after the others. ``lock`` takes the locks of the accounts' rows before anything is changed: late kinds first, so
    that the order is the one in ``gifweb.deadlock``."""

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
    """Add a kind of thing; its name is a plural noun that people read. Registering twice replaces."""
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    """All kinds, the late ones last."""
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
    """A kind that is one table with a foreign key ``account``: moved by one update, erased by one delete."""
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


def counts(account: Account) -> list[tuple[str, int]]:
    """How many of each kind there are, in words that a page can show; kinds of which there are none are left out."""
    found = ((kind.name, kind.count(account)) for kind in kinds())
    return [(name, count) for name, count in found if count]


def lock(*accounts: Account) -> None:
    """Lock what has to be locked before the things of these accounts are moved or erased. Inside a transaction."""
    for kind in reversed(kinds()):
        if kind.lock:
            kind.lock(*accounts)


def move_all(source: Account, target: Account) -> None:
    """Move everything. What arrived while the late ones were waited for is moved by a second round."""
    early = [kind for kind in kinds() if not kind.late]
    for kind in early:
        kind.move(source, target)
    for kind in kinds():
        if kind.late:
            kind.move(source, target)
    for kind in early:
        kind.move(source, target)


def as_json(kind: Kind, account: Account) -> Iterator[bytes]:
    """The kind's rows as a JSON list, in pieces."""
    yield b"["
    for number, row in enumerate(kind.rows(account)):
        text = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        yield (b",\n" if number else b"\n") + text.encode("utf-8", "backslashreplace")
    yield b"\n]\n"
