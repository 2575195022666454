"""Short labels: one for each key of an explain object or of a goal, in any language.

``labels`` is data → label, for the chips of the plan, the answers in the chat and the echo of the command line. A label
is written as in the middle of a sentence ("at most 500 KB"); ``number_format.sentence`` makes a sentence of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from . import formats, presets
from .message_catalogue import Words, later, words
from .number_format import apart, limited, listed, number, percent, pixels, seconds, size
from .timeline.music_names import TITLES

_COLORS = {
    "white": (later("white"), "#ffffff"), "black": (later("black"), "#000000"), "red": (later("red"), "#ff0000"),
    "green": (later("green"), "#008000"), "blue": (later("blue"), "#0000ff"), "yellow": (later("yellow"), "#ffff00"),
    "orange": (later("orange"), "#ffa500"), "purple": (later("purple"), "#800080"), "pink": (later("pink"), "#ffc0cb"),
    "gray": (later("grey"), "#808080"), "brown": (later("brown"), "#a52a2a"), "gold": (later("gold"), "#ffd700"),
    "cyan": (later("cyan"), "#00ffff"), "lime": (later("lime green"), "#00ff00"),
    "transparent": (later("transparent"), ""),
}  # fmt: skip
_BY_HEX = {code: word for word, code in _COLORS.values() if code}
_PLACES = {
    "top": later("at the top"), "bottom": later("at the bottom"), "center": later("in the middle"),
    "left": later("on the left"), "right": later("on the right"), "top-left": later("at the top left"),
    "top-right": later("at the top right"), "bottom-left": later("at the bottom left"),
    "bottom-right": later("at the bottom right"),
}  # fmt: skip
_QUALITIES = {
    "low": later("low quality"), "medium": later("medium quality"), "high": later("high quality"),
    "lossless": later("lossless"),
}  # fmt: skip
_RELATIVE = {
    "smaller": later("smaller"), "better": later("better looking"),
    "faster": later("a little faster"), "slower": later("a little slower"),
}  # fmt: skip
_ACTIONS = {
    "export": later("export"), "credits": later("show the credits"), "state": later("show the state"),
    "upload": later("upload a file"), "undo": later("undo the last change"), "redo": later("redo the change"),
    "start_over": later("start over"), "help": later("help"),
}  # fmt: skip
_FITS = {
    "crop": later("what does not fit is cut off"), "pad": later("nothing cut off, bars fill the rest"),
    "blur": later("nothing cut off, blurred sides"),
}  # fmt: skip
_FLIPS = {"horizontal": later("mirrored left to right"), "vertical": later("mirrored top to bottom")}
_TRANSITIONS = {
    "cut": later("plain cuts between the clips"), "crossfade": later("a cross-fade between the clips"),
}  # fmt: skip
_SHAPES = {"circle": later("in a circle"), "rounded": later("with rounded corners")}
_MUSIC = (
    later("Lo-fi"), later("Upbeat"), later("Calm"), later("Epic"), later("Piano"), later("Electronic"),
)  # fmt: skip
_TITLES = {title: title for title in _MUSIC} | {key: TITLES[key] for key in TITLES}


def format_name(value: str) -> str:
    return formats.label(value)


def codec_name(value: str) -> str:
    return formats.CODECS.get(value, value)


def color_name(value: str, say: Words) -> str:
    """The name of a colour (given as a name or ``#rrggbb``); the code where it has none."""
    value = value.lower()
    word = _COLORS[value][0] if value in _COLORS else _BY_HEX.get(value)
    return say(word) if word else value


def position_name(value: str, say: Words) -> str:
    return say(_PLACES[value]) if value in _PLACES else value


def music_name(value: str, say: Words) -> str:
    """A built-in loop's name in the language; a file's own name as it is."""
    return say(_TITLES[value]) if value in _TITLES else value


def place_name(preset: str, say: Words) -> str:
    """What a place is called ("Slack emoji"); never its key."""
    place = presets.PRESETS.get(preset)
    return say.plain(place.title) if place else preset.replace("-", " ")


def span(start_ms: int | None, end_ms: int | None, say: Words) -> str:
    """From when to when; None is the start or the end of the whole."""
    if start_ms and end_ms:
        return say("from {start} to {end}", start=seconds(start_ms, say), end=seconds(end_ms, say))
    if end_ms:
        return say("in the first {time}", time=seconds(end_ms, say))
    if start_ms:
        return say("from {start} to the end", start=seconds(start_ms, say))
    return say("all the time")


def text_details(text: Mapping[str, Any], say: Words) -> list[str]:
    """Where, in which colour, how large and when a text is shown, as far as it is said."""
    found = []
    if text.get("position"):
        found.append(position_name(text["position"], say))
    if text.get("color"):
        found.append(color_name(text["color"], say))
    if isinstance(text.get("size"), int | float):
        found.append(say("letters {n} px high", n=number(text["size"], say)))
    if text.get("start_ms") or text.get("end_ms"):
        found.append(span(text.get("start_ms"), text.get("end_ms"), say))
    return found


def _text(value: Any, say: Words) -> str:
    texts = value if isinstance(value, list) else [value]
    found = []
    for one in texts:
        found += [say("the text “{text}”", text=one.get("text", "")), *text_details(one, say)]
    return listed(found, say)


def layer_details(layer: Mapping[str, Any], say: Words) -> list[str]:
    """Where, how wide, how opaque, in which shape and when a layer is shown, as far as it is said."""
    found = []
    if layer.get("position"):
        found.append(position_name(layer["position"], say))
    if isinstance(layer.get("width"), int | float):
        found.append(say("{percent} wide", percent=percent(layer["width"], say)))
    if isinstance(layer.get("opacity"), int | float):
        found.append(say("{percent} opaque", percent=percent(layer["opacity"], say)))
    if layer.get("part"):
        found.append(say("a part of its picture"))
    if layer.get("shape") in _SHAPES:
        found.append(say(_SHAPES[layer["shape"]]))
    if layer.get("start_ms") or layer.get("end_ms"):
        found.append(span(layer.get("start_ms"), layer.get("end_ms"), say))
    return found


def _layer(value: Any, say: Words) -> str:
    name = value.get("name") or value.get("file") or value.get("which")
    label = say("“{name}” over the picture", name=name) if name else say("a picture over the picture")
    return listed([label, *layer_details(value, say)], say)


def _transition(value: Any, say: Words) -> str:
    kind = value.get("kind")
    if kind == "fade":
        color = color_name(value.get("color") or "black", say)
        label = say("a fade through {color} between the clips", color=color)
    else:
        label = say(_TRANSITIONS[kind]) if kind in _TRANSITIONS else ""
    length = value.get("d_ms") or value.get("duration_ms")
    return listed([label, seconds(length, say)], say) if length and label else label


def _music(value: Any, say: Words) -> str:
    wish = value if isinstance(value, Mapping) else {}
    name = music_name(wish["name"], say) if wish.get("name") else ""
    label = say("{name} music", name=name) if name else say("background music")
    if wish.get("volume") is not None:
        label = say("{music} at {percent}", music=label, percent=percent(wish["volume"], say))
    return label


def _quality(value: Any, say: Words) -> str:
    if isinstance(value, str):
        return say(_QUALITIES[value]) if value in _QUALITIES else value
    return say("quality {n} of 100", n=number(value, say))


def _loop(value: int, say: Words) -> str:
    return say.many("plays once", "plays {n} times", value) if value else say("plays for ever")


def _end(value: int, say: Words) -> str:
    if value < 0:
        return say("without the last {time}", time=seconds(-value, say))
    return say("the first {time}", time=seconds(value, say))


def _background(value: str, say: Words) -> str:
    if value == "transparent":
        return say("transparent background")
    return say("background {color}", color=color_name(value, say))


def _crop(value: Mapping[str, int], say: Words) -> str:
    return say("cropped to {size}", size=pixels(value["w"], value["h"], say))


_LABELS: dict[str, Callable[[Any, Words], str]] = {
    "action": lambda v, say: say(_ACTIONS[v]) if v in _ACTIONS else "",
    "preset": lambda v, say: apart(say("for {place}", place=place_name(v, say)), say),
    "format": lambda v, say: say("as {format}", format=format_name(v)),
    "codec": lambda v, say: say("as {format}", format=codec_name(v)),
    "max_bytes": limited,
    "max_ratio": lambda v, say: say("at most {percent} of the file", percent=percent(v, say)),
    "less_bytes": lambda v, say: say("{size} less", size=size(v, say)),
    "more_bytes": lambda v, say: say("{size} more", size=size(v, say)),
    "relative": lambda v, say: say(_RELATIVE[v]) if v in _RELATIVE else "",
    "quality": _quality,
    "lossless": lambda v, say: say("lossless") if v else "",
    "keep_quality": lambda v, say: say("quality kept as far as it goes") if v else "",
    "width": lambda v, say: say("{n} px wide", n=v),
    "height": lambda v, say: say("{n} px high", n=v),
    "short_side": lambda v, say: say("{n} px on the short side", n=v),
    "scale": lambda v, say: say("{percent} of the dimensions", percent=percent(v, say)),
    "fps": lambda v, say: say("{n} frames per second", n=number(v, say)),
    "keep_every": lambda v, say: say("one frame of every {n}", n=v),
    "max_frames": lambda v, say: say.many("at most {n} frame", "at most {n} frames", v),
    "colors": lambda v, say: say.many("{n} colour", "{n} colours", v),
    "dither": lambda v, say: say("dithered") if v else say("no dithering"),
    "grayscale": lambda v, say: say("black and white") if v else say("in colour"),
    "start_ms": lambda v, say: say("from {start} to the end", start=seconds(v, say)),
    "end_ms": _end,
    "last_ms": lambda v, say: say("the last {time}", time=seconds(v, say)),
    "max_duration_ms": lambda v, say: say("at most {time} long", time=seconds(v, say)),
    "speed": lambda v, say: say("{n} times the speed", n=number(v, say, 3)),
    "relative_pace": lambda v, say: say("{n} times the pace of now", n=number(v, say, 3)),
    "reverse": lambda v, say: say("backwards") if v else say("forwards"),
    "boomerang": lambda v, say: say("forwards, then backwards") if v else say("one way only"),
    "loop": _loop,
    "aspect": lambda v, say: say("shape {ratio}", ratio=v),
    "fit": lambda v, say: say(_FITS[v]) if v in _FITS else "",
    "crop": _crop,
    "rotate": lambda v, say: say("turned by {n}°", n=v),
    "flip": lambda v, say: say(_FLIPS[v]) if v in _FLIPS else "",
    "text": _text,
    "transition": _transition,
    "layer": _layer,
    "change_layer": _layer,
    "change_text": lambda v, say: listed([say("the text"), *text_details(v, say)], say),
    "remove_text": lambda v, say: say("without the text"),
    "music": _music,
    "remove_music": lambda v, say: say("without the music"),
    "volume": lambda v, say: say("volume {percent}", percent=percent(v, say)),
    "mute": lambda v, say: say("without sound") if v else say("with sound"),
    "background": _background,
    "transparent": lambda v, say: say("transparency kept") if v else say("transparency not kept"),
    "strip_metadata": lambda v, say: say("metadata removed") if v else "",
    "start_over": lambda v, say: say("start over"),
}


def labels(explain_or_goal: Mapping[str, Any], lang: str) -> dict[str, str]:
    """Key → label, in a stable order, for all that can be said of an explain object or of ``Goal.to_json()``.

    The two ends of a piece are one label, under ``start_ms``. Keys that say nothing (None, unknown) are left out.
    """
    say = words(lang)
    found = {}
    for key, label in _LABELS.items():
        value = explain_or_goal.get(key)
        if value is None or (key == "end_ms" and explain_or_goal.get("start_ms") and value > 0):
            continue
        if key == "start_ms" and (explain_or_goal.get("end_ms") or -1) > 0:
            text = span(value, explain_or_goal["end_ms"], say) if value else ""  # its end says "the first 3 s"
        else:
            text = label(value, say)
        if text:
            found[key] = text
    return found


def wishes(explain_or_goal: Mapping[str, Any], lang: str) -> list[str]:
    """The labels for a sentence: width and height are said as one."""
    found = labels(explain_or_goal, lang)
    if "width" in found and "height" in found:
        found["width"] = pixels(explain_or_goal["width"], explain_or_goal["height"], words(lang))
        del found["height"]
    return list(found.values())
