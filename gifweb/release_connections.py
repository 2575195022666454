"""Before a request waits for others, it lets its connections to the database go."""

from __future__ import annotations

from django.db import connections


def let_go() -> None:
    """Close this thread's connections outside of transactions; the next query opens one again. PostgreSQL has a hundred
    for everybody, and a slow reader, a stranger's server or the queue of probes may take minutes."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()
