"""Converts URLs from the environment into Django settings: database, media storage, mail, secret key."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def database(url: str, default_path: Path) -> dict[str, Any]:
    """``sqlite:///absolute/path`` (or nothing: the default file), ``postgresql://user:pass@host:port/name?option=…``.

    SQLite uses a write-ahead log and takes its write lock at BEGIN, so that two writers wait instead of failing.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "sqlite"):
        path = Path(unquote(parts.path)) if url else default_path
        if url and (parts.netloc or not path.is_absolute()):
            raise ImproperlyConfigured("DATABASE_URL: a SQLite path must be absolute (sqlite:////folder/file).")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path),
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
            },
        }
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise ImproperlyConfigured("DATABASE_URL names no database.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


def media_storage(url: str, folder: Path) -> dict[str, Any]:
    """A local folder, or ``s3://bucket/prefix?endpoint_url=…&region_name=…`` (keys by the usual AWS variables)."""
    if not url:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(folder), "base_url": None},
        }
    parts = urlsplit(url)
    if not parts.netloc:
        raise ImproperlyConfigured("MEDIA_STORAGE_URL names no bucket.")
    options: dict[str, Any] = {
        "bucket_name": parts.netloc,
        "location": parts.path.strip("/"),
        "default_acl": None,
        "querystring_auth": True,
        "file_overwrite": True,  # keys are random, so no lookup is needed before an upload
        "max_memory_size": 2_000_000,
    }
    allowed = {"endpoint_url", "region_name", "addressing_style"}
    for key, value in parse_qsl(parts.query):
        if key not in allowed:
            raise ImproperlyConfigured(f"MEDIA_STORAGE_URL: unknown option {key}.")
        options[key] = value
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


def figures_folder(data_dir: Path, memory: Path = Path("/dev/shm")) -> Path:
    """Where the processes of this machine share their figures: in memory, for their owner alone, else under DATA_DIR.

    The figures are written through memory maps, and a process that writes to a map of a full disk dies of SIGBUS.
    """
    folder = memory / f"gifweb-{hashlib.sha256(str(data_dir.absolute()).encode()).hexdigest()[:16]}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        here = folder.lstat()
        if stat.S_ISDIR(here.st_mode) and here.st_uid == os.geteuid():
            return folder
    except OSError:
        pass
    return data_dir / "metrics"


def mail(url: str) -> tuple[str, str, int, str, str, bool, bool]:
    """``file://`` keeps mail in DATA_DIR, ``console://`` prints it, ``smtp://user:pass@host:587`` sends it (STARTTLS if
    a user is named), ``smtps://`` over TLS from the start.

    Returns backend, host, port, user, password, use_tls, use_ssl."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return "gifweb.mail_folder.EmailBackend", "localhost", 25, "", "", False, False
    if parts.scheme == "console":
        return "django.core.mail.backends.console.EmailBackend", "localhost", 25, "", "", False, False
    if not parts.hostname:
        raise ImproperlyConfigured("EMAIL_URL names no host.")
    tls = parts.scheme == "smtps"
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    port = parts.port or (465 if tls else 587 if user else 25)
    return (
        "django.core.mail.backends.smtp.EmailBackend",
        parts.hostname,
        port,
        user,
        password,
        bool(user) and not tls,
        tls,
    )


def secret_key(folder: Path, given: str) -> str:
    """Return the given key, or one that is created once in the data folder, readable only by its owner."""
    if given:
        if len(given) < 32:
            raise ImproperlyConfigured("SECRET_KEY must have at least 32 characters.")
        return given
    path = folder / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"secret_key.{secrets.token_hex(8)}"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    try:
        os.link(fresh, path)  # fails if another process was first; then its key is used
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()


def start_sentry(dsn: str) -> None:
    """Tell errors to Sentry, without what people sent. Its package comes with requirements-cluster.txt."""
    from .logs import scrub_event  # logging is set up later than this module is read

    try:
        import sentry_sdk
    except ImportError:
        raise ImproperlyConfigured("SENTRY_DSN needs the package sentry-sdk (requirements-cluster.txt).") from None
    sentry_sdk.init(
        dsn=dsn,
        before_send=scrub_event,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=0.0,
    )
