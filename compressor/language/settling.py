"""The end of a reading: actions, formats that stand alone, and what several wishes mean together."""

from __future__ import annotations

from typing import Any

from ..reading.lexer import Token
from .pattern import Reading
from .rows import POINTING
from .rules_kind import MAKING
from .vocabulary import KEYS

ACTIONS = ("export", "credits", "state", "undo", "redo", "upload", "help")
SIZE_KEYS = {"max_bytes", "max_ratio", "width", "height", "short_side", "scale", "crop"}


_SENDING = {"send it over", "send it", "save it", "send the file", "send the video"}


_HAVING = {"can i have it", "may i have it", "let me have it", "can i have the video", "can i have the file"}


def _is_thing(row: list[Token], at: int) -> bool:
    """ "the first render was okay", "we ship a desktop app": neither asks for the file."""
    token, before = row[at], row[at - 1] if at else None
    if before is None or token.value not in {"render", "export", "download", "ship"}:
        return False
    if token.value == "ship":
        return before.value in {"we", "they", "you", "i", "he", "she"}
    told = at + 1 < len(row) and (row[at + 1].kind == "be" or row[at + 1].value in {"looks", "looked", "took", "takes"})
    return before.kind in {"first", "last", "ord"} or (before.kind == "art" and told)


def take_actions(reading: Reading) -> None:
    row = reading.row
    for at, token in enumerate(row):
        if token.kind in ACTIONS and reading.left(at):
            if token.kind in {"upload", "help", "state", "credits"} and reading.wish:
                continue
            after = row[at + 1].kind if at + 1 < len(row) else ""
            if token.kind == "export" and token.value in _HAVING and after not in {"", "stop", "comma", "and"}:
                reading.use(at, at + 1)  # "can I have it in black and white"
                continue
            if token.kind == "export" and token.value in _SENDING and after in {"at", "to", "by", "place"}:
                reading.use(at, at + 1)  # "I want to send it on WhatsApp"
                continue
            if token.kind == "export" and _is_thing(row, at):
                reading.use(at, at + 1)
                reading.nothing = True
                continue
            negated = at and row[at - 1].kind == "not" and reading.left(at - 1)
            reading.use(at - 1 if negated else at, at + 1)
            if negated:
                reading.nothing = True
            elif token.value != "?":
                reading.actions.append(token.kind)
            else:
                reading.question = True


_SOURCE_BEFORE = {
    "compress",
    "art",
    "trim",
    "remove",
    "crop",
    "rotate",
    "of",
    "be",
    "not",
    "from",
    "srcword",
    "reverse",
    "faster",
    "slower",
}


def _names_source(before: Token | None) -> bool:
    """ "compress this webp": what stands before a format may say that it is the source's."""
    if before is None:
        return False
    return before.kind in _SOURCE_BEFORE and not (before.kind == "art" and before.value not in POINTING)


def _other_format(row: list[Token], at: int) -> bool:
    """ "the thumbnail has to be a gif": what a still is for may be named, and still move."""
    return any(
        t.kind == "format" and not (i and row[i - 1].kind == "art" and row[i - 1].value in POINTING)
        for i, t in enumerate(row[at + 1 :], at + 1)
    )


_ASKING = {"give me", "gimme", "give", "get", "use", "want it", "need it"}


def _asked(row: list[Token], at: int) -> bool:
    """ "actually a gif", "give me gif": the clause says nothing but what it is to be."""
    first, last = at, at + 1
    while first and row[first - 1].kind not in {"comma", "stop", "and"}:
        first -= 1
    while last < len(row) and row[last].kind not in {"comma", "stop", "and"}:
        last += 1
    return all(
        t.kind in {"same", "keep", "version"}
        or t.value == "use"
        or (t.kind == "art" and t.value not in POINTING)
        or (t.kind == "make" and t.value in _ASKING)
        for t in row[first:at] + row[at + 1 : last]
    )


def _described(reading: Reading, at: int) -> bool:
    """转成清晰一点的gif: what it is to be like stands before what it is to be."""
    first = at
    while first and reading.row[first - 1].kind in {"better", "smaller", "qword", "aspect", "loopword"}:
        first -= 1
    return reading.lang == "zh" and 0 < first < at and reading.row[first - 1].value in MAKING


def bare_formats(reading: Reading) -> None:
    row = reading.row
    for at, token in enumerate(row):
        if token.kind not in {"format", "still"} or not reading.left(at):
            continue
        before = row[at - 1] if at else None
        if (
            before is not None
            and at > 1
            and row[at - 2].value in {"a", "an", "wanted"}
            and before.kind in {"plain", "word"}
        ):
            before = None if at == 2 else row[at - 3]  # "a plain gif"
        if (
            before is not None
            and before.value in {"in", "as"}
            and (at == 1 or row[at - 2].kind in {"stop", "comma", "and"})
        ):
            before = None  # "and in gif?"
        opening = before is None or before.kind in {"stop", "comma", "and", "colon"} or not reading.left(at - 1)
        if before is not None and before.kind == "add" and at > 1 and row[at - 2].value in {"只能", "只支持", "只认"}:
            before = row[at - 2]  # 只能放gif
            reading.put("format", token.value)
        if before is not None and before.kind == "under" and before.value in {"要求", "规定", "只能", "只支持"}:
            reading.put("format", token.value)
        wanted = (before is not None and before.value == "wanted") or _described(reading, at)
        after = row[at + 1].kind if at + 1 < len(row) else "stop"
        if "format" in reading.wish:
            if (
                token.value != reading.wish["format"]
                and before is not None
                and before.kind == "and"
                and at == len(row) - 1
            ):
                reading.refused.append((at, at + 1))  # one file at a time
            reading.use(at, at + 1)
            continue
        if token.kind == "still" and (after == "remove" or _other_format(row, at)):
            continue
        if token.kind == "still":
            if opening or wanted or before is None or before.kind in {"trim", "keep", "make", "to", "add", "art"}:
                reading.put("format", "png")
                reading.use(at, at + 1)
            continue
        if token.value == "gif" and not wanted:
            closing = after in {
                "stop",
                "comma",
                "and",
                "under",
                "bytes",
                "fps",
                "pres",
                "px",
                "dim",
                "colors",
                "keep",
                "colon",
                "at",
                "of",
                "add",
                "export",
            }
            closing = closing or (at + 1 < len(row) and row[at + 1].value == "out of")
            if _asked(row, at) or (
                opening and (closing or at + 1 == len(row)) and (before is None or before.kind != "colon")
            ):
                reading.put("format", "gif")
        elif wanted or opening or not _names_source(before):
            reading.put("format", token.value)
        reading.use(at, at + 1)


def _may_be(key: str, value: Any) -> bool:
    if key == "end_ms" and isinstance(value, int) and value < 0:
        return True  # counted from the end
    return key in KEYS and KEYS[key](value)


def settle(reading: Reading) -> None:
    """The last word: what several wishes mean together, and what it is when there is no wish at all."""
    wish = reading.wish
    no_crop = wish.pop("_no_crop", False)
    if no_crop and "aspect" in wish and wish.get("fit") in (None, "crop"):
        wish["fit"] = "pad"
    smaller = {"max_bytes", "max_ratio"} & set(wish) or wish.get("relative") == "smaller"
    if wish.get("quality") == "lossless" and reading.unharmed and smaller:
        del wish["quality"]
        reading.keep_quality = True
    if "scale" in wish and {"width", "height"} <= set(wish):  # "it's 1920x1080, half of that": how large it is now
        del wish["width"], wish["height"]
    for key in ("start_ms",):
        if wish.get(key) == 0:
            del wish[key]
    if 0 < wish.get("end_ms", 0) <= wish.get("start_ms", 0):  # what lies behind the end was told of
        del wish["start_ms"]
    if wish.get("relative") == "smaller" and SIZE_KEYS & set(wish):
        del wish["relative"]  # "it loads slowly, 500 KB please": how much smaller is said
    if "music" in wish and wish.get("remove_music"):
        del wish["remove_music"]
    music = wish.get("music")
    if wish.get("mute") and "volume" in wish and isinstance(music, dict):  # 把声音去掉，配一首钢琴曲，音量调到30%
        music.setdefault("volume", wish["volume"])
    if isinstance(music, dict) and "volume" in wish and music.get("volume") == wish["volume"]:
        del wish["volume"]
    if wish.get("mute") and "volume" in wish:
        del wish["volume"]
    for key in [k for k in wish if not _may_be(k, wish[k])]:
        del wish[key]
    actions = list(dict.fromkeys(reading.actions))
    if "undo" in actions and any(
        t.kind == "halfturn" and i and reading.row[i - 1].kind == "be" for i, t in enumerate(reading.row)
    ):
        wish.pop("rotate", None)  # "now it's upside down, undo that"
    if set(wish) - {"relative"}:  # "it's part of a tutorial, webp please"
        actions = [a for a in actions if a in {"export", "undo"}]  # "redo it as webp" is none
    if wish and "export" in actions:
        actions = ["export"]
    if actions:
        reading.wish = {"action": actions[0]} | wish
    elif not wish and (reading.question or reading.injected or not reading.nothing):
        reading.wish = {"action": "help" if reading.question and not reading.injected else "unknown"}


def left_over(reading: Reading) -> list[tuple[int, int]]:
    """Stretches (places in the row) that no rule took and that say something."""
    spans: list[tuple[int, int]] = []
    quiet = {
        "art",
        "be",
        "plain",
        "and",
        "or",
        "comma",
        "stop",
        "colon",
        "dash",
        "at",
        "of",
        "to",
        "by",
        "from",
        "animation",
        "video",
    }
    quiet |= {
        "version",
        "make",
        "srcword",
        "same",
        "uploader",
        "toomuch",
        "over",
        "under",
        "part",
        "rest",
        "every",
        "until",
        "keep",
    }
    for index, token in enumerate(reading.row):
        if not reading.left(index) or token.kind in quiet:
            continue
        if spans and spans[-1][1] >= index - 1 and reading.row[index - 1].kind not in {"comma", "stop", "and"}:
            spans[-1] = (spans[-1][0], index + 1)
        else:
            spans.append((index, index + 1))
    return spans
