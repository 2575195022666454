"""Orders of words that mean the same, made even: "les 3 premières secondes" is read as "the first 3 seconds"."""

from __future__ import annotations

from ..reading.lexer import Token

# "lose the first second" and "take the sound out" remove; "without losing quality" and "take the first second" do not.
_PARTING = {
    "losing": {"lose", "loose", "losing", "loosing"},
    "keep": {"take", "grab", "leave"},
    "trim": {"cut", "chop", "snip", "slice"},
    "make": {"get", "turn", "bring"},
    "add": {"throw", "put"},
}
_LOST = {
    "first",
    "last",
    "begin",
    "end",
    "sound",
    "music",
    "text",
    "meta",
    "ms",
    "frames",
    "loopword",
    "bgword",
    "rest",
}
_THINGS = _LOST | {
    "hue",
    "transparent",
    "art",
    "srcword",
    "plain",
    "word",
    "part",
    "be",
    "dither",
    "pos",
    "video",
    "animation",
}


def _parts(verb: Token, rest: list[Token]) -> bool:
    if verb.kind == "losing":
        for token in rest:
            if token.kind in {"quality", "toomuch", "comma", "stop"}:
                return False
            if token.kind in _LOST or token.value in _LETTERED:
                return True
        return False
    for token in rest:
        if token.value == "out of" and rest[0] is not token:
            return True  # "get the watermark out of the corner"
        if token.kind == "off":
            return token.value in {"out", "away"} or verb.kind in {"keep", "add"} or verb.value == "turn"
        if token.kind not in _THINGS and token.value not in _LETTERED:
            return False
    return False


_LETTERED = {"the words", "the word", "words", "word", "caption", "label", "captions"}  # verbs that are things as well
# Small words that mean something else before a figure: "um 30 %" is by how much, "nach 5 Sekunden" is when.
_BEFORE_FIGURES = {
    ("de", "um"): ({"pct", "frac", "bytes"}, "by"),
    ("de", "nach"): ({"ms", "secword"}, "after"),
    ("es", "un"): ({"pct"}, "by"),
}


def _on_to_number(after: list[str]) -> bool:
    """ "seconds 3 to 8": the word counts for both."""
    kinds = [k for k in after if k != "art"]
    return kinds[1:2] == ["num"] and kinds[0] in {"to", "until", "dash", "and"}


def native(row: list[Token], lang: str) -> list[Token]:
    """What one language says in an order of its own, in the order that the rules read."""
    found: list[Token] = []
    for at, token in enumerate(row):
        after = [t.kind for t in row[at + 1 : at + 5]]
        kinds, kind = _BEFORE_FIGURES.get((lang, str(token.value)), (set(), ""))
        if after and after[0] in kinds:
            token = Token(kind, token.value, token.start, token.end)
        counted = at and row[at - 1].kind in {"first", "last"} and not (at > 1 and row[at - 2].kind == "num")
        if token.kind == "secword" and counted and after[:1] != ["num"] and token.value != "secs":
            token = Token("ms", 1000, token.start, token.end)  # "die letzte Sekunde"
        closes = lang == "fr" and token.kind == "not" and str(token.value).startswith("pas")
        if closes and len(found) > 1 and any(t.kind == "not" for t in found[-3:-1]):
            continue  # ne … pas
        if token.kind == "num" and found and found[-1].kind == "secword" and not _on_to_number(after):
            second = found.pop()
            token = Token("ms", round(token.value * 1000), second.start, token.end)  # "ab Sekunde 3"
        found.append(token)
    return found


_SHADES = {"light", "dark"}
_SHADED = frozenset(
    f"{shade}{name}"
    for shade in _SHADES
    for name in ("blue", "green", "gray", "cyan", "red", "orange", "pink", "yellow")
) - {"lightred", "lightorange", "darkpink", "darkyellow"}  # the names that CSS knows


def _named_span(row: list[Token], at: int, before: Token | None) -> tuple[Token, int] | None:
    """ "seconds 2 to 4", "(between) second 2 and second 4": one span, and how many tokens it took."""
    if row[at].kind != "secword" and not (row[at].kind == "ord" and row[at].value == 2):
        return None
    rest = row[at + 1 : at + 5]
    kinds = [t.kind for t in rest]
    if kinds[2:3] in (["secword"], ["ord"]) and rest[2].value in {2, "seconds", "secs"}:
        del rest[2], kinds[2]
    if kinds[:3] not in (["num", "to", "num"], ["num", "dash", "num"], ["num", "until", "num"], ["num", "and", "num"]):
        return None
    start, end = rest[0].value, rest[2].value
    if start >= end or (kinds[1] == "and" and not (before is not None and before.value in {"between", "zwischen"})):
        return None
    span = (round(start * 1000), round(end * 1000))
    return Token("span", span, row[at].start, rest[2].end), row.index(rest[2]) - at + 1


_STEPS = {"mute", "crop", "trim", "remove", "export", "make", "compress", "reverse", "rotate", "flip", "dims", "add"}


def _opens(found: list[Token]) -> bool:
    return not found or found[-1].kind in {"comma", "stop", "and"}


_LOPPED = {"first", "last", "ms", "art", "begin", "end", "off", "frac", "pct", "bytes", "halve"}
_UNCHANGED = {"不要变", "别变", "不要改", "别改", "不改"}
_BECOMING = {"grayscale", "format", "aspect", "ratio", "video", "color", "animation", "reverse"}
_OFTEN = {"once", "twice", "count", "num"}
_LASTING = {"dura", "dure", "duran", "dauert", "lasts", "runs", "duree", "lang"}


def evened(row: list[Token]) -> list[Token]:
    """ "les 3 premières secondes" is read as "the first 3 seconds", 中间2到4秒 names a part and no place."""
    found: list[Token] = []
    index = 0
    while index < len(row):
        token, rest = row[index], row[index + 1 : index + 3]
        kinds = [t.kind for t in rest]
        if token.kind == "num" and kinds in (["first", "secword"], ["last", "secword"]):
            found += [rest[0], Token("ms", round(token.value * 1000), token.start, rest[1].end)]
            index += 3
            continue
        if token.kind == "onlyhave" and "bytes" not in kinds:
            found += [Token("keep", "only", token.start, token.start), Token("be", "have", token.start, token.end)]
            index += 1
            continue
        if token.value == "\n" and kinds[:1] == ["volume"]:
            token = Token("comma", token.value, token.start, token.end)  # a list of wishes, one a line
        if (
            token.kind in {"ord", "first", "frac"}
            and kinds[:1]
            and kinds[0] in _STEPS - {token.kind == "frac" and "dims"}
            and _opens(found)
        ):
            index += 1  # "first mute it, second crop to 1:1, third export"
            continue
        named = _named_span(row, index, found[-1] if found else None)
        if named is not None:
            found.append(named[0])
            index += named[1]
            continue
        if str(token.value) in _UNCHANGED and kinds[:1] and kinds[0] in _BECOMING:
            token = Token("not", token.value, token.start, token.end)  # 不要变黑白; 尺寸不要变 keeps it
        moment = token.kind == "ord" and token.value == 2 and kinds[:1] == ["num"] and bool(found)
        if moment and found[-1].kind in {"from", "until", "after"}:
            found.append(Token("ms", round(rest[0].value * 1000), token.start, rest[0].end))  # "starting at second 4"
            index += 2
            continue
        if token.value == "only" and found and found[-1].kind == "loopword" and kinds[:1] and kinds[0] in _OFTEN:
            index += 1  # "loop only twice"
            continue
        if token.kind == "longword" and token.value in _LASTING and kinds[:1] in (["ms"], ["be"]):
            opening = not found or found[-1].kind in {
                "stop",
                "comma",
                "and",
                "animation",
                "video",
                "format",
                "art",
                "word",
            }
            if opening and not (found and found[-1].value in {"que", "wanted"}):
                token = Token("be", token.value, token.start, token.end)  # "it lasts 12 seconds"
        if (
            str(token.value) == "form"
            and set(kinds) & {"ms", "span"}
            and set(kinds) <= {"art", "ms", "span", "to", "and", "until"}
        ):
            token = Token("from", token.value, token.start, token.end)
        if token.value == "lop" and kinds[:1] and kinds[0] in _LOPPED:
            token = Token("remove", token.value, token.start, token.end)
        if token.kind == "color" and kinds[:1] == ["color"] and str(rest[0].value).startswith("#"):
            index += 1  # "their blue #0044cc"
            continue
        if str(token.value) in _SHADES and kinds[:1] == ["color"] and f"{token.value}{rest[0].value}" in _SHADED:
            found.append(Token("color", f"{token.value}{rest[0].value}", token.start, rest[0].end))
            index += 2
            continue
        if token.kind == "word" and token.value == "第" and kinds[:1] == ["ms"] and rest[0].value == 1000:  # 第一秒
            token = Token("first", token.value, token.start, token.end)
        if token.kind in _PARTING and token.value in _PARTING[token.kind] and _parts(token, row[index + 1 : index + 9]):
            token = Token("remove", token.value, token.start, token.end)
        if token.kind in {"first", "last"} and kinds[:1] == ["num"] and kinds[1:2] in (["and"], ["comma"]):
            ahead = [t.kind for t in row[index + 2 : index + 7]]
            if "ms" in ahead and {"first", "last"} & set(ahead):  # "the first 1.5 and the last 2 seconds"
                found += [token, Token("ms", round(rest[0].value * 1000), rest[0].start, rest[0].end)]
                index += 2
                continue
        if token.kind == "pos" and token.value in {"top", "bottom"} and kinds[:1] and kinds[0] in {"cw", "ccw"}:
            side = "right" if kinds[0] == "cw" else "left"
            if str(rest[0].value).endswith(side):
                found.append(Token("pos", f"{token.value}-{side}", token.start, rest[0].end))
                index += 2
                continue
        if token.kind == "pos" and token.value == "center" and kinds[:1] and kinds[0] in {"ms", "span"}:
            token = Token("part", token.value, token.start, token.end)
        found.append(token)
        index += 1
    return found
