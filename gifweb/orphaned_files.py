"""Stored files that no row names: left by a process that was killed between storing a file and writing its row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from . import stored_files

log = logging.getLogger(__name__)

EVERY_S = 600
HOUR_S = 3600.0
FOLDERS = ("results", "uploads", "pieces")
BATCH = 500

# ``named(keys)``: those of the keys that a row of the app names.
Named = Callable[[Collection[str]], set[str]]
_named: list[Named] = []


def register(named: Named) -> None:
    """Each app that stores files says which keys its rows name."""
    _named.append(named)


def delete() -> None:
    """Delete the orphans that are older than an hour."""
    old = _old()
    while keys := set(islice(old, BATCH)):
        for named in _named:
            keys -= named(keys)
        for key in keys:
            log.warning("orphan file deleted: %s", key)
            stored_files.delete(key)


def _old() -> Iterator[str]:
    """The keys of files that are older than an hour: all of a folder, which is quickly listed; of a bucket those of one
    shard, another one each time, which is all of them in two days."""
    limit = time.time() - HOUR_S
    shard = int(time.time() / EVERY_S) % stored_files.SHARDS
    for top in FOLDERS:
        for key, modified in stored_files.stored(top, shard):
            if modified < limit:
                yield key
