"""The events of ``/run_sse`` as the Agent Development Kit has them, with two flat extras: ``type`` and ``text``."""

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
    """A tool is about to be used; ``args`` is what it is given."""
    part = {"functionCall": {"id": call_id, "name": name, "args": args}}
    return _event(invocation, "tool_call", [part], "model", {})


def answered(
    invocation: str, call_id: str, name: str, response: dict[str, Any], state: dict[str, Any]
) -> dict[str, Any]:
    """What the tool answered, and what it changed in the session's state."""
    part = {"functionResponse": {"id": call_id, "name": name, "response": response}}
    return _event(invocation, "tool_result", [part], "user", state)


def text(invocation: str, words: str, *, partial: bool = False) -> dict[str, Any]:
    """Words for the person. A partial event is a piece of the whole one that follows it and ends the turn."""
    event = _event(invocation, "text", [{"text": words}], "model", {})
    event = {"type": "text", "text": words} | event
    return event | ({"partial": True} if partial else {"turnComplete": True})


def failed(invocation: str, code: int, message: str) -> dict[str, Any]:
    """A failure after the stream began: said in plain words, and the turn is over."""
    return text(invocation, message) | {"errorCode": str(code), "errorMessage": message}
