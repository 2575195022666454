"""Programs that some tests drive: found, or skipped with the reason in words (a failure under REQUIRE_ALL=1)."""

from __future__ import annotations

import glob
import os
import shutil

import pytest
from django.core.files.storage import FileSystemStorage, default_storage

_FOLDERS = {
    "postgres": "/usr/lib/postgresql/*/bin",
    "initdb": "/usr/lib/postgresql/*/bin",
    "rabbitmq-server": "/usr/sbin",
    "nginx": "/usr/sbin",
}


# For tests that are about SQLite or a folder of files.
by_files = pytest.mark.skipif(os.environ.get("ON_SERVICES") == "1", reason="it is about SQLite or a folder of files")


def stored(*tops: str) -> list[str]:
    """The keys of all stored files below these folders, in a folder of files as in a bucket."""
    found: list[str] = []
    for top in tops:
        folders, names = default_storage.listdir(top) if _is_there(top) else ([], [])
        found += [f"{top}/{name}" for name in names]
        found += stored(*(f"{top}/{folder}" for folder in folders))
    return sorted(found)


def _is_there(top: str) -> bool:
    return not isinstance(default_storage, FileSystemStorage) or os.path.isdir(default_storage.path(top))


def program(name: str) -> str:
    """The path of program ``name``; skips the test where it is not installed."""
    found = shutil.which(name)
    if not found and name in _FOLDERS:
        candidates = sorted(p for p in glob.glob(os.path.join(_FOLDERS[name], name)) if os.access(p, os.X_OK))
        found = candidates[-1] if candidates else None
    if found:
        return found
    reason = f"the program {name} is not installed on this machine"
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{reason}, and REQUIRE_ALL=1 asks for every test")
    pytest.skip(reason)
