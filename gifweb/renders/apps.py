from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        # The models can only be imported now. The heartbeat connects to Celery's signals.
        from gifweb import orphans

        from . import heartbeat, media, own, sweep, told

        assert heartbeat
        own.register()
        told.register()
        media.register()
        orphans.register(sweep.names)
