"""Random secrets of which only the hash is stored."""

from __future__ import annotations

import hashlib
import secrets


def make(prefix: str) -> str:
    """Return ``prefix`` and 256 random bits, safe in URLs, headers and JSON."""
    return prefix + secrets.token_urlsafe(32)


def digest(raw: str) -> str:
    """Return the hash to store. No salt is needed, because the secret has 256 random bits."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
