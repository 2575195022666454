"""``manage.py prepare``: whatever must be done before the first start, and again after an update."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from compressor import catalogue


class Command(BaseCommand):
    help = "Make the data folder, migrate the databases, compile translations and kernels, collect static files."

    def handle(self, *args: Any, **options: Any) -> None:
        from gifweb import folders

        folders.make()
        for alias in settings.DATABASES:
            executor = MigrationExecutor(connections[alias])
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", database=alias, interactive=False, verbosity=0)
                self.stdout.write(f"The database “{alias}” is up to date.")
        if catalogue.compile_all() + sum(catalogue.compile_all(Path(folder)) for folder in settings.LOCALE_PATHS):
            self.stdout.write("The translations are compiled.")
        self._static()
        self._kernels()

    def _static(self) -> None:
        """Collect the static files, unless what is collected was made from the same files."""
        seen = hashlib.sha256()
        for finder in get_finders():
            for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
                stat = Path(storage.path(name)).stat()
                seen.update(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected-from"
        if stamp.is_file() and stamp.read_text() == seen.hexdigest():
            return
        # Never cleared: a site that is running from this folder goes on serving the names that it knows.
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(seen.hexdigest())
        self.stdout.write("Static files are collected.")

    def _kernels(self) -> None:
        """Compile numba's kernels into their cache once; later starts find them there."""
        from compressor import warm

        if warm.kernels():
            self.stdout.write("The kernels are compiled.")
