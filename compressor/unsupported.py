"""Sentences for what cannot be done here, one for each kind, with the nearest thing that can be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import formats
from .errors import BadRequest
from .message_catalogue import later, words
from .number_format import named, paragraph

if TYPE_CHECKING:
    from .language.context import Understood

_CANNOT = {
    "remove_watermark": later(
        "I can't remove a watermark or logo that is part of the picture; I can crop the edge it is on."
    ),
    "remove_background": later(
        "I can't cut somebody or something out of the background; I can crop, or keep "
        "transparency that is there already."
    ),
    "blur_part": later("I can't blur or hide only a part of the picture; I can crop it away."),
    "enhance": later(
        "I can't sharpen, upscale or repair the picture with invented detail; I can keep the "
        "quality that is there as high as fits."
    ),
    "generate": later("I can't make new pictures, voices or scenes; I can work with the files that you upload."),
    "subtitles": later(
        "I can't write subtitles from what is said; I can put in any text that you give me, at the time you say."
    ),
    "translate": later("I can't translate what is in the file; tell me the text and I put it in."),
    "post": later(
        "I can't publish or send it for you; I can make it fit for the place, and you download it or share a link."
    ),
    "draw": later("I can't draw arrows, shapes or stickers; I can put in text."),
    "other": later(
        "I can't do that here; I can make files smaller, convert, cut, crop and turn them, and add text or music."
    ),
}
NOT_MADE = later("{format} is not made here; ask for {other} instead.")
ONLY_READ = later("{format} is read here, but not made; ask for {other} instead.")
UNKNOWN = later("Unknown format “{name}”. Known: {known}.")
UNKNOWN_PLACE = later("The limits of {places} are not known here; only what you say is followed.")
SOUND_ALONE = later("Sound alone ({format}) is not made here; {other} keeps it.")


def cannot(kinds: Sequence[str], lang: str, unmade: str = "") -> str:
    """One sentence for each kind of impossible request (docs/language.md), in the language; an unknown kind is
    ``other``, which is about ``unmade`` where that names a format that is not made."""
    say = words(lang)
    known = dict.fromkeys(kind if kind in _CANNOT else "other" for kind in kinds or ["other"])
    if len(known) > 1 and not unmade:
        known.pop("other", None)
    return paragraph([not_made(unmade, lang) if unmade and k == "other" else say(_CANNOT[k]) for k in known], say)


def not_done(kinds: Sequence[str], found: Understood, lang: str) -> list[str]:
    """What of a message is not done, in sentences: what is beyond us (``kinds``), the values that another one of the
    same message kept out, and the places whose limits are not known."""
    say = words(lang)
    told = [cannot(kinds, lang, found.unmade)] if kinds else []
    if found.left:
        pieces = named([say("“{text}”", text=piece) for piece in found.left], say)
        told.append(say("Several values were said for the same thing; {pieces} was left out.", pieces=pieces))
    if found.unknown_places:
        told.append(say(UNKNOWN_PLACE, places=named(list(found.unknown_places), say)))
    return told


def not_made(name: str, lang: str = "en") -> str:
    """The sentence about a format of ``formats.OTHERS``: what serves instead."""
    row = formats.OTHERS[name]
    sentence = SOUND_ALONE if row.sound else ONLY_READ if name in formats.INPUTS else NOT_MADE
    return words(lang)(sentence, format=row.label, other=formats.label(row.instead))


def made(text: str) -> str:
    """The name of the format that ``text`` calls by its name or its ending. Raises BadRequest for one that is not made,
    with what serves ``instead``, and for an unknown one."""
    name = formats.named(text)
    if name in formats.OUTPUTS:
        return name
    known = list(formats.NAMES)
    if name in formats.OTHERS:
        raise BadRequest(not_made(name), field="format", formats=known, instead=formats.OTHERS[name].instead)
    raise BadRequest(UNKNOWN.format(name=text, known=", ".join(known)), field="format", formats=known)


def asked_format(value: object) -> object:
    """``made`` for fields of an API: whatever is no text passes. Raises ValueError with the sentence."""
    try:
        return made(value) if isinstance(value, str) else value
    except BadRequest as error:
        raise ValueError(error.message) from error
