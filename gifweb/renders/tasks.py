"""Celery tasks of renders. A message says only that there may be work; ``queue`` computes the next render."""

from __future__ import annotations

import socket
import threading

from celery import shared_task
from django.conf import settings
from django.db import connection

from . import queue
from .lease import closing, draining
from .wakeup import wake
from .worker import run_claimed

_threads = settings.WORKER_THREADS  # renders at once in this process
_slots = threading.BoundedSemaphore(_threads)
_choosing = threading.Lock()


def set_threads(count: int) -> None:
    """How many renders this process runs at once: ``manage.py work --threads``."""
    global _threads, _slots
    _threads, _slots = count, threading.BoundedSemaphore(count)


def threads() -> int:
    """How many renders this process runs at once."""
    return _threads


@shared_task
def work() -> None:
    """Run queued renders until none is left or all slots of this process are busy.

    The pool has more threads than slots, so that maintenance always finds a thread. The queue is read again after a
    slot is released, because a wake-up that found no free slot meanwhile would be lost.
    """
    while not (closing.is_set() or draining.is_set()) and queue.next_render() is not None:
        if not _slots.acquire(blocking=False):
            return
        try:
            with _choosing:
                taken = queue.take(socket.gethostname())
            if taken:
                run_claimed(*taken)
                if queue.room_was_made(taken[0]):
                    wake()  # an idle worker may take the render that waited for this slot
        finally:
            _slots.release()
            connection.close()
