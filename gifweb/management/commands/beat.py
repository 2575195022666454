"""``manage.py beat``: the periodic work alone, for sites that want it apart from their workers (which do it too)."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from gifweb import folders, readiness
from gifweb.upkeep import schedule


class Command(BaseCommand):
    help = "Do the periodic maintenance."

    def handle(self, *args: Any, **options: Any) -> None:
        folders.make()
        readiness.demand()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        schedule.start(stop)
        stop.wait()
