"""Wakes the workers: a message on the queue that says only that there may be work."""

from __future__ import annotations

import logging

from gifweb.celery import app

log = logging.getLogger(__name__)


def wake() -> None:
    """Tell the workers that a render is queued. When the broker does not answer, the render is not lost: the periodic
    maintenance wakes them too."""
    try:
        app.send_task("gifweb.renders.tasks.work", expires=60)
    except Exception as error:
        log.warning("the queue could not be reached: %s", error)
