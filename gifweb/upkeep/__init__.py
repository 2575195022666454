"""Periodic work of the whole site: each job runs every so many seconds, in whichever process comes first.

When a job ran last is a row of the database, so there is no schedule file that can break, and any number of processes
may look: each worker and ``manage.py beat`` do. An app registers its jobs in ``AppConfig.ready``. This module can be
imported before Django's apps are loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` every ``every_s`` seconds, once for all processes that share the database."""

    name: str
    every_s: float
    run: Callable[[], object]


jobs: dict[str, Job] = {}


def register(name: str, every_s: float, run: Callable[[], object]) -> None:
    """Add a job. Registering a name twice replaces."""
    jobs[name] = Job(name, every_s, run)
