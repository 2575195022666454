"""``manage.py work``: a worker alone."""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Take renders from the queue and make them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.WORKER_THREADS)

    def handle(self, *args: Any, **options: Any) -> None:
        from celery.platforms import SecurityWarning

        from compressor import sandbox
        from gifweb import folders, readiness
        from gifweb.celery import app
        from gifweb.renders import tasks

        folders.make()
        readiness.demand()
        tasks.set_slots(options["threads"])
        sandbox.warm()
        # The isolation is the sandbox child; what user the worker itself is run as is the deployer's choice.
        warnings.simplefilter("ignore", SecurityWarning)
        arguments = [
            "--quiet",
            "worker",
            "--pool=threads",  # prefork children may not start processes; the sandbox child is the isolation
            f"--concurrency={options['threads'] + 2}",  # besides renders one preview, and a sweep that never waits
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel=WARNING",
        ]
        status = 0
        try:
            app.worker_main(arguments)
        except SystemExit as end:
            status = int(end.code or 0)
        # The channel layer's database threads are not daemons, and would keep an ended worker in memory.
        logging.shutdown()
        os._exit(status)
