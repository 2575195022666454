"""Words, in their context → what was asked."""

from __future__ import annotations

from .context import ROLES, Clause, Context, Understood

__all__ = ["ROLES", "Clause", "Context", "Understood", "read"]


def read(words: str, context: Context | None = None) -> Understood:
    """Read ``words`` in their context. Never raises, for any text."""
    from .. import language  # the reader before this one, until this one is whole

    found = language.read(words)
    role = "question" if words.rstrip().endswith(("?", "？")) else "order"
    return Understood(dict(found.explain), (Clause(words, role),), tuple(m.text for m in found.missed), lang=found.lang)
