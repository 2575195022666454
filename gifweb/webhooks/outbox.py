"""Messages to be sent, written in one transaction with what happened; and the endpoints of an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from django.db import transaction

from gifweb.accounts import data_owners, tokens
from gifweb.accounts.models import Account
from gifweb.errors import BadInput, NotFound
from gifweb.renders import event_log
from gifweb.renders.models import Render
from gifweb.studio.fetch_url import as_ascii

from .models import Delivery, Endpoint

MOST = 5  # endpoints of one account


def add(account: Account, url: str) -> Endpoint:
    """A new endpoint. Raises BadInput for an address that cannot be one, and when there are MOST already. Whether it
    is public is looked at when something is sent: names change."""
    sent_to = as_ascii(url)
    if len(sent_to) > 500:
        raise BadInput("The URL is longer than 500 characters.")
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=account.pk)  # of many at once each found room
        if Endpoint.objects.filter(account=account).count() >= MOST:
            raise BadInput(f"There are {MOST} webhooks already. Delete one first.")
        return Endpoint.objects.create(account=account, url=sent_to)


def remove(account: Account, public_id: str) -> None:
    """Raises NotFound for a stranger's as for a missing one."""
    if not Endpoint.objects.filter(account=account, public_id=public_id).delete()[0]:
        raise NotFound()


def remove_all(account: Account) -> None:
    Endpoint.objects.filter(account=account).delete()


def render_ended(render: Render, number: int, kind: str) -> None:
    """In the transaction that ends the render: one row for each endpoint of its account."""
    endpoints = list(Endpoint.objects.filter(account_id=render.account_id))
    if not endpoints:
        return
    body = {
        "type": f"render.{kind}",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": {
            "id": render.public_id,
            "project": render.project.public_id,
            "state": kind,
            "fits": render.fits,
            "bytes": render.result_bytes,
            "format": render.result_facts.get("format"),
            "credits": render.paid_credits,
            "error": (render.error or {}).get("message"),
        },
    }
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    event = f"evt_{render.public_id}_{number}"
    Delivery.objects.bulk_create([Delivery(endpoint=one, event=event, body=text) for one in endpoints])


def register() -> None:
    event_log.on_end.append(render_ended)
    tokens.on_revoke_all.append(remove_all)
    data_owners.register(data_owners.simple("webhooks", Endpoint, ("public_id", "url", "created_at")))
