from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "gifweb.studio"
    verbose_name = "Projects and media"

    def ready(self) -> None:
        # The models can only be imported now.
        from gifweb import orphans, upkeep

        from . import account_data, chat, maintenance, resumable, sources, stored_media

        sources.register()
        chat.register()
        account_data.register()
        stored_media.register()
        orphans.register(maintenance.names)
        upkeep.register("projects", 600.0, maintenance.tidy)
        upkeep.register("uploads", 60.0, resumable.sweep)
        upkeep.register("orphans", orphans.EVERY_S, orphans.delete)
