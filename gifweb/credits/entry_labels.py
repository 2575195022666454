"""Labels and links for ledger entries. The app that caused an entry provides its label.

A cause is “noun name”, for example “render abc”. An app registers a noun; any other cause is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from gifweb.accounts.models import Account

from .models import Entry, Kind


@dataclass(frozen=True, slots=True)
class Label:
    """``url`` is empty when the object no longer exists."""

    words: str
    url: str = ""


Labeller = Callable[[Account, list[str]], Mapping[str, Label]]
_labellers: dict[str, Labeller] = {}

_WORDS = {
    Kind.FREE: later("Free credits to start with"),
    Kind.MONTHLY: later("This month's allowance"),
    Kind.VOUCHER: later("Voucher"),
    Kind.TOPUP: later("Bought"),
    Kind.GIFT: later("A grant"),
    Kind.REFUND: later("Refunded"),
    Kind.SPENT: later("Spent"),
    Kind.EXPIRED: later("Expired"),
    Kind.MOVED_OUT: later("Moved to another account"),
    Kind.MOVED_IN: later("Came with the work you added"),
    Kind.GIVEN_UP: later("Given up"),
    Kind.TAKEN_BACK: later("Taken back"),
}


def register(noun: str, labeller: Labeller) -> None:
    """``labeller(account, names)`` returns the labels of these names, in one query; unknown names are left out."""
    _labellers[noun] = labeller


def label(account: Account, entries: Iterable[Entry]) -> list[tuple[Entry, Label]]:
    """Return each entry with its label."""
    rows = list(entries)
    wanted: dict[str, list[str]] = {}
    for row in rows:
        noun, _space, name = row.cause.partition(" ")
        if noun in _labellers and row.kind == Kind.SPENT:
            wanted.setdefault(noun, []).append(name)
    known = {noun: _labellers[noun](account, names) for noun, names in wanted.items()}
    labelled = []
    for row in rows:
        noun, _space, name = row.cause.partition(" ")
        found = known.get(noun, {}).get(name) if row.kind == Kind.SPENT else None
        labelled.append((row, found or _plain(row)))
    return labelled


def _plain(row: Entry) -> Label:
    words = _(_WORDS[Kind(row.kind)])
    if row.kind == Kind.SPENT:
        return Label(_("A {what} that was deleted").format(what=_(row.cause.partition(" ")[0])) if row.cause else words)
    if row.cause and row.kind not in (Kind.FREE, Kind.MONTHLY):
        cause = _cause(row)
        within = cause[0].lower() + cause[1:] if (get_language() or "en").startswith("en") else cause
        return Label(words + _(": ") + within)
    return Label(words)


# What the ledger's callers write as a cause, besides the staff's own words.
_CAUSES = (later("A voucher that was used before"), later("The account was deleted"), later("The payment went back"))


def _cause(row: Entry) -> str:
    """The cause of an entry in the language of the page; the staff's own words as they are."""
    if row.kind == Kind.EXPIRED:
        return next((_(_WORDS[kind]) for kind in Kind if kind.label == row.cause), row.cause)
    if found := re.fullmatch(r"Code (\S+)", row.cause):
        return _("Code {start}").format(start=found[1])
    if found := re.fullmatch(r"(\d+) credits?", row.cause):
        return ngettext("%(n)s credit", "%(n)s credits", int(found[1])) % {"n": found[1]}
    return _(row.cause) if row.cause in _CAUSES else row.cause
