"""What Celery calls for projects."""

from __future__ import annotations

from celery import shared_task
from django.db import connection


@shared_task
def preview(preview_id: int) -> None:
    from . import previews

    try:
        previews.make(preview_id)
    finally:
        connection.close()
