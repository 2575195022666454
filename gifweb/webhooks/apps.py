from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "gifweb.webhooks"
    verbose_name = "Webhooks"

    def ready(self) -> None:
        from . import outbox, sending

        outbox.register()
        sending.register()
