"""Whether the databases are as the code expects them, said in one sentence before a process starts on them."""

from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError
from django.db import OperationalError, connections
from django.db.migrations.executor import MigrationExecutor


def need() -> None:
    """Raise CommandError when a migration is missing. A database that does not answer is not asked: it may come yet,
    and ``/healthz`` says so meanwhile."""
    for alias in settings.DATABASES:
        try:
            executor = MigrationExecutor(connections[alias])
            missing = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        except OperationalError:
            continue
        finally:
            connections[alias].close()
        if missing:
            raise CommandError(f"The database “{alias}” is not prepared: run “manage.py prepare” first.")
