"""Random ids for URLs and file keys."""

from __future__ import annotations

import secrets


def public_id() -> str:
    """Return 128 random bits as 22 characters that are safe in URLs, paths and channel groups."""
    return secrets.token_urlsafe(16)


def session_id() -> str:
    """Return 19 decimal digits, the first not 0 (about 63 random bits). The id alone gives no access."""
    return str(10**18 + secrets.randbelow(9 * 10**18))


def task_id() -> str:
    return f"task_{secrets.token_hex(12)}"


def file_key(folder: str) -> str:
    """Return a random key for a stored file."""
    name = secrets.token_hex(16)
    return f"{folder}/{name[:2]}/{name}"
