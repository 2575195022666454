"""Periodic work of the ledger."""

from __future__ import annotations

import logging

from gifweb import upkeep

from . import audit as books
from . import ledger

log = logging.getLogger(__name__)


def audit() -> None:
    """Check the ledger; a fault is an error in the log and in the metrics."""
    for fault in books.run().faults:
        log.error("the books do not add up: %s", fault)


def register() -> None:
    upkeep.register("credits", 600.0, ledger.expire_all)
    upkeep.register("audit", 3600.0, audit)
