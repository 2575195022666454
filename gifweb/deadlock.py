"""Repeats transactions that the database ended because of a deadlock."""

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
