from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        # The models can only be imported now. The heartbeat connects to Celery's signals.
        from gifweb import orphaned_files

        from . import account_data, checks, heartbeat, ledger_labels, maintenance, media_urls

        assert heartbeat
        assert checks
        account_data.register()
        maintenance.register()
        ledger_labels.register()
        media_urls.register()
        orphaned_files.register(maintenance.names)
