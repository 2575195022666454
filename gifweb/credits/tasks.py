"""What has to be done from time to time."""

from __future__ import annotations

import logging

from celery import shared_task

from . import audit as books
from . import ledger

log = logging.getLogger(__name__)


@shared_task
def tidy() -> None:
    """Write off what has expired."""
    ledger.expire_all()


@shared_task
def audit() -> None:
    """Check the books; a fault is an error in the log and in the metrics."""
    for fault in books.run().faults:
        log.error("the books do not add up: %s", fault)
