"""Notices, which the engine tells in English with their figures in them, in another language."""

from __future__ import annotations

import re
from functools import lru_cache

from .message_catalogue import Words, later
from .number_format import marked, named, paragraph

_SENTENCES = (
    # of the source
    later("The file is cut off: what arrived of it was used."),
    later("The file is cut off: of {whole} seconds, {there} arrived and were used."),
    later("Its sound goes on for {n} s after the last picture; that part was left out."),
    later("The source is a film that was stretched to video's rate (telecine); its own pictures were restored."),
    later("The source is interlaced; it was deinterlaced, so that nothing shows combs."),
    later("The source is HDR ({kinds}); it was tone-mapped to SDR (BT.709), with 203 nits as white."),
    later("Its sound is coded as {kind}, which cannot be read, so it was left out."),
    # of the format
    later("{format} has no transparency: what is transparent in the source is grey in the result."),
    later("{formats} keep it."),
    later("{format} has no half-transparent pixels, so they were dithered."),
    later("{formats} keep them."),
    later("{format} has no sound, so the sound was left out."),
    later("{format} holds one picture, the first; say a time for another one."),
    later("A film gets heavy as {format}, so this one is made {n} px wide."),
    later("A film gets heavy as {format}, so this one is made {n} px wide at {fps} frames a second."),
    later("Ask for another width or rate, and it is made so."),
    later("{format} cannot be lossless in every player; this is as near as it gets."),
    later("As {format} it needs more bytes than the source to look like it."),
    later(
        "Pictures of {w} x {h} need too much memory to leave something out of them, so every pixel was kept."
    ),
    later("A smaller width would save more."),
    later("The source has only {m} px on its short side, not {n}: it was not made larger."),
    later("It has {own} frames a second, not {n}: frames are left out, never made up."),
    # of the place
    later("Cut to its first {n} s: {place} takes no more."),
    later("Played {n} times: {place} takes nothing under {least} s."),
    later("{place} may not take it ({rules})."),
    # of the result
    later("It stores {n} frames for {m} pictures: the others only clear what vanishes, which takes fewer bytes."),
    later("The sound is coded with {n} kbit/s, so that the picture has room."),
    later("It is larger than the source ({a} bytes, {b} before): {why}."),
    later("without loss it cannot be smaller"),
    later("a quality of {q} needs that"),
    later("more pixels or more time were asked for"),
    later("its smallest was not smaller"),
    later("Only {n} % smaller: the source is packed well already."),
    later("What would help: {ways}."),
    later("another format ({formats})"),
    later("a smaller width (for example {n} px)"),
    later("a limit in bytes (for example {n})"),
    later("It is {n} px wide, less than half of the source's {m}: ask for a width to change it."),
    later(
        "It is {n} px wide, less than half of the source's {m}: the limit of {k} bytes has no room for more."
    ),
    later("Little is left of what the source looks like: {n} of 100; from 90 on nobody sees a difference."),
    later("A higher limit or a shorter piece would look better."),
    later("A format with half-transparent pixels would look better."),
    later("The source is already smaller than what we would make of it."),
    later("You made this file before, so it costs no credits."),
    # of what was asked for
    later("Within {n} bytes the quality is {q} of 100, below the {floor} that keeps changes from annoying."),
    later("This format reaches {q} of 100 here, not the {wanted} that was asked for."),
    later("The quality is {q} of 100, below the {least} that was asked for at least."),
    later("A higher limit or a shorter piece would reach it."),
    later("Another format or a shorter piece would reach it."),
    later("It fits at {n} px wide."),
    later("Smaller pictures do not fit either; a higher limit or a shorter piece would do it."),
)  # fmt: skip
_BETWEEN = re.compile(r"(?<=\.) (?=[A-Z])")  # sentences
_FIGURE = re.compile(r"-?[\d,]*\.?\d+")


def translated(notice: str, say: Words) -> str:
    """Each sentence of ``notice`` that is known in the language of ``say``, the others as they are."""
    if say.lang == "en":
        return notice
    return paragraph([_found(sentence, say) or sentence for sentence in _BETWEEN.split(notice)], say)


def unknown(notice: str) -> list[str]:
    """The sentences of ``notice`` that nobody translates."""
    return [one for one in _BETWEEN.split(notice) if not any(shape.fullmatch(one) for shape, _ in _patterns())]


def _found(text: str, say: Words) -> str:
    for shape, template in _patterns():
        if match := shape.fullmatch(text):
            return say(template, **{name: _local(value, say) for name, value in match.groupdict().items()})
    return ""


def _local(value: str, say: Words) -> str:
    """A figure, a list or a part of a sentence as the language has it."""
    if _FIGURE.fullmatch(value):
        return marked(value, say)
    if "), " in value:
        return named([_local(part, say) for part in re.split(r"(?<=\)), ", value)], say)
    for word in (" and ", " or "):
        if word in value and "(" not in value:
            return named(value.replace(word, ", ").split(", "), say) if word == " and " else value.replace(word, " / ")
    return _found(value, say) or value


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(sentence))), sentence)
        for sentence in sorted(_SENTENCES, key=len, reverse=True)  # the one that says most
    ]
