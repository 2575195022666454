"""How large the picture is to be: sides, a share of its dimensions."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules, nothing, sets
from ..reading.shapes import ASPECTS


def part(value: float) -> float:
    """A share of the source's as it stands in the object."""
    return round(value, 3)


def scaled(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f.get("frac", "mult", "count", "num")
    if not value or not 0 < value <= 8:
        return False
    if value > 1 and not f.has("pct") and any("down" in str(t.value) for t in f.tokens):
        value = 1 / value
    r.put("scale", float(part(value)))
    return None


def scale_by(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("scale", float(part(1 - value)))
    return None


def _pixels(key: str) -> Action:
    def action(r: Reading, f: Found) -> Any:
        value = f.get("px", "num")
        if not value or not 8 <= value <= 16384 or value != int(value):
            return False
        r.put(key, int(value))
        return None

    return action


def _dim(r: Reading, f: Found) -> None:
    width, height = f["dim"]
    r.put("width", width)
    r.put("height", height)


def _no_dims(r: Reading, f: Found) -> Any:
    """ "no need to resize": a verb that nothing follows."""
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if after not in {"stop", "comma", "and"}:
        return False
    r.nothing = True
    return None


def _dims_factor(r: Reading, f: Found) -> Any:
    """ "scale down by a factor of 2" halves; "scale by a factor of 0.5" does as well."""
    value = float(f.get("num", "mult"))
    up = any("up" in str(t.value) for t in f.tokens if t.kind == "dims")
    if not 0 < value <= 8:
        return False
    r.put("scale", value if up or value < 1 else part(1 / value))
    return None


def _dims_down(r: Reading, f: Found) -> Any:
    verb = next((t.value for t in f.tokens if t.kind == "compress"), "")
    return scaled(r, f) if verb.endswith(("到", "至", "成", "为")) else scale_by(r, f)


def _by(r: Reading, f: Found) -> Any:
    values = f.all("px", "num")
    if len(values) == 2 and (values[0], values[1]) in ASPECTS:
        r.put("aspect", f"{values[0]:g}:{values[1]:g}")
        return None
    if len(values) != 2 or min(values) < 8:
        return False
    r.put("width", int(values[0]))
    r.put("height", int(values[1]))
    return None


def _as_it_is(r: Reading, f: Found) -> Any:
    """ "keep the width" asks for nothing; "keep the width at 750" does."""
    ahead = [t.kind for t in r.row[f.last : f.last + 2]]
    if ahead[:1] in (["num"], ["px"]) or (ahead[:1] in (["at"], ["to"], ["under"]) and ahead[1:] in (["num"], ["px"])):
        return False
    r.nothing = True
    return None


DIMS: Rules = [
    ("(make|compress|dims|to|at|size)* ~ halfthedims", sets(scale=0.5)),
    ("(dims|width|height) ~ (dims|width|height|and|each|every)* ~ (compress|make|by|to)* ~ (halve|halfthesize)", sets(scale=0.5)),
    ("(halve|halfthesize) ~ (of|to|at|dims|width|height)+", lambda r, f: sets(scale=0.5)(r, f) if f.has("dims", "width", "height") else False),
    ("(make)? ~ doublesize (at|dims|px)*", sets(scale=2.0)),
    ("(mult|count) ~ bigger (at|dims)*", scaled),
    ("bigger ~ (to|by|at)* ~ (mult|pct)", scaled),
    ("(double|twice) ~ dims", sets(scale=2.0)),
    ("dims ~ (to|by|make)* ~ double", sets(scale=2.0)),
    ("(dims)+ ~ factor ~ (num|mult)", lambda r, f: _dims_factor(r, f)),
    ("dims ~ compress ~ (by)? ~ (pct|frac)", lambda r, f: _dims_down(r, f)),
    ("dims ~ by (pct|frac)", scale_by),
    ("dims ~ (by|to)* count", lambda r, f: scaled(r, f) if "up" in str(f["dims"]) or "scale" in str(f["dims"]) else False),
    ("(dims|width|height)+ ~ (make|compress|to|at|of|be|srcword|colon|down)* ~ (pct|frac|mult) ~ (of|srcword|size|dims)*", scaled),
    ("(compress)? ~ (at|to)? ~ (pct|frac|mult) ~ (of|at)? ~ (srcword|every|both)? ~ dims", scaled),
    ("keep ~ srcword? ~ (dims|size|width|height|aspectword)+", _as_it_is),
    ("srcword? (dims|size|width|height|aspectword)+ ~ (keep|not compress|not make)", _as_it_is),
    ("not ~ (make|compress|trim|losing)+ ~ srcword? ~ (dims|size|aspectword|width|height)+", nothing),
    ("(srcword) (dims|size)", nothing),
    ("not ~ (make|to)* ~ dims", lambda r, f: _no_dims(r, f)),
    ("(px|num) width ~ (comma|and)* ~ (px|num) height", lambda r, f: _by(r, f)),
    ("(shortside) ~ (to|at|under|make|be|colon|compress)* ~ (px|num|pres)", _pixels("short_side")),
    ("(dims|make|compress|to|at|under|quality)* ~ pres (dims|quality|version|video|animation)?", lambda r, f: r.put("short_side", int(f["pres"]))),
    ("(width|longside) ~ (to|at|under|make|be|colon|compress|of|keep)* ~ (px|num) ~ (under|keep)?", _pixels("width")),
    ("(height) ~ (to|at|under|make|be|colon|compress|of|keep)* ~ (px|num) ~ (under|keep)?", _pixels("height")),
    ("(dims|make|compress|to|at|under|be)* ~ (px|num) ~ (at|of|by)? ~ width", _pixels("width")),
    ("(dims|make|compress|to|at|under|be)* ~ (px|num) ~ (at|of|by)? ~ height", _pixels("height")),
    ("(dims|make|compress|to|at|size|under|be|trim)* ~ dim (dims|version|size)?", _dim),
    ("(px|num) (by) (px|num)", lambda r, f: _by(r, f)),
    ("(dims|compress|make|to|at|under|size|px)* ~ px (dims|version)?", _pixels("width")),
    ("dims ~ (to|at|under|make|be|colon|compress)* ~ num", _pixels("width")),
    ("dims ~ (to|at|under|make|be|colon|compress|by)* ~ num", lambda r, f: scaled(r, f) if f["num"] <= 4 else False),
]  # fmt: skip
