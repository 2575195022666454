"""Undo and redo over drafts, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass

from .draft import Draft

LONGEST = 200


@dataclass(frozen=True, slots=True)
class History:
    """``now`` and what came before and after it. A new draft forgets what was undone."""

    now: Draft
    past: tuple[Draft, ...] = ()
    future: tuple[Draft, ...] = ()

    def then(self, draft: Draft) -> History:
        return History(draft, (*self.past, self.now)[-LONGEST:])

    def undo(self) -> History | None:
        """One step back, None if there is none."""
        if not self.past:
            return None
        return History(self.past[-1], self.past[:-1], (self.now, *self.future))

    def redo(self) -> History | None:
        if not self.future:
            return None
        return History(self.future[0], (*self.past, self.now), self.future[1:])
