"""How loud: a figure, or a factor of what stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .clauses import Span
from .phrases import holds
from .tokens import Row
from .wishes import Filled, Named

LOUDNESS = {"quieter": 0.7, "louder": 1.3}  # said without a figure
_FIGURES = frozenset({"halve", "frac", "double", "mult"})


def louder(row: Row, wish: dict[str, Any]) -> dict[str, float]:
    """A volume said comparatively ("quieter", "half as loud as now") multiplies what stands: ``relative_volume``."""
    music = wish.get("music")
    value = (music.get("volume") if isinstance(music, dict) else None) or wish.get("volume")
    kinds = {t.kind for t in row.tokens}
    if not isinstance(value, int | float) or (isinstance(music, dict) and "name" in music):
        return {}
    if kinds & {"pct", "num"}:
        return {}
    said = next((kind for kind in LOUDNESS if kind in kinds), "")
    if said and not kinds & _FIGURES:
        value = LOUDNESS[said]
    beside = holds(row.folded.text, row.lang, "cues", "compared")
    compared = said or value > 1 or (value != 1 and beside)  # "twice as loud" is no 200 %
    return {"relative_volume": value} if compared else {}


def loudness(
    row: Row, found: list[Span], roles: list[str], filled: list[Filled], named: list[Named]
) -> Iterator[Filled]:
    """A factor for each clause that says louder or quieter and asks for nothing else; none beside a figure ("quieter,
    40 %")."""
    if any("volume" in one.made for one in filled):
        return
    spoken = {f.clause for f in filled} | {n.clause for n in named if n.key not in {"music", "relative"}}
    for number, span in enumerate(found):
        said = {t.kind: at for at, t in enumerate(row.tokens[span.first : span.last], span.first)}
        asked = roles[number] in {"order", "correction"} and number not in spoken
        if asked and "not" not in said and (kind := next((k for k in LOUDNESS if k in said), None)):
            yield Filled(said[kind], number, "volume", {"volume": LOUDNESS[kind]})
