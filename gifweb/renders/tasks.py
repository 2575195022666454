"""What Celery calls. A message only says that there may be work; which render is next is in the rows (``queue``)."""

from __future__ import annotations

import logging
import threading

from celery import shared_task
from django.conf import settings
from django.db import connection

from . import queue
from .lease import closing, draining

log = logging.getLogger(__name__)

_slots = threading.BoundedSemaphore(settings.WORKER_THREADS)  # renders at once in this process
_choosing = threading.Lock()


def set_slots(count: int) -> None:
    global _slots
    _slots = threading.BoundedSemaphore(count)


def wake() -> None:
    """Tell the workers that something is queued. A broker that is away costs a few seconds, not the job: the sweep
    wakes them too."""
    try:
        work.apply_async(expires=60)
    except Exception as error:
        log.warning("the queue could not be reached: %s", error)


@shared_task
def work() -> None:
    """Run what is queued until nothing is left or all slots of this process are busy.

    The pool has more threads than slots, so this returns at once when the process is busy and the sweep always finds
    a thread. The queue is looked at once more after giving the slot back: a wake that found no free slot in between
    would be lost otherwise.
    """
    from .worker import run

    while not (closing.is_set() or draining.is_set()) and queue.next_render() is not None:
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
