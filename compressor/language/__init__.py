"""Words, in their context → what was asked: see ``reader`` for the story and docs/language.md for the keys."""

from __future__ import annotations

from .context import ROLES, Clause, Context, Understood
from .phrases import asks
from .reader import read
from .several_formats import several, together

__all__ = ["ROLES", "Clause", "Context", "Understood", "asks", "read", "several", "together"]
