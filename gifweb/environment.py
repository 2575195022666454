"""Reads settings from the environment. Each function returns a checked value or raises an error with the name.

Every name that was read is stored in ``known``, so that a test can compare docs/configuration.md with the code.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

known: dict[str, str] = {}  # name -> default, as text


def text(name: str, default: str = "") -> str:
    """Return the value without surrounding spaces; an empty variable counts as not set."""
    known[name] = default
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """1/0, true/false, yes/no, on/off."""
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not “{value}”.")


def number(name: str, default: int, low: int = 0, high: int = 2**53) -> int:
    """A whole number between ``low`` and ``high``."""
    value = text(name, str(default))
    try:
        result = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”.") from None
    if not low <= result <= high:
        raise ImproperlyConfigured(f"{name} must be between {low} and {high}, not {result}.")
    return result


def names(name: str, default: str = "") -> list[str]:
    """Return words separated by commas or spaces."""
    return text(name, default).replace(",", " ").split()


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(allowed)}, not “{value}”.")
    return value


def folder(name: str, default: Path) -> Path:
    """Return an absolute folder path. The folder is created when it is first written to."""
    value = text(name, "")
    known[name] = default.name + "/"
    path = Path(value).expanduser() if value else default
    if path.exists() and not path.is_dir():
        raise ImproperlyConfigured(f"{name} must be a folder; {path} is a file.")
    return path.absolute()


def url(name: str, schemes: tuple[str, ...], default: str = "") -> str:
    """A URL with one of the given schemes, or "" when not set."""
    value = text(name, default)
    if value and urlsplit(value).scheme not in schemes:
        raise ImproperlyConfigured(f"{name} must start with one of {', '.join(s + '://' for s in schemes)}.")
    return value


def origin(name: str, apart_from: str) -> str:
    """Scheme and host of a URL (``https://media.example.net``) on another host than ``apart_from``, or ""."""
    value = url(name, ("http", "https")).rstrip("/")
    parts = urlsplit(value)
    if value and (parts.path or parts.query or not parts.hostname or "@" in parts.netloc):
        raise ImproperlyConfigured(f"{name} must be a scheme and a host, as in https://media.example.net.")
    if value and parts.netloc.lower() == urlsplit(apart_from).netloc.lower():
        raise ImproperlyConfigured(f"{name} must name another host than BASE_URL.")
    if value and apart_from.startswith("https://") and parts.scheme != "https":
        raise ImproperlyConfigured(f"{name} must start with https://, as BASE_URL does.")
    return value
