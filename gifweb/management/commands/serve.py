"""``manage.py serve``: the web server."""

from __future__ import annotations

import logging
import os
import resource
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compressor import language, sandbox

# How long a computing thread keeps the interpreter lock while others wait for it. The event loop needs the lock many
# times for one request; with Python's default of 5 ms it would wait that long each time.
SWITCH_S = 0.001

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Serve pages, API and WebSockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        from gifweb import readiness

        readiness.demand()
        # daphne installs its reactor when it is imported, which may happen in this command alone and must come first.
        from gifweb.server import Server, reading_slices

        from gifweb.asgi import application  # isort: skip

        from gifweb.renders import checks

        checks.begin("serve")
        sys.setswitchinterval(SWITCH_S)
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # systems allow 1,024 descriptors at first
        host = options["host"].replace(":", r"\:")
        threading.Thread(target=_warm, daemon=True).start()
        server = Server(
            reading_slices(application),
            endpoints=[f"tcp:port={options['port']}:interface={host}"],
            websocket_max_message_size=64 * 1024,
            websocket_max_frame_size=64 * 1024,
            request_buffer_size=256 * 1024,
            server_name="",
        )
        server.run()
        # The channel layer's database threads are not daemons: they would keep the process alive.
        logging.shutdown()
        os._exit(0)


def _warm() -> None:
    """Start the process that forks sandbox children, and load the language tables, so that the first upload and the
    first turn do not wait for them."""
    sandbox.warm()
    for words in ("first 3 seconds, under 500KB", "前3秒", "menos de 2 MB", "3秒だけ", "500KB 이하"):
        language.read(words)
    log.info("The language tables are loaded.")
