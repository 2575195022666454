"""Webhooks: told when a render ends, instead of asking."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from gifweb.webhooks import outbox
from gifweb.webhooks.models import Endpoint

from . import schemas
from .endpoint import READ, REFUSALS, WRITE, mine

router = Router()


def _shown(row: Endpoint, secret: str | None = None) -> dict[str, Any]:
    return {"id": row.public_id, "url": row.url, "created_at": row.created_at.isoformat(), "secret": secret}


@router.post("/webhooks", response={201: schemas.WebhookOut} | REFUSALS, auth=WRITE, summary="Add a webhook")
def add(request: HttpRequest, body: schemas.UrlOnlyIn) -> Any:
    """From now on each end of a render (``render.finished``, ``render.failed``, ``render.cancelled``) is posted there,
    signed in the manner of Standard Webhooks with ``secret``, which is shown this once. A receiver that does not answer
    2xx within 10 seconds is tried again after longer and longer pauses, for two days, with the same ``webhook-id``.
    Redirects are not followed, and addresses that are not public are never called."""
    row = outbox.add(mine(request), body.url)
    return Status(201, _shown(row, row.secret))


@router.get("/webhooks", response={200: list[schemas.WebhookOut]} | REFUSALS, auth=READ, summary="List webhooks")
def list_webhooks(request: HttpRequest) -> Any:
    return [_shown(row) for row in Endpoint.objects.filter(account=mine(request))]


@router.delete("/webhooks/{webhook_id}", response={204: None} | REFUSALS, auth=WRITE, summary="Delete a webhook")
def remove(request: HttpRequest, webhook_id: str) -> Any:
    outbox.remove(mine(request), webhook_id)
    return Status(204, None)
