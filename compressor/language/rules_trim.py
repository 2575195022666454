"""Which part of the clip, and how long it is to be."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules
from .rules_length import at_most, time_of


def _start(r: Reading, f: Found) -> None:
    r.put("start_ms", time_of(f))


def _end(r: Reading, f: Found) -> None:
    r.put("end_ms", time_of(f))


def _last(r: Reading, f: Found) -> None:
    r.put("last_ms", time_of(f))


def _cut_end(r: Reading, f: Found) -> Any:
    """Without the source's length "all but the last 2 seconds" cannot be a time yet: a negative end counts from there."""
    r.put("end_ms", -time_of(f))


def _range(r: Reading, f: Found) -> Any:
    span = f.get("span")
    start, end = span if span else (time_of(f, 0), time_of(f, 1))
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


_RUNS = {"run", "runs", "running", "play", "plays", "playing", "go", "goes", "continue", "continues"}


def _length_from(r: Reading, f: Found) -> None:
    if r.lang == "ja":  # 2秒から5秒: the first is where it begins
        _range(r, f)
        return
    length, start = time_of(f, 0), time_of(f, 1)
    r.put("start_ms", start)
    r.put("end_ms", start + length)


def _from_length(r: Reading, f: Found) -> Any:
    if any(t.kind == "trim" and str(t.value).endswith("到") for t in f.tokens):
        return _range(r, f)  # 从1秒剪到4秒
    if not any(t.kind in {"keep", "make", "trim"} for t in f.tokens):
        return False  # "between 3 and 5 seconds"
    start, length = time_of(f, 0), time_of(f, 1)
    r.put("start_ms", start)
    r.put("end_ms", start + length)
    return None


def _edge(r: Reading, f: Found, action: Action) -> Any:
    """ "the last second" is a second; "the last third" is no time."""
    return action(r, f) if f.get("ord") in {None, 2} or f.has("num") else False


def _starting(r: Reading, f: Found) -> None:
    """ "starts at 3s and lasts 4s"."""
    start, length = time_of(f, 0), time_of(f, 1)
    r.put("start_ms", start)
    r.put("end_ms", start + length)


def _running(r: Reading, f: Found) -> Any:
    """ "start at 3s and run for 4 seconds"."""
    if not {str(t.value) for t in f.tokens} & _RUNS:
        return False
    return _starting(r, f)


def _cut_ends(r: Reading, f: Found) -> None:
    """ "a second off both ends"."""
    r.put("start_ms", time_of(f))
    r.put("end_ms", -time_of(f))


def _cut_both(r: Reading, f: Found) -> None:
    r.put("start_ms", time_of(f, 0))
    r.put("end_ms", -time_of(f, 1))


def _both_ordinals(r: Reading, f: Found) -> Any:
    """ "the first second and the last second"."""
    if any(o != 2 for o in f.all("ord")):
        return False
    r.put("start_ms", 1000)
    r.put("end_ms", -1000)
    return None


_RATHER = {"not", "not the", "不是", "nicht", "pas", "no"}
TRIM: Rules = [
    ("from? ~ ms (begin|first) ms", lambda r, f: _starting(r, f) if f.get("begin", "first") in {"开始", "开始的"} else False),
    ("first ~ ms ~ (and|comma)+ ~ (last|end|after) ~ ms ~ remove", _cut_both),
    ("(first|begin) ~ ms off", _start),
    ("(last|end) ~ ms off", _cut_end),
    ("(last|end) ord off", lambda r, f: _edge(r, f, _cut_end)),
    ("(remove|trim) ~ begin ~ comma ms (comma|stop|and|$)", _start),
    ("(remove|trim) ~ end ~ comma ms (comma|stop|and|$)", _cut_end),
    ("(remove|trim) ~ begin ~ comma? ~ first ~ ms", _start),
    ("(remove|trim) ~ end ~ comma? ~ last ~ ms", _cut_end),
    ("(first|begin) ~ ms ~ comma? ~ not ~ (last|end) ~ ms", _end),  # 前5秒不是后5秒
    ("(last|end) ~ ms ~ comma? ~ not ~ (first|begin) ~ ms", _last),
    ("(remove|trim) ~ part? ~ (at|of|from)* ~ begin ~ (comma|stop) ~ be? ~ ms (comma|stop|$)", _start),
    ("(remove|trim) ~ part? ~ (at|of|from)* ~ end ~ (comma|stop) ~ be? ~ ms (comma|stop|$)", _cut_end),
    ("not ~ (last|first) ~ ms ~ comma ~ be? ~ (first|last) ~ (ms|num)", lambda r, f: _other_end(r, f) if f["not"] in _RATHER else False),
    ("(remove|trim) ~ (first|begin) ord ~ (and|comma)+ ~ (last|end) ord", lambda r, f: _both_ordinals(r, f)),
    ("(first|begin) ~ ms ~ and ~ (after|last|end) ~ ms ~ (remove|not)", lambda r, f: _cut_both(r, f) if f.get("after") in {None, "后面"} else False),
    ("ms ~ from ~ (last|end) ~ remove", _cut_end),
    ("(first|begin) ms begin ~ remove", _start),  # 开头3秒的片头去掉
    ("(last|end) ms end ~ remove", _cut_end),
    # cut from both ends
    ("(remove|trim|compress)+ ~ bothends ~ (by|at)? ~ ms", _cut_ends),
    ("bothends ~ (remove|trim|compress)+ ~ (by|at)? ~ ms", _cut_ends),
    ("(remove|trim) ~ ms ~ (off|of|at|from|to)* ~ bothends", _cut_ends),
    ("(remove|trim|not) ~ (first|begin) ~ ms ~ (and|comma)+ ~ (remove|trim|not)? ~ (last|end) ~ ms", _cut_both),
    ("(remove|trim) ~ (ms|num) ~ (of|at|from|off)? ~ (first|begin) ~ (and|comma)+ ~ (ms|num) ~ (of|at|from|off)? ~ (last|end)", _cut_both),
    ("first ~ ms ~ (and|comma)+ ~ last ~ ms ~ (comma|stop)* ~ remove", _cut_both),
    ("(remove|trim|not) ~ (first|begin) ~ (ms|num) ~ (and|comma)+ ~ (remove|trim|not)? ~ (last|end) ~ (ms|num)", _cut_both),
    ("remove ~ ms", lambda r, f: _headless(r, f)),
    ("after ms ~ (remove|not)", lambda r, f: _cut_end(r, f) if f["after"] == "后面" else False),
    ("after ~ be ~ ms ~ (extra|rest) ~ (comma|stop)? ~ remove?", lambda r, f: _cut_end(r, f) if f["after"] == "后面" else False),
    ("keep after ms (keep)?", lambda r, f: _last(r, f) if f["after"] == "后面" else False),
    ("besides ~ (first|begin) ~ ms ~ (keep|plain|word|every)*", _start),  # 除了前两秒都要
    ("besides ~ (last|end) ~ ms ~ (keep|plain|word|every)*", _cut_end),
    ("crop ~ (first|begin) ~ ms", _start),
    ("crop ~ (last|end) ~ ms", _cut_end),
    ("(remove|trim|not) ~ (first|begin) ~ and ~ (last|end) ~ (ms|ord)", lambda r, f: _edge(r, f, _cut_ends)),
    ("(remove|not) ~ before ~ ms ~ (and|or|comma)+ ~ after ~ ms", _range),
    ("before ~ ms ~ (and|or|comma)+ ~ after ~ ms ~ remove", _range),
    ("(trim|keep)+ ~ (to|at)* ~ from num (to|and|until|dash) num", _range),
    ("trim num dash num", _range),
    ("(remove|trim|make)? ~ ms ~ off ~ (of|at|from)? ~ (first|begin)", _start),
    ("(remove|trim|make)? ~ ms ~ off ~ (of|at|from)? ~ (last|end)", _cut_end),
    ("(from|begin) ~ ms ~ later", _start),
    ("(end|until|not) ~ (at|by)? ~ ms ~ (earlier|before end)", _cut_end),
    ("(from|begin) ~ (ms|num) ~ (comma|and)* ~ (end|until) ~ at? ~ (ms|num)", _range),
    ("ms ~ after ms", _length_from),
    ("from (ms|ord num) ~ (comma|and|for|at)+ ~ longword ~ ms", lambda r, f: _starting(r, f)),
    ("from (ms|ord num) ~ (comma|and|stop)+ ~ (plain|loopword) ~ at? ~ ms", lambda r, f: _running(r, f)),
    ("(end|until|not|trim) ~ (part|animation|video)? ~ after ~ ms (comma|stop|and|$)", lambda r, f: _end(r, f) if f.get("not") in {None, "stop"} and r.lang == "en" else False),
    ("ms ~ from (begin|comma|stop|$)", lambda r, f: _start(r, f) if r.lang == "ja" else False),
    # everything before or after a moment
    ("(remove|losing|trim)+ ~ not ~ first ~ ms", _end),  # "lose everything but the first 4 seconds"
    ("(remove|losing|trim)+ ~ not ~ last ~ ms", _last),
    ("remove ~ (first|begin) ~ (to|until|under)+ ~ (ms|ord num)", _start),
    ("remove ~ until ~ (ms|ord num)", _start),
    ("until ~ (ms|ord num) ~ remove", _start),
    ("(remove|not) ~ (rest|part|animation|video)* ~ after ~ (ms|ord num)", _end),
    ("(remove|not) ~ (rest|part|animation|video)* ~ before ~ (ms|ord num)", _start),
    ("after ~ (ms|ord num) ~ (part|rest)* ~ remove", _end),
    ("(ms|ord num) ~ after ~ comma ~ (after|rest|every)* ~ remove", _end),
    ("before ~ (ms|ord num) ~ (part|rest)* ~ remove", _start),
    ("(ms|ord num) ~ after ~ (part|rest)* ~ (remove|not)", _end),
    ("(ms|ord num) ~ before ~ (part|rest)* ~ (remove|not)", _start),
    ("trim ~ (part|rest)* ~ after ~ (ms|ord num)", lambda r, f: _end(r, f) if r.lang not in {"zh", "ja"} else _start(r, f)),
    ("not ~ (last|first) ~ ms ~ (comma|and|stop|make|keep)* ~ (first|last) ~ (ms|num)", lambda r, f: _other_end(r, f)),
    ("from? ~ (ms|ord num) ~ at? ~ begin ~ (comma|and|to|until)* ~ (ms|ord num) ~ at? ~ end", _range),
    ("from? ~ (ms|ord num) ~ at? ~ begin ~ (to|until)+ ~ (ms|ord num)", _range),
    ("from? ~ (ms|ord num) ~ at? ~ begin", lambda r, f: _begins(r, f)),
    ("(to|until)? ~ (ms|ord num) ~ at? ~ end", lambda r, f: _end(r, f) if f["end"] == "结束" else False),
    ("(first|begin) remove ms", _start),
    ("(last|end) remove ms", _cut_end),
    ("from ~ (begin|first) ~ (to|until|dash) ~ ms", _end),
    ("cutboth ~ ms", _cut_ends),
    ("(last|end) ~ extra ms", _cut_end),
    ("(last|end) ~ ms ~ (extra|rest) ~ (comma|stop)? ~ remove?", _cut_end),
    ("(first|begin) ~ extra ms", _start),
    ("(first|begin) ~ ms ~ (extra|rest) ~ (comma|stop)? ~ remove?", _start),
    ("(first|begin) ~ be ~ (color|better|slower|faster)* ~ comma ~ (remove|trim) ~ ms", _start),
    ("(last|end) ~ be ~ (color|better|slower|faster)* ~ comma ~ (remove|trim) ~ ms", _cut_end),
    ("from ~ (first|begin) ~ (remove|trim) ~ ms", _start),
    ("from ~ (last|end) ~ (remove|trim) ~ ms", _cut_end),
    ("trim ~ (video|animation|format|part)? ~ at ms", lambda r, f: _end(r, f) if f["at"] in {"at", "@"} else False),
    ("ms ~ (load|still|animation|video|part)* ~ (at|of|from)* ~ begin ~ (comma|and|stop)+ ~ (remove|trim)", _start),
    ("ms ~ (load|still|animation|video|part)* ~ (at|of|from)* ~ end ~ (comma|and|stop)+ ~ (remove|trim)", _cut_end),
    ("end ~ at ~ (ms|ord num)", _end),
    ("(keep|from|begin)+ ~ (part|rest)* ~ after ~ (ms|ord num)", _start),
    ("trim ~ (part|rest)* ~ before ~ (ms|ord num)", lambda r, f: _start(r, f) if r.lang not in {"zh", "ja"} else _end(r, f)),
    ("(keep|trim)+ ~ (part|rest)* ~ before ~ (ms|ord num)", _end),
    ("not ~ (add|keep|make)+ ~ (first|begin) ~ ms", _start),
    ("not ~ (add|keep|make)+ ~ (last|end) ~ ms", _cut_end),
    ("from ~ ms ~ at ~ begin", _start),
    ("(ms|ord num) ~ after ~ (part|rest)* ~ keep", _start),
    ("(ms|ord num) ~ before ~ (part|rest)* ~ keep", _end),
    ("keep ~ (ms|ord num) ~ after", _start),
    ("keep ~ (ms|ord num) ~ before", _end),
    ("(end|trim) ~ after ~ (ms)", lambda r, f: _end(r, f)),
    ("(keep|trim|part|from|at)* ~ secword (from)? num (to|until|dash|and) (secword)? num", _range),
    ("(from)? ord (to|until|dash|and) ms", lambda r, f: _ordinals(r, f)),
    ("(keep|trim)? ~ from ms (to|until|dash|and) ord", lambda r, f: _ordinals(r, f)),
    # keep a length from somewhere
    ("keep? ~ ms ~ (video|part|animation|longword)* ~ from (ms|ord num|num)", _length_from),
    ("keep? ~ ms of ~ comma ~ from (ms|ord num)", _length_from),
    ("from ~ (ms|ord num) ~ (from|begin|at)? ~ (keep|trim|comma|and|make)+ ~ ms", _from_length),
    ("skip ~ (ms) ~ keep ms", _from_length),
    ("(part|animation|video|rest|every) ~ after ~ (ms|ord num)", _start),
    ("^ art* after ~ ms $", _start),
    ("^ art* before ~ ms $", _end),
    ("^ until ms $", _end),
    ("(^|comma|stop|and) to word ms (comma|stop|and|$)", lambda r, f: _end(r, f) if f["word"] == "第" else False),  # 到第6秒为止
    ("^ to ms $", lambda r, f: at_most(r, f) if f["to"] == "up to" else False),
    ("(part|animation|video) ~ before ~ (ms|ord num)", _end),
    ("under ~ (span|ms (to|until|dash) ms)", lambda r, f: _between_lengths(r, f)),
    # parts named by both ends
    ("(keep|trim|remove|make|part|longword)* ~ (part|from|at|of)* ~ (from|at)? ~ (ms|ord num) ~ (to|until|dash|and|end)+ ~ (ms|ord num) (begin)? (part|keep)*", _range),
    ("(keep|trim|make|part)* ~ (part|from|at|of)* ~ span (part|keep)*", _range),
    ("from ~ num ~ (to|until|dash|and) ~ ms", _num_range),
    ("(keep|trim|part)+ ~ num ~ (to|until|dash) ~ ms", _num_range),
    ("(keep|trim)? ~ (from)? ord num ~ (to|until|dash|and) num", _range),
    # cut something off: the beginning
    ("(remove) ~ (first|begin) ~ (at|of|by|and)* ~ ms", _start),
    ("(remove|trim) ~ ms ~ (from|of|at|to|off)* ~ (first|begin)", _start),
    ("(trim|compress) ~ (first|begin) ~ (by|at)? ~ ms ~ (of|at|from)? ~ (begin|part)?", lambda r, f: _trim_first(r, f)),
    ("(last|end) ~ ms ~ be ~ (color|better)? ~ (comma|and|stop)* ~ (remove|trim)", _cut_end),
    ("(first|begin) ~ at? ~ ms ~ (color|still|animation|video|part|mute)* ~ (not|remove)", _start),
    ("(first|begin) ~ ms ~ be ~ (color|better)? ~ (comma|and|stop)* ~ (remove|trim)", _start),
    ("(first|begin) ~ ms ~ be ~ (at|make|word|plain|art|faster|better)* ~ (comma|and|stop)+ ~ (not|remove|trim)+ (comma|stop|and|$)", _start),
    ("(first|begin) ~ ms ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", _start),
    ("(last|end) ~ ms ~ (comma|stop|and)+ ~ remove (comma|stop|and|$)", _cut_end),
    ("(last|end) ~ ms ~ be ~ (at|make|word|plain|art|faster|better)* ~ (comma|and|stop)+ ~ (not|remove|trim)+ (comma|stop|and|$)", _cut_end),
    ("(first|begin) ~ be? ~ ms ~ rest (comma|and|stop|$)", lambda r, f: _start(r, f) if str(f["rest"]).startswith("多余") else False),
    ("(last|end) ~ be? ~ ms ~ rest (comma|and|stop|$)", lambda r, f: _cut_end(r, f) if str(f["rest"]).startswith("多余") else False),
    ("ms ~ (of|at)* ~ before ~ (animation|video|part)? ~ begin ~ (comma|and|stop)+ ~ (remove|trim)", _start),
    ("ms ~ of ~ (not|mute|load|still|animation|video|part|color)* ~ (at|of|from)* ~ begin ~ (comma|and|stop)+ ~ (remove|trim)", _start),
    ("ms ~ of ~ (not|mute|load|still|animation|video|part|color)* ~ (at|of|from)* ~ end ~ (comma|and|stop)+ ~ (remove|trim)", _cut_end),
    ("begin ~ (under|be|longword)+ ~ ms ~ longword? ~ (comma|and|stop)+ ~ (remove|trim)", _start),
    ("end ~ (under|be|longword)+ ~ ms ~ longword? ~ (comma|and|stop)+ ~ (remove|trim)", _cut_end),
    ("(remove|trim|not) ~ (first|begin) ord", lambda r, f: _edge(r, f, _start)),
    ("not ~ (first|begin) ~ ms", _start),
    ("begin (at|from|of)? ~ (ms) ~ remove", _start),
    # … the end
    ("(remove) ~ (last|end) ~ (at|of|by)* ~ ms", _cut_end),
    ("(remove|trim) ~ ms ~ (from|of|at|to|off)* ~ (last|end)", _cut_end),
    ("(trim) ~ (last|end) ~ (by)? ~ ms", lambda r, f: _trim_last(r, f)),
    ("trim ~ (last|end) ord", lambda r, f: _trim_last(r, f)),
    ("(last|end) ~ at? ~ ms ~ (color|still|animation|video|part|mute)* ~ (not|remove)", _cut_end),
    ("(remove|not) ~ (last|end) ord", lambda r, f: _edge(r, f, _cut_end)),
    ("not ~ (last|end) ~ ms", _cut_end),
    ("(begin|from) ~ ms (at|to)", lambda r, f: _begin_in(r, f)),
    ("ms (at|to) ~ (begin|from)", lambda r, f: _start(r, f) if f.has("at", "to") and f["ms"] and any(t.value in {"in", "into"} for t in f.tokens) else False),
    # keep the beginning or the end
    ("(keep|trim|make|to|under)* ~ (to|of|at)? ~ first ~ (keep|of)? ~ ms ~ (keep|longword|part)*", _end),
    ("ms ~ (from|at|of) ~ (begin|first)", _end),
    ("(keep|trim|make|to)* ~ (begin|first) ~ (keep|trim|remove_)* ~ ms ~ keep?", _end),
    ("(keep|trim)* ~ (to|of|at)? ~ first (ord|ord num)", lambda r, f: _edge(r, f, _end)),
    ("(keep|trim|make|to)* ~ (to|of|at)? ~ last ~ (keep|of)? ~ ms ~ (keep|longword|part)*", _last),
    ("(keep|trim|make|to)* ~ (end|last) ~ keep? ~ ms ~ keep?", _last),
    ("(keep|trim)* ~ (to|of|at)? ~ last ord", lambda r, f: _edge(r, f, _last)),
    ("(remove|trim) ~ (at|from|rest)* ~ over (ms|ord num)", _end),
    ("(remove|trim) ~ (everything|rest|all)* ~ (end|at)* ~ (ms|ord num) ~ (last|rest)", _end),
    ("keep? ~ (until|to) (ms|ord num)", lambda r, f: _end(r, f) if f.has("until") else _to_time(r, f)),
    ("ms (first) ~ (remove|not)", _start),
    ("ms ~ last ~ (remove|not|rest)+", _end),
    ("(remove)? ~ at? ~ (ms|ord num) ~ first ~ (part|rest)* ~ remove?", _start),
    ("(keep|loopword|trim|make)* ~ (from) ~ (ms|ord num) ~ (begin|trim|keep|to|end|until|and)*", _start),
    ("(keep|remove) ~ (first|last) num", lambda r, f: _first_count(r, f)),
]  # fmt: skip


def _headless(r: Reading, f: Found) -> Any:
    """掐头2秒, 去尾1秒: the verb says which end."""
    verb = str(f["remove"])
    if not verb.endswith(("头", "尾")):
        return False
    return (_start if verb.endswith("头") else _cut_end)(r, f)


def _begins(r: Reading, f: Found) -> Any:
    """第2秒开始; not 从第3秒开始截5秒, which says how long as well."""
    after = [t.kind for t in r.row[f.last : f.last + 2]]
    return _start(r, f) if f["begin"] == "开始" and after not in (["trim", "ms"], ["keep", "ms"]) else False


def _between_lengths(r: Reading, f: Found) -> Any:
    """要求15秒到30秒 says how long it may be."""
    if f["under"] != "要求":
        return False
    if not {"first", "last"} & {t.kind for t in r.row}:
        r.put("max_duration_ms", f["span"][1] if f.has("span") else time_of(f, 1))
    r.nothing = True
    return None


def _other_end(r: Reading, f: Found) -> Any:
    """ "not the last 3 seconds, the first 3"."""
    edges = [t.kind for t in f.tokens if t.kind in {"first", "last"}]
    if edges[0] == edges[1]:
        return False
    return (_end if edges[1] == "first" else _last)(Reading([], r.lang, wish=r.wish), Found(f.tokens[-1:], 0, 1))


def _ordinals(r: Reading, f: Found) -> Any:
    """ "from the 2nd to the 5th second"."""
    start, end = [t.value * (1 if t.kind == "ms" else 1000) for t in f.tokens if t.kind in {"ms", "ord"}]
    if start >= end:
        return False
    r.put("start_ms", round(start))
    r.put("end_ms", round(end))
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
    """ "cut the last 2 seconds", "corta los últimos 2 segundos"; 截最后2秒 takes them out to keep them."""
    if r.lang in {"en", "es", "fr"} or f.has("by"):
        _cut_end(r, f)
    else:
        _last(r, f)


def _to_time(r: Reading, f: Found) -> Any:
    return False
