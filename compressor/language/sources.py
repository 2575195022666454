"""What is in a phrase but asks for no change: orders to the machine, questions, and what the source is like."""

from __future__ import annotations

import re

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
