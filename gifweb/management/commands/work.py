"""``manage.py work``: a worker alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Take renders from the queue and make them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.WORKER_THREADS)

    def handle(self, *args: Any, **options: Any) -> None:
        from compressor import sandbox
        from gifweb import folders
        from gifweb.celery import app
        from gifweb.renders import tasks

        folders.make()
        tasks.set_slots(options["threads"])
        sandbox.warm()
        app.worker_main(
            [
                "worker",
                "--pool=threads",  # prefork children may not start processes; the sandbox child is the isolation
                f"--concurrency={options['threads'] + 1}",  # one more than renders, so that a sweep never waits
                "--without-gossip",
                "--without-mingle",
                "--without-heartbeat",
                "--loglevel=WARNING",
            ]
        )
