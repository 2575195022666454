"""Somebody who corrects himself in mid-sentence: "drop the last … no wait, the first 2 seconds", "2MB，不对，1MB"."""

from __future__ import annotations

from ..reading.lexer import Token

# What may take the place of what: a word of a group is taken back by another word of the same group.
_GROUPS = (
    {"bytes", "pct", "frac", "halve", "halfthesize"},
    {"first", "last", "begin", "end"},
    {"ms", "span"},
    {"fps"},
    {"pres", "px", "dim", "width", "height", "halfthedims"},
    {"format", "video", "still"},
    {"cw", "ccw"},
    {"deg", "halfturn", "quarterturn"},
    {"hor", "ver"},
    {"pos"},
    {"color"},
    {"colors"},
    {"aspect", "ratio"},
    {"place"},
    {"mult", "multspeed", "halfspeed", "doublespeed", "triplespeed"},
    {"count", "once", "twice", "forever"},
    {"faster", "slower"},
    {"smaller", "better"},
    {"louder", "quieter"},
    {"reverse", "boomerang"},
    {"quote"},
    {"track"},
    {"num"},
)
_GROUP = {kind: number for number, kinds in enumerate(_GROUPS) for kind in kinds}
_BREAKS = {"comma", "stop", "dash", "colon"}
_REACH = 12  # tokens: further back nobody corrects himself


def without_fallbacks(row: list[Token]) -> list[Token]:
    """ "webp, otherwise gif", 最好是webp，不行就gif: what is only the second choice is left out."""
    found: list[Token] = []
    index = 0
    while index < len(row):
        token = row[index]
        if token.kind != "otherwise":
            found.append(token)
            index += 1
            continue
        end = index + 1
        while end < len(row) and (row[end].kind in {"comma", "art", "make"} or row[end].kind not in {*_BREAKS, "and"}):
            end += 1
        meant = {_GROUP[t.kind] for t in row[index:end] if t.kind in _GROUP}
        if not meant & {_GROUP[t.kind] for t in found[-_REACH:] if t.kind in _GROUP}:
            found.append(Token("plain", token.value, token.start, token.end))
            index += 1
            continue
        index = end
    return found


def repaired(row: list[Token]) -> list[Token]:
    """The row as it was meant: what the words after "no wait" replace is gone, and so are the words "no wait"."""
    for place in range(2, len(row) - 1):  # "for the last... no, the first 5 seconds"
        trailing = [t.value for t in row[place - 2 : place]] == [".", "."]
        if trailing and row[place].value == "no" and row[place + 1].kind == "comma":
            row[place].kind = "repair"
    at = next((i for i, t in enumerate(row) if t.kind == "repair"), None)
    while at is not None:
        row = _repair(row, at)
        at = next((i for i, t in enumerate(row) if t.kind == "repair"), None)
    return row


def _repair(row: list[Token], at: int) -> list[Token]:
    token = row[at]
    plain = Token("plain", token.value, token.start, token.end)
    after = at + 1
    while after < len(row) and row[after].kind in _BREAKS | {"repair"}:
        after += 1
    end = after
    while end < len(row) and row[end].kind not in {"comma", "stop", "repair"}:
        end += 1
    meant = {_GROUP[t.kind] for t in row[after:end] if t.kind in _GROUP}
    gone: set[int] = set()
    for group in meant:
        place = next((i for i in range(at - 1, max(at - _REACH, -1), -1) if _GROUP.get(row[i].kind) == group), None)
        if place is not None:
            gone.add(place)
            if row[place].kind in {"first", "last"} and place + 1 < at and row[place + 1].kind == "num":
                gone.add(place + 1)  # "the first two … no, the first three seconds"
    if not gone:
        return [*row[:at], plain, *row[at + 1 :]]
    before = at
    while before and (row[before - 1].kind in _BREAKS or before - 1 in gone):
        before -= 1
    left = [t for i, t in enumerate(row[:before]) if i not in gone]
    return left + row[after:]
