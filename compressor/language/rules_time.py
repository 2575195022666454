"""Which part of the clip, how long, how fast, which way round and how often."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules, nothing, sets


def _ms(found: Found, at: int = 0) -> int:
    """The n-th time in the match; "second two" and "the last second" are times as well."""
    times = []
    tokens = found.tokens
    for index, token in enumerate(tokens):
        if token.kind == "ms":
            times.append(int(token.value))
        elif token.kind == "ord" and index + 1 < len(tokens) and tokens[index + 1].kind == "num":
            times.append(round(float(tokens[index + 1].value) * 1000))
        elif token.kind == "num" and (index == 0 or tokens[index - 1].kind != "ord"):
            times.append(round(float(token.value) * 1000))
        elif token.kind == "ord" and not (index + 1 < len(tokens) and tokens[index + 1].kind == "num"):
            times.append(1000)
    return times[at]


def _start(r: Reading, f: Found) -> None:
    r.put("start_ms", _ms(f))


def _end(r: Reading, f: Found) -> None:
    r.put("end_ms", _ms(f))


def _last(r: Reading, f: Found) -> None:
    r.put("last_ms", _ms(f))


def _cut_end(r: Reading, f: Found) -> Any:
    """Without the source's length "all but the last 2 seconds" cannot be a time yet: a negative end counts from there."""
    r.put("end_ms", -_ms(f))


def _max(r: Reading, f: Found) -> None:
    r.put("max_duration_ms", _ms(f))


def _range(r: Reading, f: Found) -> Any:
    span = f.get("span")
    start, end = span if span else (_ms(f, 0), _ms(f, 1))
    if end <= start:
        return False
    r.put("start_ms", start)
    r.put("end_ms", end)
    return None


def _num_range(r: Reading, f: Found) -> Any:
    """ "from 2 to 4 seconds": the first number counts seconds as well."""
    start, end = float(f["num"]), f["ms"]
    if start * 1000 >= end:
        return False
    r.put("start_ms", round(start * 1000))
    r.put("end_ms", end)
    return None


def _length_from(r: Reading, f: Found) -> None:
    if r.lang == "ja":  # 2秒から5秒: the first is where it begins
        _range(r, f)
        return
    length, start = _ms(f, 0), _ms(f, 1)
    r.put("start_ms", start)
    r.put("end_ms", start + length)


def _from_length(r: Reading, f: Found) -> Any:
    if any(t.kind == "trim" and str(t.value).endswith("到") for t in f.tokens):
        return _range(r, f)  # 从1秒剪到4秒
    if not any(t.kind in {"keep", "make", "trim"} for t in f.tokens):
        return False  # "between 3 and 5 seconds"
    start, length = _ms(f, 0), _ms(f, 1)
    r.put("start_ms", start)
    r.put("end_ms", start + length)
    return None


def _cut_both(r: Reading, f: Found) -> None:
    r.put("start_ms", _ms(f, 0))
    r.put("end_ms", -_ms(f, 1))


def _half_clip(r: Reading, f: Found) -> Any:
    return False


def _speed(factor: float) -> Action:
    return sets(speed=factor)


def _number(value: float) -> float | int:
    rounded = round(value, 3)
    return int(rounded) if rounded == int(rounded) and abs(rounded) >= 1 else rounded


def _speed_value(r: Reading, f: Found) -> Any:
    value = f.get("multspeed", "mult", "num", "count")
    if not value:
        return False
    r.put("speed", float(value))
    return None


def _speed_slow(r: Reading, f: Found) -> Any:
    value = f.get("multslow", "mult", "count", "num")
    if not value:
        return False
    r.put("speed", float(_number(1 / float(value) if value >= 1 else float(value))))
    return None


def _speed_percent(r: Reading, f: Found) -> Any:
    value = f["pct"]
    if not value:
        return False
    r.put("speed", value / 100)
    return None


def _speed_up_percent(r: Reading, f: Found) -> None:
    r.put("speed", float(_number(1 + f["pct"] / 100)))


def _slow_by_percent(r: Reading, f: Found) -> Any:
    if f["pct"] >= 100:
        return False
    r.put("speed", float(_number(1 - f["pct"] / 100)))
    return None


def _speed_frac(r: Reading, f: Found) -> None:
    r.put("speed", float(_number(f["frac"])))


def _loop_count(r: Reading, f: Found) -> Any:
    value = f.get("count", "num", "mult")
    if value is None or value != int(value) or not 0 <= value <= 65535:
        return False
    r.put("loop", int(value))
    return None


_LOOPING = frozenset(
    (
        "loop",
        "loop it",
        "looped",
        "looping",
        "loops",
        "循环",
        "循环播放",
        "反复播放",
        "ループ",
        "boucle",
        "bucle",
        "schleife",
        "in schleife",
        "loopen",
        "wiederholen",
        "wiederhole",
        "en boucle",
        "en bucle",
        "repite",
        "repetir",
        "que se repita",
        "repete",
        "ループ再生",
        "ループして",
        "繰り返し",
        "繰り返して",
        "くりかえし",
        "重复播放",
        "重复",
        "轮播",
    )
)


def _loops(r: Reading, f: Found) -> Any:
    """ "loop it" without a number is for ever; "a looping gif" only describes."""
    after = r.row[f.last].kind if f.last < len(r.row) else ""
    if f["loopword"] not in _LOOPING or after in {"animation", "format", "video", "count", "num"} or "loop" in r.wish:
        return False
    r.put("loop", 0)
    return None


def _keep_every(r: Reading, f: Found) -> Any:
    value = int(f["ord"] if f.has("ord") else f["num"])
    if value < 2:
        return False
    r.put("keep_every", value)
    return None


def _fps(r: Reading, f: Found) -> Any:
    value = (f.all("fps") or [f.get("num", "frames")])[-1]
    if isinstance(value, str) or not value or not 0 < value <= 240:
        return False  # a bare word "frames" is no number
    r.put("fps", value)
    return None


def _some_of(r: Reading, f: Found) -> Any:
    """ "drop two of every three frames" keeps every third."""
    some, of = f["num"], f["frames"]
    if isinstance(of, str) or not 2 <= of <= 100 or (of - some if f.has("remove") else some) != 1:
        return False
    r.put("keep_every", int(of))
    return None


def _not_forever(r: Reading, f: Found) -> None:
    """ "not forever, 4 times"."""
    count = next((t.value for t in r.row[f.last : f.last + 4] if t.kind == "count"), 1)
    r.put("loop", int(count))


_EDGES = {"comma", "stop", "and", "loopword", "export", "format", "version", "reverse", "mute", "faster"}


def _bare_times(r: Reading, f: Found) -> Any:
    """ "reversed, 2x, webm": times with nothing beside them are those of the speed."""
    before = r.row[f.first - 1].kind if f.first else "stop"
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if after not in _EDGES or (before not in _EDGES and r.left(f.first - 1)):
        return False
    if f.has("make") and not f.has("loopword"):
        return False
    return _speed_value(r, f)


_NO_RATE = {"first", "last", "every", "remove", "ord", "other", "begin", "end", "word"}


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


PLAY: Rules = [
    ("(faster|slower|smaller|always) ~ load", sets(relative="smaller")),
    ("load ~ (faster|slower|smaller|always|forever|speedword)", sets(relative="smaller")),
    # boomerang before reverse: "forwards then backwards"
    ("not ~ boomerang", nothing),
    ("not ~ reverse", nothing),
    ("(loopword|make|add|with)? ~ boomerang (loopword|reverse)?", sets(boomerang=True)),
    ("(loopword|make)? ~ reverse loopword?", sets(reverse=True)),
    # how often
    ("not ~ loopword at? forever", sets(loop=1)),
    ("not forever", _not_forever),
    ("not loopword", sets(loop=1)),
    ("remove ~ loopword", sets(loop=1)),
    ("loopword ~ once", sets(loop=1)),
    ("loopword ~ twice", sets(loop=2)),
    ("loopword ~ (at|to|colon)? (count|mult)", _loop_count),
    ("loopword ~ (at|to|colon)? (num|ord) timeszh?", _loop_count),
    ("(count|num) (timeszh)? loopword", _loop_count),
    ("twice loopword", sets(loop=2)),
    ("once loopword?", sets(loop=1)),
    ("(make|keep|loopword|at)? ~ forever loopword?", sets(loop=0)),
    ("(loopword|reverse|boomerang) ~ always", sets(loop=0)),
    ("(keep|always) ~ loopword", sets(loop=0)),
    ("(make|keep|add) ~ loopword to? at?", lambda r, f: _loops(r, f)),
    # pace by a number
    ("slower ~ (to|by|at)? multspeed", _speed_value),
    ("(faster|speedword|loopword|make|double)? ~ (by|to|at|under)? multspeed (faster|speedword|loopword)*", _speed_value),
    ("(speedword|faster) ~ (to|by|at|colon|make)* (mult|count)", _speed_value),
    ("(mult|count) ~ (speedword|faster)", _speed_value),
    ("slower ~ to (mult|count)", _speed_value),
    ("slower ~ (by|to|at)? (mult|count|multslow)", _speed_slow),
    ("(multslow|count slower|mult slower|num slower)", _speed_slow),
    ("(faster|slower|make|compress|loopword|at)* ~ (doublespeed|double speedword|speedword ~ to? double|speedword (smaller|halve) double)", _speed(2.0)),
    ("(faster|make) ~ double", _speed(2.0)),
    ("(double|twice) faster", _speed(2.0)),
    ("samespeed", nothing),
    ("speedword ~ samespeed", nothing),
    ("(faster|speedword) ~ factor ~ (num|mult)", _speed_value),
    ("slower ~ factor ~ (num|mult)", _speed_slow),
    ("(loopword|make)? ~ at? mult", lambda r, f: _bare_times(r, f)),
    ("faster ~ by num", _speed_value),
    ("slower ~ by num", _speed_slow),
    ("(triplespeed|triple speedword|triple faster)", _speed(3.0)),
    ("(quadruple speedword|quadruple faster)", _speed(4.0)),
    ("(slower|make|compress|loopword|at|speedword)* ~ (halfspeed|halve slower|slower ~ (to|srcword|of)* ~ halfthesize ~ speedword?|speedword ~ (compress|to|srcword|make|slower)* ~ halfthesize|speedword ~ (to|by)? halve|slower ~ (to|by)? halve|halve ~ speedword|slower ~ halve|speedword ~ halve)", _speed(0.5)),
    ("(double|twice) (slower|slowratio)", _speed(0.5)),
    ("(mult|count) slowratio", _speed_slow),
    ("(triple slower)", _speed(0.333)),
    ("faster ~ by halve", _speed(1.5)),
    ("pct (faster)", _speed_up_percent),
    ("(pct slower|slower ~ by pct|slower pct)", _slow_by_percent),
    ("(faster ~ by? pct)", _speed_up_percent),
    ("(slower ~ to pct)", _speed_percent),
    ("speedword ~ (better|faster|louder) ~ by? ~ pct", _speed_up_percent),
    ("speedword ~ (to|at|make|colon)* pct", _speed_percent),
    ("(at|to)? pct ~ (of|at)? ~ speedword", _speed_percent),
    ("frac ~ (of|at)? ~ speedword", _speed_frac),
    ("speedword ~ (to|at|colon)? num", _speed_value),
]  # fmt: skip
LOOPS: Rules = [("(make|keep|add)* loopword", lambda r, f: _loops(r, f))]
FRAMES: Rules = [
    ("keepevery", lambda r, f: r.put("keep_every", int(f["keepevery"]))),
    ("(remove|keep|use|not)? ~ every other frames", sets(keep_every=2)),
    ("(keep|remove|trim|compress|at)? ~ every ord frames", _keep_every),
    ("(keep|at)? ~ frac ~ (of|at)? ~ frames", lambda r, f: r.put("keep_every", round(1 / f["frac"]))),
    ("(keep|remove|compress|trim)? ~ (halve|halfthesize) ~ (of|at)? ~ (frames|fpsword)", sets(keep_every=2)),
    ("(compress|remove) ~ frames ~ (by|to|at)? halve", sets(keep_every=2)),
    ("frames halve", sets(keep_every=2)),
    ("(trim|compress|remove)? ~ fpsword ~ (by|to|at)? ~ (halve|halfthesize)", sets(keep_every=2)),
    ("(make|to|compress) frames", lambda r, f: _fps(r, f) if r.lang in {"zh", "ja"} else False),
    ("not ~ frames ~ (comma|and|make|to|at|be)* ~ frames", lambda r, f: r.put("fps", f.all("frames")[-1]) if r.lang in {"zh", "ja"} else False),
    ("keep ~ num ~ (of|from|at) every? num frames?", lambda r, f: False),
    ("num ~ (at|of)? every frames", lambda r, f: False),
    ("not ~ (make|at|to|under)* ~ fps ~ (comma|and|stop|but|make|to|at)* ~ (fps|num)", lambda r, f: r.put("fps", [t.value for t in f.tokens if t.kind in {"fps", "num"}][-1])),
    ("(remove|keep) ~ num ~ (of|from|at)* ~ every? ~ frames", lambda r, f: _some_of(r, f)),
    ("(fpsword|fps)? ~ (at|to|under|by|make|compress|colon)* ~ fps", _fps),
    ("fpsword ~ comma num", _fps),
    ("fpsword ~ (at|to|under|make|compress|colon|be)* num", _fps),
    ("(compress|make) fpsword ~ (at|to|under)* num", _fps),
    ("persecond (num|frames)", _fps),
    ("ms frames", lambda r, f: _fps(r, f) if f["ms"] == 1000 else False),
    ("frames (persecond|every ord)", _fps),
    ("(fpsword|under|to|by|at|compress|keep)? ~ frames", lambda r, f: _counted_frames(r, f)),
    ("frames ~ (per|at|by)? every? ord", lambda r, f: _fps(r, f) if f["ord"] == 2 else False),
]  # fmt: skip
TRIM: Rules = [
    # cut from both ends
    ("(remove|trim) ~ first ~ ms ~ (and|comma)+ ~ last ~ ms", _cut_both),
    ("(remove|trim) ~ ms ~ (of|at|from)? ~ (first|begin) ~ (and|comma)+ ~ ms ~ (of|at|from)? ~ (last|end)", _cut_both),
    ("first ~ ms ~ (and|comma)+ ~ last ~ ms ~ remove", _cut_both),
    # everything before or after a moment
    ("(remove|not) ~ rest? ~ after ~ (ms|ord num)", _end),
    ("(remove|not) ~ rest? ~ before ~ (ms|ord num)", _start),
    ("after ~ (ms|ord num) ~ (part|rest)* ~ remove", _end),
    ("before ~ (ms|ord num) ~ (part|rest)* ~ remove", _start),
    ("(ms|ord num) ~ after ~ (part|rest)* ~ (remove|not)", _end),
    ("(ms|ord num) ~ before ~ (part|rest)* ~ (remove|not)", _start),
    ("trim ~ (part|rest)* ~ after ~ (ms|ord num)", lambda r, f: _end(r, f) if r.lang == "en" else _start(r, f)),
    ("not ~ (last|first) ~ ms ~ (comma|and|stop|make|keep)* ~ (first|last) ~ (ms|num)", lambda r, f: _other_end(r, f)),
    ("from ~ begin ~ (to|until|dash) ~ ms", _end),
    ("trim ~ (video|animation|format|part)? ~ at ms", lambda r, f: _end(r, f) if f["at"] in {"at", "@"} else False),
    ("ms ~ (load|still|animation|video|part)* ~ (at|of|from)* ~ begin ~ (comma|and|stop)+ ~ (remove|trim)", _start),
    ("ms ~ (load|still|animation|video|part)* ~ (at|of|from)* ~ end ~ (comma|and|stop)+ ~ (remove|trim)", _cut_end),
    ("end ~ at ~ (ms|ord num)", _end),
    ("(keep|use|from|begin)+ ~ (part|rest)* ~ after ~ (ms|ord num)", _start),
    ("(keep|trim|use)+ ~ (part|rest)* ~ before ~ (ms|ord num)", _end),
    ("(ms|ord num) ~ after ~ (part|rest)* ~ keep", _start),
    ("(ms|ord num) ~ before ~ (part|rest)* ~ keep", _end),
    ("keep ~ (ms|ord num) ~ after", _start),
    ("keep ~ (ms|ord num) ~ before", _end),
    ("(end|trim) ~ after ~ (ms)", lambda r, f: _end(r, f)),
    ("(keep|trim|part|use|from|at)* ~ secword (from)? num (to|until|dash|and) (secword)? num", _range),
    ("(from)? ord (to|until|dash|and) ms", lambda r, f: _ordinals(r, f)),
    # keep a length from somewhere
    ("keep? ~ ms ~ (video|part|animation|longword)* ~ from (ms|ord num|num)", _length_from),
    ("from ~ (ms|ord num) ~ (from|begin|at)? ~ (keep|trim|comma|and|make)+ ~ ms", _from_length),
    ("skip ~ (ms) ~ keep ms", _from_length),
    # parts named by both ends
    ("(keep|trim|remove|make|part|longword)* ~ (part|from|at|of)* ~ (from|at)? ~ (ms|ord num) ~ (to|until|dash|and|end)+ ~ (ms|ord num) (begin)? (part|keep)*", _range),
    ("(keep|trim|make|part)* ~ (part|from|at|of)* ~ span (part|keep)*", _range),
    ("from ~ num ~ (to|until|dash|and) ~ ms", _num_range),
    ("(keep|trim)? ~ (from)? ord num ~ (to|until|dash|and) num", _range),
    # cut something off: the beginning
    ("(remove) ~ (first|begin) ~ (at|of|by|and)* ~ ms", _start),
    ("(remove|trim) ~ ms ~ (from|of|at|to|off)* ~ (first|begin)", _start),
    ("(trim|compress) ~ (first|begin) ~ (by|at)? ~ ms ~ (of|at|from)? ~ (begin|part)?", lambda r, f: _trim_first(r, f)),
    ("(last|end) ~ ms ~ be ~ (color|better)? ~ (comma|and|stop)* ~ (remove|trim)", _cut_end),
    ("(first|begin) ~ at? ~ ms ~ (not|remove)", _start),
    ("(first|begin) ~ ms ~ be ~ (color|better)? ~ (comma|and|stop)* ~ (remove|trim)", _start),
    ("(remove|trim|not) ~ (first|begin) ord", _start),
    ("not ~ (first|begin) ~ ms", _start),
    ("begin (at|from|of)? ~ (ms) ~ remove", _start),
    # … the end
    ("(remove) ~ (last|end) ~ (at|of|by)* ~ ms", _cut_end),
    ("(remove|trim) ~ ms ~ (from|of|at|to|off)* ~ (last|end)", _cut_end),
    ("(trim) ~ (last|end) ~ (by)? ~ ms", lambda r, f: _trim_last(r, f)),
    ("trim ~ (last|end) ord", lambda r, f: _trim_last(r, f)),
    ("(last|end) ~ at? ~ ms ~ (not|remove)", _cut_end),
    ("(remove|not) ~ (last|end) ord", _cut_end),
    ("not ~ (last|end) ~ ms", _cut_end),
    ("(begin|from) ~ ms (at|to)", lambda r, f: _begin_in(r, f)),
    ("ms (at|to) ~ (begin|from)", lambda r, f: _start(r, f) if f.has("at", "to") and f["ms"] and any(t.value in {"in", "into"} for t in f.tokens) else False),
    # keep the beginning or the end
    ("(keep|trim|make|use|to|under)* ~ (to|of|at)? ~ first ~ (keep|of)? ~ ms ~ (keep|longword|part)*", _end),
    ("ms ~ (from|at|of) ~ (begin|first)", _end),
    ("(keep|trim|make|to)* ~ (begin|first) ~ (keep|trim|remove_)* ~ ms ~ keep?", _end),
    ("(keep|trim)* ~ (to|of|at)? ~ first (ord|ord num)", _end),
    ("(keep|trim|make|to)* ~ (to|of|at)? ~ last ~ (keep|of)? ~ ms ~ (keep|longword|part)*", _last),
    ("(keep|trim|make|to)* ~ (end|last) ~ keep? ~ ms ~ keep?", _last),
    ("(keep|trim)* ~ (to|of|at)? ~ last ord", _last),
    ("(remove|trim) ~ (at|from|rest)* ~ over (ms|ord num)", _end),
    ("(remove|trim) ~ (everything|rest|all)* ~ (end|at)* ~ (ms|ord num) ~ (last|rest)", _end),
    ("keep? ~ (until|to) (ms|ord num)", lambda r, f: _end(r, f) if f.has("until") else _to_time(r, f)),
    ("ms (first) ~ (remove|not)", _start),
    ("ms ~ last ~ (remove|not|rest)+", _end),
    ("(remove)? ~ at? ~ (ms|ord num) ~ first ~ (part|rest)* ~ remove?", _start),
    ("(keep|loopword|trim|make)* ~ (from) ~ (ms|ord num) ~ (begin|trim|keep|to|end|until|and)*", _start),
    ("(keep|remove|use) ~ (first|last) num", lambda r, f: _first_count(r, f)),
    # how long
    ("(keep|trim|make|longword|at|in)* ~ longword? ~ (not|be|make)* ~ under ~ longword? ~ ms ~ (under|longword|at)*", _max),
    ("(keep|trim|make|longword)* ~ (at|to)? ms ~ (longword|under)+", _max),
    ("longword ~ (be|at|to|make|keep|colon|trim|compress)* ms", _max),
    ("(trim|compress|make|keep|crop) ~ (longword)? ~ (to|at|by|make)* ~ ms", _max),
    ("not ~ over ~ ms", _max),
    ("ms (comma|stop)? under", _max),
    ("(comma|stop) ms (comma|stop|$)", _max),
    ("^ms (version|clip|video|animation|format)?", _max),
    ("(make|export) ~ ms ~ (version|video|format|animation|still)", lambda r, f: _max(r, f) if not f.has("still") else False),
]  # fmt: skip


def _other_end(r: Reading, f: Found) -> Any:
    """ "not the last 3 seconds, the first 3"."""
    edges = [t.kind for t in f.tokens if t.kind in {"first", "last"}]
    if edges[0] == edges[1]:
        return False
    return (_end if edges[1] == "first" else _last)(Reading([], r.lang, wish=r.wish), Found(f.tokens[-1:], 0, 1))


def _ordinals(r: Reading, f: Found) -> Any:
    """ "from the 2nd to the 5th second"."""
    if f["ord"] * 1000 >= f["ms"]:
        return False
    r.put("start_ms", round(f["ord"] * 1000))
    r.put("end_ms", f["ms"])
    return None


def _begin_in(r: Reading, f: Found) -> Any:
    """ "start two seconds in"."""
    if f.tokens[-1].value not in {"in", "into"}:
        return False
    return _start(r, f)


def _first_count(r: Reading, f: Found) -> Any:
    """ "keep the first 8" counts seconds when nothing else is named."""
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if after not in {"stop", "comma", "and", "keep", "remove", "use"}:
        return False
    edge = next(t for t in f.tokens if t.kind in {"first", "last"})
    if f.has("remove"):
        return _start(r, f) if edge.kind == "first" else _cut_end(r, f)
    return _end(r, f) if edge.kind == "first" else _last(r, f)


def _trim_first(r: Reading, f: Found) -> None:
    """ "cut the first 2 seconds" takes them away; "trim to the first 2 seconds" keeps them (that has a ``to``)."""
    if f.has("trim") and not f.has("to") and not str(f["trim"]).startswith("截"):
        _start(r, f)
    else:
        _end(r, f)


def _trim_last(r: Reading, f: Found) -> None:
    if r.lang == "en" or f.has("by"):
        _cut_end(r, f)
    else:
        _last(r, f)


def _to_time(r: Reading, f: Found) -> Any:
    return False
