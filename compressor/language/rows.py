"""The row of tokens that the rules read: filler left out, quotes hidden, a few orders of words made even."""

from __future__ import annotations

import re

from .lexer import Token, language_of, quotes, tokens
from .normal import Folded
from .pattern import Reading
from .repairs import repaired
from .tables import read_table
from .texts import wants_quotes

_WANTING = re.compile(
    r"want|need|(?:'d|would|rather) like|要|想|mochte|brauche|quiero|necesito|veux|voudrais|besoin|欲し|ほしい"
)
_URL = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<![a-z0-9_.])@(?:[a-z][a-z0-9_-]*(?:\.[a-z0-9_]+)*|[\u4e00-\u9fff][^\s,.;，。、放在到]*)")
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d(?:[./-]\d{1,2}[./-]\d{1,2}|年\d{1,2}月(?:\d{1,2}[日号])?))(?!\d)"
)
_SHOWING = re.compile(
    r"text|caption|title|write|watermark|handle|corner|\btop\b|bottom|label|写|水印|文字|字幕|角|顶部|底部|标"
)
POINTING = frozenset(word for line in read_table("pointing") for word in line.split())


def row_of(folded: Folded) -> Reading:
    """All tokens of the phrase that may mean something. Quotes count only where letters to show are spoken of."""
    lang = language_of(folded.text)
    hidden = [(a, b, folded.source(c, d)) for a, b, c, d in quotes(folded)]
    shown = [*_HANDLE.finditer(folded.text), *_DATE.finditer(folded.text)] if _SHOWING.search(folded.text) else []
    for handle in shown:  # "put @jane.doe in the corner": a name needs no quotes, nor does a day
        if not any(a <= handle.start() < b for a, b, _ in hidden):
            hidden.append((*handle.span(), folded.source(*handle.span())))
    reading = _row(tokens(folded, lang, hidden), lang, folded)
    if hidden and not wants_quotes(reading):
        reading = _row(tokens(folded, lang), lang, folded)
    return reading


def _row(found: list[Token], lang: str, folded: Folded) -> Reading:
    urls = [m.span() for m in _URL.finditer(folded.text)]
    row: list[Token] = []
    wanted = False
    for token in found:
        if any(a <= token.start < b for a, b in urls):
            token = Token("word", folded.text[token.start : token.end], token.start, token.end)
        if token.kind == "soft":
            wanted = wanted or bool(_WANTING.search(folded.text[token.start : token.end]))
            continue
        if token.kind == "art" and wanted:
            if token.value in POINTING:
                wanted = False  # "I want this gif …" says which, not what
            else:
                token = Token("art", "wanted", token.start, token.end)
        if wanted and token.kind != "art":
            if token.kind in {"bytes", "format", "still", "video"} and not (row and row[-1].value == "wanted"):
                row.append(Token("art", "wanted", token.start, token.start))
            wanted = False
        if (
            lang == "zh"
            and row
            and row[-1].kind not in _BEFORE_LETTERS
            and _parted(folded.text, row[-1].end, token.start)
        ):
            row.append(Token("comma", " ", row[-1].end, row[-1].end))
        row.append(token)
    return Reading(_nor(_shared(_carried(_evened(_native(repaired(row), lang))))), lang)


_BEFORE_LETTERS = {"text", "write", "add", "colon", "comma", "stop", "and", "art"}
_CHUNK = re.compile(r"[^\s,.;:!?，。、；：！？]*")


def _parted(text: str, end: int, start: int) -> bool:
    """Whether a space parts two clauses of Chinese: 静音 转成动图, but not 帮我 压缩."""
    space = text.find(" ", end, start)
    if space < 1 or not _HAN_OR_QUOTE.match(text, space - 1) or not _HAN_OR_QUOTE.match(text, space + 1):
        return False
    before, after = _CHUNK.match(text[space - 1 :: -1]), _CHUNK.match(text, space + 1)
    return before is not None and after is not None and min(len(before[0]), len(after[0])) > 2


_HAN_OR_QUOTE = re.compile("[\u3400-\u9fff“”「」]")
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
        if token.kind == "off":
            return token.value in {"out", "away"} or verb.kind in {"keep", "add"} or verb.value == "turn"
        if token.kind not in _THINGS and token.value not in _LETTERED:
            return False
    return False


_LETTERED = {"the words", "the word", "words", "word", "caption", "label", "captions"}  # verbs that are things as well
_REMOVABLE = {"sound", "music", "text", "meta", "bgword", "dither", "loopword"}


_UNITED = {"bytes", "fps", "colors", "px", "pres"}
_NAMED = {"art", "plain", "word", "animation", "video", "format", "still", "be"}


def _again(row: list[Token], index: int, token: Token) -> int:
    """Where a bare number ends the sentence that takes the place of this figure: "chokes on 60 fps, give me 24"."""
    told = any(t.kind == "be" for t in row[max(0, index - 4) : index])  # "it's a 60 fps recording, make it 30"
    while told and index < len(row) and row[index].kind in {"animation", "video", "format", "plain", "art"}:
        index += 1
    if token.kind not in {"fps", "colors"} or index >= len(row) or row[index].kind not in {"comma", "stop", "and"}:
        return 0
    at = index + 1 - told
    while at < len(row) and row[at].kind in {"art", "make", "be", "under", "keep", "to", "comma", "and", "stop"}:
        at += 1
    ending = at + 1 >= len(row) or row[at + 1].kind in {"stop", "comma", "and", "plain"}
    if (
        (at == index + 1 and not told)
        or at >= len(row)
        or row[at].kind != "num"
        or not ending
        or not 1 < row[at].value < token.value
    ):
        return 0
    return at


def _carried(row: list[Token]) -> list[Token]:
    """ "from 60 fps down to 24", "this 42 MB monster down to 10": the bare number has the unit that was named before,
    and what was named before is how it is now."""
    found: list[Token] = []
    index = 0
    while index < len(row):
        token = row[index]
        found.append(token)
        index += 1
        if token.kind not in _UNITED:
            continue
        back = len(found) - 2
        while back >= 0 and found[back].kind == "art" and found[back].value not in POINTING:
            back -= 1
        source = back >= 0 and (found[back].kind == "from" or found[back].value in POINTING)
        again = _again(row, index, token)
        if again and not source:
            del found[-1]
            found += row[index:again]
            found.append(Token(token.kind, row[again].value, row[again].start, row[again].end))
            index = again + 1
            continue
        at = index
        while at < len(row) and at - index < 4 and row[at].kind in _NAMED:
            at += 1
        if (
            not source
            or at + 1 >= len(row)
            or row[at].kind not in {"to", "under", "until"}
            or row[at + 1].kind != "num"
        ):
            continue
        if at + 2 < len(row) and row[at + 2].kind not in {"stop", "comma", "and", "plain", "or", "under"}:
            continue
        number = row[at + 1]
        unit = next((u for u in (10**9, 10**6, 10**3) if token.value >= u), 1) if token.kind == "bytes" else 1
        value = round(number.value * unit) if token.kind == "bytes" else number.value
        if not 0 < value < token.value:
            continue
        del found[back if found[back].kind == "from" else len(found) - 1 :]
        found += row[index : at + 1]
        found.append(Token(token.kind, value, number.start, number.end))
        index = at + 2
    return found


_DEEDS = {
    "crop", "rotate", "flip", "mirror", "trim", "remove", "compress", "make", "reverse", "boomerang", "loopword",
    "faster", "slower", "grayscale", "dither", "dims", "add", "write", "mute", "pad", "blurfit", "losing", "halfturn",
}  # fmt: skip


def _nor(row: list[Token]) -> list[Token]:
    """ "don't crop, rotate or flip it" forbids all three."""
    found = list(row)
    for at, token in enumerate(row):
        if token.kind != "or":
            continue
        joints, back = [at], at - 1
        while back >= 0 and row[back].kind not in {"not", "and", "stop", "keep", "bytes", "format"}:
            if row[back].kind == "comma":
                joints.append(back)
            back -= 1
        if back < 0 or row[back].kind != "not":
            continue
        for joint in joints:
            after = next((t for t in row[joint + 1 : joint + 4] if t.kind not in {"art", "to"}), None)
            if after is not None and after.kind in _DEEDS:
                found[joint] = Token("not", row[back].value, row[joint].start, row[joint].end)
    return found


def _shared(row: list[Token]) -> list[Token]:
    """ "remove the sound and the metadata": what is removed, and what is not wanted, may be several things."""
    found = list(row)
    for at, token in enumerate(row):
        if token.kind not in {"and", "or", "comma"} or at + 1 >= len(row):
            continue
        thing = at + 1
        while thing < len(row) and row[thing].kind in {"art", "and", "or"}:
            thing += 1
        after = row[thing + 1].kind if thing + 1 < len(row) else "stop"
        if thing < len(row) and row[thing].kind == "loopword" and not str(row[thing].value).isascii():
            continue  # 去掉元数据，循环播放
        if thing >= len(row) or row[thing].kind not in _REMOVABLE or after not in {"comma", "stop", "and", "or"}:
            continue
        verb = at - 1
        while verb >= 0 and row[verb].kind in _REMOVABLE | {"art", "and", "or", "comma"}:
            verb -= 1
        shared = verb >= 0 and verb < at - 1 and found[verb].kind in {"remove", "not"}
        if shared and (row[thing - 1].kind == "art" or token.kind != "comma" or found[verb].kind == "remove"):
            found[at] = Token(found[verb].kind, found[verb].value, token.start, token.end)
    return found


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


def _native(row: list[Token], lang: str) -> list[Token]:
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


_OFTEN = {"once", "twice", "count", "num"}
_LASTING = {"dura", "dure", "duran", "dauert", "lasts", "runs", "duree", "lang"}


def _evened(row: list[Token]) -> list[Token]:
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
        if token.value == "lop" and kinds[:1] and kinds[0] in {"first", "last", "ms", "art", "begin", "end", "off"}:
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
