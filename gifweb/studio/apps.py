from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "gifweb.studio"
    verbose_name = "Projects and media"

    def ready(self) -> None:
        # The models can only be imported now.
        from gifweb import orphaned_files, upkeep

        from . import account_data, chat, maintenance, sources, stored_media, upload_parts

        sources.register()
        chat.register()
        account_data.register()
        stored_media.register()
        orphaned_files.register(maintenance.names)
        upkeep.register("projects", 600.0, maintenance.tidy)
        upkeep.register("uploads", 60.0, upload_parts.sweep)
        upkeep.register("orphans", orphaned_files.EVERY_S, orphaned_files.delete)
