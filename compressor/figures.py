"""Formats bytes, times, shares and counts for a language. Each function takes the ``Words`` of that language."""

from __future__ import annotations

from .catalogue import Words

_COMMA = {"de", "fr", "es", "it", "pt"}  # 1,5 MB
_COMMA_GROUPS = {"en", "zh", "ja", "ko"}  # 12,345; the others have a narrow space, which nobody takes for a decimal


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


def size(value: float, say: Words) -> str:
    """500 KB, 1.04 MB, 256 KiB: a binary unit only where it is the one that was meant, else three digits."""
    value = round(value)
    for name, worth in (("MiB", 1 << 20), ("KiB", 1 << 15)):
        if value >= worth and value % worth == 0 and value % 1000:
            amount = number(value / (1 << 20 if name == "MiB" else 1 << 10), say)
            return say("{n} MiB", n=amount) if name == "MiB" else say("{n} KiB", n=amount)
    if value < 1000:
        return say.many("{n} byte", "{n} bytes", value)
    if value < 999_500:
        return say("{n} KB", n=number(_three(value / 1000), say))
    if value < 999_500_000:
        return say("{n} MB", n=number(_three(value / 1_000_000), say))
    return say("{n} GB", n=number(_three(value / 1_000_000_000), say))


def _three(value: float) -> float:
    return float(f"{value:.3g}")


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
    """0.35 → 35%; below one percent with a decimal."""
    value = share * 100
    return say("{n}%", n=number(value, say, 0 if value >= 1 or value == 0 else 1))


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


def sentence(text: str, say: Words) -> str:
    """Words of the catalogue as a sentence: with a capital and a full stop."""
    return say("{text}.", text=capital(text))


def paragraph(sentences: list[str], say: Words) -> str:
    """Sentences one after the other; Chinese and Japanese need no space between them."""
    return ("" if say.lang in ("zh", "ja") else " ").join(s for s in sentences if s)
