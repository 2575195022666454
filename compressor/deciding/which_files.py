"""Chooses the files that a message is about, and divides one byte budget among several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..media import MediaInfo
from ..timeline import stem


@dataclass(frozen=True, slots=True)
class Meant:
    """``media`` are the ids of the files that are meant, in the order of uploads; ``told`` whether the message named
    them; ``why`` the reason (standing.REASONS) where it cannot be told."""

    media: tuple[str, ...]
    told: bool = False
    why: str = ""


def which(said: Any, names: Mapping[str, str], infos: Mapping[str, MediaInfo], current: str) -> Meant:
    """The files that the key ``media`` means: a number from 1 in the order of uploads, a name or a clear part of it,
    "last", "other" (of two), "all", or a list of these; without it the file that is worked on.

    ``names`` is media id → file name in the order of uploads. A sound is meant only by its name or where it is alone.
    """
    files = list(names)
    shown = [m for m in files if infos[m].kind != "audio"] or files
    if said in (None, "", [], {}):
        return Meant((current,))
    if not files:
        return Meant((current,), True, "no_file")
    if isinstance(said, Sequence) and not isinstance(said, str):
        found = [which(one, names, infos, current) for one in said]
        wrong = next((f for f in found if f.why), None)
        meant = {m for f in found for m in f.media}
        return wrong or Meant(tuple(m for m in files if m in meant), True)
    if said == "all":
        return Meant(tuple(shown), True)
    if said == "first":
        return Meant((shown[0],), True)
    if said == "last":
        return Meant((shown[-1],), True)
    if said == "other" and len(shown) == 2:
        return Meant(tuple(m for m in shown if m != current)[:1], True)
    if isinstance(said, int) and not isinstance(said, bool):
        among = files if 0 < said <= len(files) and files[said - 1] in shown else shown
        return Meant((among[said - 1],), True) if 0 < said <= len(among) else Meant((current,), True, "no_file")
    return _named(str(said), names, shown, current)


def _named(said: str, names: Mapping[str, str], shown: Sequence[str], current: str) -> Meant:
    """By the whole name, then by the name without its ending, then by a part that only one file has."""
    plain = said.strip().casefold()
    for found in (
        [m for m, name in names.items() if name.casefold() == plain],
        [m for m, name in names.items() if stem(name).casefold() == plain],
        [m for m in shown if plain and plain in names[m].casefold()],
    ):
        if len(found) == 1:
            return Meant((found[0],), True)
        if found:
            return Meant((current,), True, "which_file")
    return Meant((current,), True, "no_file")


def shares(total: int, files: Sequence[int]) -> list[int]:
    """Shares of ``total`` bytes in proportion to the bytes of the files: at least 1 each, in sum never above (where
    there is a byte for each)."""
    whole = sum(files) or 1
    spare = max(0, total - len(files))
    return [1 + spare * size // whole for size in files]
