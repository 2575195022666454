from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        from . import heartbeat, own, sweep, told  # the first connects to Celery's signals

        assert heartbeat
        own.register()
        sweep.register()
        told.register()
