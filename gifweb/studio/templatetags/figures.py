"""Template filters for figures: bytes, durations, savings, quality. 1 KB is 1,000 bytes on all pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from math import ceil
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from compressor import message_catalogue, number_format
from compressor.formats import label as label_of
from compressor.number_format import marked
from compressor.setting_labels import codec_name
from gifweb import engine_sentences, translations

register = template.Library()

# The scale is SSIMULACRA2's own: 90 cannot be told apart at a glance, 70 high, 50 medium, 30 low.
LIKENESS = (
    (90, later("looks the same as the original")),
    (80, later("very close to the original")),
    (70, later("close to the original")),
    (50, later("differences show if you look for them")),
    (30, later("clearly softer than the original")),
)


def _local(figure: str) -> str:
    return marked(figure, message_catalogue.words(translations.lang()))


def _number(value: Any) -> float | None:
    return None if value is None or value == "" else float(value)


@register.filter
def size(value: Any, limit: Any = None) -> str:
    """Bytes as everywhere (``compressor.number_format.size``): 482 KB."""
    number = _number(value)
    return (
        ""
        if number is None
        else number_format.size(number, message_catalogue.words(translations.lang()), _number(limit))
    )


@register.filter
def exact_size(limit: Any) -> str:
    """A limit, with all its digits."""
    number = _number(limit)
    return "" if number is None else number_format.exact(number, message_catalogue.words(translations.lang()))


@register.filter
def size_figure(value: Any, limit: Any = None) -> str:
    number = _number(value)
    return "" if number is None else _local(number_format.scaled(number, _number(limit))[0])


@register.filter
def size_unit(value: Any, limit: Any = None) -> str:
    return size(value, limit).replace(size_figure(value, limit), "", 1).strip()


@register.filter
def grouped(value: Any) -> str:
    """1,234,567"""
    number = _number(value)
    return "" if number is None else _local(f"{int(number):,}".replace("-", "−"))


@register.filter
def duration(ms: Any) -> str:
    """Format milliseconds: 0.85 s, 12.4 s, 1 min 05 s."""
    number = _number(ms)
    if number is None:
        return ""
    seconds = number / 1000
    if seconds < 60:
        return _("{n} s").format(n=_local(f"{seconds:.2f}" if seconds < 10 else f"{seconds:.1f}"))
    return _("{minutes} min {seconds} s").format(minutes=int(seconds // 60), seconds=f"{int(seconds % 60):02d}")


@register.filter
def moment(when: datetime | None) -> str:
    """A time as everywhere: in UTC as it is served, in the zone of the visitor where scripts run (page.js)."""
    if when is None:
        return ""
    utc = when.astimezone(UTC)
    said = _("{when} UTC").format(when=date_format(utc, _("j M Y, H:i")))
    return format_html('<time datetime="{}" data-moment>{}</time>', utc.isoformat(timespec="seconds"), said)


@register.filter
def named(names: Iterable[str]) -> str:
    """Short names one after the other: MP4, GIF, WebP."""
    return number_format.named(list(names), message_catalogue.words(translations.lang()))


@register.filter
def percent(value: Any) -> str:
    """Whole percent as everywhere (``compressor.number_format.percent``): 42 %."""
    return number_format.percent(round(_number(value) or 0) / 100, message_catalogue.words(translations.lang()))


@register.filter
def percent_of(part: Any, whole: Any) -> int:
    """Return ``part`` of ``whole`` in percent; 100 only when they are equal, 0 when it is undefined."""
    a, b = _number(part), _number(whole)
    if not a or not b:
        return 0
    return ceil(100 * a / b) if a > b else int(100 * a / b)


@register.filter
def saving(after: Any, before: Any) -> int | None:
    """Return the saving in percent, rounded down; negative when it grew, None when it is undefined."""
    a, b = _number(after), _number(before)
    return None if a is None or not b else int(100 * (b - a) // b)


@register.filter
def likeness(score: Any) -> str:
    """Describe a SSIMULACRA2 score."""
    number = _number(score)
    if number is None:
        return ""
    return _(next((words for least, words in LIKENESS if number >= least), later("far from the original")))


@register.filter
def decimal1(value: Any) -> str:
    """One digit behind the point, and a minus as it is printed: −64.2."""
    number = _number(value)
    return "" if number is None else _local(f"{number:.1f}".replace("-", "−"))


@register.filter
def label(format: str) -> str:
    """A format as people write it: WebP, MP4."""
    return label_of(str(format or ""))


@register.filter
def codec(name: str) -> str:
    """A codec as people write it: H.264, AV1."""
    return codec_name(name)


@register.filter
def negated(value: Any) -> int:
    return -int(value)


@register.filter
def capital(value: Any) -> str:
    """Capitalise the first letter only."""
    text = str(value)
    return text[:1].upper() + text[1:]


@register.filter
def refusal(message: str) -> str:
    """A sentence of the engine in the language of the page."""
    return engine_sentences.said(str(message or ""))


@register.filter
def counted(plural: str, count: int) -> str:
    """Return the noun in the number of ``count``: “1 project”, “3 projects”."""
    return _(plural[:-1] if count == 1 and plural.endswith("s") else plural)


# Where the formats that are compared play (compressor.formats), without what their other codecs add.
PLAYS = [later("everything"), later("every browser"), later("everything that shows pictures")]


@register.filter
def plays(where: str) -> str:
    """Where a format plays as it is usually coded, in the language of the page."""
    return _(where.partition(" (")[0])


# Names that other rooms give: kinds (accounts.data_owners), what receipts count, plans, places and shapes of layers.
GIVEN = [
    later("projects"), later("project"), later("renders"), later("render"), later("uploaded files"),
    later("uploaded file"), later("result files"), later("result file"), later("links"), later("link"),
    later("share links"), later("share link"), later("credits"), later("credit"), later("tokens"), later("token"),
    later("sign-in"), later("Free"), later("Pro"), later("Top"), later("Bottom"), later("Center"),
    later("Left"), later("Right"), later("Chosen place"),
    later("Top left"), later("Top right"), later("Bottom left"), later("Bottom right"), later("Rectangle"),
    later("Rounded"), later("Circle"),
]  # fmt: skip


@register.filter
def browser(agent: str) -> str:
    """Describe a User-Agent header: “Firefox on Windows”; “a program” when it is unknown."""
    names = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox", "Firefox"),
             ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
               ("Mac OS", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip
    name = next((said for word, said in names if word in agent), "")
    system = next((said for word, said in systems if word in agent), "")
    if name and system:
        return _("{name} on {system}").format(name=name, system=system)
    return name or agent.partition(" ")[0].partition("/")[0][:40] or _("A program")
