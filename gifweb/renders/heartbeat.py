"""The heartbeat of a worker process: a row that is updated every two seconds and read by /healthz.

It starts and stops with Celery's worker signals."""

from __future__ import annotations

import logging
import os
import socket
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutdown, worker_shutting_down
from django.db import DatabaseError, connection
from django.utils import timezone

from .lease import closing
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
    wake()  # for renders that a killed worker left in the queue


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
    began = timezone.now()
    while not _ended.is_set():
        try:
            Worker.objects.update_or_create(
                name=_name(),
                defaults={"threads": threads(), "started_at": began, "seen_at": timezone.now()},
            )
        except DatabaseError as error:
            log.warning("no heartbeat: %s", error)
            connection.close()
        _ended.wait(BEAT_S)
    connection.close()
