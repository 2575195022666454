"""Sentences that ask to be told something, and so ask for no change."""

from __future__ import annotations

import re

from ..reading.normal import Folded
from .pattern import Reading


def sentences(reading: Reading) -> list[tuple[int, int]]:
    """Where each sentence of the row begins and ends."""
    spans, first = [], 0
    for index, token in enumerate(reading.row):
        if token.kind == "stop":
            spans.append((first, index))
            first = index + 1
    spans.append((first, len(reading.row)))
    return [s for s in spans if s[1] > s[0]]


_OPEN = re.compile(
    r"^(how (do|can|should|to)|how|what about|how about|can (it|this|that)|what if|"
    r"怎么|如何|怎样|como puedo|comment|wie|是否|有没有|tell me|is it)"
)


_ABLE = re.compile(r" (handle|process|support|open|read|cope|deal|work|accept)\b")  # asks what is possible at all
_SOFT = re.compile(r"^(can(?! you|.*be done)|what about|how about|is it possible|what if we|是否可以|能不能)\b")


_CHARGED = {"export", "upload", "once"}  # 压缩一次要多少积分


def _asks_price(reading: Reading, first: int, last: int) -> bool:
    """ "how many credits does an export cost", 导出一次多少积分: neither an export nor the balance."""
    tokens = [t for i, t in enumerate(reading.row[first:last], first) if reading.left(i)]
    kinds = [t.kind for t in tokens]
    if {"comma", "and"} & set(kinds) or not _CHARGED & set(kinds) or "credits" not in kinds:
        return False
    return any(re.search(r"how|多少|几|cuant|combien|wie ?viel", str(t.value)) for t in tokens)


_RELATIVE = {"who", "which", "where", "when", "whose"}
_INVERTED = {"does", "do", "did", "is", "are", "can", "will", "would", "should", "am"}


# Whether something will happen is asked, not wished for: 压缩之后会变模糊吗, "est-ce que la qualité va baisser ?"
_WONDERING = re.compile(
    r"^[^?]*会[^?]*(?:吗|么|嘛)[?\s]*$|"
    r"^(?:wird|werden|wurde|verliert|verliere) (?!bitte)|^¿? ?(?:se (?:vera|notara|perdera)|perdera|va a |quedara)|"
    r"\b(?:va|sera|restera|aura|perdra|deviendra)(?:-t)?-(?:il|elle|on|ils|elles)\b|"
    r"^est-ce que (?:ca|cela|la|le|l'|je)|"
    r"^(?!.*(?:下さい|ください|ほしい|欲しい|もらえ|くれ|いただけ|でき|出来|お願い|ませんか))"
    r".*(?:ますか|でしょうか|るの|ですか)[?。\s]*$"
)
_POLITE = re.compile("能不能|能否|可以|可不可以|帮|请|麻烦|想要|希望")
_GREETED = re.compile(r"^(?:hi|hey|hello|hiya|yo|good (?:morning|afternoon|evening))\b")
_WELL = {"how's it going", "how is it going"}


def _wonders(reading: Reading, folded: Folded, first: int, last: int) -> bool:
    """Whether the sentence asks what would come of it: read from its letters, for its words are those of wishes."""
    row = reading.row
    start, end = row[first - 1].end if first else 0, row[last].end if last < len(row) else len(folded.text)
    said = folded.text[start:end].strip()
    if reading.lang == "zh":
        said = next((c for c in reversed(re.split("[,，]", said)) if "会" in c), "")
    return bool(_WONDERING.search(said)) and not _POLITE.search(said)


def _greets(reading: Reading, folded: Folded) -> None:
    """ "hey, how's it going" is a greeting; without the "hey" it may ask for the state."""
    if not _GREETED.match(folded.text):
        return
    for at, token in enumerate(reading.row):
        if token.kind == "state" and token.value in _WELL:
            reading.use(at, at + 1)
            reading.question = True


def questions(reading: Reading, folded: Folded) -> None:
    """A sentence that asks to be told something asks for no change."""
    row = reading.row
    _greets(reading, folded)
    for start, token in enumerate(row):
        if token.kind == "dunno":
            end = start
            while end < len(row) and row[end].kind not in {"comma", "stop", "and"}:
                end += 1
            reading.use(start, end)
            reading.nothing = True
    for first, last in sentences(reading):
        asked = last < len(row) and row[last].value == "?"
        if _wonders(reading, folded, first, last):
            for place in range(first, last):
                if reading.left(place):
                    reading.use(place, place + 1)
            reading.question = True
            continue
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
        asking = [i for i in range(first, last) if row[i].kind == "question" and reading.left(i)]
        at = asking[0] if asking else None
        if at is None or {"state", "credits", "undo", "redo", "help"} & set(kinds):
            continue
        leading = at == first or all(
            row[i].kind in {"art", "be", "plain", "and", "comma", "word"} for i in range(first, at)
        )
        if reading.lang not in {"zh", "ja"} and not leading:
            continue
        if str(row[at].value) in _RELATIVE and at > first and row[at - 1].kind in {"plain", "word"} and not asked:
            continue  # "my editor, who has done this for years, insists on 25 fps"
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
