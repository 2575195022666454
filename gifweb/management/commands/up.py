"""``manage.py up``: the whole site on one machine: web server, worker and beat under a supervisor."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from gifweb import readiness
from gifweb.renders import checks
from gifweb.supervisor import Supervisor


class Command(BaseCommand):
    help = "Run web server, worker and beat. Restarts a process that dies; Ctrl-C stops all."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--prepare", action="store_true", help="do first what “prepare” does")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["prepare"]:
            call_command("prepare")
        supervisor = Supervisor(options["host"], options["port"], say=self.stdout.write)
        if not supervisor.port_taken():  # else that is what is said
            readiness.demand_migrations()
            checks.begin("up")  # its processes would refuse one by one, and be started again
        raise SystemExit(supervisor.run())
