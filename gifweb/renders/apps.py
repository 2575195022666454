from django.apps import AppConfig


class RendersConfig(AppConfig):
    name = "gifweb.renders"
    verbose_name = "Renders"
