from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        from . import heartbeat  # noqa: F401 - connects to Celery's signals
