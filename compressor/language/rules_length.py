"""How long the clip is to be at most; which part of it is read by ``rules_trim`` before."""

# ruff: noqa: E501  (a rule is read best on one line)
from __future__ import annotations

from typing import Any

from .pattern import Found, Reading, Rules
from .rows import POINTING


def time_of(found: Found, at: int = 0) -> int:
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


def at_most(r: Reading, f: Found) -> None:
    to = any(str(t.value) == "第" for t in f.tokens)  # 截到第7秒 is a moment, 截到7秒 how long
    r.put("end_ms" if to else "max_duration_ms", time_of(f))


def _bare_max(r: Reading, f: Found) -> Any:
    """A time with nothing beside it says how long it may be, unless that was said: 一共52秒，剪到20秒以内."""
    end = r.wish.get("end_ms", 0)
    if "start_ms" in r.wish and 0 < end < time_of(f):
        r.nothing = True  # "11 minutes, my son's part is 6:20 to 6:50"
        return None
    if "max_duration_ms" in r.wish and r.wish["max_duration_ms"] < time_of(f):
        r.nothing = True
        return None
    return at_most(r, f)


def _max_in_seconds(r: Reading, f: Found) -> Any:
    """ "the clip is 10 seconds, cut it to 6": the number counts what was counted before."""
    earlier = [t.value for t in r.row[: f.first] if t.kind == "ms"]
    if (
        not earlier
        or not 0 < f["num"] * 1000 < earlier[-1]
        or any(t.kind in {"bytes", "fps"} for t in r.row[: f.first])
    ):
        return False
    r.put("max_duration_ms", round(f["num"] * 1000))
    return None


def _short_format(r: Reading, f: Found) -> Any:
    """ "turn it into a 5 second gif", 5秒的gif; "my 5 second gif" tells how long it is."""
    at = next(i for i in range(f.first, f.last) if r.row[i].kind == "ms")
    before = r.row[at - 1] if at else None
    if before is not None and before.kind not in {"art", "make", "to", "export", "keep", "comma", "stop", "and", "add"}:
        return False
    if before is not None and before.kind == "art" and before.value in POINTING:
        return False
    r.put("max_duration_ms", time_of(f))
    r.put("format", f["format"])
    return None


def _long_format(r: Reading, f: Found) -> Any:
    """ "a gif of 3 seconds"; "my gif of 3 seconds" tells how long it is."""
    before = [t.value for t in r.row[max(0, f.first - 2) : f.first]]
    if set(before) & POINTING:
        return False
    r.put("max_duration_ms", time_of(f))
    r.put("format", f["format"])
    return None


def _cut_to(r: Reading, f: Found) -> Any:
    """ "trim my 8 second clip to 4 seconds": what stands between was taken as what is there."""
    before = r.row[max(0, f.first - 7) : f.first]
    if not any(t.kind in {"trim", "compress", "make", "crop", "remove"} for t in before):
        return False
    return at_most(r, f)


def _short_clip(r: Reading, f: Found) -> Any:
    """ "a 5 second clip"; "I have a 5 second clip" tells how long it is."""
    before = r.row[f.first - 1].kind if f.first else "stop"
    if f.get("part", "version") not in {"clip", "version"} or POINTING & set(f.all("art")) or before == "be":
        return False
    return at_most(r, f)


def _skipped(r: Reading, f: Found) -> Any:
    """ "skip 3 seconds" says where to begin."""
    if f["remove"] not in {"skip", "跳过"}:
        return False
    r.put("start_ms", time_of(f))
    return None


LENGTHS: Rules = [
    ("(keep|trim|make|longword|at|in)* ~ longword? ~ (not|be|make)* ~ under ~ longword? ~ ms ~ (under|longword|at)*", at_most),
    ("(keep|trim|make|longword)* ~ (at|to)? ms ~ (longword|under)+", at_most),
    ("longword ~ (be|at|to|make|keep|colon|trim|compress)* ms", at_most),
    ("(trim|compress|make|keep|crop) ~ (longword)? ~ (to|at|by|make)* ~ ms", at_most),
    ("to ~ ms ~ (trim|compress) (comma|stop|and|$)", at_most),
    ("(trim|make) ~ to num (comma|stop|and|$)", lambda r, f: _max_in_seconds(r, f)),
    ("ms (comma|stop|$)", lambda r, f: at_most(r, f) if f.first and r.row[f.first - 1].value in {"wanted", "i meant", "i mean"} else False),
    ("(comma|stop) ms not num (comma|stop|$)", at_most),  # "wait, 5 seconds instead of 3"
    ("to ms (comma|stop|and|$)", lambda r, f: _cut_to(r, f)),
    ("art+ ms (part|version)", lambda r, f: _short_clip(r, f)),
    ("not ~ make? ~ over ~ ms", at_most),
    ("ms (comma|stop)? under", at_most),
    ("remove ms (comma|stop|and|$)", _skipped),
    ("(comma|stop) ms (comma|stop|$)", lambda r, f: _bare_max(r, f)),
    ("(comma|stop) ms be (plain|word)? (comma|stop|$)", at_most),
    ("ms (word|part|plain)", lambda r, f: at_most(r, f) if f.first and r.row[f.first - 1].value == "wanted" else False),
    ("(make|to|export|keep|add)* ~ ms format", lambda r, f: _short_format(r, f)),
    ("format of ms", lambda r, f: _long_format(r, f)),
    ("^ms (version|clip|video|animation|format)?", at_most),
    ("(make|export) ~ ms ~ (version|video|format|animation|still)", lambda r, f: at_most(r, f) if not f.has("still") else False),
]  # fmt: skip
