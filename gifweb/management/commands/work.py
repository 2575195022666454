"""``manage.py work``: a worker."""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

from celery.platforms import SecurityWarning
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from compressor import sandbox
from gifweb import folders, metrics, readiness
from gifweb.celery import app
from gifweb.renders import checks, tasks


class Command(BaseCommand):
    help = "Run the renders of the queue."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--threads", type=int, default=settings.WORKER_THREADS)
        parser.add_argument(
            "--metrics", metavar="HOST:PORT", default="", help="answer Prometheus there; without it the web server does"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        folders.make()
        readiness.demand()
        tasks.set_threads(options["threads"])
        if place := options["metrics"]:
            host, _, port = place.rpartition(":")
            metrics.serve(host.strip("[]") or "127.0.0.1", int(port))
        sandbox.warm()
        checks.begin("work")
        # The sandbox child isolates; the operator decides which user runs the worker.
        warnings.simplefilter("ignore", SecurityWarning)
        arguments = [
            "--quiet",
            "worker",
            "--pool=threads",  # prefork children must not start processes, and the sandbox needs one
            f"--concurrency={options['threads'] + 2}",  # two more threads: for a preview, and for the maintenance
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
        # The channel layer's database threads are not daemons: they would keep the process alive.
        logging.shutdown()
        os._exit(status)
