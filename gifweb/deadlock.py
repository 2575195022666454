"""Transactions that a database ended because two of them waited for each other: done again from their start."""

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
    """``step`` is one whole transaction. Inside somebody else's it is done once: only the outermost can begin anew."""

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
