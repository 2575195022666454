"""Clips in another order: from how it is said ("clip 3 to the front", "swap 1 and 2") to the order itself."""

from __future__ import annotations

from collections.abc import Sequence

from .context import Context
from .normalise import fold
from .tokens import Token

WAYS = ("list", "front", "end", "swap", "before", "after", "reverse")


def clips_named(tokens: Sequence[Token], clips: int, files: Sequence[str] = ()) -> list[int]:
    """The numbers from 1 of the clips that are named, as they are said; ``files`` are the names of the uploads."""
    found = []
    for token in tokens:
        if token.kind == "name":
            found += [n for n, file in enumerate(files, 1) if token.text in fold(file).text][:1]
        if token.kind in {"ord", "num"} and isinstance(token.value, int | float):
            found.append(int(token.value) if token.value == int(token.value) else 0)
        elif token.kind in {"first", "last"} and not token.counted:
            found.append(1 if token.kind == "first" else clips)
    return [n for n in dict.fromkeys(found) if 1 <= n <= clips]


def reordered(way: str, named: Sequence[int], clips: int, there: int | None = None) -> list[int] | None:
    """The order of all clips that a way of saying it makes; None where it says nothing, or no other order.
    ``there``: so many of them are on the timeline; the others have no order yet, and "it" is the last of them."""
    as_is = list(range(1, clips + 1))
    joins = there is not None and there < clips
    if joins and not named and way in {"list", "swap", "reverse"}:
        return None  # nothing is joined unless it is spoken of
    if joins and len(named) < 2 and way in {"before", "after", "front", "end"}:
        named = [clips, *(n for n in named if n != clips)] if way in {"before", "after"} else named or [clips]
        named = [*named, *(n for n in as_is[:1] if n not in named)]
    one, other = [*named, 0, 0][:2]
    rest = [n for n in as_is if n != one]
    order = as_is
    if way == "reverse" and not other:
        order = as_is[::-1]
    elif way == "list":
        order = [*named, *(n for n in as_is if n not in named)]
    elif way == "front" and one:
        order = [one, *rest]
    elif way == "end" and one:
        order = [*rest, one]
    elif way in {"swap", "reverse"} and other:  # two of several that are reversed change places
        order = [{one: other, other: one}.get(n, n) for n in as_is]
    elif way in {"before", "after"} and other:
        at = rest.index(other) + (way == "after")
        order = [*rest[:at], one, *rest[at:]]
    return order if order != as_is or joins else None


def place_said(tokens: Sequence[Token]) -> str:
    """The way that a word says by itself: "put it after the fire"."""
    kinds = {token.kind for token in tokens} & {"before", "after"}
    return kinds.pop() if len(kinds) == 1 else ""


def way_of(order: Sequence[int], tokens: Sequence[Token], context: Context) -> str:
    """How ``order`` may have been said in these tokens; "" where no way makes it."""
    clips, there = context.clips_to_be, context.clips
    named = clips_named(tokens, clips, context.files)
    ways = (place_said(tokens), *(WAYS if len(named) == clips else WAYS[1:]))
    return next((w for w in ways if reordered(w, named, clips, there) == list(order)), "")
