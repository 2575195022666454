"""Logging: lines or JSON, with the request and the render that they belong to, and without secrets."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
render_id: ContextVar[str] = ContextVar("render_id", default="")

_GONE = "[…]"
_WORDS = r"password\d?|secret\w*|token|bind|ct|key|cookie|session"
# Tokens of programs and claim links; what follows a word for a secret; links that let in whoever has them; the
# password in an address.
_SECRETS = [
    (re.compile(r"\b(gw|clm|upl|sk|whsec)_[A-Za-z0-9_+/=-]{8,}"), rf"\1_{_GONE}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {_GONE}"),
    (re.compile(rf"(?i)\b({_WORDS})(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;]+"), rf"\1\2{_GONE}"),
    (re.compile(r"(/account/password/reset/|/account/email/|/api/files/|/uploads/|/s/|/f/)[^\s/'\"?]+"), rf"\1{_GONE}"),
    (re.compile(r"(://[^/\s:@]+:)[^@\s/]+@"), rf"\1{_GONE}@"),
]


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # a terminal would obey them


def scrubbed(text: str) -> str:
    """The text without anything that opens a door."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


class WithoutTraceback(logging.Filter):
    """One line, at the level of a warning."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class Line(logging.Formatter):
    """``time level logger: message [request … render …]``"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        told = "".join(f" [{name} {value}]" for name, value in _about().items())
        first, *more = (_CONTROL.sub("\ufffd", line) for line in scrubbed(super().format(record)).splitlines())
        return "\n    ".join([first + told, *more])  # what a stranger wrote begins no line


class Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, render, exception."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        } | _about()
        if record.exc_info:
            told["exception"] = scrubbed(self.formatException(record.exc_info))
        return json.dumps(told, ensure_ascii=False)


def _about() -> dict[str, str]:
    found = {"request": request_id.get(), "render": render_id.get()}
    return {name: value for name, value in found.items() if value}


def scrub_event(event: Any, hint: Any) -> Any:
    """Sentry's ``before_send``: no headers, cookies, bodies or query, and no secret in any text."""
    if request := event.get("request"):
        event["request"] = {k: scrubbed(str(request[k])) for k in ("url", "method") if k in request}
    event["tags"] = dict(event.get("tags") or {}) | _about()
    return _scrubbed_whole(event)


def _scrubbed_whole(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, Mapping):
        return {k: _GONE if re.fullmatch(f"(?i){_WORDS}", str(k)) else _scrubbed_whole(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed_whole(one) for one in value]
    return value
