"""What must be there before a process can do its work: a migrated database and a media storage that keeps files.

Each finding is one sentence that says what to do, told when a process starts and by /healthz.
"""

from __future__ import annotations

import time

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages
from django.core.management.base import CommandError
from django.db import DatabaseError, OperationalError, connections
from django.db.migrations.executor import MigrationExecutor

AGAIN_S = 30.0  # /healthz is asked often; a bucket is not
_seen: tuple[float, str] = (0.0, "")


NOT_PREPARED = "The database “%s” is not prepared: run “manage.py prepare” first."


def unmigrated(alias: str) -> bool:
    """Whether a migration of this database is missing. Raises DatabaseError where it does not answer."""
    executor = MigrationExecutor(connections[alias])
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def migrations() -> str:
    """Return what is wrong with a database, or ""."""
    for alias in settings.DATABASES:
        try:
            if unmigrated(alias):
                return NOT_PREPARED % alias
        except DatabaseError as error:
            return f"The database “{alias}” does not answer: {str(error).strip().splitlines()[0]}"
    return ""


def storage() -> str:
    """Return what is wrong with the media storage, or "": a small file is written, read and deleted there."""
    store = storages["default"]
    where = "folder" if isinstance(store, FileSystemStorage) else "bucket"
    try:
        store.delete(store.save("health/written-to-see-that-it-works", ContentFile(b"x")))
    except Exception as error:  # boto3 has many kinds, from a missing bucket to a wrong key
        told = (str(error).strip() or type(error).__name__).splitlines()[0]
        return f"The media storage ({where}) does not keep files: {told}"
    return ""


def first() -> str:
    """The first thing that is wrong, or ""; looked at no more than every AGAIN_S."""
    global _seen
    at, found = _seen
    if not at or time.monotonic() - at > AGAIN_S or found:
        found = migrations() or storage()
        _seen = (time.monotonic(), found)
    return found


def demand_migrations() -> None:
    """Raise CommandError when a migration is missing. A database that does not answer is not asked: it may come yet,
    and ``/healthz`` says so meanwhile."""
    for alias in settings.DATABASES:
        try:
            missing = unmigrated(alias)
        except OperationalError:
            continue
        finally:
            connections[alias].close()
        if missing:
            raise CommandError(NOT_PREPARED % alias)


def demand() -> None:
    """Stop the start of a process with one sentence when it could not work."""
    demand_migrations()
    if found := storage():
        raise CommandError(found)
