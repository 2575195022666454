"""``manage.py restore FILE``: the archive of ``manage.py backup`` into an empty DATA_DIR."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from gifweb import backup

from .backup import local


class Command(BaseCommand):
    help = "Restore a backup into an empty DATA_DIR; then run prepare and start the site."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        data = local()
        connections.close_all()
        # Reading the settings makes the secret key of a folder that has none; the archive brings its own.
        made = data / "secret_key"
        if made.is_file() and not (data / backup.DATABASE).exists():
            made.unlink()
        try:
            backup.restore(options["archive"].absolute(), data)
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Restored into {data}. Now run: manage.py prepare")
