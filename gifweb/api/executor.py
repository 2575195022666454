"""Threads that stand ready for short work on the database, and who goes first when many come at once.

Django gives every request a thread of its own with a database connection of its own, opened for it and closed after
it. Where many small requests come in the same moment, that is most of their cost: a ``Line`` has a few threads, and
keeps their connections for as long as more work is waiting. ``Arrivals`` lets the line that may wait stand back
while the other one has somebody to greet.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")


class Arrivals:
    """How many have come and were not yet answered with a first byte."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[Callable[[], None]]:
        """Somebody came; what is given is called with the first byte, and does nothing after the first time."""
        to_greet = True

        def greeted() -> None:
            nonlocal to_greet
            if to_greet:
                to_greet = False
                self._count_by(-1)

        self._count_by(1)
        try:
            yield greeted
        finally:
            greeted()

    def _count_by(self, step: int) -> None:
        with self._changed:
            self._count += step
            if not self._count:
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Until there is nobody to greet, at most so long: somebody always comes on a busy day."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._count, seconds)


class Line:
    """``threads`` threads that do one thing after another, in the order in which it came."""

    def __init__(self, threads: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._counting = threading.Lock()
        self._waiting = 0

    def submit(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        with self._counting:
            self._waiting += 1
        return self._pool.submit(partial(self._do, work, *args, **kwargs))

    def _do(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._counting:
            self._waiting -= 1
        try:
            return work(*args, **kwargs)
        finally:
            with self._counting:
                more = self._waiting > 0
            if more:
                for connection in connections.all(initialized_only=True):
                    connection.close_at = None  # in its time, not after each piece of work
            else:
                connections.close_all()
            close_old_connections()  # one that broke is not kept
