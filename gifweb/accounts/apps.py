from __future__ import annotations

from django.apps import AppConfig


class Accounts(AppConfig):
    name = "gifweb.accounts"
    label = "accounts"

    def ready(self) -> None:
        from . import account_data, checks, maintenance, receivers  # noqa: F401 - they connect themselves

        account_data.register()
        maintenance.register()
