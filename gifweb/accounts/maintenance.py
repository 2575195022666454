"""Periodic work of accounts."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from gifweb import upkeep

from . import binding, rate_limits
from .models import ApiToken, ClaimLink

ENDED = timedelta(days=30)  # a link that has ended says so that long


def tidy() -> None:
    """Delete ended rate-limit windows and sessions, invalid tokens and old claim links; move rows that were written to
    a merged account."""
    rate_limits.sweep()
    binding.tidy()
    now = timezone.now()
    ApiToken.objects.filter(by_client=True, expires_at__lte=now).delete()
    ClaimLink.objects.filter(expires_at__lte=now - ENDED).delete()
    SessionStore.clear_expired()


def register() -> None:
    upkeep.register("accounts", 3600.0, tidy)
