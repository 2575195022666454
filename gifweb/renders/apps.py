from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        from . import account_data, heartbeat, ledger_labels, maintenance  # the first connects to Celery's signals

        assert heartbeat
        account_data.register()
        maintenance.register()
        ledger_labels.register()
