"""Errors in the person's language. Errors have English sentences, which are the keys of the catalogue.

A sentence with figures in it is found by its pattern: ``{w}`` stands for what the error put there.
"""

from __future__ import annotations

import re
from functools import lru_cache

from compressor import unsupported
from compressor.errors import CompressorError, OverLimit, UnreadableMedia
from compressor.message_catalogue import Words, later, words
from compressor.number_format import named, number, seconds, size
from compressor.setting_labels import music_name
from gifweb import errors

_SENTENCES = (
    # the timeline
    later("There is no such file in this project."),
    later("There is no picture on the timeline yet. Add a file first."),
    later("There is no clip {n}; there is 1 clip."),
    later("There is no clip {n}; there are {count} clips."),
    later("This is the only clip; without it there would be nothing to show."),
    later("There is no still picture here; use trim or speed for a moving one."),
    later("The end must come after the start."),
    later("It is only {length} s long, so nothing is left after {start} s."),
    later("That piece lies outside of the picture, which is {w} x {h}."),
    later("The text must end after it starts."),
    later("The text would start after the end; it is {length} s long."),
    later("The layer must end after it starts."),
    later("The layer would start after the end; it is {length} s long."),
    later("There is no text {n}; there are {count}."),
    later("That file has no sound."),
    later("No file can have fewer than {n} bytes."),
    later("The text to show is empty."),
    later("The text to show is longer than {n} characters."),
    later("There is no music “{name}”. Built in: {known}; or upload a file."),
    later("“{name}” is not a colour: say a name (“red”) or #rrggbb."),
    later("“{name}” is not a shape like 16:9 or 1:1."),
    later("{name} must be between {low} and {high}."),
    unsupported.UNKNOWN,
    unsupported.NOT_MADE,
    unsupported.ONLY_READ,
    unsupported.SOUND_ALONE,
    later("The timeline is longer than a day."),
    later("The timeline was changed in another window. Send your message again."),
    later("There is nothing to undo."),
    later("There is nothing to redo."),
    # files
    later("The file is damaged or not complete."),
    later("The file is empty."),
    later("The file is larger than {n} MB."),
    later("The picture is too large ({w} x {h})."),
    later("It has more than {n} frames."),
    later("It is longer than {n} minutes."),
    later("The sound is longer than {n} minutes."),
    later("All frames together are too many pixels."),
    later("This is not a picture, a video or a sound that can be read."),
    later("There is no picture among the files, only sound."),
    later("The original was deleted. Send it again."),
    later("The file was deleted."),
    # exports
    later("The timeline is empty. Upload an image or a clip first."),
    later("The draft names a file that does not exist."),
    later("This costs up to {amount} credits, and {available} are left."),
    later("Export needs the headers {names}."),
    # whole kinds of errors
    later("The request is incomplete or unreadable."),
    later("Not found."),
    later("This is not allowed."),
    later("There are not enough credits left."),
    later("Your plan does not include this."),
    later("This conflicts with an earlier request."),
    later("This was deleted or has expired."),
    later("This file type is not supported."),
    later("The file is too large."),
    later("This cannot be used."),
    later("This cannot be done."),
    later("Too many requests. Wait a moment."),
    later("This is not available now."),
    later("Something went wrong on our side."),
)  # fmt: skip
# Names for the fields in errors.
_FIELDS = {
    "speed": later("The speed"),
    "volume": later("The volume"),
    "quality": later("The quality"),
    "colors": later("The number of colours"),
    "fps": later("The frame rate"),
    "width": later("The width"),
    "height": later("The height"),
    "loop": later("The number of repeats"),
    "size": later("The size of the text"),
}
_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (errors.OutOfCredits, "There are not enough credits left."),
    (errors.BeyondPlan, "Your plan does not include this."),
    (errors.UnsupportedFile, "This file type is not supported."),
    (errors.TooLarge, "The file is too large."),
    (errors.NotFound, "Not found."),
    (errors.Forbidden, "This is not allowed."),
    (errors.Conflict, "This conflicts with an earlier request."),
    (errors.Gone, "This was deleted or has expired."),
    (errors.TooMany, "Too many requests. Wait a moment."),
    (errors.Unavailable, "This is not available now."),
    (errors.Unusable, "This cannot be used."),
    (errors.BadInput, "The request is incomplete or unreadable."),
    (UnreadableMedia, "This file type is not supported."),
    (OverLimit, "The file is too large."),
)


def refused(error: Exception, lang: str) -> str:
    """Return the error's sentence in the language; when the catalogue lacks it, one for the kind of error."""
    say = words(lang)
    message = str(getattr(error, "message", ""))
    if not isinstance(error, errors.PublicError | CompressorError):
        return say("Something went wrong on our side.")
    if isinstance(error, errors.OutOfCredits) and {"required", "available"} <= error.data.keys():
        required, available = int(error.data["required"]), int(error.data["available"])
        return say("This costs up to {amount} credits, and {available} are left.", amount=required, available=available)
    if found := _found(message, say) or (_from_data(error, say) if say.lang != "en" else ""):
        return found
    if say.lang == "en" and message:
        return message
    kind = next((text for kind, text in _KINDS if isinstance(error, kind)), "")
    if not kind:
        kind = "This cannot be done." if error.code < 500 else "Something went wrong on our side."
    return say(kind)


def _from_data(error: Exception, say: Words) -> str:
    """Return a sentence from the error's data, for English sentences with values."""
    data = getattr(error, "data", {})
    if isinstance(error, errors.TooMany) and data.get("retry_after"):
        return say("Too many requests; try again in {time}.", time=seconds(1000 * int(data["retry_after"]), say))
    reason = re.fullmatch(r"(\w+) \d+ of (\d+)", str(data.get("reason", "")))
    if not isinstance(error, errors.BeyondPlan) or not reason:
        return ""
    what, most = reason[1], int(reason[2])
    if what == "longest_side":
        return say("Your plan allows at most {n} px on the longer side.", n=most)
    if what == "duration_ms":
        return say("Your plan allows at most {time}.", time=seconds(most, say))
    if what == "file_bytes":
        return say("Your plan allows files of at most {size}.", size=size(most, say))
    return say("Your plan keeps at most {size} of files: delete some.", size=size(most, say))


def translated(message: str, say: Words) -> str:
    """Translate an error's English sentence; a general sentence when it is unknown."""
    return _found(message, say) or (message if say.lang == "en" else say("Something went wrong on our side."))


def _found(message: str, say: Words) -> str:
    for pattern, template in _patterns():
        if match := pattern.fullmatch(message):
            return say(template, **{name: _local(value, say, name) for name, value in match.groupdict().items()})
    return ""


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    found = []
    for template in _SENTENCES:
        parts = re.split(r"\{(\w+)\}", template)
        text = "".join(f"(?P<{part}>.+?)" if n % 2 else re.escape(part) for n, part in enumerate(parts))
        found.append((re.compile(text), template))
    return found


def _local(value: str, say: Words, name: str) -> str:
    if name == "known":
        return named([music_name(one, say) for one in value.split(", ")], say)
    plain = value.replace(",", "")
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return number(float(plain), say)
    return say(_FIELDS[value]) if value in _FIELDS else value
