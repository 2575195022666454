"""Periodic work of accounts."""

from __future__ import annotations

from django.utils import timezone

from gifweb import upkeep

from . import binding, rate_limits
from .models import ApiToken


def tidy() -> None:
    """Delete ended rate-limit windows and invalid tokens; move rows that were written to a merged account."""
    rate_limits.sweep()
    binding.tidy()
    ApiToken.objects.filter(by_client=True, expires_at__lte=timezone.now()).delete()


def register() -> None:
    upkeep.register("accounts", 3600.0, tidy)
