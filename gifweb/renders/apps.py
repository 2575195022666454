from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"

    def ready(self) -> None:
        from . import account_data, checks, heartbeat, ledger_labels  # two of them connect themselves

        assert heartbeat
        assert checks
        account_data.register()
        ledger_labels.register()
