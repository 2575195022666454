"""``manage.py serve``: the web server alone."""

from __future__ import annotations

import logging
import os
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

# How long a thread that computes keeps the interpreter while others wait for it. The loop that sends first bytes asks
# for it many times for one request; Python's own 5 ms would each time be a wait of the one who needs least.
SWITCH_S = 0.001


class Command(BaseCommand):
    help = "Serve pages, API and WebSockets."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, **options: Any) -> None:
        from gifweb import readiness

        readiness.demand()
        # daphne installs its reactor when it is imported, and the application is set up after that.
        from gifweb.server import Server, reading_slices

        from gifweb.asgi import application  # isort: skip

        sys.setswitchinterval(SWITCH_S)
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
        # The channel layer's database threads are not daemons, and would keep an ended server in memory.
        logging.shutdown()
        os._exit(0)


def _warm() -> None:
    """Start the process from which sandbox children are forked, so that the first upload does not wait for it, and
    read a sentence of each script, so that the first turn does not wait for its tables."""
    from compressor import language, sandbox

    sandbox.warm()
    for words in ("first 3 seconds, under 500KB", "前3秒", "menos de 2 MB", "3秒だけ", "500KB 이하"):
        language.read(words)
