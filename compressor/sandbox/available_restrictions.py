"""Which restrictions stand on this machine, in words for the person who runs it.

``SANDBOX=strict`` in the environment refuses to work where one is missing; ``auto``, the default, works with the rest.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import EngineFailure

VARIABLE = "SANDBOX"
CHOICES = ("auto", "strict")

# What a child can do when a restriction does not stand.
_THEN = {
    "landlock": "a media file that takes over the decoder can read every file that this user can read",
    "seccomp": "a media file that takes over the decoder can make every system call",
    "network": "only the system call filter keeps a child from the network",
    "ipc": "only the system call filter keeps a child from shared memory of others",
    "user": "children run with the user id of their parent",
    "capabilities": "children keep the rights of root",
}


@dataclass(frozen=True)
class Standing:
    """``walls``: wall → what stands (a version, true, false or a word). ``missing``: wall → why it does not."""

    walls: dict[str, Any]
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.missing

    def sentences(self) -> list[str]:
        """One for each restriction that is missing: what, why, and what follows."""
        return [f"The sandbox has no {wall}: {why}; {_THEN[wall]}." for wall, why in self.missing.items()]

    def to_json(self) -> dict[str, Any]:
        """For health checks and status pages."""
        return {"state": "ok" if self.complete else "incomplete", **self.walls, "missing": dict(self.missing)}


def strict() -> bool:
    """Whether the environment asks to refuse work where a restriction is missing."""
    return os.environ.get(VARIABLE, "").strip() == "strict"


def sandbox_incomplete(missing: Mapping[str, str]) -> EngineFailure:
    """The refusal under ``SANDBOX=strict``."""
    lacks = ", ".join(f"{wall} ({why})" for wall, why in missing.items())
    return EngineFailure("This machine refuses jobs, because its sandbox is incomplete.", detail=f"missing: {lacks}")
