"""How many frames there are to be, by the second or of those there are."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules, sets


def _keep_every(r: Reading, f: Found) -> Any:
    value = int(f["ord"] if f.has("ord") else f["num"])
    if value < 2:
        return False
    r.put("keep_every", value)
    return None


def _fps(r: Reading, f: Found) -> Any:
    value = (f.all("fps") or f.all("frames") or [f.get("num")])[-1]
    if isinstance(value, str) or not value or not 0 < value <= 240:
        return False  # a bare word "frames" is no number
    r.put("fps", value)
    return None


def _at_rate(r: Reading, f: Found) -> Any:
    """ "720p at 30": the rate; one that was named before and is higher is how it is now."""
    value = f["num"]
    if not 5 <= value <= 120:
        return False
    earlier = [i for i in range(f.first) if r.row[i].kind == "fps" and r.left(i) and r.row[i].value > value]
    for at in earlier:
        r.use(at, at + 1)
    r.put("fps", value)
    at = next(i for i in range(f.first, f.last) if r.row[i].kind == "num")
    r.use(at - 1, at + 1)
    return False


def _some_of(r: Reading, f: Found) -> Any:
    """ "drop two of every three frames" keeps every third."""
    some, of = f["num"], f["frames"]
    if isinstance(of, str) or not 2 <= of <= 100 or (of - some if f.has("remove") else some) != 1:
        return False
    r.put("keep_every", int(of))
    return None


_NO_RATE = {"add", "first", "last", "every", "remove", "ord", "other", "begin", "end", "word"}


def _counted_frames(r: Reading, f: Found) -> Any:
    """15帧就够了: a number of frames with nothing else said counts those of a second."""
    value = f["frames"]
    before = r.row[f.first - 1] if f.first and r.left(f.first - 1) else None
    if r.lang not in {"zh", "ja"} or isinstance(value, str) or not 1 < value <= 120:
        return False
    if before and (before.kind in _NO_RATE or (before.kind == "be" and "有" in str(before.value))):
        return False
    if f.last < len(r.row) and r.row[f.last].kind in {"begin", "end", "frames", "ord", "remove"}:
        return False
    r.put("fps", value)
    return None


FRAMES: Rules = [
    ("(pres|dim) ~ at num (comma|stop|and|plain|under|$)", lambda r, f: _at_rate(r, f)),
    ("frames ~ (compress|make|to)+ ~ num", lambda r, f: r.put("fps", f["num"]) if isinstance(f["frames"], str) else False),
    ("num ~ not ~ fps", lambda r, f: r.put("fps", f["num"])),
    ("pres", lambda r, f: r.put("fps", f["pres"]) if f["pres"] in {24, 25, 30, 50, 60} else False),
    ("fpsword ~ num (dash|to|or) num", lambda r, f: r.put("fps", f.all("num")[-1])),
    ("fpsword ~ from (num|fps) ~ (to|compress|make|until)+ ~ (num|fps)", lambda r, f: r.put("fps", f.tokens[-1].value)),
    ("from frames ~ (to|compress|make|until)+ ~ frames", _fps),
    ("fpsword ~ of num", _fps),
    ("keepevery", lambda r, f: r.put("keep_every", int(f["keepevery"]))),
    ("(remove|keep|not)? ~ every other frames", sets(keep_every=2)),
    ("(keep|remove|trim|compress|at)? ~ every ord frames", _keep_every),
    ("(keep|at)? ~ frac ~ (of|at)? ~ frames", lambda r, f: r.put("keep_every", round(1 / f["frac"]))),
    ("(keep|remove|compress|trim)? ~ (halve|halfthesize) ~ (of|at)? ~ (frames|fpsword)", sets(keep_every=2)),
    ("(compress|remove) ~ frames ~ (by|to|at)? halve", sets(keep_every=2)),
    ("frames halve", sets(keep_every=2)),
    ("(trim|compress|remove)? ~ fpsword ~ (by|to|at|compress|remove)* ~ (halve|halfthesize)", sets(keep_every=2)),
    ("frames (to|make|compress)? num", lambda r, f: r.put("fps", f["num"]) if isinstance(f["frames"], str) and r.lang == "zh" else False),
    ("(make|to|compress) frames", lambda r, f: _fps(r, f) if r.lang in {"zh", "ja"} else False),
    ("not ~ frames ~ (comma|and|make|to|at|be)* ~ frames", lambda r, f: r.put("fps", f.all("frames")[-1]) if r.lang in {"zh", "ja"} else False),
    ("keep ~ num ~ (of|from|at) every? num frames?", lambda r, f: False),
    ("num ~ (at|of)? every frames", lambda r, f: False),
    ("not ~ (make|at|to|under)* ~ fps ~ (comma|and|stop|but|make|to|at)* ~ (fps|num)", lambda r, f: r.put("fps", [t.value for t in f.tokens if t.kind in {"fps", "num"}][-1])),
    ("(remove|keep) ~ num ~ (of|from|at)* ~ every? ~ frames", lambda r, f: _some_of(r, f)),
    ("(fpsword|fps)? ~ (at|to|under|by|make|compress|colon)* ~ fps", _fps),
    ("fpsword ~ comma write? num", _fps),
    ("fpsword ~ (at|to|under|make|compress|colon|be)* num", _fps),
    ("(compress|make) fpsword ~ (at|to|under)* num", _fps),
    ("persecond (num|frames)", _fps),
    ("ms frames", lambda r, f: _fps(r, f) if f["ms"] == 1000 else False),
    ("frames (persecond|every ord)", _fps),
    ("(fpsword|under|to|by|at|compress|keep)? ~ frames", lambda r, f: _counted_frames(r, f)),
    ("frames ~ (per|at|by)? every? ord", lambda r, f: _fps(r, f) if f["ord"] == 2 else False),
]  # fmt: skip
