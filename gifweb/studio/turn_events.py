"""The events of one turn of the chat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool is called."""

    id: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a tool. ``state`` has the parts of the project's state that changed."""

    id: str
    name: str
    response: dict[str, Any]
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply that ends the turn. ``pending`` is what it asks about, an explain object for the next message;
    ``unclear`` are the parts of the message that were not understood."""

    text: str
    pending: dict[str, Any] = field(default_factory=dict)
    unclear: tuple[str, ...] = ()


TurnEvent = ToolCall | ToolResult | Reply


def call_id() -> str:
    return f"call_{secrets.token_hex(6)}"
