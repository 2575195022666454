"""What an entry was for, in words and with a link, told by the app that caused it.

A cause reads “noun name”, as in “render abc”. An app registers a noun; a cause without one is shown as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gifweb.accounts.models import Account

from .models import Entry, Kind


@dataclass(frozen=True, slots=True)
class Told:
    """``url`` is empty where there is nothing (any more) to look at."""

    words: str
    url: str = ""


Teller = Callable[[Account, list[str]], Mapping[str, Told]]
_tellers: dict[str, Teller] = {}

_WORDS = {
    Kind.FREE: "Free credits to start with",
    Kind.MONTHLY: "This month's allowance",
    Kind.VOUCHER: "Voucher",
    Kind.TOPUP: "Bought",
    Kind.GIFT: "A grant",
    Kind.REFUND: "Refunded",
    Kind.SPENT: "Spent",
    Kind.EXPIRED: "Expired",
    Kind.MOVED_OUT: "Moved to another account",
    Kind.MOVED_IN: "Came with the work you added",
    Kind.GIVEN_UP: "Given up",
    Kind.TAKEN_BACK: "Taken back",
}


def register(noun: str, teller: Teller) -> None:
    """``teller(account, names)`` answers what it knows of these names, in one query; it leaves out the others."""
    _tellers[noun] = teller


def tell(account: Account, entries: Iterable[Entry]) -> list[tuple[Entry, Told]]:
    """Each entry with its words."""
    rows = list(entries)
    wanted: dict[str, list[str]] = {}
    for row in rows:
        noun, _, name = row.cause.partition(" ")
        if noun in _tellers and row.kind == Kind.SPENT:
            wanted.setdefault(noun, []).append(name)
    known = {noun: _tellers[noun](account, names) for noun, names in wanted.items()}
    told = []
    for row in rows:
        noun, _, name = row.cause.partition(" ")
        found = known.get(noun, {}).get(name) if row.kind == Kind.SPENT else None
        told.append((row, found or _plain(row)))
    return told


def _plain(row: Entry) -> Told:
    words = _WORDS[Kind(row.kind)]
    if row.kind == Kind.SPENT:
        return Told(f"A {row.cause.partition(' ')[0]} that is no longer here" if row.cause else words)
    if row.cause and row.kind not in (Kind.FREE, Kind.MONTHLY):
        return Told(f"{words}: {row.cause[0].lower()}{row.cause[1:]}")
    return Told(words)
