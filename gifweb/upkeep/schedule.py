"""Runs the registered jobs when they are due: one thread for each job, so that a long one delays no other."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from django.db import connection
from django.db.models import Q

from . import Job, clock, jobs
from .models import Run

log = logging.getLogger(__name__)

LOOKS = 5  # looks at the database in one period of a job


def start(stop: threading.Event) -> None:
    """Run what is due in daemon threads until ``stop`` is set."""
    for job in jobs.values():
        threading.Thread(target=_keep, args=(job, stop), name=f"upkeep-{job.name}", daemon=True).start()


def _keep(job: Job, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            run_if_due(job)
        except Exception:
            log.exception("the periodic job %s failed", job.name)
        finally:
            connection.close()
        stop.wait(job.every_s / LOOKS)


def run_if_due(job: Job) -> bool:
    """Run the job when its period is over, no other process took it, and this machine's clock can be trusted."""
    skew = clock.skew_s()
    if abs(skew) > clock.MOST_SKEW_S:
        log.error(
            "This machine's clock is %.0f s %s the database's. It does no periodic work until the clock is set right.",
            abs(skew),
            "ahead of" if skew > 0 else "behind",
        )
        return False
    if not _take(job):
        return False
    job.run()
    Run.objects.filter(name=job.name).update(done_at=clock.now())
    return True


def _take(job: Job) -> bool:
    now = clock.now()
    due = Q(begun_at=None) | Q(begun_at__lte=now - timedelta(seconds=job.every_s)) | Q(begun_at__gt=now)
    if Run.objects.filter(due, name=job.name).update(begun_at=now):
        return True
    if Run.objects.filter(name=job.name).exists():
        return False
    return Run.objects.get_or_create(name=job.name, defaults={"begun_at": now})[1]


def age_s(name: str) -> float | None:
    """Seconds since the job last ended well; None when it never did. Raises what the database raises."""
    done = Run.objects.filter(name=name).values_list("done_at", flat=True).first()
    return None if done is None else max(0.0, (clock.now() - done).total_seconds())
