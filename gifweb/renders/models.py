"""Renders, their events, share links and workers. The row of a render is the job: workers claim it by conditional
update and hold it by a lease."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone

from gifweb import ids


def share_token() -> str:
    return secrets.token_urlsafe(16)


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN = (State.QUEUED, State.RUNNING)


class Render(models.Model):
    """One file to make. ``state`` goes queued → running → finished, failed or cancelled, and back from running to
    queued when its worker was lost. ``account`` + ``idempotency_key`` is unique; ``request_hash`` tells whether a
    repeated key came with the same request."""

    account = models.ForeignKey("accounts.Account", on_delete=models.CASCADE, related_name="renders")
    project = models.ForeignKey("studio.Project", on_delete=models.CASCADE, related_name="renders")
    public_id = models.CharField(max_length=32, unique=True, default=ids.public_id, editable=False)
    idempotency_key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    same_hash = models.CharField(max_length=64, blank=True, default="")  # of source bytes, draft and goal
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    priority = models.SmallIntegerField(default=0)  # higher runs earlier
    cancel_asked = models.BooleanField(default=False)

    words = models.TextField(default="", blank=True)
    understood = models.JSONField(default=dict, blank=True)  # echo: sentences, missed, explain
    goal = models.JSONField(default=dict)
    draft: models.JSONField[dict[str, Any] | None] = models.JSONField(null=True, blank=True)
    sources = models.JSONField(default=list)  # Media.public_id, the first is the one shown beside the result

    hold_key = models.CharField(max_length=80, blank=True, default="")
    hold_credits = models.PositiveIntegerField(default=0)
    paid_credits = models.PositiveIntegerField(null=True, blank=True)

    lease_token = models.CharField(max_length=32, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=120, blank=True, default="")

    stage = models.CharField(max_length=20, blank=True, default="")
    progress = models.FloatField(default=0.0)
    left_s = models.FloatField(null=True, blank=True)
    events_count = models.PositiveIntegerField(default=0)

    result_key = models.CharField(max_length=200, blank=True, default="")
    result_name = models.CharField(max_length=255, blank=True, default="")
    poster_key = models.CharField(max_length=200, blank=True, default="")
    result_bytes = models.BigIntegerField(null=True, blank=True)
    result_facts = models.JSONField(default=dict, blank=True)  # MediaInfo of the file
    report = models.JSONField(default=dict, blank=True)
    fits = models.BooleanField(null=True, blank=True)
    would_fit = models.TextField(default="", blank=True)
    error: models.JSONField[dict[str, Any] | None] = models.JSONField(null=True, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    file_deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["account", "idempotency_key"], name="render_once_per_key"),
        ]
        indexes = [
            models.Index(fields=["state", "-priority", "id"], name="render_queue"),
            models.Index(fields=["state", "lease_until"], name="render_lease"),
            models.Index(fields=["account", "-created_at"], name="render_of_account"),
            models.Index(fields=["account", "same_hash"], name="render_same"),
            models.Index(fields=["started_at", "priority"], name="render_turns"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} ({self.state})"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def has_file(self) -> bool:
        return bool(self.result_key) and self.file_deleted_at is None


class RenderEvent(models.Model):
    """One thing that a render told. ``number`` counts from 1 for each render without gaps."""

    render = models.ForeignKey(Render, on_delete=models.CASCADE, related_name="events")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["render", "number"], name="event_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"

    def to_json(self) -> dict[str, Any]:
        return {"n": self.number, "kind": self.kind, "at": self.at.timestamp()} | self.data


class ShareLink(models.Model):
    """A public link to one result: unguessable, expiring, revocable, optionally protected by a password."""

    render = models.ForeignKey(Render, on_delete=models.CASCADE, related_name="shares")
    token = models.CharField(max_length=43, unique=True, default=share_token, editable=False)
    password = models.CharField(max_length=128, blank=True, default="")  # a hash, or nothing
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    views = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"share of {self.render_id}"

    def open_at(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class Worker(models.Model):
    """The heartbeat of a worker process. ``threads`` is how many renders it runs at once."""

    name = models.CharField(max_length=120, unique=True)
    threads = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now, db_index=True)  # by the database's clock, as started_at
    draining = models.BooleanField(default=False)  # asked to finish what runs and to take nothing new
    skew_s = models.FloatField(default=0.0)  # how far its own clock is ahead of the database's

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
