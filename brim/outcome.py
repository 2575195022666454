"""What one file came to, as an exit status, a line for a person and a line of JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from compressor.errors import CompressorError

# From the best to the worst; the status of a run is the worst of its files.
DONE, FAULT, USAGE, CANNOT_FIT, UNREADABLE, TOO_LARGE, STOPPED = 0, 1, 2, 3, 4, 5, 6
WORST = (DONE, CANNOT_FIT, TOO_LARGE, UNREADABLE, USAGE, STOPPED, FAULT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """``report`` is what ``--json`` prints of a file that was made; ``error`` says why there is none."""

    source: str
    status: int = DONE
    report: dict[str, Any] = field(default_factory=dict)
    error: CompressorError | None = None
    said: tuple[str, ...] = ()

    @property
    def made(self) -> bool:
        return bool(self.report)

    def to_json(self) -> dict[str, Any]:
        head = {"source": self.source, "status": self.status}
        if self.error is not None:
            return head | {"error": self.error.to_json() | {"detail": ""}}
        return head | self.report


def failed(source: str, error: CompressorError) -> Outcome:
    return Outcome(source, error.exit_status, error=error)


def worst(outcomes: Iterable[Outcome]) -> int:
    """The exit status of a run: the worst of its files, 0 for none."""
    return max((one.status for one in outcomes), key=WORST.index, default=DONE)
