"""A backup of a site on one machine: its database, files and secret key in one archive, taken while it runs.

The database comes first, by SQLite's own way of copying while others write, and the files after it: every row of the
copy whose file was not deleted meanwhile finds it in the archive. PostgreSQL and S3 have better ways of their own
(docs/deploy.md).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import Any

DATABASE = "db.sqlite3"
KEPT = ("secret_key", "media")


# Before 3.11.4, which Debian 12 has, tarfile knows no filter; the archive is our own.
_SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


class BackupError(Exception):
    """Why there is no backup, or why it is not restored; one plain sentence."""


def save(data: Path, archive: Path) -> int:
    """Write ``archive`` from the folder ``data``; returns its bytes. An archive that is there stays until the new one
    is whole. Raises BackupError."""
    if not (data / DATABASE).is_file():
        raise BackupError(f"There is no {DATABASE} in {data}.")
    part = archive.with_name(f"{archive.name}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # it holds the secret key
        with tempfile.TemporaryDirectory(dir=archive.parent) as folder, tarfile.open(part, "w:gz") as tar:
            copy = Path(folder) / DATABASE
            _copied(data / DATABASE, copy)
            tar.add(copy, DATABASE)
            for name in KEPT:
                if (data / name).exists():
                    tar.add(data / name, name, filter=_finished)
        os.replace(part, archive)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"The backup cannot be written: {error}.") from error
    finally:
        part.unlink(missing_ok=True)
    return archive.stat().st_size


def _copied(source: Path, copy: Path) -> None:
    with contextlib.closing(sqlite3.connect(source)) as there, contextlib.closing(sqlite3.connect(copy)) as here:
        there.backup(here)


def _finished(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if entry.name.endswith(".part") else entry


def restore(archive: Path, data: Path) -> None:
    """Put the archive into the folder ``data``, in which there is no database yet. Raises BackupError."""
    if any((data / name).exists() for name in (DATABASE, *KEPT)):
        raise BackupError(f"{data} is in use: restore into an empty folder.")
    data.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=data) as folder:
            with tarfile.open(archive) as tar:
                tar.extractall(folder, **_SAFELY)
            copy = Path(folder) / DATABASE
            with contextlib.closing(sqlite3.connect(copy)) as database:
                (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
            if verdict != "ok":
                raise BackupError(f"The database in {archive} is damaged: {verdict}.")
            for name in (*KEPT, DATABASE):
                if (Path(folder) / name).exists():
                    os.replace(Path(folder) / name, data / name)
    except (OSError, EOFError, zlib.error, tarfile.TarError, sqlite3.Error) as error:
        raise BackupError(f"{archive} cannot be restored: {error}.") from error
