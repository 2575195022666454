"""Celery tasks of accounts."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from . import binding, rate_limits
from .models import ApiToken


@shared_task
def tidy() -> None:
    """Delete ended rate-limit windows and invalid tokens; move rows that were written to a merged account."""
    rate_limits.sweep()
    binding.tidy()
    ApiToken.objects.filter(by_client=True, expires_at__lte=timezone.now()).delete()
