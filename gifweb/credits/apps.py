from __future__ import annotations

from django.apps import AppConfig


class Credits(AppConfig):
    name = "gifweb.credits"
    label = "credits"

    def ready(self) -> None:
        from gifweb import errors

        from . import account_data, receivers, upkeep, upsell  # noqa: F401 - connects itself

        account_data.register()
        upkeep.register()
        errors.on_the_way.append(upsell.add)
