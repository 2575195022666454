"""How many bytes, or what part of the source's; and what only describes the source."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules, nothing, sets
from .rules_dims import part, scale_by, scaled


def _bytes(r: Reading, f: Found) -> Any:
    value = f.get("bytes")
    if not value or value < 1:
        return False
    bare = len([t for t in f.tokens if t.kind not in {"art", "plain", "word"}]) == 1
    if bare and r.wish.get("max_bytes", value) < value:  # "max 3 MB allowed, mine 25 MB"
        r.nothing = True
        return None
    r.put("max_bytes", int(value))
    return None


def _last_bytes(r: Reading, f: Found) -> None:
    r.put("max_bytes", int(f.all("bytes")[-1]))


def _num_range(r: Reading, f: Found) -> Any:
    return _last_bytes(r, f)


def _ratio_to(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("max_ratio", part(value))
    return None


def _ratio_by(r: Reading, f: Found) -> Any:
    value = f["pct"] / 100 if f.has("pct") else f["frac"]
    if not 0 < value < 1:
        return False
    r.put("max_ratio", part(1 - value))
    return None


def _times_smaller(r: Reading, f: Found) -> Any:
    value = f.get("mult", "count", "num")
    if not value or value <= 1:
        return False
    r.put("max_ratio", part(1 / value))
    return None


def _from_bytes(r: Reading, f: Found) -> bool:
    """Only the description is taken; the word that leads to the target stays."""
    r.use(f.first, f.last - 1)
    return False


def _same_unit(r: Reading, f: Found) -> Any:
    """ "it weighs 30 megs and I want it at 4": the number has the unit that was named before."""
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    earlier = [t.value for t in r.row[: f.first] if t.kind == "bytes"]
    if "max_bytes" in r.wish or not earlier or after not in {"stop", "comma", "and", "under", "place"}:
        return False
    unit = next((u for u in (10**9, 10**6, 10**3) if earlier[-1] >= u), 1)
    value = round(f["num"] * unit)
    if not 0 < value < earlier[-1]:
        return False
    r.put("max_bytes", value)
    return None


def _is_so_large(r: Reading, f: Found) -> Any:
    """ "it's 1920x1080, make it 1280 wide": the first is how it is, when another follows."""
    later = {t.kind for t in r.row[f.last :]}
    if "not" in {t.kind for t in r.row[f.last : f.last + 2]}:
        return False  # 是480p不是720p
    if (f.first and r.row[f.first - 1].kind == "under") or not later & {"dim", "pres", "px", "halfthedims"}:
        return False
    r.nothing = True
    return None


_HAVING = {"i have", "i've got", "we have", "we've got", "i got", "we got", "have", "got", "there is", "there's"}


SCREENS = {
    "screen",
    "display",
    "wall",
    "slot",
    "tv",
    "monitor",
    "banner",
    "屏幕",
    "屏",
    "幕",
    "电视",
    "大屏",
    "展示屏",
}


def _lies(r: Reading, f: Found) -> Any:
    """ "the clip is vertical, make it 16:9", 传上来是竖的，转90度: how it lies now, when it is to lie otherwise."""
    if any(t.kind == "not" for t in r.row[max(0, f.first - 4) : f.first]):
        return False  # 不是竖屏，是方形
    if f.first and str(r.row[f.first - 1].value) in SCREENS:
        return False  # 屏幕是竖的 says how it is to be
    others = {t.kind for i, t in enumerate(r.row) if r.left(i) and not f.first <= i < f.last}
    after = r.row[f.last].kind if f.last < len(r.row) else "stop"
    if not others & {"aspect", "ratio", "rotate", "cw", "ccw", "dim"} or after not in {"comma", "stop", "and", "dunno"}:
        return False
    r.nothing = True
    return None


def _wont_do(r: Reading, f: Found) -> Any:
    """ "6 MB won't do" speaks of what it is."""
    if f["not"] not in {"won't", "wont", "can't", "isn't", "is not", "wouldn't"}:
        return False
    r.use(f.first, f.last - 1)
    r.nothing = True
    return False


def _vague(r: Reading, f: Found) -> Any:
    """几百K就行，500以内: how many are meant is said by the number, of what by the words before."""
    if not f.has("under") or not 1 <= f["num"] < 1000:
        return False
    r.put("max_bytes", round(f["num"] * float(f["vaguebytes"])))
    return None


def _not_below(r: Reading, f: Found) -> Any:
    """ "don't make it smaller than 400 KB" sets no upper bound."""
    if f["under"] not in {"smaller than", "less than", "below", "under", "lower than", "lighter than"}:
        return False
    r.nothing = True
    return None


# Phrases that say what the file is now. They come first: what they take asks for nothing.
SOURCE: Rules = [
    ("^ be bytes", lambda r, f: _bytes(r, f) if f["be"] == "is" else False),  # "is 3 MB possible?"
    (
        "rejected ~ (and|comma|be|uploader|animation|video|format|size|at)* ~ over ~ (bytes|ms)",
        lambda r, f: r.put("max_bytes" if f.has("bytes") else "max_duration_ms", int(f.get("bytes", "ms"))),
    ),
    ("onlyhave ~ bytes", _bytes),
    ("bytes ~ not make? (comma|stop|and)", lambda r, f: _wont_do(r, f)),
    (
        "be ~ (format|animation|video) ~ (at|of|from|in|with|word|plain|art)* ~ (dim|pres|px|fps)",
        lambda r, f: nothing(r, f) if str(f["be"]) in _HAVING else False,
    ),
    ("be ~ aspect", lambda r, f: _lies(r, f)),
    ("be ~ (dim|pres|px ~ (width|height)?)", lambda r, f: _is_so_large(r, f)),
    ("be ~ (over)? ~ bytes ~ to ~ format", lambda r, f: _is_now(r, f) if f["to"] == "as" else False),
    ("from bytes (to|until|under)", _from_bytes),
    (
        "from bytes",
        lambda r, f: (
            r.put("max_bytes", int(f["bytes"]))
            if str(f["from"]).startswith(("any", "some", "between"))
            else nothing(r, f)
        ),
    ),
    ("pad bytes", _bytes),
    ("from (pres|dim)", nothing),
    ("be ~ (colon|over|under)* ~ bytes (compress|size|be|longword|animation|version)*", lambda r, f: _is_now(r, f)),
    ("(size|animation|format|srcword|video) ~ be ~ (over)? ~ bytes", lambda r, f: _is_now(r, f)),
    ("srcword ~ (size|animation|format|video)* ~ be? ~ bytes", nothing),
    ("over bytes (size)? (now|be)", nothing),
    ("(animation|video|format) ~ at bytes be", nothing),
    (
        "be ~ (over)? ~ (ms ~ (and|comma)+ ~ (over)? ~ bytes|bytes ~ (and|comma)+ ~ (over)? ~ ms)",
        lambda r, f: _is_now(r, f),
    ),
    ("be ~ (over)? ~ ms longword", lambda r, f: _is_now(r, f)),
    ("(animation|video|format|srcword|place) ~ be ~ (over)? ~ ms longword?", lambda r, f: _is_now(r, f)),
]


def _is_now(r: Reading, f: Found) -> Any:
    """ "it's 14 MB" describes; "it's under 2 MB that I need" and "max is 8 MB" do not."""
    after = [t.kind for t in r.row[f.last : f.last + 2]]
    near = [t.kind for t in r.row[f.last : f.last + 6]]
    before = [r.row[i].kind for i in range(max(0, f.first - 4), f.first)]
    if "under" in before and not {"comma", "stop", "and"} & set(before):
        return False  # "the max they accept is 8 MB"
    until = next((i for i, kind in enumerate(near) if kind in {"comma", "stop", "and"}), len(near))
    if f.has("ms") and {"begin", "end"} & set(near[:until]):
        return False  # "it has a 3 second logo at the beginning"
    if after == ["not", "bytes"]:
        return False  # 是2MB不是20MB
    if f.has("under") or (f.first and r.row[f.first - 1].kind == "under") or after[:1] == ["under"]:
        return False
    r.nothing = True
    return None


_NOUNS = "(speedword|fpsword|colorword|hue|volume|loopword|size|dims|formatword|bgword|aspectword|longword|frames|width|height)"
_AFTER_NOUN = {
    "under",
    "to",
    "at",
    "by",
    "bytes",
    "px",
    "num",
    "pct",
    "fps",
    "dim",
    "ms",
    "over",
    "smaller",
    "frac",
    "pres",
    "colors",
    "halve",
    "halfthesize",
    "forever",
    "once",
    "count",
    "color",
    "transparent",
    "twice",
    "be",
}


def _kept(r: Reading, f: Found) -> Any:
    """ "keep the size" asks for nothing; "keep the size under 2 MB" does."""
    if f.last < len(r.row) and r.left(f.last) and r.row[f.last].kind in _AFTER_NOUN:
        return False
    if f.tokens[0].kind not in {"not", "keep"} and f.tokens[-1].kind == "keep" and f.tokens[-1].value in _ONLY:
        return False
    if f.tokens[0].kind == "keep" and f.tokens[0].value in _ONLY:
        return False
    if f.tokens[-1].value == "high":  # "keep it high" speaks of the quality
        return False
    word = next((t.value for t in f.tokens if t.kind == "loopword"), "")
    if word:
        verbs = {t.value for t in f.tokens if t.kind == "make"}
        if f.tokens[0].kind == "keep" and word in {"looping", "repeating", "playing"}:
            return False  # "keep it looping"
        if f.tokens[0].kind == "not" and verbs & {"make", "makes"}:
            r.put("loop", 1)
    r.nothing = True
    return None


_ONLY = {
    "only",
    "keep only",
    "just keep",
    "only keep",
    "只",
    "只要",
    "只留",
    "只保留",
    "仅",
    "extract",
    "grab",
    "take",
    "取",
    "提取",
    "nur",
    "solo",
    "seulement",
}
KEEPING: Rules = [
    (f"not ~ (make|compress|trim|losing)+ ~ (srcword)? ~ {_NOUNS}", _kept),
    (f"not {_NOUNS} make", _kept),
    (f"keep ~ srcword? ~ {_NOUNS}", _kept),
    (f"{_NOUNS} ~ keep", _kept),
    (f"{_NOUNS} ~ not ~ (make|compress|trim)", _kept),
]
SIZES: Rules = [
    ("not ~ (make|compress|to|trim)+ ~ under ~ bytes", lambda r, f: _not_below(r, f)),
    # two ends of a range, a correction
    ("not ~ (make|to|under)* ~ bytes ~ (comma|and|stop|make|to|under)* ~ bytes", _last_bytes),
    ("bytes ~ (comma|and|stop)* ~ not ~ (make|to|under)* ~ bytes", lambda r, f: r.put("max_bytes", f.all("bytes")[0])),
    ("(compress|from|at|size|under|make)* ~ (num|bytes) ~ (and|to|until|dash|or) ~ bytes ~ (size|under|over)*", _num_range),
    ("over bytes ~ (and|comma|or)* ~ under bytes", _last_bytes),
    ("under bytes ~ (and|comma|or)* ~ over bytes", _bytes),
    ("over bytes ~ (not|remove)", _bytes),
    ("not ~ over ~ bytes", _bytes),
    ("bytes ~ not ~ over", _bytes),
    ("over bytes", lambda r, f: False),
    ("(compress|make|keep|size|trim|by|at|to|from)* ~ (under|to|be)* ~ bytes ~ (under|size|version|at)*", _bytes),
    # parts of the source
    ("(compress|make|trim)? ~ (dims|width|height)+ ~ (compress|make|trim)? ~ by ~ (pct|frac)", scale_by),
    ("(pct|frac) under ~ (srcword|be|size|animation)*", lambda r, f: _ratio_by(r, f) if f["under"] in {"smaller than", "less than", "lighter than"} else False),
    ("pct ~ (smaller|size smaller)", _ratio_by),
    ("frac ~ smaller", _ratio_by),
    ("(compress|trim|remove|make|smaller)* ~ size? ~ (by) ~ (pct|frac) ~ (of)? ~ (size|srcword|smaller)*", _ratio_by),
    ("(keep|remove|trim|make)* ~ (pct|frac) off ~ (of|at|from)* ~ (size|srcword|animation|format)*", _ratio_by),
    ("(remove|losing) ~ (pct|frac) ~ (of|at|from)* ~ (size|srcword|animation|format)*", lambda r, f: _ratio_by(r, f) if f.has("size", "srcword", "of") or r.lang != "en" else False),
    ("(trim|remove) ~ size ~ (pct|frac)", _ratio_by),
    ("(under|to|at|comma|and) ~ make? ~ num", lambda r, f: _same_unit(r, f)),
    ("vaguebytes ~ (comma|and|stop)* ~ (under)? ~ num ~ under?", lambda r, f: _vague(r, f)),
    ("(mult|count) ~ smaller ~ (at|of|to)* ~ (dims|width|height)", lambda r, f: sets(scale=part(1 / f.get("mult", "count")))(r, f)),
    ("(pct|frac) ~ smaller ~ (at|of|to)* ~ (dims|width|height)", scale_by),
    ("(pct|frac) ~ of ~ (dims|width|height)", scaled),
    ("(mult|count|num) ~ (smaller)", _times_smaller),
    ("(mult|count) ~ under ~ (be|art|srcword|size|animation)*", lambda r, f: _times_smaller(r, f) if f["under"] in {"smaller than", "less than", "lighter than"} else False),
    ("(twice|double) ~ (to|at)? smaller", sets(max_ratio=0.5)),
    ("(compress|smaller|trim|size)+ ~ factor ~ (num|mult|count)", _times_smaller),
    ("(compress|smaller|trim) ~ size? ~ (by)? ~ (mult|count)", _times_smaller),
    ("(pct|frac) ~ (of|at) ~ (srcword|size|be|animation|format)+", _ratio_to),
    ("size ~ (pct|frac) compress", lambda r, f: _by_or_to(r, f)),
    ("(size|srcword)+ ~ (at|to|of|be|under)* ~ (pct|frac) (size)?", lambda r, f: _ratio_to(r, f)),
    ("divide ~ size? ~ by ~ num", _times_smaller),
    ("(pct|frac) ~ (size|under size)", _ratio_to),
    ("(pct|frac) of (stop|comma|$)", _ratio_to),  # "a third of that"
    ("(compress|make) ~ size? ~ (to|under)+ ~ srcword? ~ (pct|frac) ~ (of|size|srcword)*", _ratio_to),
]  # fmt: skip
HALVES: Rules = [
    ("(compress|make|trim|size|to|by|at|srcword|under)* ~ halfthesize (size)?", sets(max_ratio=0.5)),
    ("(compress|trim|size|remove|smaller)+ ~ (by|to|size|of|srcword|make)* ~ halve", sets(max_ratio=0.5)),
    ("halve ~ (of)? ~ (size|it|srcword|animation|format)?", lambda r, f: sets(max_ratio=0.5)(r, f)),
    ("(compress|make)+ ~ (to|at|srcword|size|of)* ~ (pct)", lambda r, f: _percent(r, f)),
    ("(compress|make)+ ~ (to|at|srcword|size|of)* ~ frac", lambda r, f: _percent(r, f)),
    ("(compress|make|trim|smaller)+ ~ (by)? ~ (pct|frac)", _ratio_by),
    ("(animation|size|srcword|format) ~ to ~ (pct|frac)", _ratio_to),
    ("^ (pct|frac) $", _ratio_to),
    ("add pct", lambda r, f: _ratio_to(r, f) if f["add"] == "打" else False),
    ("(remove|trim) pct (comma|stop|and|$)", _ratio_by),
    ("pct under (comma|stop|and|$)", lambda r, f: _ratio_by(r, f) if f["under"] == "less" else False),
    ("to (pct|frac)", lambda r, f: _ratio_to(r, f) if f["to"] == "down to" else False),
    ("(be|size) ~ frac (comma|stop|$)", _ratio_to),
    ("(srcword|of) ~ (pct|frac)", _ratio_to),
    ("(pct|frac) ~ (compress|smaller)", lambda r, f: _by_or_to(r, f) if f.has("compress") else _ratio_by(r, f)),
]


def _percent(r: Reading, f: Found) -> Any:
    """ "reduce to 80%" leaves 80; "压缩80%" and "reduce 80%" take 80 away."""
    verb = next((t.value for t in f.tokens if t.kind == "compress"), "")
    if (
        f.has("to", "srcword")
        or verb.endswith(("到", "至", "成", "为"))
        or verb.startswith("に")
        or (f.has("make") and not verb)
    ):
        return _ratio_to(r, f)
    return _ratio_by(r, f)


def _by_or_to(r: Reading, f: Found) -> Any:
    """サイズを30%減らして takes away, 30%に減らして leaves."""
    return (_ratio_to if str(f["compress"]).startswith("に") else _ratio_by)(r, f)
