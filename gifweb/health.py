"""The health check for people, load balancers and the supervisor."""

from __future__ import annotations

import asyncio
import secrets
from datetime import timedelta
from typing import Any

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from compressor import sandbox

from .renders import notifications
from .renders.models import Render, State, Worker

WORKER_SILENCE_S = 10.0
NUDGE_S = 3.0


def _database() -> dict[str, Any]:
    """Return the number of live workers and of queued and running renders. Raises the database's errors."""
    fresh = timezone.now() - timedelta(seconds=WORKER_SILENCE_S)
    return {
        "workers": Worker.objects.filter(seen_at__gte=fresh).count(),
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
            await notifications.let_go(layer, channel)
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
    except Exception as error:
        parts["database"] = type(error).__name__
        missing += ["database", "worker"]
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
    body = {"status": "unavailable" if missing else "ok", "missing": missing, **parts}
    response = JsonResponse(body, status=503 if missing else 200, json_dumps_params={"separators": (",", ":")})
    response["Cache-Control"] = "no-store"
    return response
