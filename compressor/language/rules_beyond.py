"""What is understood well enough to know that the flat object cannot say it: reported as missed, never misread.

"The second half" is no half of the bytes, "2 MB smaller" is not 2 MB, and what is cut out of the middle does not stay.
"""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules


def beyond(r: Reading, f: Found) -> None:
    r.refused.append((f.first, f.last))


def _hole(r: Reading, f: Found) -> Any:
    """ "remove 2s to 4s" leaves both sides standing; "remove 0 to 3s" is a beginning."""
    span = f.get("span") or tuple(f.all("ms", "num")[:2])
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if after in {"sound", "music", "text", "meta", "before", "after"}:
        return False
    if span[0] == 0:
        r.put("start_ms", round(span[1]))
        return None
    beyond(r, f)
    return None


def _half(r: Reading, f: Found) -> Any:
    """ "the first half" of what? "the first half second" is a time, "the first half of the size" nothing."""
    if f.has("ms") and (f["ms"] != 1000 or r.lang != "en"):
        return False
    beyond(r, f)
    return None


def _by(r: Reading, f: Found) -> Any:
    if f.tokens[-1].kind in {"smaller", "bigger"} and str(f.tokens[-1].value) not in _DELTAS:
        return False
    beyond(r, f)
    return None


_DELTAS = {"smaller", "lighter", "bigger", "larger", "heavier", "less heavy"}


def _wider(r: Reading, f: Found) -> Any:
    if f.tokens[-1].value not in {"wider", "taller", "longer"}:
        return False
    beyond(r, f)
    return None


def _less(r: Reading, f: Found) -> Any:
    """减少2M takes away, 减少到2M and 减少2M以内 leave."""
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if (
        f.tokens[0].value not in {"减少", "减", "减小", "砍", "砍掉", "去掉", "降低", "少", "减掉", "小", "再小"}
        or after == "under"
    ):
        return False
    beyond(r, f)
    return None


def _rate(r: Reading, f: Found) -> Any:
    """ "a lower frame rate" says no number; "a lower frame rate, like 10" does."""
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if f.tokens[-1].kind == "comma" and after in {"num", "fps", "frames"}:
        return False
    beyond(r, f)
    return None


_LEAST = {
    "at least", "minimum", "min", "no less than", "not less than", "no smaller than", "not smaller than", "至少", "不低于",
    "不少于", "不小于", "最少", "mindestens", "au moins", "al menos", "minimo",
}  # fmt: skip


def _least(r: Reading, f: Found) -> Any:
    """ "at least 1 MB": there is only an upper bound."""
    if f["over"] not in _LEAST:
        return False
    beyond(r, f)
    return None


def _askew(r: Reading, f: Found) -> Any:
    """Only right angles are turned by."""
    if f["deg"] % 90 == 0:
        return False
    beyond(r, f)
    return None


BEYOND: Rules = [
    ("(rotate|flip|make)+ ~ (by|to|at|cw|ccw)* ~ deg ~ (to|at)? (cw|ccw)?", _askew),
    ("(crop|remove|trim) ~ (pos|cw|ccw|part|sideszh|bothends|every|dims)+ ~ (by|at|of|from)* ~ (px|pct|num)", beyond),
    ("(crop|remove|trim) ~ (px|pct) ~ (off|of|from|at|to|every|both)* ~ (pos|cw|ccw|dims|sideszh|bothends)", beyond),
    ("(be)? ~ over bytes", lambda r, f: _least(r, f) if f.tokens[0].kind == "over" else False),
    ("pad ~ px", lambda r, f: beyond(r, f) if str(f["pad"]).startswith("fit") else False),
    ("remove ~ (part|from|at|rest)* ~ (from|at)? ~ (ms|num|ord num) ~ (to|until|dash|and)+ ~ ms", _hole),
    ("remove ~ (part|from|at)* ~ span", _hole),
    ("(from)? ~ (span|ms ~ (to|until|dash)+ ~ ms) ~ (part)? remove", _hole),
    ("(first|last|ord|part|ms) (part)? (halve|halfthesize|frac)", _half),
    ("(halve|halfthesize|double|twice|triple|frac|pct|mult|count) ~ (of|at|srcword)* ~ longword", beyond),
    ("longword ~ (by|to|compress|make|at)* ~ (halve|halfthesize|double|twice|frac|pct)", beyond),
    ("(trim|make|compress)? ~ ms ~ shorter", beyond),
    ("ms ~ longword", _wider),
    ("(px|num) ~ (width|height)", _wider),
    ("(make|compress)* ~ bytes ~ (smaller|bigger)", _by),
    ("(compress|trim|remove|smaller|losing|bigger)+ ~ (size|dims|width|height|fpsword|colorword)* ~ by ~ (bytes|fps|colors|px)", _by),
    ("(remove|trim|losing) ~ bytes ~ (off|of|from)", _by),
    ("(compress|remove|smaller) bytes", _less),
    ("(trim|compress) ~ (longword)? ~ by ~ ms", beyond),
    ("(trim|shorter) ms", lambda r, f: beyond(r, f) if f.tokens[0].value in {"缩短", "剪短"} else False),
    ("effect ~ (at|of|to|off|add)* ~ (music|sound|text|color|hue|video|animation|bgword)?", beyond),
    ("make ~ (first|last) ~ ms ~ (slower|faster|grayscale|reverse|mute)", beyond),
    ("(slower|faster) ~ (first|last|begin|end) ~ ms?", beyond),
    ("flip ~ speedword", beyond),
    ("(rotate|flip|make) ~ rightway", beyond),
    ("(hue|colorword) ~ (compress|remove|smaller|by|to)* ~ (halve|halfthesize|pct|frac)", beyond),
    ("(halve|pct|frac) ~ (of)? ~ (hue|colorword)", beyond),
    ("lengthen ~ (to|by|at)* ~ ms?", beyond),
    ("(remove|crop|trim) ~ (pad|padwhite|padblack)", beyond),
    ("(compress|smaller|bigger) ~ fpsword (comma|stop|$)", _rate),
    ("(trim|make)? ~ shorter", beyond),
]  # fmt: skip
