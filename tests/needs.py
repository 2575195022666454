"""Programs that some tests drive: found, or skipped with the reason in words (a failure under REQUIRE_ALL=1)."""

from __future__ import annotations

import glob
import os
import shutil

import pytest

_FOLDERS = {
    "postgres": "/usr/lib/postgresql/*/bin",
    "initdb": "/usr/lib/postgresql/*/bin",
    "rabbitmq-server": "/usr/sbin",
    "nginx": "/usr/sbin",
}


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
