"""Creates the folders under DATA_DIR that a process needs at its start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings


def make(databases: dict[str, Any] | None = None) -> None:
    """Make them, and SQLite's files (of ``databases``, left out: the settings') where they are not there yet."""
    data = Path(settings.DATA_DIR)
    for name in ("queue/messages", "queue/control", "queue/taken", "media", "work/incoming"):
        (data / name).mkdir(parents=True, exist_ok=True)
    for database in (databases or settings.DATABASES).values():
        if database["ENGINE"].endswith("sqlite3"):
            _for_its_owner_alone(Path(database["NAME"]))


def _for_its_owner_alone(database: Path) -> None:
    """SQLite would make the file readable by all; its journals get the mode that the file has."""
    database.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(database, os.O_RDWR | os.O_CREAT, 0o600))
    for path in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        if path.exists():
            path.chmod(0o600)
