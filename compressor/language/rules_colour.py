"""Colours: how many there are, which the background has, and what shines through."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules, nothing, sets


def _gray(r: Reading, f: Found) -> Any:
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if f["color"] != "gray" or after in {"bgword", "fill", "pad", "text"}:
        return False
    r.put("grayscale", True)
    return None


def _colors(r: Reading, f: Found) -> Any:
    value = f.get("colors", "num")
    if value is None or value != int(value) or not 2 <= value <= 256:
        return False
    r.put("colors", int(value))
    return None


def _other_count(r: Reading, f: Found) -> Any:
    """ "the colors look weird, use 256": the number counts what was spoken of."""
    spoken = {"hue", "colorword"} & {t.kind for t in r.row[: f.first]}
    if not spoken or f["num"] < 8 or f.get("plain") not in {None, "use"}:
        return False
    return _colors(r, f)


def _background(r: Reading, f: Found) -> None:
    verbs = f.has("make", "fill", "add", "to", "keep", "at")
    if not verbs and r.wish.get("background") == "transparent":
        return  # "the background's a horrible green, make it transparent"
    if (
        f.has("be")
        and not f.has("make", "fill", "add", "to", "keep")
        and any(t.kind == "transparent" for t in r.row[f.last :])
    ):
        r.nothing = True  # "the background's a horrible green, make it transparent"
        return
    r.put("background", f["color"])


_HAVING = {"has", "have", "got", "有", "是"}


def _has_ground(r: Reading, f: Found) -> Any:
    """ "it has a white background, make it transparent" tells what is there."""
    if "transparent" not in {r.wish.get("background"), *(t.kind for t in r.row)} or f["be"] not in _HAVING:
        return False
    r.nothing = True
    return None


def _bits(r: Reading, f: Found) -> Any:
    """ "8-bit colours" are 256 of them."""
    if not 1 <= f["bits"] <= 8:
        return False
    r.put("colors", int(2 ** f["bits"]))
    return None


def _transparent(r: Reading, f: Found) -> None:
    words = [t.value for t in f.tokens]
    if f.has("keep") or any(str(w).startswith(("alpha", "transparenc", "透明通道", "transparenz")) for w in words):
        r.put("transparent", True)
    else:
        r.put("background", "transparent")


COLOUR: Rules = [
    ("bits ~ (hue|colorword)", _bits),
    ("not ~ colors ~ (comma|and|make|to|stop)* ~ (num|colors)", lambda r, f: r.put("colors", int(f.tokens[-1].value))),
    ("(compress|keep|make|under|to|at|colorword)* ~ colors (under|colorword|under)*", _colors),
    ("(colorword|hue) ~ (to|at|under|make|compress|colon|be|of)* ~ num", _colors),
    ("(hue|colorword) ~ not ~ keep ~ (toomuch|comma|and)* ~ (num|colors)", _colors),
    ("num ~ (colorword|hue)", _colors),
    ("(colorword|hue) comma write? num", _colors),
    ("(plain|make|at) num (comma|stop|and|$)", lambda r, f: _other_count(r, f)),
    ("not ~ (losing|remove|make|compress|trim|be)+ ~ (hue|colorword)", nothing),
    ("not ~ (hue|colorword) ~ (losing|remove|make|compress|not)+", nothing),
    ("(remove|not) ~ (keep|add)? ~ hue", sets(grayscale=True)),
    ("(not|remove) ~ (add|make|at)* ~ dither", sets(dither=False)),
    ("dither (not|remove|off)", sets(dither=False)),
    ("(add|make|at)* ~ dither", sets(dither=True)),
    ("(not) ~ (make|to|at|keep)* ~ grayscale", nothing),
    ("(make|to|at|keep|loopword)* ~ grayscale (version|filter)?", sets(grayscale=True)),
    ("not ~ (losing|remove|make|trim)+ ~ transparent", sets(transparent=True)),
    ("transparent ~ (add|with|to|by|make)+ ~ color", _background),
    ("(not|remove) transparent", nothing),
    ("(bgword)? (keep|at|make|be)* ~ transparent (keep|bgword)*", lambda r, f: _transparent(r, f)),
    ("remove ~ color ~ bgword", sets(background="transparent")),
    ("be ~ better? ~ color ~ bgword ~ (comma|stop|and)+ ~ (make|to|not|be)* ~ color (comma|stop|and|$)", lambda r, f: r.put("background", f.all("color")[-1])),
    ("bgword ~ be ~ color ~ (comma|stop|and)+ ~ (make|to|not|be|bgword)* ~ color (comma|stop|and|$)", lambda r, f: r.put("background", f.all("color")[-1])),
    ("be ~ color ~ bgword", lambda r, f: _has_ground(r, f)),
    ("(make|fill|add|to|at|remove)* ~ color ~ (at|to)? ~ bgword ~ (fill)?", _background),
    ("(make|fill|add)* ~ bgword ~ (to|at|be|make|fill|add|colon|keep|should)* ~ color", _background),
    ("(fill|add) ~ (at|to|bgword|sideszh)* ~ color ~ (bgword)?", _background),
    ("(make|to)+ ~ color", _gray),
    ("not ~ (make|remove|keep)* ~ bgword", nothing),
    ("bgword ~ be ~ better? ~ (comma|stop|and)+ ~ make ~ color", _background),
    ("(remove|strip) ~ bgword", sets(background="transparent")),
    ("bgword remove", sets(background="transparent")),
    ("not ~ (remove|compress|trim|losing|make)+ ~ (of|at)? ~ meta", nothing),
    ("(remove|not|compress|trim)+ ~ (of|at)? ~ meta ((and|comma|or)* (other|rest|every)? meta)* (animation)*", sets(strip_metadata=True)),
    ("meta ~ (remove|not)", sets(strip_metadata=True)),
    ("keep ~ meta", nothing),
]  # fmt: skip
