"""System checks of the settings of this app, for ``manage.py check``."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from .rate_limits import Rate


@register()
def rates(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Check that every rate in LIMITS is valid."""
    faults: list[CheckMessage] = []
    for scope, text in settings.LIMITS.items():
        try:
            Rate.read(text)
        except ImproperlyConfigured as error:
            faults.append(Error(f"The limit “{scope}”: {error}", id="accounts.E001"))
    return faults
