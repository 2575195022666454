"""Names for things in addresses: long enough that nobody guesses one."""

from __future__ import annotations

import secrets


def public_id() -> str:
    """128 random bits in 22 characters that are safe in URLs, paths and channel groups."""
    return secrets.token_urlsafe(16)


def session_id() -> str:
    """19 decimal digits, the first not 0, as agents know a project: about 63 random bits; no key to anything."""
    return str(10**18 + secrets.randbelow(9 * 10**18))


def task_id() -> str:
    return f"task_{secrets.token_hex(12)}"


def file_key(folder: str) -> str:
    """A random place for a stored file; no name of anybody's is part of it."""
    name = secrets.token_hex(16)
    return f"{folder}/{name[:2]}/{name}"
