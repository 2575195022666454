"""The engine's refusals in the language of the page. The engine says them in English, with its figures in them."""

from __future__ import annotations

import re

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as later

from compressor import message_catalogue, unsupported
from compressor.number_format import marked, named

SENTENCES = [
    later("This is {what}; send a {kinds}."),
    later("The file is larger than {n} MB, which is the most. A shorter piece would do."),
    later("The sound is longer than {n} minutes, which is the most."),
    later(
        "The picture is too large ({w} x {h}): {side} pixels a side and {all} million in all are the most. "
        "Scale it down or crop it first."
    ),
    later("It has more than {n} frames, which is the most. A shorter piece would do."),
    later("All frames together have {n} million pixels; {m} million are the most. Send a shorter piece."),
    later("It is longer than {n} minutes, which is the most. Send a shorter piece."),
    later("A frame of the GIF is too large: {n} million pixels are the most."),
    later("This is not a picture, a video or a sound that can be read."),
    later("The file is damaged or not complete."),
    later("The file is empty."),
    later("The file cannot be opened."),
    later("The {what} holds no picture."),
    later("The {what} is zero pixels wide or high."),
    later("The {what} has no header."),
    later("The GIF ends inside its header."),
    later("The PNG has an unknown kind of pixels."),
    later("The JPEG is damaged."),
    later("The picture is damaged."),
    later("A frame has another size."),
    later("There is neither a picture nor a sound in this file."),
    later("Nothing of this sound can be decoded."),
    later("This is a sound; it holds no pictures."),
    later("The sandbox did not answer."),
    later(
        "Its picture is coded as {codec}, which is not taken. H.264, HEVC, AV1, VP9, MPEG-4 and ProRes are, among "
        "others."
    ),
    later("Its sound is coded as {codec}, which is not taken. AAC, MP3, Opus, Vorbis, FLAC, AC-3 and PCM are."),
    later("Its colours are Dolby Vision's own, which only licensed players show right. Send it as HDR10, HLG or SDR."),
    later("The file cannot be read."),
    later("The file is cut off, and not one picture of it arrived."),
    later(
        "The file is cut off, and its index, which stands at its end, is missing. Download it once more."
    ),
    later("It is protected by encryption (DRM). Send a copy without protection."),
    later("It is too long to be played backwards at this size. Trim it or make it smaller."),
    later("Not one picture of this file can be decoded."),
    later("Not one picture of this video can be decoded."),
    later("There is no picture in this file."),
    later("There is no picture among the files, only sound."),
    later("This needs more than {n} GB of memory, which is the most. A smaller width would do."),
    later("The encoder stopped unexpectedly."),
    unsupported.UNKNOWN,
    unsupported.NOT_MADE,
    unsupported.ONLY_READ,
    unsupported.SOUND_ALONE,
]  # fmt: skip
# What a file is that is not taken: whole, or by its name and its kind.
THINGS = [
    later("a text file"), later("a web page"), later("a playlist"), later("a program"), later("an icon"),
    later("an animated cursor"), later("a camera's raw picture"), later("{name} sound"), later("{name} drawing"),
    later("a bare stream of video, without the file around it"), later("a bare stream of pictures ({name})"),
    later("raw video ({name})"), later("{name} picture"), later("{name} document"), later("{name} archive"),
    later("{name} video"), later("an MPEG transport stream"), later("an MPEG program stream"),
    later("{name} film"), later("{name} animation"), later("{name} file"),
    later("{name} stream"),
]  # fmt: skip
_FIGURE = re.compile(r"[\d,.]+")


def _patterns(sentences: list[str]) -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(one))), one) for one in sentences]


_PATTERNS, _THINGS = _patterns(SENTENCES), _patterns(THINGS)


def said(message: str) -> str:
    """The sentence in the language of the page; one that is not known stays in English."""
    if (get_language() or "en").startswith("en"):
        return message
    for pattern, sentence in _PATTERNS:
        if found := pattern.fullmatch(message):
            words = gettext(sentence)
            if words == sentence:  # what the chat says too is in the engine's catalogues
                words = message_catalogue.words(get_language() or "en").plain(sentence)
            return words.format(**{name: _value(value) for name, value in found.groupdict().items()})
    return message


def _value(value: str) -> str:
    """A figure, a kind of file or a list as the language writes them."""
    say = message_catalogue.words(get_language() or "en")
    if _FIGURE.fullmatch(value):
        return marked(value, say)
    for pattern, thing in _THINGS:
        if (
            found := pattern.fullmatch(re.sub("^an? ", "", value))
            if thing.startswith("{")
            else pattern.fullmatch(value)
        ):
            return gettext(thing).format(**found.groupdict())
    return named(value.replace(" or ", ", ").split(", "), say)
