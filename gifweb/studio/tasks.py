"""Celery tasks for projects."""

from __future__ import annotations

from celery import shared_task
from django.db import connection

from . import previews


@shared_task
def preview(preview_id: int) -> None:
    try:
        previews.make(preview_id)
    finally:
        connection.close()
