"""Database routing."""

from __future__ import annotations

from typing import Any

from channels_lite.router import ChannelsRouter


class Apart(ChannelsRouter):
    """The channel layer's tables are in their own database, and no other tables are there."""

    def __init__(self) -> None:
        self.database = "channels"  # not what the layer says: a test may run with a layer that has no database

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        if db == self.database:
            return app_label in self.route_app_labels
        return False if app_label in self.route_app_labels else None
