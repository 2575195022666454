"""Celery tasks of credits."""

from __future__ import annotations

import logging

from celery import shared_task

from . import audit as books
from . import ledger

log = logging.getLogger(__name__)


@shared_task
def tidy() -> None:
    """Write off expired credits."""
    ledger.expire_all()


@shared_task
def audit() -> None:
    """Audit the ledger; faults appear in the log and in the metrics."""
    for fault in books.run().faults:
        log.error("the books do not add up: %s", fault)
