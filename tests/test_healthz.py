"""/healthz says what is up, by trying it."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer
from django.db import DatabaseError
from django.test import AsyncClient, Client, override_settings
from django.utils import timezone

from gifweb import health
from gifweb.renders import heartbeat, tasks
from gifweb.renders.models import Worker
from gifweb.upkeep.models import Run

from .live import Site


def ask(**headers: str) -> tuple[int, dict[str, Any]]:
    """In one event loop, as the server does it."""
    answer = async_to_sync(AsyncClient().get)("/healthz", headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_all_parts_up() -> None:
    Worker.objects.create(name="here:1")
    Run.objects.create(name="sweep", done_at=timezone.now())
    status, body = ask()
    assert status == 200
    assert body["sweep_age_s"] < 10
    assert (body["status"], body["missing"], body["workers"]) == ("ok", [], 1)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_no_worker_or_one_that_was_not_heard_of_lately() -> None:
    Run.objects.create(name="sweep", done_at=timezone.now())
    assert ask()[1]["missing"] == ["worker"]
    Worker.objects.create(name="gone:1", seen_at=timezone.now() - timedelta(seconds=health.WORKER_SILENCE_S + 1))
    status, body = ask()
    assert (status, body["status"], body["missing"]) == (503, "unavailable", ["worker"])


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_channel_layer_that_loses_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    async def lose(self: InMemoryChannelLayer, channel: str, message: dict[str, Any]) -> None:
        return None

    Worker.objects.create(name="here:1")
    Run.objects.create(name="sweep", done_at=timezone.now())
    monkeypatch.setattr(InMemoryChannelLayer, "send", lose)
    monkeypatch.setattr(health, "NUDGE_S", 0.2)
    status, body = ask()
    assert (status, body["missing"]) == (503, ["channels"])


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_site_that_nobody_sweeps_is_not_ok() -> None:
    Worker.objects.create(name="here:1", seen_at=timezone.now())
    assert ask()[1]["missing"] == ["sweep"]
    late = timezone.now() - timedelta(seconds=health.sweep_late_s() + 1)
    Run.objects.create(name="sweep", done_at=late)
    status, body = ask()
    assert (status, body["missing"]) == (503, ["sweep"])


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_worker_whose_clock_is_wrong_is_named() -> None:
    Worker.objects.create(name="early:1", skew_s=300.0)
    assert ask()[1]["skewed_workers"] == ["early:1"]
    assert "skewed_workers" not in ask(**{"X-Forwarded-For": "203.0.113.9"})[1]  # names of machines are not for all


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> dict[str, Any]:
        raise DatabaseError("no such host")

    monkeypatch.setattr(health, "_database", away)
    status, body = ask()
    assert (status, body["missing"]) == (503, ["database", "worker"])
    assert "no such host" not in str(body)


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_is_only_read() -> None:
    assert Client().post("/healthz").status_code == 405


@override_settings(SECURE_SSL_REDIRECT=True)
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_it_answers_without_https() -> None:
    assert ask()[0] == 503
    assert Client().get("/").status_code == 301


def test_the_running_site_is_healthy(site: Site) -> None:
    body = site.healthy()
    assert body["status"] == "ok"
    assert body["workers"] == 1


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_stores_the_threads_that_the_command_line_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    before, ended = tasks.threads(), threading.Event()
    monkeypatch.setattr(ended, "wait", lambda seconds: ended.set())
    monkeypatch.setattr(heartbeat, "_ended", ended)
    tasks.set_threads(before + 3)  # as ``manage.py work --threads`` does
    try:
        heartbeat._beat()
    finally:
        tasks.set_threads(before)
    assert Worker.objects.get().threads == before + 3
