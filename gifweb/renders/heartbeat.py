"""A worker's heartbeat: a row renewed every two seconds, read by /healthz, and the periodic work beside it.

Connected to Celery's own signals."""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import DatabaseError, connection

from gifweb.upkeep import clock, schedule

from .lease import closing, draining
from .models import Worker
from .tasks import threads
from .wakeup import wake

log = logging.getLogger(__name__)

BEAT_S = 2.0
_ended = threading.Event()


def _name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


@worker_ready.connect
def start(**kwargs: Any) -> None:
    threading.Thread(target=_beat, name="heartbeat", daemon=True).start()
    schedule.start(_ended)
    wake()  # what a killed worker left in the queue


@worker_shutting_down.connect
def close(**kwargs: Any) -> None:
    closing.set()


@worker_shutdown.connect
def stop(**kwargs: Any) -> None:
    _ended.set()
    try:
        Worker.objects.filter(name=_name()).delete()
    except DatabaseError as error:
        log.warning("the heartbeat could not be removed: %s", error)
    connection.close()


def _beat() -> None:
    began = None
    while not _ended.is_set():
        try:
            now = clock.now()
            began = began or now
            row, _ = Worker.objects.update_or_create(
                name=_name(),
                defaults={
                    "threads": threads(),
                    "started_at": began,
                    "seen_at": now,
                    "skew_s": round(clock.skew_s(), 3),
                },
            )
            (draining.set if row.draining else draining.clear)()
        except DatabaseError as error:
            log.warning("no heartbeat: %s", error)
            connection.close()
        _ended.wait(BEAT_S)
    connection.close()
