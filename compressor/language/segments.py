"""Which thing each token is said of, where a message speaks of texts and layers: "SALE at the top, the logo bottom
right". A token belongs to the nearest thing before it in its clause, else to the first one there. A clause without a
thing belongs to the one before; where there is none, to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .clauses import Span
from .tokens import Row

Rated = tuple[float, str, dict[str, Any]]
_LAYERS = frozenset({"layer", "thing", "file", "name", "watermark"})
_STUCK = frozenset({"sticker", "emoji", "emote", "avatar"})  # a thing, where no place is named that has such uses


@dataclass(frozen=True, slots=True)
class Thing:
    """A ``text`` or a ``layer``, at its first token; ``shown``: the words that a text shows stand there."""

    kind: str
    at: int
    shown: bool = False


def owners(row: Row, found: Sequence[Span], runs: Iterable[tuple[int, int]]) -> list[Thing | None]:
    """The thing of every token; ``runs`` are the words of texts, from the first token of each to the one after it."""
    tokens = row.tokens
    hidden = {at for first, last in runs for at in range(first, last)}
    starts = {first for first, _ in runs} | {i for i, t in enumerate(tokens) if t.kind == "quote"}
    kinds = {i: "text" for i, t in enumerate(tokens) if t.kind == "text"} | dict.fromkeys(laid(row), "layer")
    kinds = {at: kind for at, kind in kinds.items() if at not in hidden} | dict.fromkeys(starts, "text")
    held: list[list[Thing]] = []
    for span in found:
        within = range(span.first, span.last)
        things = [Thing(kinds[at], at, at in starts) for at in within if at in kinds]
        if any(t.shown for t in things):  # "the caption HELLO", "a watermark that says HELLO"
            things = [t for t in things if t.shown or (t.kind == "layer" and tokens[t.at].kind != "watermark")]
        held.append(things)
    following: list[Thing | None] = [None]
    for things in reversed(held):
        following.append(things[0] if things else following[-1])
    owner: list[Thing | None] = []
    before: Thing | None = None
    for span, things, after in zip(found, held, following[-2::-1], strict=True):
        mine: Sequence[Thing | None] = things or [before or after]
        for at in range(span.first, span.last):
            owner.append(next((t for t in reversed(mine) if t and t.at <= at), mine[0]))
        before = owner[-1]
    return owner


def laid(row: Row) -> set[int]:
    """The tokens that name a layer."""
    kinds = _LAYERS if any(t.kind == "place" for t in row.tokens) else {*_LAYERS, "use"}
    return {i for i, t in enumerate(row.tokens) if t.kind in kinds and (t.kind != "use" or t.value in _STUCK)}


# What is said of a text and of a layer alike, where the slots have other names.
_TWINS = {"text.last_ms": "layer.from_end", "layer.from_end": "text.last_ms"}


def said_of(kind: str, rated: list[Rated]) -> list[Rated]:
    """The rated slots (score, slot, what it makes) of a token that is said of a ``text`` or a ``layer``: what is
    believed of the other kind counts for the same slot of this one."""
    other = "layer" if kind == "text" else "text"
    moved = {_twin(s, other, kind): z for z, s, _ in rated if f"{other}." in s}
    return [(max(z, moved.get(s, z)), s, w) for z, s, w in rated if f"{other}." not in s]


def _twin(slot: str, head: str, to: str) -> str:
    bare = slot.removeprefix("s.")
    return slot[: len(slot) - len(bare)] + (_TWINS.get(bare) or bare.replace(f"{head}.", f"{to}.", 1))
