"""Secrets that we hand out and of which we keep only the hash."""

from __future__ import annotations

import hashlib
import secrets


def make(prefix: str) -> str:
    """``prefix`` and 256 random bits, safe in URLs, headers and JSON."""
    return prefix + secrets.token_urlsafe(32)


def digest(raw: str) -> str:
    """What is kept of it. A plain hash is enough for what is random; nobody can try 2**256 secrets."""
    return hashlib.sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()
