from django.apps import AppConfig


class UpkeepConfig(AppConfig):
    name = "gifweb.upkeep"
    verbose_name = "Periodic work"
