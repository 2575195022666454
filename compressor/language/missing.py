"""What was not understood, piece by piece, each with the nearest thing that would be."""

from __future__ import annotations

from dataclasses import dataclass

from ..reading.normal import MAX_LENGTH, Folded
from .pattern import Reading
from .settling import left_over

_NEAREST = {
    "remove": "remove the text, the sound, the music, the metadata, or the first 2 seconds",
    "text": "add the text “Hello” at the top",
    "write": "add the text “Hello” at the top",
    "add": "add the text “Hello” at the bottom, or lo-fi music",
    "place": "for Slack emoji, Discord sticker, X, WhatsApp, Telegram, Twitch, e-mail",
    "use": "for Slack emoji, Discord sticker, Telegram sticker, Twitch emote",
    "color": "white background",
    "bgword": "white background",
    "fill": "white background",
    "crop": "crop to 1:1, or crop 300x200 at x=10 y=20",
    "trim": "keep the first 3 seconds, or cut from 1s to 4s",
    "part": "from 1s to 4s",
    "first": "the first 3 seconds",
    "last": "the last 2 seconds",
    "begin": "remove the first 2 seconds",
    "end": "the last 2 seconds",
    "ms": "the first 3 seconds, or at most 5 seconds",
    "bytes": "under 500 KB",
    "size": "under 500 KB",
    "num": "under 500 KB, 480 px wide, 12 fps, or 64 colors",
    "pct": "half the size, or reduce by 80%",
    "fps": "12 fps",
    "frames": "12 fps, or every other frame",
    "dims": "480 px wide",
    "width": "480 px wide",
    "height": "270 px high",
    "px": "480 px wide",
    "quality": "high quality",
    "format": "as MP4",
    "formatword": "as MP4",
    "speedword": "2x speed",
    "rotate": "rotate 90 degrees",
    "deg": "rotate 90 degrees",
    "flip": "flip horizontally",
    "music": "add lo-fi music at 35%",
    "sound": "mute it",
    "volume": "volume 50%",
    "colorword": "64 colors",
    "hue": "64 colors",
    "colors": "64 colors (2 to 256)",
    "loopword": "loop forever, or play 3 times",
    "bigger": "under 2 MB, or 200 % of the dimensions",
    "compress": "under 500 KB",
    "longword": "the first 3 seconds, or at most 5 seconds",
    "frac": "half the size, or reduce by 80%",
    "halve": "half the size, or half the dimensions",
    "halfthesize": "half the size",
    "mult": "2x speed, or 3 times smaller",
    "multspeed": "2x speed",
    "count": "play 3 times",
    "bits": "64 colors",
    "bitrate": "under 500 KB",
    "dim": "480 px wide",
    "pres": "480p",
    "aspect": "crop to 1:1",
    "ratio": "crop to 1:1",
    "track": "add lo-fi music at 35%",
    "loop": "loop forever, or play 3 times",
    "still": "a still PNG of the first frame",
    "setting": "max_bytes=500000",
    "vaguebytes": "under 500 KB",
    "smaller": "half the size, or under 500 KB",
    "better": "high quality",
    "faster": "2x speed",
    "slower": "half speed",
    "rightway": "rotate 90 degrees",
    "shorter": "the first 3 seconds, or at most 5 seconds",
    "span": "from 1s to 4s",
    "fpsword": "12 fps",
}
_DEFAULT = "under 500 KB, as MP4, 480 px wide, the first 3 seconds, 12 fps, for Slack emoji"
_STRONG = {"remove", "add", "text", "write", "crop", "rotate", "place", "use", "color", "bgword", "part"}


@dataclass(frozen=True, slots=True)
class Missed:
    """``text`` as it was typed; ``nearest`` is something that would have been understood."""

    text: str
    nearest: str


def missed(reading: Reading, folded: Folded) -> list[Missed]:
    """Pieces with words that no rule took. Greetings, filler and what only describes are no pieces."""
    if reading.question and not reading.injected and set(reading.wish) <= {"action"}:
        return []
    found = []
    for first, last in sorted([*left_over(reading), *reading.refused]):
        tokens = reading.row[first:last]
        kinds = [t.kind for t in tokens]
        if kinds == ["inject"] or (
            (first, last) not in reading.refused and not any(k == "word" or k in _NEAREST for k in kinds)
        ):
            continue
        piece = folded.source(tokens[0].start, tokens[-1].end)
        kind = next((k for k in kinds if k in _STRONG), None) or next((k for k in kinds if k in _NEAREST), "")
        if piece:
            found.append(Missed(piece, _NEAREST.get(kind, _DEFAULT)))
    if len(folded.original) >= MAX_LENGTH:
        found.append(Missed(f"…{folded.original[-20:]}", f"only the first {MAX_LENGTH} letters are read"))
    return found
