"""What an operator sees: figures for Prometheus, logs without secrets, request ids, the admin's buttons."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.test import Client, override_settings
from prometheus_client.parser import text_string_to_metric_families

from gifweb import logs, metrics
from gifweb.accounts import identity
from gifweb.accounts.models import User
from gifweb.credits import ledger
from gifweb.renders import heartbeat, lease, queue, tasks
from gifweb.renders.models import Render, State, Worker
from gifweb.studio.models import Project

from .live import ROOT, free_port

pytestmark = pytest.mark.django_db


def queued(key: str = "k") -> Render:
    account = identity.make()
    project = Project.objects.create(account=account)
    render = Render.objects.create(account=account, project=project, idempotency_key=key, request_hash="h")
    ledger.hold(account, 7, f"render:{render.public_id}", "a test")
    Render.objects.filter(pk=render.pk).update(hold_key=f"render:{render.public_id}", hold_credits=7)
    render.refresh_from_db()
    return render


def told(client: Client | None = None) -> dict[str, float]:
    """name{label=value} → figure."""
    answer = (client or Client()).get("/metrics")
    assert answer.status_code == 200, answer.content
    found = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        for name, labels, value, *_ in family.samples:
            found[name + "".join(f"{{{k}={v}}}" for k, v in sorted(labels.items()))] = value
    return found


# --- figures ----------------------------------------------------------------------------------------------------------


def test_figures_are_there_before_anything_happened_and_follow_the_rows() -> None:
    found = told()
    assert found["gifweb_queue_depth"] == found["gifweb_credits_held"] == found["gifweb_ledger_drift"] == 0
    assert found["gifweb_database_up"] == 1
    render = queued()
    found = told()
    assert found["gifweb_queue_depth"] == found["gifweb_renders{state=queued}"] == 1
    assert found["gifweb_credits_held"] == 7
    assert found["gifweb_queue_age_seconds"] >= 0
    queue.claim(render.pk, "a worker")
    assert told()["gifweb_renders{state=running}"] == 1
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE credits_wallet SET total = total + 3")
    assert told()["gifweb_ledger_drift"] == 3


def test_what_requests_and_renders_cost_is_counted() -> None:
    Client().get("/projects")
    metrics.render_ended(
        "finished", {"output": {"format": "gif", "bytes": 40}, "input": {"bytes": 100}, "attempts": [1, 2]}
    )
    metrics.child_deaths.labels("SIGSEGV").inc()
    metrics.stage_seconds.labels("encoding", "libx264").inc(1.5)
    found = told()
    assert found["gifweb_http_seconds_count{method=GET}{route=projects}{status=200}"] >= 1
    assert found["gifweb_attempts_total{format=gif}"] >= 2
    assert found["gifweb_saved_bytes_total"] >= 60
    assert found["gifweb_renders_ended_total{format=gif}{state=finished}"] >= 1
    assert found["gifweb_child_deaths_total{reason=SIGSEGV}"] >= 1
    assert found["gifweb_stage_seconds_total{encoder=libx264}{stage=encoding}"] >= 1.5


def test_unknown_methods_and_paths_make_no_labels_of_their_own() -> None:
    Client(raise_request_exception=False).generic("BREW", "/nothing/here")
    assert "gifweb_http_seconds_count{method=other}{route=none}{status=404}" in told()


def test_figures_are_guarded() -> None:
    assert Client(REMOTE_ADDR="10.1.2.3").get("/metrics").status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.5").get("/metrics").status_code == 404
    # Through a proxy that nobody told us of, everybody seems to be near.
    assert Client().get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404
    with override_settings(METRICS_TOKEN="a-long-enough-token"):
        assert Client().get("/metrics").status_code == 404
        assert Client().get("/metrics", headers={"Authorization": "Bearer other"}).status_code == 404
        sent = {"Authorization": "Bearer a-long-enough-token"}
        assert Client(REMOTE_ADDR="203.0.113.5").get("/metrics", headers=sent).status_code == 200


COUNT = """
import sys
sys.argv = ["manage.py", "serve"]
import django; django.setup()
from gifweb import metrics
metrics.attempts.labels("gif").inc(int(sys.stdin.read()))
metrics.sockets.inc(5)
print(metrics.exposition().decode())
"""


def test_figures_of_several_processes_are_added_up_and_the_dead_watch_nothing(tmp_path: Path) -> None:
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "gifweb.settings"}
    environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
    for count in ("2", "3"):
        done = subprocess.run(
            [sys.executable, "-c", COUNT], cwd=ROOT, env=environment, input=count, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    assert 'gifweb_attempts_total{format="gif"} 5.0' in done.stdout
    assert "gifweb_sockets 5.0" in done.stdout


# --- logs -------------------------------------------------------------------------------------------------------------


def test_each_answer_has_an_id_and_a_sane_one_is_kept() -> None:
    assert len(Client().get("/projects")["X-Request-Id"]) == 16
    assert Client().get("/projects", headers={"X-Request-Id": "abc-1"})["X-Request-Id"] == "abc-1"
    assert Client().get("/projects", headers={"X-Request-Id": "a b\nc"})["X-Request-Id"] != "a b\nc"


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcdef123456", "gw_abcdef123456789", "token=abcdef123456", "clm_abcdef123456789",
        '{"password": "abcdef123456"}', "/register?bind=abcdef123456", "/account/password/reset/abcdef123456/",
        "/api/v1/uploads/once/upl_abcdef123456789", "whsec_a+/bcabcdef123456789", "/s/abcdef123456/file",
        "postgresql://me:abcdef123456@db/site", "whsec_abcdef123456789",
    ],
)  # fmt: skip
def test_logs_hold_no_secrets(secret: str) -> None:
    try:
        raise ValueError(f"bad {secret}")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 1, "asked %s", (secret,), sys.exc_info())
    marks = logs.request_id.set("r-1"), logs.render_id.set("job-1")
    try:
        line, value = logs.Line().format(record), logs.Json().format(record)
    finally:
        logs.request_id.reset(marks[0])
        logs.render_id.reset(marks[1])
    assert "abcdef123456" not in line + value
    assert "asked" in line.splitlines()[0]
    assert "[request r-1] [render job-1]" in line.splitlines()[0]
    found: dict[str, Any] = json.loads(value)
    assert (found["request"], found["render"], found["level"]) == ("r-1", "job-1", "ERROR")
    assert "ValueError" in found["exception"]


def test_a_stranger_writes_no_line_of_the_log() -> None:
    """A path with %0A began a line of its own, and what a terminal obeys was kept."""
    told = "/r/a\n2026-11-30 12:00:00,000 ERROR gifweb: all is lost\r\x1b[2J\u2028x"
    record = logging.LogRecord("x", logging.ERROR, "", 1, "GET %s failed", (told,), None)
    first, *more = logs.Line().format(record).split("\n")
    assert first.endswith("GET /r/a")
    assert all(line.startswith("    ") and line.isprintable() for line in more)
    assert len(logs.Json().format(record).split("\n")) == 1


def test_sentry_is_told_no_body_and_no_secret() -> None:
    event = {
        "request": {"url": "https://x/s/abcdef123456", "cookies": {"session": "abc"}, "data": "mine", "headers": {}},
        "exception": {"values": [{"value": "Bearer abcdef123456"}]},
    }
    sent = json.dumps(logs.scrub_event(event, {}))
    assert not any(word in sent for word in ("abcdef123456", "cookies", "mine"))


# --- the admin --------------------------------------------------------------------------------------------------------


@pytest.fixture
def boss() -> Client:
    user = User.objects.create(email="boss@example.org", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def act(boss: Client, model: str, action: str, *rows: Any) -> None:
    chosen = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    assert boss.post(f"/admin/renders/{model}/", chosen).status_code == 302


def test_renders_are_requeued_and_cancelled(boss: Client) -> None:
    running, waiting = queued("a"), queued("b")
    token = queue.claim(running.pk, "a worker")
    act(boss, "render", "requeue", running, waiting)
    running.refresh_from_db()
    assert (running.state, running.tries) == (State.QUEUED, 0)
    assert running.lease_token != token
    act(boss, "render", "cancel", running, waiting)
    assert {one.state for one in Render.objects.all()} == {State.CANCELLED}
    assert ledger.balance(running.account).frozen == 0
    assert boss.get("/admin/renders/render/").status_code == 200
    assert boss.get(f"/admin/renders/render/{running.pk}/change/").status_code == 200


def test_a_drained_worker_takes_nothing_new(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    render = queued()
    row = Worker.objects.create(name="here:1")
    act(boss, "worker", "drain", row)
    row.refresh_from_db()
    assert row.draining
    lease.draining.set()
    try:
        tasks.work()
        render.refresh_from_db()
        assert render.state == State.QUEUED
    finally:
        lease.draining.clear()
    act(boss, "worker", "resume", row)
    row.refresh_from_db()
    assert not row.draining
    assert heartbeat.draining is lease.draining


@pytest.mark.django_db(transaction=True)
def test_a_worker_alone_on_its_machine_can_be_scraped() -> None:
    port = free_port()
    metrics.serve("127.0.0.1", port)
    for _ in range(2):
        told = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert "gifweb_queue_depth 0.0" in told
        assert "gifweb_database_up 1.0" in told
    with pytest.raises(OSError, match="in use"):
        metrics.serve("127.0.0.1", port)
