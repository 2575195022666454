"""The input and the output of the reader: what stands when a message arrives, and what it was read as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..formats import SOUNDS

ROLES = ("order", "question", "report", "correction", "beyond", "smalltalk", "unclear")


def is_sound(name: str) -> bool:
    """Whether a file is one that is heard only, by its name."""
    return name.casefold().rpartition(".")[2] in SOUNDS


@dataclass(frozen=True, slots=True)
class Context:
    """What words are read in.

    ``goal`` is ``Goal.to_json()`` of what stands; ``texts`` the words of the titles on the timeline, in order,
    ``places`` where they stand;
    ``clips`` how many clips are on it; ``speed`` the pace of the first; ``last`` the last result (``bytes``,
    ``format``, ``width``, ``height``, ``quality``); ``said`` the message before; ``files`` the names of the uploads,
    in order; ``layers`` the names of the files that lie over the clips, the lowest first; ``music`` the name of the
    music that plays, ``pending`` whether a question of ours waits for a yes.
    """

    goal: Mapping[str, Any] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    clips: int = 0
    speed: float = 1.0
    last: Mapping[str, Any] | None = None
    said: str = ""
    files: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    music: str = ""
    pending: bool = False

    @property
    def clips_to_be(self) -> int:
        """How many clips an order is about: one clip alone has none, so all pictures among the uploads are joined."""
        pictures = sum(not is_sound(file) for file in self.files)
        return max(pictures, 1) if self.clips == 1 else self.clips

    @classmethod
    def from_json(cls, value: Any) -> Context:
        """The context of one line of ``--explain --context``; what is missing or of the wrong type is left out."""
        known = value if isinstance(value, Mapping) else {}
        goal, last, clips, speed = (known.get(k) for k in ("goal", "last", "clips", "speed"))
        titles = goal.get("text") if isinstance(goal, Mapping) else None
        placed = [t for t in titles if isinstance(t, Mapping)] if isinstance(titles, list) else []
        return cls(
            goal=goal if isinstance(goal, Mapping) else {},
            texts=tuple(str(t) for t in known.get("texts") or [t.get("text", "") for t in placed]),
            places=tuple(str(t.get("position", "bottom")) for t in placed),
            clips=clips if isinstance(clips, int) else len(clips) if isinstance(clips, list) else 0,
            speed=float(speed) if isinstance(speed, int | float) and speed > 0 else 1.0,
            last=last if isinstance(last, Mapping) else None,
            said=str(known.get("said") or ""),
            files=tuple(str(f) for f in known.get("files") or ()),
            layers=tuple(str(n) for n in known.get("layers") or ()),
            music=str(known.get("music") or ""),
            pending=bool(known.get("pending")),
        )


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the message, as typed, and what it is: one of ROLES."""

    text: str
    role: str


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message came to.

    ``explain`` is the flat object of docs/language.md, with the keys that only a context can settle. ``clauses`` joined
    are the message. ``unclear`` are the pieces that were not understood, as typed. ``doubt`` is what they may have
    meant, not sure enough to be done unasked: an explain object whose missing values are None ("make it shorter" is
    ``{"max_duration_ms": None}``). ``answer`` is "yes" or "no" where the message answers a question of ours, else "".
    ``lang`` is the language of the message, "" where it cannot be told. ``back_to`` names what an undo goes to before
    ("back to before the text"), "" for one step.
    ``beyond`` are kinds of ``cannot`` that the message asks whether we can do. ``unmade`` is a format of
    ``formats.OTHERS`` that is asked about, or asked for: ``explain`` then has "other" in ``cannot``, and no export.
    ``left`` are values, as typed, beside which another one for the same was taken ("30 KB and 200 KB").
    ``unknown_places`` are sites, as typed, that are wished for and of which no limits are known.
    """

    explain: dict[str, Any]
    clauses: tuple[Clause, ...] = ()
    unclear: tuple[str, ...] = ()
    doubt: dict[str, Any] = field(default_factory=dict)
    answer: str = ""
    lang: str = ""
    back_to: str = ""
    beyond: tuple[str, ...] = ()
    unmade: str = ""
    left: tuple[str, ...] = ()
    unknown_places: tuple[str, ...] = ()
