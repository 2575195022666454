"""Builds the events of ``/run_sse`` in the format of the Agent Development Kit, plus the flat fields ``type`` and
``text``."""

from __future__ import annotations

import time
import uuid
from typing import Any

AUTHOR = "nemo_agent"


def _event(invocation: str, kind: str, parts: list[dict[str, Any]], role: str, state: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": kind,
        "content": {"parts": parts, "role": role},
        "author": AUTHOR,
        "invocationId": invocation,
        "id": str(uuid.uuid4()),
        "timestamp": time.time(),
        "actions": {
            "stateDelta": state,
            "artifactDelta": {},
            "requestedAuthConfigs": {},
            "requestedToolConfirmations": {},
        },
    }


def invocation_id() -> str:
    return f"e-{uuid.uuid4()}"


def called(invocation: str, call_id: str, name: str, args: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a tool call with its arguments."""
    part = {"functionCall": {"id": call_id, "name": name, "args": args}}
    return _event(invocation, "tool_call", [part], "model", {})


def answered(
    invocation: str, call_id: str, name: str, response: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """Return the event of a tool result with the changes of the session's state."""
    part = {"functionResponse": {"id": call_id, "name": name, "response": response}}
    return _event(invocation, "tool_result", [part], "user", state)


def text(invocation: str, words: str, *, partial: bool = False) -> dict[str, Any]:
    """Return a text event. Partial events are pieces of the complete one that follows and ends the turn."""
    event = _event(invocation, "text", [{"text": words}], "model", {})
    event = {"type": "text", "text": words} | event
    return event | ({"partial": True} if partial else {"turnComplete": True})


def failed(invocation: str, code: int, message: str) -> dict[str, Any]:
    """Return the text event of a failure after the stream began. It ends the turn."""
    return text(invocation, message) | {"errorCode": str(code), "errorMessage": message}
