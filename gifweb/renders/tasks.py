"""What Celery calls. A message only says that there may be work; which render is next is in the rows (``queue``)."""

from __future__ import annotations

import threading

from celery import shared_task
from django.conf import settings
from django.db import connection

from . import maintenance, queue
from .lease import closing
from .wakeup import wake
from .worker import run

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
    """Run what is queued until nothing is left or all slots of this process are busy.

    The pool has more threads than slots, so this returns at once when the process is busy and the sweep always finds
    a thread. The queue is looked at once more after giving the slot back: a wake that found no free slot in between
    would be lost otherwise.
    """
    while not closing.is_set() and queue.next_render() is not None:
        if not _slots.acquire(blocking=False):
            return
        try:
            with _choosing:
                render_id = queue.next_render()
            if render_id is not None and run(render_id) and queue.room_was_made(render_id):
                wake()  # what waited for this one to end may go to a worker that is idle
        finally:
            _slots.release()
            connection.close()


@shared_task
def sweep() -> None:
    if maintenance.sweep():
        wake()


@shared_task
def tidy() -> None:
    maintenance.tidy()
