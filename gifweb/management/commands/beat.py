"""``manage.py beat``: the scheduler of periodic tasks; one for a whole site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from gifweb import folders, prepared
from gifweb.celery import app


class Command(BaseCommand):
    help = "Schedule the periodic maintenance."

    def handle(self, *args: Any, **options: Any) -> None:
        prepared.need()
        folders.make()
        schedule = Path(settings.DATA_DIR) / "queue" / "beat-schedule"
        app.start(["--quiet", "beat", f"--schedule={schedule}", "--pidfile=", "--loglevel=WARNING"])
