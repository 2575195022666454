"""The health check for people, load balancers and the supervisor."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from compressor import sandbox

from . import metrics, readiness
from .renders import channel_notifications
from .renders.models import Render, State, Worker
from .upkeep import clock, schedule

WORKER_SILENCE_S = 10.0
NUDGE_S = 3.0


def sweep_late_s() -> float:
    """The age at which the last sweep is too old: lost renders would stand still with their credits held."""
    return max(30.0, 6.0 * settings.SWEEP_S)


def _database() -> dict[str, Any]:
    """Return live workers, the last sweep, queued and running renders. Raises the database's errors."""
    fresh = clock.now() - timedelta(seconds=WORKER_SILENCE_S)
    workers = Worker.objects.filter(seen_at__gte=fresh)
    age = schedule.age_s("sweep")
    return {
        "workers": workers.count(),
        "sweep_age_s": None if age is None else round(age, 1),
        "clock_skew_s": round(clock.skew_s(), 1),
        "skewed_workers": [w.name for w in workers if abs(w.skew_s) > clock.MOST_SKEW_S],
        "queued": Render.objects.filter(state=State.QUEUED).count(),
        "running": Render.objects.filter(state=State.RUNNING).count(),
    }


async def _nudge() -> None:
    """Send one message through the channel layer and receive it. Raises when that fails."""
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("no channel layer is configured")
    word = secrets.token_hex(8)
    async with asyncio.timeout(NUDGE_S):
        channel = await layer.new_channel()
        try:
            await layer.send(channel, {"type": "health", "word": word})
            back = await layer.receive(channel)
        finally:
            await channel_notifications.let_go(layer, channel)
    if back.get("word") != word:
        raise RuntimeError("the channel layer returned another message")


@require_safe
async def healthz(request: HttpRequest) -> JsonResponse:
    """Respond with 200 ``{"status":"ok",…}`` when all parts work, else 503; ``missing`` lists the failed parts."""
    parts: dict[str, Any] = {"web": "ok"}
    missing: list[str] = []
    try:
        parts |= await sync_to_async(_database)()
        parts["database"] = "ok"
        if not parts["workers"]:
            missing.append("worker")
        if parts["sweep_age_s"] is None or parts["sweep_age_s"] > sweep_late_s():
            missing.append("sweep")
    except Exception as error:
        parts["database"] = type(error).__name__
        missing += ["database", "worker"]
    if not missing and (unready := await sync_to_async(readiness.first)()):
        parts["unready"] = unready
        missing.append("storage" if "storage" in unready else "migrations")
    try:
        await _nudge()
        parts["channels"] = "ok"
    except Exception as error:
        parts["channels"] = type(error).__name__
        missing.append("channels")
    found = sandbox.known()
    parts["sandbox"] = found.to_json() if found else {"state": "starting"}
    if found and not found.complete and sandbox.strict():
        missing.append("sandbox")
    if not metrics.allowed(request):  # names of hosts and buckets are for whoever runs the site
        parts = {name: value for name, value in parts.items() if name not in ("unready", "skewed_workers")}
    body = {"status": "unavailable" if missing else "ok", "missing": missing, **parts}
    response = JsonResponse(body, status=503 if missing else 200, json_dumps_params={"separators": (",", ":")})
    response["Cache-Control"] = "no-store"
    return response
