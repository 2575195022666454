"""How fast, which way round and how often."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Action, Found, Reading, Rules, nothing, sets
from .rows import POINTING


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


def _boomerang_count(r: Reading, f: Found) -> Any:
    """ "boomerang, twice"."""
    value = f.get("count") or (2 if f.has("twice") else 1)
    if value != int(value):
        return False
    r.put("boomerang", True)
    r.put("loop", int(value))
    return None


def _forever(r: Reading, f: Found) -> None:
    """ "it loops forever, can it play twice?": what is said later counts."""
    told = r.row[f.first].value in {"loops", "plays", "repeats"}  # "I asked for 2 loops and it loops forever"
    if not {"count", "twice", "once"} & {t.kind for t in r.row[0 if told else f.last :]}:
        r.put("loop", 0)
    else:
        r.wish.setdefault("loop", 0)


def _reversed(r: Reading, f: Found) -> bool:
    """倒放 循环3次: how often is read by the rules for it."""
    at = next(i for i in range(f.first, f.last) if r.row[i].kind == "reverse")
    r.put("reverse", True)
    r.use(at, at + 1)
    return False


def _played(r: Reading, f: Found) -> Any:
    """放三遍."""
    value = f.get("count") or (2 if f.has("twice") else 1)
    if f["add"] != "放" or value != int(value):
        return False
    r.put("loop", int(value))
    return None


_LOOPING = frozenset(
    (
        "loop",
        "lop",
        "lop it",
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
    if f.tokens[0].kind == "loopword" and _is_noun(r, f.first):
        return False
    if f["loopword"] not in _LOOPING or after in {"animation", "format", "video", "count", "num"} or "loop" in r.wish:
        return False
    r.put("loop", 0)
    return None


def _is_noun(r: Reading, at: int) -> bool:
    """ "this loop", "the hero loop" name the clip; "make this loop" says what to do."""
    before = at - 1
    while before >= 0 and at - before < 3 and r.row[before].kind in {"plain", "word"}:
        before -= 1
    if r.row[at].value in {"loops", "repeats", "plays"} and r.row[before].value == "that":
        return False  # "an mp4 that loops"
    if before < 0 or r.row[before].kind != "art" or r.row[before].value not in POINTING:
        return False
    return before == 0 or r.row[before - 1].kind not in {"make", "add", "not", "keep", "art"}


def _not_forever(r: Reading, f: Found) -> None:
    """ "not forever, 4 times"."""
    said = [t for t in r.row[: f.first] if t.kind in {"count", "twice"}]
    ahead = said or r.row[f.last : f.last + 4]  # "only three times, they don't allow endless loops"
    count = next((2 if t.kind == "twice" else t.value for t in ahead if t.kind in {"count", "twice"}), 1)
    r.put("loop", int(count))


_EDGES = {"comma", "stop", "and", "loopword", "export", "format", "version", "reverse", "mute", "faster"}


def _bare_times(r: Reading, f: Found) -> Any:
    """ "reversed, 2x, webm": times with nothing beside them are those of the speed."""
    before = r.row[f.first - 1].kind if f.first else "stop"
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if after == "art" and str(r.row[f.last].value).startswith(("it", "this", "that")):
        after = r.row[f.last + 1].kind if f.last + 1 < len(r.row) else "stop"
        after = "stop" if after in {"plain", "be", "slower", "faster", "word"} else after  # "2x, it's boring"
    if (
        after == "be"
        and f.last + 1 < len(r.row)
        and r.row[f.last + 1].value in {"plenty", "enough", "fine", "ok", "okay"}
    ):
        after = "stop"  # "1.5x is plenty"
    if after == "plain" and str(r.row[f.last].value).split()[0] in {
        "would",
        "should",
        "will",
        "works",
        "sounds",
        "might",
    }:
        after = "stop"  # "1.25x would be good"
    if after not in _EDGES or (before not in _EDGES and r.left(f.first - 1)):
        return False
    paced = {"faster", "slower", "speedword", "samespeed"} & {t.kind for t in r.row[: f.first]}
    if f.has("make") and not f.has("loopword") and not paced:
        return False
    return _speed_value(r, f)


def _once_again(r: Reading, f: Found) -> Any:
    """调快一倍 is twice as fast, 放慢一倍 half as fast."""
    if f["mult"] != 1 or r.lang != "zh":
        return False
    r.put("speed", 2.0 if f.has("faster") else 0.5)
    return None


PLAY: Rules = [
    ("(faster|slower|smaller|always) ~ load", sets(relative="smaller")),
    ("load ~ (faster|slower|smaller|always|forever|speedword)", sets(relative="smaller")),
    # boomerang before reverse: "forwards then backwards"
    ("not ~ boomerang", nothing),
    ("not ~ reverse", nothing),
    ("(loopword|make)? ~ forward ~ (comma|and|stop)* ~ (loopword|make)? ~ reverse ~ (comma)? ~ boomerang?", sets(boomerang=True)),
    ("(loopword)? forward", nothing),
    ("(loopword|make|add|with)? ~ boomerang ~ (loopword)? ~ (count|twice|once)", lambda r, f: _boomerang_count(r, f)),
    ("(loopword|make|add|with)? ~ boomerang (loopword|reverse)?", sets(boomerang=True)),
    ("(loopword|make)? ~ reverse loopword (count|num|forever|once|twice)", lambda r, f: _reversed(r, f)),
    ("(loopword|make)? ~ reverse (once|loopword)?", sets(reverse=True)),
    ("(make|to|export)* ~ loopword format", lambda r, f: _looping_format(r, f)),
    # how often
    ("loopword ~ not? ~ (under|over)+ ~ count", _loop_count),
    ("under count (comma|stop|and|$)", _loop_count),
    ("not ~ loopword ~ at? forever", _not_forever),
    ("not forever", _not_forever),
    ("not to? loopword", sets(loop=1)),
    ("remove ~ loopword", sets(loop=1)),
    ("loopword ~ once", sets(loop=1)),
    ("loopword ~ twice", sets(loop=2)),
    ("loopword ~ at mult", lambda r, f: _speed_value(r, f) if f["at"] in {"at", "@"} else False),
    ("loopword ~ (at|to|colon)? (count|mult)", _loop_count),
    ("loopword ~ (at|to|colon)? (num|ord) timeszh?", _loop_count),
    ("(count|num) (timeszh)? loopword", _loop_count),
    ("add (count|once|twice)", lambda r, f: _played(r, f)),
    ("twice loopword", sets(loop=2)),
    ("(loopword ~ triple|triple loopword)", sets(loop=3)),
    ("(loopword ~ quadruple|quadruple loopword)", sets(loop=4)),
    ("(not|end|until)? ~ after ~ (count|num (timeszh|loopword))", _loop_count),
    ("once loopword?", sets(loop=1)),
    ("at count (comma|stop|and|$)", lambda r, f: _loop_count(r, f) if f["at"] == "for" else False),
    ("(make|keep|loopword|at)? ~ forever loopword?", lambda r, f: _forever(r, f)),
    ("(loopword|reverse|boomerang) ~ always", sets(loop=0)),
    ("(keep|always) ~ loopword", sets(loop=0)),
    ("(make|keep|add) ~ loopword to? at?", lambda r, f: _loops(r, f)),
    # pace by a number
    ("slower ~ (to|by|at)? multspeed", _speed_value),
    ("(faster|speedword|loopword|make|double)? ~ (by|to|at|under)? multspeed (faster|speedword|loopword)*", _speed_value),
    ("(faster|slower) mult", lambda r, f: _once_again(r, f)),
    ("(speedword|faster) ~ (to|by|at|colon|make)* (mult|count)", _speed_value),
    ("(mult|count) ~ (speedword|faster)", _speed_value),
    ("slower ~ to (mult|count)", _speed_value),
    ("slower ~ (by|to|at)? (mult|count|multslow)", _speed_slow),
    ("(multslow|count slower|mult slower|num slower)", _speed_slow),
    ("(faster|slower|make|compress|loopword|at)* ~ (doublespeed|double speedword|speedword ~ (to|colon)* double|speedword (smaller|halve) double)", _speed(2.0)),
    ("(faster|make) ~ double", _speed(2.0)),
    ("(double|twice) faster", _speed(2.0)),
    ("frac ~ of? ~ samespeed", _speed_frac),
    ("pct ~ of? ~ samespeed", _speed_percent),
    ("halve ~ of? ~ samespeed", _speed(0.5)),
    ("samespeed ~ (mult|multspeed)", _speed_value),
    ("samespeed", nothing),
    ("speedword ~ samespeed", nothing),
    ("(faster|speedword) ~ factor ~ (num|mult)", _speed_value),
    ("slower ~ factor ~ (num|mult)", _speed_slow),
    ("(loopword|make)? ~ at? mult", lambda r, f: _bare_times(r, f)),
    ("faster ~ by num", _speed_value),
    ("slower ~ by num", _speed_slow),
    ("(triplespeed|triple speedword|triple faster)", _speed(3.0)),
    ("(quadruple speedword|quadruple faster)", _speed(4.0)),
    ("(slower|make|compress|loopword|at|speedword)* ~ (halfspeed|halve slower|slower ~ (to|srcword|of)* ~ halfthesize ~ speedword?|speedword ~ (compress|to|srcword|make|slower)* ~ halfthesize|speedword ~ (to|by|compress|make)* halve|slower ~ (to|by)? halve|halve ~ speedword|slower ~ halve|speedword ~ halve)", _speed(0.5)),
    ("(double|twice) (slower|slowratio)", _speed(0.5)),
    ("(mult|count) slowratio", _speed_slow),
    ("(triple slower)", _speed(0.333)),
    ("slower ~ (to|at) ~ (srcword|of)* ~ frac", _speed_frac),
    ("(slower|faster) ~ by ~ frac", lambda r, f: r.put("speed", float(_number(1 + f["frac"] * (1 if f.has("faster") else -1))))),
    ("slower frac", lambda r, f: _speed_frac(r, f) if str(f["slower"]).endswith("到") else False),
    ("faster ~ by halve", _speed(1.5)),
    ("frac (faster|slower)", lambda r, f: r.put("speed", float(_number(1 + f["frac"] * (1 if f.has("faster") else -1))))),
    ("pct (faster)", _speed_up_percent),
    ("(pct slower|slower ~ by pct|slower pct)", _slow_by_percent),
    ("(faster ~ by? pct)", _speed_up_percent),
    ("(slower ~ (to|at) pct)", _speed_percent),
    ("speedword ~ (better|faster|louder) ~ by? ~ pct", _speed_up_percent),
    ("speedword ~ (to|at|make|colon|srcword|of)* pct", _speed_percent),
    ("(at|to)? pct ~ (of|at)? ~ speedword", _speed_percent),
    ("frac ~ (of|at)? ~ speedword", _speed_frac),
    ("speedword ~ (to|at|colon)? num", _speed_value),
    ("num ~ of? speedword", lambda r, f: _speed_value(r, f) if f["num"] <= 8 else False),
]  # fmt: skip


def _looping_format(r: Reading, f: Found) -> Any:
    """ "make it a looping gif", "a looping webp please" say what it is to be; "my looping gif" what it is."""
    at = next(i for i in range(f.first, f.last) if r.row[i].kind == "loopword")
    before = r.row[at - 1] if at else None
    if r.row[at].value not in {"looping", "looped", "loop", "循环"}:
        return False
    if before is not None and before.kind == "art":
        if before.value in POINTING or not (f.has("make", "to", "export") or before.value == "wanted" or at == 1):
            return False
    elif before is not None and before.kind not in {"make", "to", "export", "comma", "stop"}:
        return False
    r.put("loop", 0)
    r.put("format", f["format"])
    return None


LOOPS: Rules = [("(make|keep|add)* loopword", lambda r, f: _loops(r, f))]
