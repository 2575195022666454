"""Stored files that no row names: left by a process that was killed between storing a file and writing its row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

from django.core.files.storage import FileSystemStorage, storages

log = logging.getLogger(__name__)

HOUR_S = 3600.0
FOLDERS = ("results", "uploads", "pieces")

# ``named(key)``: whether a row of the app names the file.
Named = Callable[[str], bool]
_named: list[Named] = []


def register(named: Named) -> None:
    """Each app that stores files says which keys its rows name."""
    _named.append(named)


def delete() -> None:
    """Delete the orphans that are older than an hour. Only where the storage is a folder."""
    storage = storages["default"]
    if not isinstance(storage, FileSystemStorage):
        return
    limit = time.time() - HOUR_S
    for top in FOLDERS:
        root = Path(storage.location) / top
        for folder in root.iterdir() if root.is_dir() else ():
            for path in folder.iterdir() if folder.is_dir() else ():
                key = f"{top}/{folder.name}/{path.name}"
                if path.stat().st_mtime < limit and not any(named(key) for named in _named):
                    log.warning("orphan file deleted: %s", key)
                    path.unlink(missing_ok=True)
