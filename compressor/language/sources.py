"""What is in a phrase but asks for no change: orders to the machine, questions, and what the source is like."""

from __future__ import annotations

import re

from .lexer import Token
from .normal import Folded
from .pattern import Reading
from .rows import POINTING
from .rules_kind import MAKING

_NOUNS = {"format", "animation", "video", "still"}
_MEASURES = {"bytes", "frames", "fps", "ms", "px", "dim", "pres", "colors", "num", "ratio"}
_MEASURED = _MEASURES | {"longword", "comma"}
_REACH = 12  # tokens: nobody describes a clip by more figures in one breath
_WISHING = {"give", "gimme", "give me", "make", "produce", "create", "generate", "output", "deliver", "get"}


def _sentences(reading: Reading) -> list[tuple[int, int]]:
    spans, first = [], 0
    for index, token in enumerate(reading.row):
        if token.kind == "stop":
            spans.append((first, index))
            first = index + 1
    spans.append((first, len(reading.row)))
    return [s for s in spans if s[1] > s[0]]


def drop_injections(reading: Reading) -> None:
    """Orders to the machine behind the page are nobody's wish about a picture: they end here."""
    for found in reading.find("(credits)? ~ (add|make|write) ~ (credits)? ~ (to|at)? ~ num ~ credits?"):
        if found.has("credits"):  # "add 500 credits to my account"
            reading.use(found.first, found.last)
            reading.injected = True
    for first, last in _sentences(reading):
        at = next((i for i in range(first, last) if reading.row[i].kind == "inject"), None)
        if at is None:
            continue
        while at > first and reading.row[at - 1].kind not in {"comma", "and", "colon"}:
            at -= 1
        reading.use(at, last)
        reading.injected = True


_OPEN = re.compile(
    r"^(how (do|can|should|to)|how|what about|how about|can (it|this|that)|what if|"
    r"怎么|如何|怎样|como puedo|comment|wie|是否|有没有|tell me|is it)"
)


_ABLE = re.compile(r" (handle|process|support|open|read|cope|deal|work|accept)\b")  # asks what is possible at all
_SOFT = re.compile(r"^(can(?! you|.*be done)|what about|how about|is it possible|what if we|是否可以|能不能)\b")


def _asks_price(reading: Reading, first: int, last: int) -> bool:
    """ "how many credits does an export cost", 导出一次多少积分: neither an export nor the balance."""
    tokens = [t for i, t in enumerate(reading.row[first:last], first) if reading.left(i)]
    kinds = [t.kind for t in tokens]
    if {"comma", "and"} & set(kinds) or not {"export", "upload"} & set(kinds) or "credits" not in kinds:
        return False
    return any(re.search(r"how|多少|几|cuant|combien|wie ?viel", str(t.value)) for t in tokens)


_INVERTED = {"does", "do", "did", "is", "are", "can", "will", "would", "should", "am"}


def questions(reading: Reading) -> None:
    """A sentence that asks to be told something asks for no change."""
    row = reading.row
    for start, token in enumerate(row):
        if token.kind == "dunno":
            end = start
            while end < len(row) and row[end].kind not in {"comma", "stop", "and"}:
                end += 1
            reading.use(start, end)
            reading.nothing = True
    for first, last in _sentences(reading):
        asked = last < len(row) and row[last].value == "?"
        if asked and [t.kind for t in row[first:last]] == ["format", "or", "format"] and last + 1 < len(row):
            reading.use(first, last)  # "gif or mp4? gif"
            continue
        about = {t.kind for t in row[first:last]}
        if asked and "upload" in about and about & {"format", "video", "animation"} and not reading.wish:
            reading.use(first, last)  # "can I upload mov files?"
            reading.question = True
            continue
        if asked and {"upload", "bytes"} <= {t.kind for t in row[first:last]}:  # "can I upload a 300 MB file?"
            reading.use(first, last)
            reading.question = True
            continue
        if _asks_price(reading, first, last):
            reading.use(first, last)
            reading.question = True
            continue
        kinds = [t.kind for t in row[first:last] if t.kind not in {"art", "be", "plain"}]
        at = next((i for i in range(first, last) if row[i].kind == "question" and reading.left(i)), None)
        if at is None or {"state", "credits", "undo", "redo", "help"} & set(kinds):
            continue
        leading = at == first or all(
            row[i].kind in {"art", "be", "plain", "and", "comma", "word"} for i in range(first, at)
        )
        if reading.lang not in {"zh", "ja"} and not leading:
            continue
        if str(row[at].value).split()[0] in _INVERTED and at > first and row[at - 1].kind in {"plain", "word", "art"}:
            continue  # "my cat does a backflip"
        if any(t.kind == "colon" for t in row[at:last]):
            continue  # "what I need: 250 KB"
        value = str(row[at].value)
        measured = {t.kind for t in row[first:last]} & {
            "bytes",
            "pct",
            "pres",
            "fps",
            "colors",
            "dim",
            "px",
            "halfthesize",
        }
        if not _ABLE.search(value) and (_SOFT.match(value) or (_OPEN.match(value) and measured)):
            reading.use(at, at + 1)
            reading.question = True
            continue
        if measured & {"bytes"} and reading.lang in {"zh", "ja"} and not leading:
            reading.use(at, at + 1)
            continue
        reading.use(first, last)
        reading.question = True


def described(reading: Reading) -> None:
    """ "a 2MB animated GIF with 60 frames", "my 14 MB gif", "这个5MB的gif": the source as it is."""
    row = reading.row
    for at, token in enumerate(row):
        if token.kind not in _MEASURES or not reading.left(at):
            continue
        end = at
        while end < len(row) and end - at < _REACH and reading.left(end) and row[end].kind in _MEASURED:
            end += 1
        noun = end
        while (
            noun < len(row)
            and row[noun].kind in {"animation", "plain", "word", "loopword", "transparent"}
            and reading.left(noun)
            and noun - end < 3
        ):
            noun += 1
        if noun < len(row) and row[noun].kind in _NOUNS and reading.left(noun):
            noun += 1
        if not any(t.kind in _NOUNS for t in row[end:noun]) or row[noun - 1].kind not in _NOUNS:
            continue
        start = at
        while start > 0 and row[start - 1].kind in {"art", "animation", "plain", "srcword"}:
            start -= 1
        arts = [t for t in row[start:at] if t.kind == "art"]
        before = row[start - 1] if start else None
        later = any(t.kind == "bytes" for t in row[noun:])
        if any(t.value == "wanted" for t in arts):
            continue
        if start == 0 and noun == len(row) and not any(t.value in POINTING for t in arts):
            continue  # "a 1 MB file" and no more says what is wanted
        pointing = any(t.value in POINTING for t in arts)
        if before and not pointing and before.kind in {"to", "under", "at", "keep", "colon", "formatword", "export"}:
            continue
        if before and before.value in _WISHING | MAKING and not any(t.value in POINTING for t in arts):
            continue
        if not arts and not (
            token.kind == "bytes" and later and (before is None or before.kind in {"compress", "be", "make", "from"})
        ):
            continue
        while (
            noun < len(row)
            and reading.left(noun)
            and row[noun].kind in {"add", "of", "at", "longword", "from"} | _MEASURES
        ):
            if row[noun].kind in {"add", "of", "at", "from"} and not (
                noun + 1 < len(row) and row[noun + 1].kind in _MEASURES - {"bytes"}
            ):
                break
            if row[noun].kind == "bytes":
                break
            noun += 1
        reading.use(at, noun)
        reading.nothing = True


_TOLD = (
    "is",
    "it's",
    "are",
    "was",
    "were",
    "是",
    "是有",
    "有",
    "现在是",
    "目前是",
    "原本是",
    "它是",
    "its currently",
    "currently",
)
_SUBJECT = {"art", "animation", "video", "format", "srcword", "plain", "word", "version", "dims", "size"}
_FIGURES = {"dim", "pres", "fps", "frames", "colors", "bytes", "ms", "ratio"}
_AFTER_FIGURES = {"keep", "srcword", "plain", "longword", "video", "animation", "format", "and", "comma", "art", "be"}


def told(reading: Reading) -> None:
    """A sentence of its own that tells what the clip is like: "It's 1920x1080 and 60 fps as it is." """
    row = reading.row
    starts = [0, *(i + 1 for i, t in enumerate(row) if t.kind in {"stop", "comma", "colon"})]
    ends = {"stop", "comma"} if reading.lang in {"zh", "ja"} else {"stop"}
    for first in starts:
        last = next((i for i in range(first, len(row)) if row[i].kind in ends), len(row))
        at = first
        while at < last and row[at].kind in _SUBJECT:
            at += 1
        before = {t.kind for t in row[max(0, first - 5) : first]}
        if (
            at >= last
            or row[at].kind != "be"
            or str(row[at].value) not in _TOLD
            or ("not" in before and before & _FIGURES)
        ):
            continue
        figures = [i for i in range(at, last) if row[i].kind in _FIGURES]
        rest = {t.kind for t in row[at + 1 : last]}
        alone = first == 0 and last == len(row)
        if figures and not alone and rest <= _FIGURES | _AFTER_FIGURES and all(map(reading.left, figures)):
            reading.use(first, last)
            reading.nothing = True


_TELLING = re.compile(
    r"(?:(?:so|and|but|also|btw|well|um|yo|hi|hey|hello|listen|ok so|by the way|good morning)[, ]+)*"
    r"(?:i|i've|i'd been|we|we've|he|she|they|my|our|his|her|their|someone|somebody|people|everyone|everybody|nobody|"
    r"there's|there is|there are|there was|it's (?:a|an|the|from|part|my|our|his|her)|it was|it took|"
    r"this is|the [a-z]+(?: [a-z]+)? (?:was|were)|(?:half|most|some|two|all) of (?:my|our|the) [a-z]+)\b"
)
_ASKING = re.compile(
    r"\b(?:please|pls|plz|can|could|would|want|wants|wanted|need|needs|should|must|may|let's|make|only|just|like|too|wish|"
    r"prefer|give|has to|have to|supposed|enough|says?|'d)\b|\?"
)
_DEEDS = {
    "remove", "trim", "crop", "make", "compress", "under", "over", "not", "keep", "export", "undo", "redo", "credits",
    "state", "help", "upload", "rotate", "mute", "rejected", "onlyhave", "inject", "quote", "colon", "grayscale",
    "bytes",
}  # fmt: skip
_PASSING = {
    "qword", "halve", "halfthesize", "halfthedims", "aspect", "music", "track", "once", "twice", "frac", "color",
    "pres", "fps", "dim", "speedword", "boomerang", "video", "volume", "count", "ord", "reverse", "bgword", "loopword",
    "still",
}  # fmt: skip


def narrated(reading: Reading, folded: Folded) -> None:
    """A sentence that tells a story wishes for nothing: "My best friend sent it to me. He plays the piano in it." """
    row = reading.row
    spans = _sentences(reading)
    orders = any(t.kind == "remove" and _ends_there(row, i + 1) for i, t in enumerate(row))
    if reading.lang != "en" or len(spans) < 2 or orders:
        return
    for first, last in spans:
        start = row[first - 1].end if first else 0
        said = folded.text[start : row[last].start if last < len(row) else len(folded.text)].strip()
        if not _TELLING.match(said) or _ASKING.search(said) or _DEEDS & {t.kind for t in row[first:last]}:
            continue
        for at in range(first, last):
            if row[at].kind in _PASSING and reading.left(at):
                reading.use(at, at + 1)
                reading.nothing = True


def _ends_there(row: list[Token], at: int) -> bool:
    """Whether "remove" or "remove them" ends its clause: what is meant was said in an earlier one."""
    while at < len(row) and row[at].value in {"it", "them", "that", "this", "those"}:
        at += 1
    return at == len(row) or row[at].kind in {"stop", "comma", "and"}


def corrections(reading: Reading) -> None:
    """ "not X, Y" and "Y, not X" where both are of one kind: Y counts."""
    for kind in (
        "bytes",
        "ms",
        "fps",
        "frames",
        "pres",
        "colors",
        "pct",
        "dim",
        "ratio",
        "aspect",
        "px",
        "color",
        "track",
    ):
        for pattern in (f"not ~ (make|to|at|under|keep|longword)* ~ {kind}",):
            for found in reading.find(pattern):
                others = [
                    i
                    for i, t in enumerate(reading.row)
                    if t.kind == kind and reading.left(i) and not found.first <= i < found.last
                ]
                if others and found.tokens[-1].kind == kind and not found.has("under"):
                    reading.use(found.first, found.last)
