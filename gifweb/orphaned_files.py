"""Stored files that no row names: left by a process that was killed between storing a file and writing its row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
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


def delete(age_s: float | None = None, shards: Iterable[int] | None = None) -> int:
    """Delete the orphans that are older than ``age_s`` seconds (left out: an hour) in ``shards`` of a bucket (left out:
    the one whose turn it is, which is all of them in two days). Returns how many there were."""
    turn = int(time.time() / EVERY_S) % stored_files.SHARDS
    old, count = _old(HOUR_S if age_s is None else age_s, [turn] if shards is None else shards), 0
    while keys := set(islice(old, BATCH)):
        for named in _named:
            keys -= named(keys)
        for key in keys:
            log.warning("orphan file deleted: %s", key)
            stored_files.delete(key)
        count += len(keys)
    return count


def _old(age_s: float, shards: Iterable[int]) -> Iterator[str]:
    """The keys of files that are older: all of a folder, which is quickly listed; of a bucket those of ``shards``."""
    limit = time.time() - age_s
    for shard in shards:
        for top in FOLDERS:
            for key, modified in stored_files.stored(top, shard):
                if modified < limit:
                    yield key
