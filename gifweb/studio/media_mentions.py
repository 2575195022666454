"""Finds uploaded files in a message: "then the second clip", "use music.wav as background music at 35%".

``compressor.language`` does not know the files. This module finds them by name, by number or as "the other one",
returns edits that put them on the timeline, and removes them from the message before the language reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from compressor.timeline import Draft, Edit, edits, media_ids, stem

from .models import Media

_NTH = {
    1: r"first|1st|one|第一|premi[eè]re?|primer[ao]?|erste[nrs]?",
    2: r"second|2nd|two|第二|deuxi[eè]me|segund[ao]|zweite[nrs]?",
    3: r"third|3rd|three|第三|troisi[eè]me|tercer[ao]?|dritte[nrs]?",
    4: r"fourth|4th|four|第四|quatri[eè]me|cuart[ao]|vierte[nrs]?",
    5: r"fifth|5th|five|第五|cinqui[eè]me|quint[ao]|f[uü]nfte[nrs]?",
}
_PICTURE = r"(?:clip|video|gif|file|upload|image|picture|photo|part|one|vid[eé]o|bild|datei|archivo|fichier)s?"
_PICTURE_ZH = r"(?:个|段|张)?(?:视频|片段|动图|文件|图片|素材|GIF|gif)"
_MUSIC = r"(?:music|song|audio|sound(?:track)?|bgm|track|m[uú]sica|musique|musik)"
_MUSIC_ZH = r"(?:音乐|歌曲?|音频|配乐|BGM|bgm)"
# Words that make naming a file a request to add it.
_ADD = re.compile(
    r"\b(?:add|append|then|after|follow(?:ed)?|insert|use|put|join|concat\w*|merge|stitch|combine|attach|next|plus|and|"
    r"include|show|with|ajoute\w*|puis|a[nñ]ade\w*|luego|despu[eé]s|f[uü]ge|dann|danach)\b|加|接|再|然后|拼|合并|插入|用|放",
    re.IGNORECASE,
)
# Words that concern the timeline even where a name may mean something else.
_JOINING = re.compile(
    r"\b(?:append|join|concat\w*|merge|stitch|combine|attach|insert|then|after|before|behind|follow(?:ed)?|"
    r"end|puis|apr[eè]s|luego|despu[eé]s|f[uü]ge|dann|danach|hinter)\b|接|拼|合并|插入|后面|前面|然后",
    re.IGNORECASE,
)
_ALL = re.compile(
    r"\b(?:join|concat\w*|merge|stitch|combine|add|put|use)\s+(?:together\s+)?(?:all|both|everything|them|the\s+two)\b"
    r"(?:\s+(?:of\s+)?(?:the\s+|my\s+)?" + _PICTURE + r")?(?:\s+together)?"
    r"|(?:两|所有|全部|几)"
    + _PICTURE_ZH
    + r"?(?:都)?(?:拼接?|合并|连)(?:在一起|起来)?|(?:拼接?|合并|连接)(?:这)?(?:两|所有|全部)"
    + _PICTURE_ZH,
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:before|in\s+front\s+of|ahead\s+of|to\s+the\s+(?:start|front|beginning))\b|前面|开头", re.IGNORECASE
)
# Possessive quantifier: linear time on long messages.
_LEFT_OVER = re.compile(
    r"^(?:[\s,.;:!&+，。；！、]|\b(?:then|and|the|also|please|add|append|put|use|insert|show|join|after|that|it|to|at|"
    r"end|of|timeline|as|my|with|next|followed|by|in|order|clip|video|file|one|a|an|do|is|now|go|on|uploaded|"
    r"i|we|first|start|beginning|before|behind|front)\b|"
    r"然后|再|接着|接上|接|加上|加|放|用|上|把|在|后面|前面|最后|最前面|请|就|里|到|时间线|我)*+$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Placed:
    """``edits`` put the files where they were asked for. ``rest`` is the message without them, empty when only filler
    words are left. ``music`` is the file to use as music; its volume is still in ``rest``."""

    edits: list[Edit] = field(default_factory=list)
    rest: str = ""
    music: Media | None = None
    joining: bool = False  # the whole message only joins files


def place(words: str, media: Sequence[Media], draft: Draft) -> Placed:
    """Find the project's files in ``words``. A file that is on the timeline already is not added again."""
    placed = Placed(rest=words)
    used = media_ids(draft)
    pictures = [m for m in media if m.info.kind != "audio"]
    waiting = [m for m in pictures if m.public_id not in used]
    sounds = [m for m in media if m.info.kind == "audio"]
    chosen: list[tuple[int, Media]] = []
    wants = bool(_ADD.search(words))

    if sounds and (found := _sound_in(words, sounds)):
        placed.music, (start, end) = found
        placed.rest = placed.rest[:start] + " " * (end - start) + placed.rest[end:]
    if waiting and (match := _ALL.search(placed.rest)):
        chosen = [(match.start(), m) for m in waiting]
        placed.rest = placed.rest[: match.start()] + " " * len(match[0]) + placed.rest[match.end() :]
    elif waiting and wants:
        for number, item in enumerate(pictures, 1):
            if item not in waiting:
                continue
            if span := _named(placed.rest, item) or _numbered(placed.rest, number, item, waiting):
                chosen.append((span[0], item))
                placed.rest = placed.rest[: span[0]] + " " * (span[1] - span[0]) + placed.rest[span[1] :]
    first = 0 if _BEFORE.search(placed.rest) else None
    for number, (_, item) in enumerate(sorted(chosen, key=lambda pair: pair[0])):
        at = None if first is None else first + number
        placed.edits.append(edits.AddClip(item.public_id, stem(item.name), at=at))
    if (placed.edits or placed.music) and _LEFT_OVER.match(placed.rest):
        placed.rest = ""
        placed.joining = bool(placed.edits) and bool(_JOINING.search(words))
    placed.rest = " ".join(placed.rest.split())
    return placed


def _named(words: str, item: Media) -> tuple[int, int] | None:
    """Return the span of the file's name, with or without its suffix."""
    for name in (item.name, stem(item.name)):
        if len(name) < 2:
            continue
        edge_left = r"(?<![\w])" if name[0].isascii() and name[0].isalnum() else ""
        edge_right = r"(?![\w])" if name[-1].isascii() and name[-1].isalnum() else ""
        if match := re.search(edge_left + re.escape(name) + edge_right, words, re.IGNORECASE):
            return match.span()
    return None


def _numbered(words: str, number: int, item: Media, waiting: Sequence[Media]) -> tuple[int, int] | None:
    """ "the second clip", "clip 2", "第二个视频"; "the other clip" when only one is waiting."""
    nth = _NTH.get(number, rf"{number}th")
    patterns = [
        rf"\b(?:the\s+|le\s+|la\s+|el\s+|das\s+|den\s+|die\s+)?(?:{nth})\s+{_PICTURE}\b",
        rf"\b{_PICTURE}\s+(?:number\s+|no\.?\s*|#)?(?:{number}|{nth})\b",
        rf"第{'一二三四五六七八九'[number - 1] if number < 10 else number}{_PICTURE_ZH}",
        rf"第{number}{_PICTURE_ZH}",
    ]
    if len(waiting) == 1:
        patterns += [rf"\bthe\s+(?:other|new|last|next)\s+{_PICTURE}\b", rf"(?:另一|新)的?{_PICTURE_ZH}"]
    for pattern in patterns:
        if match := re.search(pattern, words, re.IGNORECASE):
            return match.span()
    return None


def _sound_in(words: str, sounds: Sequence[Media]) -> tuple[Media, tuple[int, int]] | None:
    """Return the sound file that is meant, by name or as "my music", and its span."""
    for item in sounds:
        if span := _named(words, item):
            return item, span
    mine = re.search(
        rf"\b(?:my|the\s+uploaded|uploaded|the|that|this)\s+(?:uploaded\s+)?{_MUSIC}(?:\s+file)?\b"
        rf"|我(?:上传)?的?{_MUSIC_ZH}|上传的{_MUSIC_ZH}",
        words,
        re.IGNORECASE,
    )
    removing = re.search(
        r"\b(?:remove|delete|drop|kill|rid|without|no|mute|stop)\b|去掉|删|不要|关", words, re.IGNORECASE
    )
    if mine and not removing and _ADD.search(words):
        # The word for music stays in the message, so that a volume next to it is still read.
        return sounds[-1], (mine.start(), mine.start())
    return None
