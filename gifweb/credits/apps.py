from __future__ import annotations

from django.apps import AppConfig


class Credits(AppConfig):
    name = "gifweb.credits"
    label = "credits"

    def ready(self) -> None:
        from gifweb import errors

        from . import account_data, maintenance, receivers, upsell  # noqa: F401 - connects itself

        account_data.register()
        maintenance.register()
        errors.on_the_way.append(upsell.add)
