"""What an order without a name speaks of: "the intro is 4 seconds of black, cut that off", 片头是黑的，剪掉吧."""

from __future__ import annotations

from itertools import pairwise

from ..reading.lexer import Token
from .pattern import Reading

_BREAKS = {"comma", "stop", "and", "colon", "dash"}
_BACK = 3  # clauses: further back nobody points
_PRONOUNS = {"it", "them", "that", "those", "this", "these", "both", "wanted", "ihn", "das", "sie", "es", "die"}
_PRONOUNS |= {"beide", "le", "la", "les", "l'", "las", "los", "eso", "esto", "ambos", "ca"}
_PRONOUNS |= {"这段", "这个", "那段", "把", "将", "它", "这", "那个"}
_PARTS = {"part", "bit", "section", "piece", "portion", "stretch", "那段", "部分", "这部分", "那部分", "片段"}
_CARRIERS = {"make", "keep", "add", "art", "losing"}
_AFTER = {"by", "at", "before", "from", "or", "plain"}
_EDGES = {"first": "start_ms", "begin": "start_ms", "last": "end_ms", "end": "end_ms"}
_THINGS = {
    "text": "remove_text",
    "write": "remove_text",
    "music": "remove_music",
    "sound": "mute",
    "meta": "strip_metadata",
}
_MOODS = {"better", "worse", "faster", "slower", "smaller", "quieter", "louder", "toomuch", "qword", "track", "load"}
_MOODS |= {"color"}
_ORDERS = {"make", "compress", "add", "to", "under", "crop", "rotate", "flip", "remove", "trim", "quote"}


def referred(reading: Reading) -> None:
    """Take each "remove it" together with what was told of the thing that it means."""
    row = reading.row
    at = 0
    while at < len(row):
        end = _order(reading, at)
        if end is None:
            at += 1
            continue
        found = _referent(reading, at)
        if found is not None:
            wishes, first, last = found
            for key, value in wishes:
                reading.put(key, -value if key == "end_ms" else value)
            _take(reading, first, last, at)
            reading.use(at, end)
        at = end


def _order(reading: Reading, at: int) -> int | None:
    """Where the order ends that begins at ``row[at]`` and names nothing: "cut that out", "make it go away", 去掉."""
    row = reading.row
    opening = at == 0 or row[at - 1].kind in _BREAKS
    if at and row[at].value == "不要" and reading.left(at):  # 前面3秒是在调窗口，不要了
        return at + 1 if at + 1 == len(row) or row[at + 1].kind in _BREAKS else None
    if not opening and (reading.lang != "en" or row[at - 1].kind == "not"):
        return None
    index, taken, pointed = at, False, False
    while index < len(row) and reading.left(index):
        token = row[index]
        if token.kind in {"remove", "vanish"} or token.value == "lose" or (token.kind == "off" and index > at):
            taken = True
        elif token.kind == "trim" and not str(token.value).endswith(("到", "成", "至")):
            taken = taken or pointed or _points(row[index + 1 : index + 2]) or reading.lang != "en"
        elif token.kind == "art":
            if str(token.value) not in _PRONOUNS:
                return None
            pointed = True
        elif token.kind == "part" and pointed and token.value in _PARTS:
            pass  # "cut that part"
        elif token.kind not in _CARRIERS or taken:
            break
        pointed = pointed or str(token.value).endswith(" it")
        index += 1
    if not taken or (not pointed and (reading.lang == "en" or not opening)):
        return None
    if not opening and row[at].kind not in {"remove", "trim", "losing"}:
        return None
    after = _AFTER | {"export", "make", "compress", "rotate"} if reading.lang == "zh" else _AFTER  # 去掉再转一下
    closing = index >= len(row) or row[index].kind in _BREAKS | after
    return index if closing else None


def _points(tokens: list[Token]) -> bool:
    return bool(tokens) and tokens[0].kind == "art" and str(tokens[0].value) in _PRONOUNS


def _before(row: list[Token], last: int) -> tuple[int, int]:
    """The clause that ends at or before ``last``."""
    while last > 0 and row[last - 1].kind in _BREAKS:
        last -= 1
    first = last
    while first > 0 and row[first - 1].kind not in _BREAKS:
        first -= 1
    return first, last


def _referent(reading: Reading, at: int) -> tuple[list[tuple[str, int | bool]], int, int] | None:
    """The thing that was spoken of last before ``row[at]``: the wishes to be without it, and its clause."""
    row, until = reading.row, at
    for _ in range(_BACK):
        first, last = _before(row, until)
        if first == last:
            return None
        clause = [t for i, t in enumerate(row[first:last], first) if reading.left(i)]
        kinds = {t.kind for t in clause}
        if (
            first and "ms" in kinds and kinds <= {"ms", "art", "plain", "word"}
        ):  # "a black frame at the start, half a second"
            start, end = _before(row, first)
            clause = row[start:end] + clause
            found = _named(clause)
            if found and found[0] in _EDGES.values():
                return [found], start, last
        if kinds & {"rest", "span", "quote", "pad", "padblack", "padwhite"}:
            return None
        if first and {"last", "end", "after"} & kinds:  # 头两秒和最后一秒; "the first 6 seconds …, and the last 3 …"
            start, end = _before(row, first)
            also = _named(row[start:end])
            found = _named(clause, counted=True)
            if found and also and found[0] == "end_ms" and also[0] == "start_ms":
                return [also, found], start, last
        found = _named(clause, counted=any(t.kind == "ms" for t in row[:first]))
        if found:
            return [found], first, last
        if kinds & _ORDERS and not any(t.value in {"it", "them"} for t in clause):
            return None
        until = first
    return None


def _named(clause: list[Token], counted: bool = False) -> tuple[str, int | bool] | None:
    times = [t.value for t in clause if t.kind == "ms"]
    for edge, number in pairwise(clause):
        if edge.kind in _EDGES and number.kind == "ord" and number.value == 2:
            times.append(1000)  # "the last second"
        elif counted and not times and edge.kind in _EDGES and number.kind == "num":
            times.append(round(number.value * 1000))
    if len(times) == 1 and any(t.kind == "after" and t.value == "后面" for t in clause):
        return "end_ms", times[0]
    if len(times) == 1:
        edges = {_EDGES[t.kind] for t in clause if t.kind in _EDGES}
        if len(edges) > 1:  # "the last export had a black frame at the start"
            edges = {_EDGES[t.kind] for t in clause if t.kind in {"begin", "end"}}
        return (edges.pop(), times[0]) if len(edges) == 1 else None
    if times or any(t.kind in {"add", "not"} and t.value not in {"with", "不", "except"} for t in clause):
        return None
    return next(((_THINGS[t.kind], True) for t in clause if t.kind in _THINGS and _is_thing(t)), None)


def _is_thing(token: Token) -> bool:
    """ "caption" is a verb and a thing; "says" is none."""
    return token.kind != "write" or str(token.value) in {"caption", "label", "words", "the words", "captions"}


def _take(reading: Reading, first: int, last: int, until: int) -> None:
    row = reading.row
    ordered = {t.kind for t in row[first:last]} & {"make", "compress", "under", "to"}
    for index in range(first, until):
        told = index < last and not ordered
        if reading.left(index) and (told or row[index].kind in _MOODS | {*_EDGES, *_THINGS, "ms"}):
            reading.use(index, index + 1)
