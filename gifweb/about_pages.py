"""Pages that people expect: what is kept and for how long, and whether everything runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from compressor import hardware

from .credits import stripe_checkout
from .health import WORKER_SILENCE_S
from .renders.models import Render, State, Worker


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy.html", {"keep_days": settings.KEEP_DAYS, "paying": stripe_checkout.enabled()})


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Workers, queue and encoders as they are now."""
    now = timezone.now()
    workers = list(Worker.objects.filter(seen_at__gte=now - timedelta(seconds=WORKER_SILENCE_S)))
    waiting = Render.objects.filter(state=State.QUEUED)
    oldest = waiting.order_by("created_at").first()
    done = Render.objects.filter(finished_at__gte=now - timedelta(hours=24))
    context: dict[str, Any] = {
        "workers": len(workers),
        "slots": sum(worker.threads for worker in workers),
        "waiting": waiting.count(),
        "running": Render.objects.filter(state=State.RUNNING).count(),
        "oldest_ms": 1000 * (now - oldest.created_at).total_seconds() if oldest else 0,
        "finished": done.filter(state=State.FINISHED).count(),
        "failed": done.filter(state=State.FAILED).count(),
        "encoders": hardware.encoders(),
    }
    response = render(request, "status.html", context)
    response["Cache-Control"] = "no-store"
    return response
