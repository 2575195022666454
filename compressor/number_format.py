"""Formats bytes, times, shares and counts for a language. Each function takes the ``Words`` of that language."""

from __future__ import annotations

import re

from .message_catalogue import Words, later

_COMMA = {"de", "fr", "es", "it", "pt"}  # 1,5 MB
_COMMA_GROUPS = {"en", "zh", "ja", "ko"}  # 12,345; the others have a narrow space, which nobody takes for a decimal

BYTES = "{n} bytes"
UNITS = ((1_000_000_000, later("{n} GB")), (1_000_000, later("{n} MB")), (1000, later("{n} KB")), (1, BYTES))
BINARY = {1 << 20: later("{n} MiB"), 1 << 10: later("{n} KiB")}
_BORDER = re.compile("(?<=[a-zA-Z0-9])(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])(?=[a-zA-Z0-9])")
_ALL = 16  # digits: more than a file has


def marked(figure: str, say: Words) -> str:
    """A figure that is written as in English, 12,345.6, with the marks of the language: 12 345,6."""
    groups = "," if say.lang in _COMMA_GROUPS else "\u202f"
    return figure.translate({ord(","): groups, ord("."): "," if say.lang in _COMMA else "."})


def number(value: float, say: Words, digits: int = 2) -> str:
    """At most ``digits`` decimals, none that are zero; from 10,000 on in groups of three."""
    text = f"{value + 1e-9:.{digits}f}"  # half is rounded up
    whole, _, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    if len(whole.lstrip("-")) >= 5:
        whole = f"{int(whole):,}"
    if not decimals:
        return "0" if whole == "-0" else marked(whole, say)
    return marked(f"{whole}.{decimals}", say)


def size(value: float, say: Words, limit: float | None = None) -> str:
    """500 KB, 1.04 MB, 256 KiB: three digits, the nearest; a binary unit only where it is the one that was meant.
    Beside a limit it has as many digits as show on which side of it the file is."""
    return _said(value, scaled(value, limit), say)


def exact(value: float, say: Words) -> str:
    """A limit, with all its digits: 500 KB, 36.823 KB."""
    return _said(value, scaled(value, digits=_ALL), say)


def limited(value: float, say: Words) -> str:
    """A limit as people say it: at most 500 KB; under 1 MB, where 999,999 bytes are meant."""
    bound = below(round(value))
    return (
        say("under {size}", size=exact(bound, say)) if bound > value else say("at most {size}", size=exact(value, say))
    )


def below(limit: int) -> int:
    """The round size that a file must stay below, where the limit is the last byte before one; else the limit."""
    if scaled(limit) == scaled(limit, digits=_ALL):
        return limit
    return limit + 1 if (limit + 1) % 1000 == 0 or _binary(limit + 1) else limit


def in_words(value: float) -> str:
    """A limit as words from which the same number of bytes is read in any language, where 36.823 KB has two readings:
    500KB, 36823 bytes."""
    return f"{round(value) // 1000}KB" if round(value) % 1000 == 0 else f"{round(value)} bytes"


def _said(value: float, written: tuple[str, str], say: Words) -> str:
    figure, unit = written
    return say.many("{n} byte", "{n} bytes", round(value)) if unit == BYTES else say(unit, n=marked(figure, say))


def scaled(value: float, limit: float | None = None, digits: int = 3) -> tuple[str, str]:
    """The figure of ``size`` as in English, and the sentence that says it with its unit. static/js/words.js does the
    same."""
    value, limit = round(value), round(limit or 0)
    binary = _binary(value) or (_binary(limit) if value >= _binary(limit) else 0)
    digits = _ALL if _binary(value) else digits
    bound = _rounded(limit, _ALL, binary)
    while limit and digits < _ALL and (_rounded(value, digits, binary) > bound) != (value > limit):
        digits += 1
    rounded = _rounded(value, digits, binary)
    if binary:
        return _decimal(rounded, 1_000_000), BINARY[binary]
    worth, unit = next((one for one in UNITS if rounded >= one[0]), UNITS[-1])
    return _decimal(rounded, worth), unit


def _binary(value: int) -> int:
    """The bytes of the binary unit in which the value is meant, or 0."""
    if value % 1000 == 0:
        return 0
    return 1 << 20 if value % (1 << 20) == 0 else 1 << 10 if value % (1 << 15) == 0 else 0


def _rounded(value: int, digits: int, binary: int) -> int:
    """Bytes, or millionths of the binary unit, with so many digits; half is rounded up."""
    whole = (value * 2_000_000 // binary + 1) // 2 if binary else value
    step = 10 ** max(0, len(str(whole)) - digits)
    return (whole + step // 2) // step * step


def _decimal(value: int, worth: int) -> str:
    whole, rest = divmod(value, worth)
    decimals = f"{rest:0{len(str(worth)) - 1}d}".rstrip("0") if rest else ""
    return f"{whole}" + (f".{decimals}" if decimals else "")


def seconds(ms: float, say: Words) -> str:
    """4.25 s, 15.1 s, 3 min 20 s."""
    value = ms / 1000
    if value < 180:
        return say("{n} s", n=number(value, say, 2 if value < 10 else 1))
    minutes, rest = divmod(round(value), 60)
    if not rest:
        return say("{n} min", n=minutes)
    return say("{minutes} min {seconds} s", minutes=minutes, seconds=rest)


def percent(share: float, say: Words) -> str:
    """0.35 → 35 %; below one percent with a decimal."""
    value = share * 100
    return say("{n} %", n=number(value, say, 0 if value >= 1 or value == 0 else 1))


def pixels(width: float, height: float, say: Words) -> str:
    return say("{w} × {h} px", w=width, h=height)


def listed(parts: list[str], say: Words, *, apart: bool = False) -> str:
    """Parts of a sentence one after the other: "at most 500 KB, as GIF"; ``apart`` where a part may hold commas."""
    return (say.plain("; ") if apart else say.plain(", ")).join(parts)


def named(names: list[str], say: Words) -> str:
    """Short names one after the other: MP4, GIF, WebP."""
    text = names[0] if names else ""
    for name in names[1:]:
        text = say("{names}, {name}", names=text, name=name)
    return text


def capital(text: str) -> str:
    """Words of the catalogue at the start of a sentence."""
    return text[:1].upper() + text[1:]


def apart(text: str, say: Words) -> str:
    """Chinese with the space between its own and Latin letters or figures: 用于 Slack 表情. For words of the
    catalogue; what a person wrote stays as it is."""
    return _BORDER.sub(" ", text) if say.lang == "zh" else text


def sentence(text: str, say: Words) -> str:
    """Words of the catalogue as a sentence: with a capital and a full stop."""
    return say("{text}.", text=capital(text))


def paragraph(sentences: list[str], say: Words) -> str:
    """Sentences one after the other; Chinese and Japanese need no space between them."""
    return ("" if say.lang in ("zh", "ja") else " ").join(s for s in sentences if s)
