"""The events of a running job. Pages, SSE and command line read the same stream.

Every event is frozen, JSON-safe by ``to_json`` and comes back by ``from_json`` (they travel through a pipe and are
stored as rows). The stream of one job: Probed, then Tried / Step / Said in any number, then exactly one of Finished
(which may say ``fits=False``: the closest) or Failed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Event:
    kind: ClassVar[str] = "event"

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind} | {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class Probed(Event):
    """The sources were read: ``infos`` is media id → MediaInfo as JSON."""

    kind: ClassVar[str] = "probed"
    infos: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step(Event):
    """Where the job is. ``stage``: reading, searching, encoding, verifying. ``percent`` 0-100 never goes back."""

    kind: ClassVar[str] = "step"
    stage: str
    percent: float
    left_s: float | None = None  # an estimate; None while unknown


@dataclass(frozen=True, slots=True)
class Tried(Event):
    """An attempt was encoded and measured: ``attempt`` is Attempt as JSON; ``fits``: it is within the ceiling."""

    kind: ClassVar[str] = "tried"
    attempt: dict[str, Any]
    number: int
    fits: bool


@dataclass(frozen=True, slots=True)
class Said(Event):
    """One plain sentence that the person should see: a fallback, a left-out sound, an ignored wish. ``warning``: the
    result may not be what was hoped for."""

    kind: ClassVar[str] = "said"
    text: str
    code: str = ""
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Finished(Event):
    """The file is at ``path``, verified. ``report`` is the object that ``--json`` prints. ``fits`` is False when the
    ceiling could not be met and this is the closest; ``would_fit`` then names the lever that would do it."""

    kind: ClassVar[str] = "finished"
    path: str
    report: dict[str, Any]
    fits: bool = True
    would_fit: str = ""


@dataclass(frozen=True, slots=True)
class Failed(Event):
    """No file. ``error`` is CompressorError.to_json()."""

    kind: ClassVar[str] = "failed"
    error: dict[str, Any] = field(default_factory=dict)


_KINDS: dict[str, type[Event]] = {k.kind: k for k in (Probed, Step, Tried, Said, Finished, Failed)}


def from_json(value: dict[str, Any]) -> Event:
    """The event again; unknown fields are ignored, an unknown kind raises KeyError."""
    kind = _KINDS[value["kind"]]
    names = {f.name for f in fields(kind)}
    return kind(**{k: v for k, v in value.items() if k in names})
