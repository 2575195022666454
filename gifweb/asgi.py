"""The ASGI application: pages and API by HTTP, live progress by WebSocket."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gifweb.settings")
site = get_asgi_application()

# The consumers can only be imported after Django is set up.
from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from .api.chat_handler import with_chat_handler  # noqa: E402
from .mcp.endpoint import with_mcp  # noqa: E402
from .renders.consumers import gate, routes  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": with_mcp(with_chat_handler(site), site),
        "websocket": gate(AuthMiddlewareStack(URLRouter(routes))),  # type: ignore[arg-type]
    }
)
