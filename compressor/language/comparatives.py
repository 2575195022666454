"""Smaller, better, slower, faster: against the last result, unless something says how much or only complains."""

from __future__ import annotations

from ..reading.lexer import Token
from .pattern import Reading
from .settling import SIZE_KEYS

_COMPLAINTS = (
    "blurr",
    "pixel",
    "fuzzy",
    "looks bad",
    "too blurry",
    "too pixel",
    "washed",
    "糊",
    "太糊",
    "有点糊",
    "太模糊",
    "看不清",
)


def _remedied(reading: Reading, at: int) -> bool:
    """Whether a complaint is followed by the dimensions that are to mend it."""
    if not str(reading.row[at].value).startswith(_COMPLAINTS):
        return False
    sized = {"short_side", "width", "height", "scale"} & set(reading.wish)
    return bool(sized) and any(t.kind in {"pres", "px", "dim"} for t in reading.row[at + 1 :])


_UNSEEN = {"看不清", "看不清楚", "不清楚", "hard to follow"}
_SIZED = {"small", "tiny", "big", "huge", "large", "light", "heavy", "massive", "gigantic", "chunky"}


def _adjective(row: list[Token], at: int) -> bool:
    """Whether the word says what somebody or something else is like: "a small band from Leeds"."""
    if at == 0 or at + 1 >= len(row) or row[at].value not in _SIZED or row[at - 1].kind != "art":
        return False
    return row[at + 1].kind in {"word", "plain"} and row[at - 1].value in {
        "a",
        "the",
        "our",
        "my",
        "this",
        "their",
        "his",
        "her",
    }


_MIDST = {"art", "be", "plain", "word", "animation", "video", "look", "quality", "part"}


def _stays(reading: Reading, at: int) -> bool:
    """Whether "smooth" or 流畅 is what it is to stay while it becomes smaller."""
    row, before = reading.row, at - 1
    while before >= 0 and at - before < 6 and row[before].kind in _MIDST and row[before].value != "still":
        before -= 1
    staying = before >= 0 and (row[before].kind == "keep" or row[before].value == "still")
    smaller = any(t.kind in {"compress", "smaller", "bytes"} for t in row) or bool(SIZE_KEYS & set(reading.wish))
    return staying and smaller


def relatives(reading: Reading) -> None:
    wish, row = reading.wish, reading.row
    for kind, blocked in (
        ("smaller", SIZE_KEYS | {"preset"}),
        ("better", {"quality"}),
        ("slower", {"speed", "fps"}),
        ("faster", {"speed"}),
        ("speedword", {"speed", "fps", "_"}),
    ):
        for at, token in enumerate(row):
            if token.kind != kind or not reading.left(at):
                continue
            after = row[at + 1] if at + 1 < len(row) else None
            if token.value == "小" and after is not None and after.kind == "word" and after.start == token.end:
                continue  # 小明 is somebody
            if _adjective(row, at):
                reading.use(at, at + 1)  # "a small band"
                continue
            if kind == "better" and _remedied(reading, at):
                reading.use(at, at + 1)  # "it's blurry on the TV, so 1080p please"
                continue
            if (
                kind == "better"
                and token.value in _UNSEEN
                and ({"speed", "fps"} & set(wish) or any(t.kind in {"slower", "faster"} for t in row))
            ):
                reading.use(at, at + 1)  # 太快了看不清，速度减半
                continue
            source = next((t.value for t in reversed(row[max(0, at - 3) : at]) if t.kind == "format"), None)
            if source and wish.get("format", source) != source:
                reading.use(at, at + 1)  # "webp please, gif is too big" says why
                continue
            first = at
            while first and row[first - 1].kind in {"art", "be", "make", "plain"} and reading.left(first - 1):
                first -= 1
            negated = first > 0 and row[first - 1].kind == "not" and reading.left(first - 1)
            if kind == "better" and not negated and _stays(reading, at):
                reading.use(at, at + 1)  # "under 1 MB but keep it smooth"
                reading.keep_quality = reading.nothing = True
                continue
            reading.use(first - 1 if negated else at, at + 1)
            if kind == "speedword":
                continue
            if not negated and wish.get("relative", kind) != kind and not blocked & set(wish):
                reading.refused.append((at, at + 1))  # one comparative at a time
            if negated:
                reading.nothing = True
            elif not blocked & set(wish) and "relative" not in wish:
                wish["relative"] = kind
    if wish.get("relative") == "worse_":
        wish["relative"] = "smaller"
    compressing = [i for i, t in enumerate(row) if t.kind == "compress" and reading.left(i)]
    for at in compressing:
        negated = at > 0 and row[at - 1].kind == "not" and reading.left(at - 1)
        reading.use(at - 1 if negated else at, at + 1)
        if negated:
            reading.nothing = True
        elif not wish and not reading.injected:
            wish["relative"] = "smaller"
