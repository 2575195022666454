"""Words to be shown on the picture: which letters they are; what is said of them is read in ``attributes``."""

from __future__ import annotations

from typing import Any

from .attributes import attributes, segment
from .bare_texts import bare_texts
from ..reading.normal import Folded
from .pattern import STATING, Reading

_CUES = {"text", "write", "add", "pos", "textsize", "hue", "font"}


def read_texts(reading: Reading, folded: Folded) -> None:
    """Take every text out of the row, with what is said of it."""
    found = _quoted(reading) or bare_texts(reading, folded)
    if not found:
        return
    reading.put("text", found[0] if len(found) == 1 else found)


def wants_quotes(reading: Reading) -> bool:
    """Whether anything outside of the quotes speaks of letters to be shown, or of music by name."""
    row = reading.row
    if len(row) > 1 and row[0].kind == "quote" and row[1].kind in {"at", "from", "ms", "span", "first", "pos"}:
        return True
    return any(
        t.kind in _CUES | {"music", "hue", "color"}
        and not (t.value in {"says", "say", "saying"} and _somebody(row, i))  # "the form says …"
        for i, t in enumerate(row)
    )


def _somebody(row: list[Any], at: int) -> bool:
    """Whether it is somebody or something that says so, and no letters to be shown."""
    if not at or row[at - 1].kind not in {"uploader", "word", "plain", "place"}:
        return False
    return not any(t.kind in {"add", "text", "make"} for t in row[max(0, at - 4) : at])


def _quoted(reading: Reading) -> list[dict[str, Any]]:
    row, found = reading.row, []
    seen = False
    for at, token in enumerate(row):
        if token.kind != "quote" or not reading.left(at):
            continue
        first, last = segment(reading, at)
        kinds = [t.kind for t in row[first:last]]
        if "music" in kinds or not str(token.value).strip():
            continue
        if at and not seen and not set(kinds) & _CUES and not any(t.kind in _CUES for t in row[:at]):
            continue
        before = {t.kind for t in row[first:at]}
        if before & {"remove"} and "text" in before | set(kinds):
            reading.put("remove_text", True)
            reading.use(first, last)
            continue
        if "remove" in kinds and "text" in before and not {"add", "write"} & set(kinds):  # 把水印“ABC”去掉
            reading.put("remove_text", True)
            reading.use(first, last)
            continue
        if any(t.value in _THERE for t in row[first:at]) and _replaced(reading, last):
            reading.nothing = True  # 上面写着“2023”，先把字去掉，再加上“2024”
            reading.use(first, last)
            continue
        refused = {"not"} if any(t.kind == "not" and t.value not in STATING for t in row[first:at]) else set()
        if refused and not before & {"remove"}:
            reading.nothing = True
            reading.use(first, last)
            continue
        seen = True
        ends = [i for i in range(at + 1, last - 1) if row[i].kind == "last" and row[i + 1].kind == "ms"]
        reading.refused += [(i, i + 2) for i in ends]  # where the end is is not known here
        wish = {"text": str(token.value).strip()} | attributes(reading, first, last, at)
        reading.use(first, last)
        found.append(wish)
    return found


_THERE = {"写着", "says", "reads", "reading"}


def _replaced(reading: Reading, at: int) -> bool:
    """Whether what stands there is to go, and another text comes: told after ``row[at]``."""
    row = reading.row
    gone = any(
        t.kind == "remove" and {"text", "write"} & {k.kind for k in row[max(0, i - 3) : i + 4]}
        for i, t in enumerate(row[at:], at)
    )
    return gone and any(t.kind == "quote" for t in row[at:])
