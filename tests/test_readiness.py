"""A database that is not migrated and a storage that keeps nothing are said in one sentence, at start and in health."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError

from gifweb import health, readiness
from gifweb.renders.models import Worker
from gifweb.upkeep.models import Run

from . import needs
from .live import ROOT
from .test_healthz import ask


@needs.by_files
def test_a_process_on_an_unmigrated_database_stops_with_one_sentence(tmp_path: Path) -> None:
    for command in ("work", "beat"):
        done = subprocess.run(
            [sys.executable, "manage.py", command],
            cwd=ROOT,
            env=os.environ | {"DATA_DIR": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 1
        assert "is not prepared: run “manage.py prepare” first." in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.django_db(databases="__all__")
@needs.by_files
def test_a_storage_that_keeps_nothing_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "demand_migrations", lambda: None)  # it closes connections, in mid-test too
    readiness.demand()

    def missing(*args: object) -> None:
        raise OSError("The specified bucket does not exist\nand more")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.save", missing)
    with pytest.raises(CommandError, match=r"does not keep files: The specified bucket does not exist$"):
        readiness.demand()


@pytest.mark.django_db(transaction=True, databases="__all__")
@pytest.mark.parametrize(("part", "name"), [("migrations", "migrations"), ("storage", "storage")])
def test_health_covers_both(part: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone

    Worker.objects.create(name="here:1")
    Run.objects.create(name="sweep", done_at=timezone.now())
    monkeypatch.setattr(readiness, "_seen", (0.0, ""))
    found: Any = "The media storage is away." if part == "storage" else "The database is old."
    monkeypatch.setattr(readiness, part, lambda: found)
    status, body = ask()
    assert (status, body["missing"], body["unready"]) == (503, [name], found)
    assert health.readiness is readiness
