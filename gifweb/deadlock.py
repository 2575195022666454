"""The order of row locks, and what is done when two transactions wait for each other all the same.

Every transaction takes its locks in this order, and two rows of one table by their keys:

    1. bind link, claim link, voucher, purchase
    2. account (without its key: rows that point to it can still be written)
    3. wallet
    4. project (a new render or file locks it too, by its foreign key)
    5. render

So whoever ends, submits, moves or deletes renders locks the wallet first (``ledger.lock_hold``, ``ledger.hold``,
``data_owners.lock``). ``tests/lock_order.py`` watches this in the ledger storm. A retry is the last resort.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

TIMES = 5
_AGAIN = {"40P01", "40001"}  # PostgreSQL: deadlock detected, serialization failure

P = ParamSpec("P")
R = TypeVar("R")


def again_after_deadlock(step: Callable[P, R]) -> Callable[P, R]:
    """Decorator for a function that is one whole transaction. Inside another transaction it runs once: only the
    outermost can be repeated."""

    @wraps(step)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for left in range(TIMES - 1, -1, -1):
            try:
                return step(*args, **kwargs)
            except OperationalError as error:
                state = getattr(error.__cause__, "sqlstate", None)
                if not left or state not in _AGAIN or connection.in_atomic_block:
                    raise
                time.sleep(random.uniform(0.01, 0.1))
        raise AssertionError("unreachable")

    return run
