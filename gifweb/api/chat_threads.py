"""Threads with open database connections, for many short requests at once.

Django starts a thread for each request and opens and closes a database connection in it. For many small requests in the
same moment that is most of their cost. ``ReadyThreads`` keeps its threads, and their connections while work is waiting.
``PendingFirstBytes`` counts the streams without a first byte, so that turns can wait for them.
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


class PendingFirstBytes:
    """Counts the requests that have not been sent a first byte."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[Callable[[], None]]:
        """Count one request. The yielded function is called with each sent piece; only the first call counts."""
        waiting = True

        def first_byte_sent() -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self._count_by(-1)

        self._count_by(1)
        try:
            yield first_byte_sent
        finally:
            first_byte_sent()

    def _count_by(self, step: int) -> None:
        with self._changed:
            self._count += step
            if not self._count:
                self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until no request is pending, at most ``seconds``: under load there always is one."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._count, seconds)


class ReadyThreads:
    """A thread pool that keeps database connections open while more work is waiting."""

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
                    connection.close_at = None  # keep it open between pieces of work
            else:
                connections.close_all()
            close_old_connections()  # closes a broken connection
