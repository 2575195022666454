"""``manage.py prepare``: the steps before the first start and after each update."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from compressor import message_catalogue
from gifweb import folders, readiness


class Command(BaseCommand):
    help = "Create the data folder, migrate the databases, compile translations and kernels, collect static files."

    def handle(self, *args: Any, **options: Any) -> None:
        folders.make()
        for alias in settings.DATABASES:
            if readiness.unmigrated(alias):
                call_command("migrate", database=alias, interactive=False, verbosity=0)
                self.stdout.write(f"The database “{alias}” is up to date.")
        if message_catalogue.compile_all() + sum(
            message_catalogue.compile_all(Path(folder)) for folder in settings.LOCALE_PATHS
        ):
            self.stdout.write("The translations are compiled.")
        self._static()
        self._kernels()

    def _static(self) -> None:
        """Collect the static files, unless they have not changed since the last time."""
        seen = hashlib.sha256()
        for finder in get_finders():
            for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
                stat = Path(storage.path(name)).stat()
                seen.update(f"{name}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected-from"
        if stamp.is_file() and stamp.read_text() == seen.hexdigest():
            return
        # The folder is never cleared: a running site may still serve its old file names.
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(seen.hexdigest())
        self.stdout.write("Static files are collected.")

    def _kernels(self) -> None:
        """Compile the numba kernels into their cache; later starts load them from there."""
        from compressor import compile_kernels  # imports numba: half a second that every start would pay

        if compile_kernels.kernels():
            self.stdout.write("The kernels are compiled.")
