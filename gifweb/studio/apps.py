from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "gifweb.studio"
    verbose_name = "Projects and media"
