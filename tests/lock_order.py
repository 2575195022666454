"""Watches the order in which transactions lock wallets, projects and renders (the order is in ``gifweb.deadlock``).

``watch()`` reads each statement of each connection of this process that is opened from then on, and keeps in ``broken``
every transaction that locks in another order. SQLite has no row locks: there its statements are written as PostgreSQL's
would be, read, and sent without the lock.
"""

from __future__ import annotations

import re
import threading
import traceback
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.db.transaction import Atomic

RANKS = {"credits_wallet": 1, "studio_project": 2, "renders_render": 3}
# A new row locks the row that it points to.
POINTS = {"renders_render": "studio_project", "studio_media": "studio_project", "studio_revision": "studio_project"}
LOCK = re.compile(r" FOR (?:NO KEY )?UPDATE\b.*$")
CHANGES = re.compile(r'^(INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
READS = re.compile(r'FROM "(\w+)"')

broken: list[str] = []
_here = threading.local()


def locked_by(sql: str) -> list[str]:
    """The tables of which this statement locks rows, of those that have a rank."""
    if found := CHANGES.match(sql):
        verb, table = found.groups()
        pointed = POINTS.get(table) if verb == "INSERT INTO" else None
        return [t for t in (pointed, table) if t in RANKS]
    if LOCK.search(sql) and (read := READS.search(sql)):
        return [read[1]] if read[1] in RANKS else []
    return []


def _statement(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    taken: list[str] = getattr(_here, "taken", [])
    for table in locked_by(sql) if connection.in_atomic_block else ():
        higher = [t for t in taken if RANKS[t] > RANKS[table]]
        if table not in taken and higher:
            where = [f"{f.name}:{f.lineno}" for f in traceback.extract_stack() if "/gifweb/" in f.filename]
            broken.append(f"{table} was locked after {higher[0]} by {' > '.join(where)}")
        taken.append(table)
    if connection.vendor == "sqlite":
        sql = LOCK.sub("", sql)
    return execute(sql, params, many, context)


def _opened(connection: Any, **_: Any) -> None:
    if connection.alias != "default" or _statement in connection.execute_wrappers:
        return
    connection.execute_wrappers.append(_statement)
    if connection.vendor == "sqlite":
        connection.features.has_select_for_update = True
        connection.features.has_select_for_no_key_update = True


def watch() -> None:
    """From now on, for this whole process."""
    enter = Atomic.__enter__

    def outermost(self: Atomic) -> None:
        if not connection.in_atomic_block:
            _here.taken = []
        enter(self)

    Atomic.__enter__ = outermost  # type: ignore[method-assign]
    connection_created.connect(_opened, weak=False)
    connection.ensure_connection()
    _opened(connection)
