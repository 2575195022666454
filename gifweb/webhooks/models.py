"""Endpoints of programs that want to be told, and the messages to them."""

from __future__ import annotations

import base64
import secrets

from django.db import models
from django.utils import timezone

from gifweb import ids


def new_secret() -> str:
    """192 bits, as Standard Webhooks writes them."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class Endpoint(models.Model):
    """An address of a receiver. The secret signs what is sent there; it is shown once."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="webhooks")
    public_id = models.CharField(max_length=32, unique=True, default=ids.public_id, editable=False)
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=60, default=new_secret, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One event for one endpoint. ``event`` is the id that the receiver sees: the same at each try, so that it can tell
    a repetition. ``next_at`` is empty once it was delivered or given up."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=80)
    body = models.TextField()
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, default=timezone.now, db_index=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    said = models.CharField(max_length=200, blank=True, default="")  # what came of the last try
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_event_once")]

    def __str__(self) -> str:
        return self.event
