from __future__ import annotations

from django.apps import AppConfig


class Accounts(AppConfig):
    name = "gifweb.accounts"
    label = "accounts"

    def ready(self) -> None:
        from . import checks, own, receivers, upkeep  # noqa: F401 - they connect themselves

        own.register()
        upkeep.register()
