"""``manage.py backup FILE``: database, files and secret key in one archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gifweb import backup


def local() -> Path:
    """DATA_DIR, when all of the site lies there. Raises CommandError."""
    if settings.DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3":
        raise CommandError("The database is not in DATA_DIR: use pg_dump, as docs/deploy.md says.")
    if "FileSystemStorage" not in settings.STORAGES["default"]["BACKEND"]:
        raise CommandError("The files are not in DATA_DIR: copy the bucket, as docs/deploy.md says.")
    return Path(settings.DATA_DIR)


class Command(BaseCommand):
    help = "Write a backup of a site on one machine, while it runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            size = backup.save(local(), options["archive"].absolute())
        except backup.BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['archive']}: {size:,} bytes")
