"""The row of tokens that the rules read: filler left out, quotes hidden, a few orders of words made even."""

from __future__ import annotations

import re
from bisect import bisect_left

from ..reading.lexer import Token, language_of, tokens
from ..reading.normal import Folded
from .pattern import Reading
from ..reading.quoting import quotes
from .repairs import repaired, without_fallbacks
from ..reading.tables import read_table
from .texts import wants_quotes
from .word_order import evened, native

_WANTING = re.compile(
    r"want|need|(?:'d|would|rather) like|要|想|mochte|brauche|quiero|necesito|veux|voudrais|besoin|欲し|ほしい"
)
_URL = re.compile(r"https?://\S+|www\.\S+")
_HANDLE = re.compile(r"(?<![a-z0-9_.])@(?:[a-z][a-z0-9_-]*(?:\.[a-z0-9_]+)*|[\u4e00-\u9fff][^\s,.;，。、放在到]*)")
_DATE = re.compile(
    r"(?<!\d)(?:\d{1,2}[./-]\d{1,2}[./-](?:19|20)\d\d|(?:19|20)\d\d(?:[./-]\d{1,2}[./-]\d{1,2}|年\d{1,2}月(?:\d{1,2}[日号])?))(?!\d)"
)
# "… Best, Anna": who it is from is not how good it is to be.
_SIGNED = re.compile(
    r"(?:[.!?\n。！？]|[Tt]hanks[,!]?|[Tt]hank you[,!]?)\s*((?:(?:[Aa]ll the |[Vv]ery )?[Bb]est|"
    r"[Ww]arm(?:ly|est)?|[Ll]ove|[Yy]ours|"
    r"[Ss]incerely|[Cc]heers|[Tt]hanks|[Gg]reetings|LG|VG|Saludos|Cordialement)[,!.]?\s+"
    r"[A-Z][\w'-]*(?: [A-Z][\w.'-]*){0,3}"
    r"\s*[.!]?\s*)$"
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
    signed = _SIGNED.search(folded.original)
    if signed:
        at = bisect_left(folded.origin, signed.start(1))
        found = [t for t in found if t.start < at]
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
            if token.kind in {"bytes", "format", "still", "video", "ms"} and not (row and row[-1].value == "wanted"):
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
    return Reading(_nor(_shared(_carried(evened(native(without_fallbacks(repaired(row)), lang))))), lang)


_BEFORE_LETTERS = {"text", "write", "add", "colon", "comma", "stop", "and", "art"}
_UNDER_WAY = re.compile("以内|以下|以上|左右|的|之内|内|格式|像素|每秒|倍|秒|帧|色|字|上下|做|当|作为|为")
_CHUNK = re.compile(r"[^\s,.;:!?，。、；：！？]*")


def _parted(text: str, end: int, start: int) -> bool:
    """Whether a space parts two clauses of Chinese: 静音 转成动图, but not 帮我 压缩."""
    space = text.find(" ", end, start)
    if space < 1 or not _HAN_OR_QUOTE.match(text, space + 1) or _UNDER_WAY.match(text, space + 1):
        return False
    before, after = _CHUNK.match(text[space - 1 :: -1]), _CHUNK.match(text, space + 1)
    if not _HAN_OR_QUOTE.match(text, space - 1) and not (before and _HAN_OR_QUOTE.search(before[0])):
        return False  # 压到 2M 左右
    return before is not None and after is not None and min(len(before[0]), len(after[0])) > 2


_HAN_OR_QUOTE = re.compile("[\u3400-\u9fff“”「」]")
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
