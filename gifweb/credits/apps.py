from __future__ import annotations

from django.apps import AppConfig


class Credits(AppConfig):
    name = "gifweb.credits"
    label = "credits"

    def ready(self) -> None:
        from . import own, receivers  # noqa: F401 - connects itself

        own.register()
