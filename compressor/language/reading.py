"""A phrase → what it asks: the story of one reading, from letters to the flat object."""

from __future__ import annotations

import re
from typing import Any

from . import rules_look, rules_size, rules_time
from .lexer import Token, language_of, quotes, tokens
from .normal import Folded, fold
from .pattern import Reading, Rules, letter, nothing, run, sets
from .texts import read_texts, wants_quotes

_WANTING = re.compile(r"want|need|like|要|想|mochte|brauche|quiero|necesito|veux|voudrais|besoin|欲し|ほしい|want it")
_URL = re.compile(r"https?://\S+|www\.\S+")
_NOUNS = {"format", "animation", "video", "still"}
_MEASURES = {"bytes", "frames", "fps", "ms", "px", "dim", "pres", "colors", "num", "ratio"}
_SIZE_KEYS = {"max_bytes", "max_ratio", "width", "height", "short_side", "scale", "crop"}
_WISHING = {"give", "gimme", "give me", "make", "produce", "create", "generate", "output", "deliver", "get"}

TEXTS: Rules = [
    ("remove ~ (text|write) (at|pos)*", sets(remove_text=True)),
    ("pos? (of|at)* text ~ remove", sets(remove_text=True)),
    ("not ~ (add|make|put|write|any|at)* ~ text", nothing),
]
ACTIONS = ("export", "credits", "state", "undo", "redo", "upload", "help")


def read_words(words: str) -> tuple[Reading, Folded]:
    """Everything that the grammar understands of ``words``; the row keeps what it did not."""
    folded = fold(words)
    lang = language_of(folded.text)
    reading, folded = _tokenise(folded, lang)
    _drop_injections(reading)
    _questions(reading)
    read_texts(reading, folded)
    run(reading, TEXTS)
    _described(reading)
    run(reading, rules_size.SOURCE)
    _corrections(reading)
    run(reading, rules_time.PLAY)
    run(reading, rules_time.FRAMES)
    run(reading, rules_time.TRIM)
    run(reading, rules_look.SOUND)
    run(reading, rules_look.SHAPE)
    run(reading, rules_look.COLOUR)
    run(reading, rules_size.QUALITY)
    run(reading, rules_size.FORMATS)
    run(reading, rules_size.SIZES)
    run(reading, rules_size.DIMS)
    run(reading, rules_size.HALVES)
    run(reading, rules_look.PRESETS)
    _actions(reading)
    _bare_formats(reading)
    _relatives(reading)
    _settle(reading)
    return reading, folded


def _tokenise(folded: Folded, lang: str) -> tuple[Reading, Folded]:
    hidden = [(a, b, folded.source(c, d)) for a, b, c, d in quotes(folded)]
    reading = _row(tokens(folded, lang, hidden), lang, folded)
    if hidden and not wants_quotes(reading):
        reading = _row(tokens(folded, lang), lang, folded)
    return reading, folded


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
            token = Token("art", "wanted", token.start, token.end)
        if wanted and token.kind != "art":
            if token.kind in {"bytes", "format", "still", "video"} and not (row and row[-1].value == "wanted"):
                row.append(Token("art", "wanted", token.start, token.start))
            wanted = False
        row.append(token)
    return Reading(row, lang)


def _sentences(reading: Reading) -> list[tuple[int, int]]:
    spans, first = [], 0
    for index, token in enumerate(reading.row):
        if token.kind == "stop":
            spans.append((first, index))
            first = index + 1
    spans.append((first, len(reading.row)))
    return [s for s in spans if s[1] > s[0]]


def _drop_injections(reading: Reading) -> None:
    """Orders to the machine behind the page are nobody's wish about a picture: they end here."""
    for first, last in _sentences(reading):
        at = next((i for i in range(first, last) if reading.row[i].kind == "inject"), None)
        if at is None:
            continue
        while at > first and reading.row[at - 1].kind not in {"comma", "and", "colon"}:
            at -= 1
        reading.use(at, last)
        reading.injected = True


_OPEN = re.compile(
    r"^(how (do|can|should|to)|how|what about|how about|can (it|this|that)|what if|怎么|如何|怎样|como puedo|comment|wie|是否|有没有|tell me|is it)"
)


def _questions(reading: Reading) -> None:
    """A sentence that asks to be told something asks for no change."""
    row = reading.row
    for first, last in _sentences(reading):
        kinds = [t.kind for t in row[first:last] if t.kind not in {"art", "be", "plain"}]
        at = next((i for i in range(first, last) if row[i].kind == "question" and reading.left(i)), None)
        if at is None or {"state", "credits", "undo", "redo", "help"} & set(kinds):
            continue
        leading = at == first or all(
            row[i].kind in {"art", "be", "plain", "and", "comma", "word"} for i in range(first, at)
        )
        if reading.lang not in {"zh", "ja"} and not leading:
            continue
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
        if _OPEN.match(value) and (measured or (value in {"what", "how"} and False)):
            reading.use(at, at + 1)
            continue
        if measured & {"bytes"} and reading.lang in {"zh", "ja"} and not leading:
            reading.use(at, at + 1)
            continue
        reading.use(first, last)
        reading.question = True


def _described(reading: Reading) -> None:
    """ "a 2MB animated GIF with 60 frames", "my 14 MB gif", "这个5MB的gif": the source as it is."""
    row = reading.row
    for at, token in enumerate(row):
        if token.kind not in _MEASURES or not reading.left(at):
            continue
        end = at
        while end < len(row) and reading.left(end) and row[end].kind in _MEASURES | {"longword", "comma"}:
            end += 1
        noun = end
        while (
            noun < len(row)
            and row[noun].kind in {"animation", "plain", "word"}
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
        if before and (
            before.kind in {"to", "under", "at", "keep", "colon", "formatword", "export"} or before.value in _WISHING
        ):
            continue
        if not arts and not (later and (before is None or before.kind in {"compress", "be", "make", "from"})):
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


def _corrections(reading: Reading) -> None:
    """ "not X, Y" and "Y, not X" where both are of one kind: Y counts."""
    for kind in ("bytes", "ms", "fps", "pres", "colors", "pct", "dim", "ratio", "aspect", "px", "color", "track"):
        for pattern in (f"not ~ (make|to|at|under|keep|longword)* ~ {kind}",):
            for found in reading.find(pattern):
                others = [
                    i
                    for i, t in enumerate(reading.row)
                    if t.kind == kind and reading.left(i) and not found.first <= i < found.last
                ]
                if others and found.tokens[-1].kind == kind and not found.has("under"):
                    reading.use(found.first, found.last)


def _actions(reading: Reading) -> None:
    row = reading.row
    for at, token in enumerate(row):
        if token.kind in ACTIONS and reading.left(at):
            if token.kind in {"upload", "help", "state", "credits"} and reading.wish:
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


def _bare_formats(reading: Reading) -> None:
    row = reading.row
    for at, token in enumerate(row):
        if token.kind not in {"format", "still"} or not reading.left(at):
            continue
        before = row[at - 1] if at else None
        opening = before is None or before.kind in {"stop", "comma", "and", "colon"} or not reading.left(at - 1)
        wanted = before is not None and before.value == "wanted"
        after = row[at + 1].kind if at + 1 < len(row) else "stop"
        if "format" in reading.wish:
            reading.use(at, at + 1)
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
            }
            if opening and (closing or at + 1 == len(row)) and (before is None or before.kind != "colon"):
                reading.put("format", "gif")
        elif wanted or not (before is not None and before.kind in _SOURCE_BEFORE and not opening):
            reading.put("format", token.value)
        reading.use(at, at + 1)


def _relatives(reading: Reading) -> None:
    wish, row = reading.wish, reading.row
    for kind, blocked in (
        ("smaller", _SIZE_KEYS | {"preset"}),
        ("better", {"quality"}),
        ("slower", {"speed", "fps"}),
        ("faster", {"speed"}),
        ("speedword", {"speed", "fps", "_"}),
    ):
        for at, token in enumerate(row):
            if token.kind != kind or not reading.left(at):
                continue
            negated = at and row[at - 1].kind == "not" and reading.left(at - 1)
            reading.use(at - 1 if negated else at, at + 1)
            if kind == "speedword":
                continue
            if negated:
                reading.nothing = True
            elif not blocked & set(wish) and "relative" not in wish:
                wish["relative"] = kind
    if wish.get("relative") == "worse_":
        wish["relative"] = "smaller"
    compressing = [i for i, t in enumerate(row) if t.kind == "compress" and reading.left(i)]
    for at in compressing:
        negated = at and row[at - 1].kind == "not" and reading.left(at - 1)
        reading.use(at - 1 if negated else at, at + 1)
        if negated:
            reading.nothing = True
        elif not wish and not reading.injected:
            wish["relative"] = "smaller"


def _settle(reading: Reading) -> None:
    """The last word: what several wishes mean together, and what it is when there is no wish at all."""
    wish = reading.wish
    no_crop = wish.pop("_no_crop", False)
    if no_crop and "aspect" in wish and wish.get("fit") in (None, "crop"):
        wish["fit"] = "pad"
    if wish.get("quality") == "lossless" and "max_bytes" in wish:
        del wish["quality"]
        reading.keep_quality = True
    for key in ("start_ms",):
        if wish.get(key) == 0:
            del wish[key]
    if "music" in wish and wish.get("remove_music"):
        del wish["remove_music"]
    if wish.get("mute") and "volume" in wish:
        del wish["volume"]
    actions = list(dict.fromkeys(reading.actions))
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


def explain(words: str) -> dict[str, Any]:
    """The flat object of what ``words`` ask for, and nothing that they do not."""
    reading, _ = read_words(words)
    return reading.wish


__all__ = ["explain", "left_over", "letter", "read_words"]
