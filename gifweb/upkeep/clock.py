"""The database's clock, which all machines of a site share, and how far this machine's own clock is from it."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import connection
from django.utils import timezone

MOST_SKEW_S = 5.0  # beyond it this process does no periodic work: it would delete and expire things too early
_NOW = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')",
}


def now() -> datetime:
    """The time of day where the database is. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW[connection.vendor])
        (value,) = cursor.fetchone()
    return value if isinstance(value, datetime) else datetime.fromisoformat(value).replace(tzinfo=UTC)


def skew_s() -> float:
    """Seconds by which this process's clock is ahead of the database's (negative: behind). One query."""
    before = timezone.now()
    there = now()
    return ((before - there) + (timezone.now() - there)).total_seconds() / 2
