"""What is in a phrase but asks for no change: orders to the machine, and what the source is like."""

from __future__ import annotations

from .asking import sentences
from ..reading.lexer import Token
from .pattern import Reading
from .rows import POINTING
from .rules_kind import MAKING
from .rules_size import SCREENS

_NOUNS = {"format", "animation", "video", "still"}
_MEASURES = {"bytes", "frames", "fps", "ms", "px", "dim", "pres", "colors", "num", "ratio"}
_MEASURED = _MEASURES | {"longword", "comma"}
_REACH = 12  # tokens: nobody describes a clip by more figures in one breath
_WISHING = {"give", "gimme", "give me", "make", "produce", "create", "generate", "output", "deliver", "get"}


def drop_injections(reading: Reading) -> None:
    """Orders to the machine behind the page are nobody's wish about a picture: they end here."""
    for found in reading.find("(credits)? ~ (add|make|write) ~ (credits)? ~ (to|at)? ~ num ~ credits?"):
        if found.has("credits"):  # "add 500 credits to my account"
            reading.use(found.first, found.last)
            reading.injected = True
    for found in reading.find("num credits ~ (from|to|at)"):  # "transfer 500 credits from bob to me"
        reading.use(found.first, found.last)
        reading.injected = True
    for first, last in sentences(reading):
        at = next((i for i in range(first, last) if reading.row[i].kind == "inject"), None)
        if at is None:
            continue
        while at > first and reading.row[at - 1].kind not in {"comma", "and", "colon"}:
            at -= 1
        reading.use(at, last)
        reading.injected = True


def _noun(token: Token) -> bool:
    return token.kind in _NOUNS or (token.kind == "part" and token.value == "clip")


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
            and row[noun].kind in {"animation", "plain", "word", "loopword", "transparent", "dims", "still"}
            and reading.left(noun)
            and noun - end < 3
        ):
            noun += 1
        if noun < len(row) and _noun(row[noun]) and reading.left(noun):
            noun += 1
        if not any(map(_noun, row[end:noun])) or not _noun(row[noun - 1]):
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
        if row[noun - 1].kind == "part" and not pointing and (before is None or before.kind != "be"):
            continue  # "a 5 second clip" is wished for, "my 5 second clip" is there
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
_FIGURES = {"dim", "pres", "fps", "frames", "colors", "bytes", "ms", "ratio", "px", "aspect"}
_AFTER_FIGURES = {"keep", "srcword", "plain", "longword", "video", "animation", "format", "and", "comma", "art", "be"}
_AFTER_FIGURES |= {"width", "height", "size", "dims"}


def _sided(row: list[Token], at: int) -> bool:
    """A bare number that says how wide or high: 800宽."""
    return row[at].kind == "num" and at + 1 < len(row) and row[at + 1].kind in {"width", "height"}


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
            or (at > first and str(row[at - 1].value) in SCREENS)
            or (
                str(row[at].value) not in _TOLD
                and not str(row[at].value).startswith(("原", "录出来", "lasts", "dur", "dauert"))
            )
            or ("not" in before and before & _FIGURES)
            or ({"begin", "end"} & before and {"remove", "trim"} & {t.kind for t in row[max(0, first - 8) : first]})
            or any("错" in str(t.value) for t in row[max(0, first - 5) : first])  # 说错了，是720p
        ):
            continue
        figures = [i for i in range(at, last) if row[i].kind in _FIGURES or _sided(row, i)]
        rest = {t.kind for i, t in enumerate(row[at + 1 : last], at + 1) if not _sided(row, i)}
        alone = first == 0 and last == len(row)
        if (
            str(row[at].value) in {"it's", "it is"} and not rest <= _FIGURES | _AFTER_FIGURES
        ):  # "it's 512x512 and they want …"
            until = next((i for i in range(at, last) if row[i].kind in {"comma", "and"}), last)
            rest = {t.kind for t in row[at + 1 : until]}
            last, figures = until, [i for i in figures if i < until]
        if figures and not alone and rest <= _FIGURES | _AFTER_FIGURES and all(map(reading.left, figures)):
            reading.use(first, last)
            reading.nothing = True


_MOODS = {"slower", "faster", "smaller", "bigger", "better", "toomuch", "worse"}


def complained(reading: Reading) -> None:
    """ "24 fps is too fast, make it 8", 24帧太快了，改成8帧: what is complained of is not what is wished for."""
    row = reading.row
    for at, token in enumerate(row):
        if token.kind not in {"fps", "frames", "bytes", "pres", "colors", "mult", "multspeed"} or not reading.left(at):
            continue
        mood = at + 1
        while mood < len(row) and row[mood].kind in {"art", "be", "plain"}:
            mood += 1
        if mood >= len(row) or row[mood].kind not in _MOODS or not reading.left(mood):
            continue
        if not str(row[mood].value).startswith(("too", "太", "not", "有点", "bit", "still")):
            continue
        end = mood + 1
        while end < len(row) and row[end].kind not in {"comma", "stop", "and"}:
            if row[end].kind in _MOODS:
                reading.use(end, end + 1)
            end += 1
        if any(t.kind == token.kind for t in row[end:]):
            reading.use(at, mood + 1)
            reading.nothing = True


_ENOUGH = {"enough", "plenty", "fine", "ok", "okay", "would", "will", "should", "suffice", "works", "perfect"}
_COUNTED = {"fps", "bytes", "colors", "pres"}
_IDLE = {"art", "be", "plain", "fine", "word"}


def accepted(reading: Reading) -> None:
    """ "it's a 60 fps clip, nobody needs that, 20 are enough": what is enough has the unit that was named before."""
    row, first = reading.row, 0
    for last in [*(i for i, t in enumerate(row) if t.kind in {"comma", "stop", "and"}), len(row)]:
        clause, start = row[first:last], first
        first = last + 1
        numbers = [i for i in range(start, last) if row[i].kind == "num"]
        enough = any(str(t.value).split()[0] in _ENOUGH for t in clause if t.kind in {"plain", "fine"})
        if len(numbers) != 1 or not enough or any(t.kind not in _IDLE | {"num"} for t in clause):
            continue
        before = [i for i in range(start) if row[i].kind in _COUNTED]
        if not before or not reading.left(numbers[0]):
            continue
        figure, number = row[before[-1]], row[numbers[0]]
        unit = next((u for u in (10**9, 10**6, 10**3) if figure.value >= u), 1) if figure.kind == "bytes" else 1
        if not 0 < number.value * unit < figure.value:
            continue
        row[numbers[0]] = Token(figure.kind, round(number.value * unit), number.start, number.end)
        reading.name(numbers[0])
        if reading.left(before[-1]):
            reading.use(before[-1], before[-1] + 1)


def corrections(reading: Reading) -> None:
    """ "not X, Y" and "Y, not X" where both are of one kind: Y counts."""
    for found in reading.find("(ms|bytes|fps|px|colors) comma not num (comma|stop|$)"):  # "3 seconds, not 4"
        at = next(i for i in range(found.first, found.last) if reading.row[i].kind == "not")
        reading.use(at, at + 2)
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
