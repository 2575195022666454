"""Figures for Prometheus: what processes measure, and what the rows say at the moment of asking.

Each process keeps its figures in files under PROMETHEUS_MULTIPROC_DIR (set in ``settings`` for server processes), and
whichever web process is asked adds them up. Without that folder (tests, commands) the figures are this process's own.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
if FOLDER:  # the library looks for it when it is imported
    Path(FOLDER).mkdir(parents=True, exist_ok=True)

from prometheus_client import (  # noqa: E402
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    start_http_server,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4  # noqa: E402
from prometheus_client.metrics_core import GaugeMetricFamily  # noqa: E402

from .credits import audit  # noqa: E402
from .credits.models import Entry, Hold, Wallet  # noqa: E402
from .errors import NotFound  # noqa: E402
from .renders.models import Render, State, Worker  # noqa: E402
from .upkeep import clock, schedule  # noqa: E402

# Python's is_private holds more, networks for examples among them.
_RANGES = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "::1/128", "fc00::/7", "fe80::/10")
PRIVATE = [ipaddress.ip_network(one) for one in _RANGES]

http_seconds = Histogram(
    "gifweb_http_seconds",
    "Time to the first byte of an answer.",
    ["method", "route", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
sockets = Gauge("gifweb_sockets", "Open WebSockets and event streams.", multiprocess_mode="livesum")
stage_seconds = Counter("gifweb_stage_seconds", "Seconds that renders spent in a stage.", ["stage", "encoder"])
attempts = Counter("gifweb_attempts", "Encodes that were tried.", ["format"])
saved_bytes = Counter("gifweb_saved_bytes", "Bytes by which results are smaller than their sources.")
child_deaths = Counter("gifweb_child_deaths", "Sandbox children that died, by reason.", ["reason"])
ended = Counter("gifweb_renders_ended", "Renders that came to an end.", ["state", "format"])


class Rows:
    """What the database says now. Registered with a registry, it is asked at each scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from self._collect()
            up = 1
        except DatabaseError:
            up = 0
        yield GaugeMetricFamily("gifweb_database_up", "1 when the database answers.", value=up)

    def _collect(self) -> Iterator[GaugeMetricFamily]:
        now = clock.now()
        counts = dict(Render.objects.order_by().values_list("state").annotate(Count("id")))
        states = GaugeMetricFamily("gifweb_renders", "Renders by state.", labels=["state"])
        for state in State.values:
            states.add_metric([state], counts.get(state, 0))
        yield states
        oldest = Render.objects.filter(state=State.QUEUED).aggregate(at=Min("created_at"))["at"]
        waited = (now - oldest).total_seconds() if oldest else 0.0
        yield GaugeMetricFamily("gifweb_queue_depth", "Renders that wait.", value=counts.get(State.QUEUED, 0))
        yield GaugeMetricFamily("gifweb_queue_age_seconds", "How long the oldest waits.", value=max(0.0, waited))
        alive = [w for w in Worker.objects.all() if (now - w.seen_at).total_seconds() < 10]
        yield GaugeMetricFamily("gifweb_workers", "Workers heard from lately.", value=len(alive))
        skew = max((abs(w.skew_s) for w in alive), default=0.0)
        yield GaugeMetricFamily("gifweb_clock_skew_seconds", "The worst clock of a worker.", value=skew)
        age = schedule.age_s("sweep")
        yield GaugeMetricFamily("gifweb_sweep_age_seconds", "Since the last sweep.", value=-1.0 if age is None else age)

        held = Hold.objects.filter(state=Hold.State.OPEN).aggregate(n=Sum("amount"))["n"] or 0
        wallets = Wallet.objects.aggregate(total=Sum("total"), frozen=Sum("frozen"))
        entries = Entry.objects.aggregate(n=Sum("amount"))["n"] or 0
        drift = abs(entries - (wallets["total"] or 0)) + abs(held - (wallets["frozen"] or 0))
        yield GaugeMetricFamily("gifweb_credits_held", "Credits that renders hold.", value=held)
        yield GaugeMetricFamily("gifweb_ledger_drift", "Credits by which wallets and entries differ.", value=drift)
        for name, value in audit.metrics().items():
            yield GaugeMetricFamily(name, "From the last audit.", value=value)


def registry(rows: Rows | None = None) -> CollectorRegistry:
    """Everything that is told at one scrape."""
    made = CollectorRegistry()
    made.register(rows or Rows())
    if FOLDER:
        for path in Path(FOLDER).glob("gauge_live*_*.db"):  # of processes that were killed
            pid = path.stem.rpartition("_")[2]
            if pid.isdigit() and not Path(f"/proc/{pid}").exists():
                path.unlink(missing_ok=True)
        multiprocess.MultiProcessCollector(made, FOLDER)
    return made


def exposition() -> bytes:
    """The text that Prometheus reads."""
    told: bytes = generate_latest(registry())
    return told if FOLDER else told + generate_latest(REGISTRY)


class _RowsOfAThread(Rows):
    """The same for a thread that lives for one scrape, as those of ``serve`` do."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield from super().collect()
        finally:
            connection.close()


def serve(host: str, port: int) -> None:
    """Answer Prometheus on an address of its own, in daemon threads: for a machine that has a worker and no web server.
    Whoever reaches the address may read; raises OSError when it is taken."""
    start_http_server(port, host, registry(_RowsOfAThread()))


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever has METRICS_TOKEN; where none is set, for private addresses that came through no proxy."""
    if not allowed(request):
        raise NotFound()
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def allowed(request: HttpRequest) -> bool:
    """Whether somebody asks who may see what runs here."""
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode())
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")):
        return False
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in PRIVATE)


def render_ended(state: str, report: dict[str, Any]) -> None:
    """Count what a render came to, by its report."""
    output, source = report.get("output", {}), report.get("input", {})
    format = str(output.get("format", ""))
    ended.labels(state, format).inc()
    attempts.labels(format).inc(len(report.get("attempts", ())))
    if (before := source.get("bytes")) and (after := output.get("bytes")):
        saved_bytes.inc(max(0, before - after))
