"""Periodic work: once for all processes, by the database's clock, with no file that can break."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from gifweb import upkeep
from gifweb.accounts import identity
from gifweb.renders import heartbeat, maintenance, queue
from gifweb.renders.models import Render, State, Worker
from gifweb.studio.models import Project
from gifweb.upkeep import Job, clock, schedule
from gifweb.upkeep.models import Run

from . import needs
from .live import ROOT, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's clock is five minutes ahead of all others."""
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=300))


def queued() -> Render:
    account = identity.make()
    project = Project.objects.create(account=account)
    return Render.objects.create(account=account, project=project, idempotency_key="k", request_hash="h")


def test_a_job_runs_once_in_its_period_whoever_asks() -> None:
    ran: list[int] = []
    job = Job("count", 60.0, lambda: ran.append(1))
    assert schedule.run_if_due(job)
    assert not schedule.run_if_due(job)
    assert ran == [1]
    Run.objects.update(begun_at=timezone.now() - timedelta(seconds=61))
    assert schedule.run_if_due(job)
    assert ran == [1, 1]


def test_a_job_that_fails_has_not_run_well() -> None:
    def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        schedule.run_if_due(Job("fails", 60.0, fail))
    assert schedule.age_s("fails") is None


def test_every_app_registers_its_work() -> None:
    assert {"sweep", "tidy", "credits", "audit", "accounts"} <= upkeep.jobs.keys()


def test_a_skewed_machine_says_so_and_does_no_periodic_work(ahead: None, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[int] = []
    assert not schedule.run_if_due(Job("count", 60.0, lambda: ran.append(1)))
    assert not ran
    assert "300 s ahead of the database's" in caplog.text


def test_a_sweeper_whose_clock_is_ahead_leaves_a_healthy_render_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    render = queued()
    assert queue.claim(render.pk, "a worker")
    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(seconds=300))
    maintenance.sweep()
    render.refresh_from_db()
    assert (render.state, render.tries) == (State.RUNNING, 1)


def test_a_skewed_worker_gets_a_lease_of_the_usual_length(ahead: None) -> None:
    render = queued()
    assert queue.claim(render.pk, "a worker")
    render.refresh_from_db()
    assert render.lease_until is not None
    assert render.lease_until < clock.now() + timedelta(seconds=60)


@pytest.mark.django_db(transaction=True)
def test_every_worker_does_the_periodic_work_and_tells_its_skew(ahead: None, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(schedule, "start", started.append)
    monkeypatch.setattr(heartbeat, "wake", lambda: None)
    ended = threading.Event()
    monkeypatch.setattr(heartbeat, "_ended", ended)
    heartbeat.start()
    try:
        row = wait_until(lambda: Worker.objects.first(), 10, "a heartbeat")
    finally:
        ended.set()
        for thread in threading.enumerate():
            if thread.name == "heartbeat":
                thread.join()
    assert started == [ended]
    assert row.skew_s == pytest.approx(300, abs=1)


@needs.by_files
def test_beat_needs_no_schedule_file(tmp_path: Path) -> None:
    """A torn file of an older version's schedule lies there: beat starts, and sweeps."""
    environment = os.environ | {"DATA_DIR": str(tmp_path)}
    (tmp_path / "queue").mkdir()
    (tmp_path / "queue" / "beat-schedule").write_bytes(b"\0torn")
    run = [sys.executable, "manage.py"]
    subprocess.run([*run, "prepare"], cwd=ROOT, env=environment, check=True, capture_output=True)
    beat = subprocess.Popen([*run, "beat"], cwd=ROOT, env=environment)
    try:
        wait_until(lambda: beat.poll() is not None or _swept(tmp_path / "db.sqlite3"), 60, "a sweep")
        assert beat.poll() is None
    finally:
        beat.terminate()
        beat.wait(10)


def _swept(database: Path) -> bool:
    import sqlite3

    with sqlite3.connect(database) as connection:
        return bool(
            connection.execute("select 1 from upkeep_run where name='sweep' and done_at is not null").fetchall()
        )
