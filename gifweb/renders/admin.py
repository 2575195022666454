"""Renders and workers in the admin: looked up, requeued, cancelled; a worker is drained."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from .event_log import LeaseLost
from .models import Render, State, Worker
from .submission import cancel
from .tasks import wake
from .worker import put_back


class LookUp(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields]


@admin.register(Render)
class Renders(LookUp):
    list_display = ("public_id", "account", "state", "stage", "progress", "tries", "worker", "created_at")
    list_filter = ("state",)
    search_fields = ("public_id", "account__public_id", "worker")
    list_select_related = ("account",)
    actions = ("requeue", "cancel")

    @admin.action(description="Requeue: take it from its worker, back into the queue", permissions=["change"])
    def requeue(self, request: HttpRequest, chosen: QuerySet[Render]) -> None:
        """Of those that run, without counting the try. The worker finds its lease gone and stops."""
        done = 0
        for render in chosen.filter(state=State.RUNNING):
            with suppress(LeaseLost):
                put_back(render, render.lease_token, "It was put back into the queue.", count=False)
                done += 1
        wake()
        messages.info(request, f"{done} of {chosen.count()} were running and are back in the queue.")

    @admin.action(description="Cancel, and give the credits back", permissions=["change"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[Render]) -> None:
        found = [render for render in chosen if render.is_open]
        for render in found:
            cancel(render)
        messages.info(request, f"{len(found)} are being cancelled; the others had ended.")


@admin.register(Worker)
class Workers(LookUp):
    list_display = ("name", "threads", "draining", "skew_s", "started_at", "seen_at")
    actions = ("drain", "resume")

    @admin.action(description="Drain: finish what runs, take nothing new", permissions=["change"])
    def drain(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        messages.info(request, f"{chosen.update(draining=True)} take nothing new.")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[Worker]) -> None:
        messages.info(request, f"{chosen.update(draining=False)} take renders again.")
        wake()
