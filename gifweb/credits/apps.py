from __future__ import annotations

from django.apps import AppConfig


class Credits(AppConfig):
    name = "gifweb.credits"
    label = "credits"

    def ready(self) -> None:
        from gifweb import errors

        from . import own, receivers, upkeep, way_on  # noqa: F401 - connects itself

        own.register()
        upkeep.register()
        errors.on_the_way.append(way_on.add)
