"""Periodic maintenance: requeue expired leases, wake workers, delete expired results."""

from __future__ import annotations

import logging
import shutil
import socket
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from compressor.errors import EngineFailure
from gifweb import stored_files, upkeep
from gifweb.accounts import privacy
from gifweb.accounts.models import Account
from gifweb.credits import plans
from gifweb.upkeep import clock

from .event_log import LeaseLost
from .models import Render, State, Worker
from .wakeup import wake
from .worker import end, put_back

log = logging.getLogger(__name__)

HOUR_S = 3600.0


def sweep() -> int:
    """Requeue or end every render whose lease has expired; safe in parallel. Return how many renders are queued.

    A lease is judged by the database's clock, as it was written: the clock of this machine does not matter.
    """
    now = clock.now()
    for render in Render.objects.filter(state=State.RUNNING, lease_until__lt=now):
        token = render.lease_token
        # Take the lease first: of two parallel runs, and of a run and a late worker, only one succeeds.
        mine = Render.objects.filter(pk=render.pk, state=State.RUNNING, lease_token=token, lease_until__lt=now)
        if not mine.update(lease_token=f"sweep-{token}"[:32], lease_until=now + timedelta(seconds=settings.LEASE_S)):
            continue
        render.refresh_from_db()
        try:
            if render.cancel_asked:
                end(render, render.lease_token, State.CANCELLED, None)
            elif render.tries >= settings.MAX_TRIES:
                error = EngineFailure(f"The worker was lost {render.tries} times while it made this file.")
                end(render, render.lease_token, State.FAILED, error)
            else:
                put_back(render, render.lease_token, "The worker was lost. Another one takes over.")
        except LeaseLost:
            continue
        log.warning("render %s: its lease ran out on try %s", render.public_id, render.tries)
    return Render.objects.filter(state=State.QUEUED).count()


def tidy() -> None:
    """Delete expired results, rows of workers without a heartbeat, and left-over work folders."""
    now = timezone.now()
    old = now - timedelta(days=settings.KEEP_DAYS)
    gone: dict[Account, Counter[str]] = defaultdict(Counter)
    done = Render.objects.filter(finished_at__lt=old, file_deleted_at=None).exclude(result_key="")
    for render in done.select_related("account"):
        if render.finished_at and render.finished_at >= now - plans.retention(render.account):
            continue
        stored_files.delete(render.result_key)
        stored_files.delete(render.poster_key)
        Render.objects.filter(pk=render.pk).update(file_deleted_at=now)
        gone[render.account]["result files"] += 1
    for account, facts in gone.items():
        privacy.receipt(account, privacy.EXPIRED, facts)
    Worker.objects.filter(seen_at__lt=now - timedelta(hours=1)).delete()


def tidy_folders() -> None:
    """On each machine: what killed processes left in its folders."""
    data = Path(settings.DATA_DIR)
    _delete_older(data / "work" / "incoming", HOUR_S)
    _delete_older(data / "work", 24 * HOUR_S, keep={"incoming"})
    _delete_older(data / "queue" / "taken", 60.0)
    _delete_older(data / "queue" / "messages", 24 * HOUR_S)  # for workers that never came: the rows say what waits


def sweep_and_wake() -> None:
    """What runs every SWEEP_S; workers whose message was lost are woken."""
    if sweep():
        wake()


def register() -> None:
    upkeep.register("sweep", settings.SWEEP_S, sweep_and_wake)
    upkeep.register("tidy", 600.0, tidy)
    upkeep.register(f"folders on {socket.gethostname()}"[:200], 600.0, tidy_folders)


def _delete_older(folder: Path, seconds: float, keep: set[str] | None = None) -> None:
    limit = time.time() - seconds
    for path in folder.iterdir() if folder.is_dir() else ():
        try:
            if path.name in (keep or ()) or path.stat().st_mtime > limit:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        except FileNotFoundError:
            continue


def names(keys: Collection[str]) -> set[str]:
    """Those that are the result or the still of a render."""
    rows = Render.objects.filter(Q(result_key__in=keys) | Q(poster_key__in=keys))
    return {key for row in rows.values_list("result_key", "poster_key") for key in row}
