"""Chooses the font for each character: Noto Sans first, then CJK, emoji, symbols and the other scripts, all bold.

What a font covers is read from its ``cmap`` table, so that no character becomes an empty box while some font has it.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from PIL import ImageFont

from ..errors import BadRequest

BOLD = 700
JAPANESE, KOREAN, CHINESE = 0, 1, 2  # the faces in the CJK collection

_JOINS = frozenset({0x200D, 0x20E3, *range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), *range(0xE0020, 0xE0080)})
_PLAIN = frozenset(" .,:;!?-'\"()")
_INVISIBLE = frozenset({0xFE0E, 0xFE0F, 0x200B, 0x2060, 0xFEFF})


@dataclass(frozen=True, slots=True)
class Face:
    path: str
    index: int = 0

    def at(self, size: float) -> ImageFont.FreeTypeFont:
        """The face, bold, ``size`` pixels large."""
        return _opened(self.path, self.index, round(size * 4) / 4)

    def covers(self, code: int) -> bool:
        ranges = _coverage(self.path, self.index)
        place = bisect_right(ranges, (code, 0x110000)) - 1
        return place >= 0 and ranges[place][0] <= code <= ranges[place][1]


@lru_cache(maxsize=256)
def _opened(path: str, index: int, size: float) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size, index=index)
    font.set_variation_by_axes([BOLD])
    return font


@cache
def _faces(cjk: int) -> tuple[Face, ...]:
    """All of them in the order in which they are asked."""
    try:
        latin, han = Path(str(files("manimgx_fonts"))), Path(str(files("manimgx_fonts_cjk")))
    except ModuleNotFoundError as error:
        raise BadRequest("Text needs typefaces that are not installed: install brim-gif[text].") from error
    first = ["NotoSans[wght].ttf"]
    later = ["NotoEmoji[wght].ttf", "NotoSansSymbols[wght].ttf"]
    known = {*first, *later, "NotoSans-Italic[wght].ttf"}
    others = sorted(p.name for p in latin.glob("*.ttf") if p.name not in known)
    cjk_file = next(iter(sorted(han.glob("*.ttc"))))
    return (
        *(Face(str(latin / name)) for name in first),
        Face(str(cjk_file), cjk),
        *(Face(str(latin / name)) for name in [*later, *others]),
    )


@lru_cache(maxsize=1024)
def clusters(text: str) -> tuple[str, ...]:
    """``text`` in the pieces that a reader takes for one sign: a letter with its marks, a family joined by joiners."""
    found: list[str] = []
    flags = 0
    for letter in text:
        code = ord(letter)
        mark = unicodedata.category(letter) in ("Mn", "Me", "Mc")
        flag = 0x1F1E6 <= code <= 0x1F1FF
        flags = flags + 1 if flag else 0
        second = flag and flags % 2 == 0
        if found and (code in _JOINS or mark or second or found[-1][-1] == "\u200d"):
            found[-1] += letter
        else:
            found.append(letter)
    return tuple(found)


@lru_cache(maxsize=1024)
def runs(text: str) -> tuple[tuple[Face, str], ...]:
    """``text`` in pieces that one face can draw, from left to right as they stand on the picture.

    Writing that begins from the right has its pieces reversed; within a piece the shaper knows the direction.
    """
    cjk = _cjk_face(text)
    found: list[tuple[Face, str]] = []
    for cluster in clusters(text):
        shown = "".join(c for c in cluster if ord(c) not in _INVISIBLE)
        if not shown:
            continue
        face = _face(shown[0], "\ufe0f" in cluster, cjk)
        if found and shown in _PLAIN and "Emoji" not in found[-1][0].path and found[-1][0].covers(ord(shown)):
            face = found[-1][0]
        if found and found[-1][0] == face:
            found[-1] = (face, found[-1][1] + shown)
        else:
            found.append((face, shown))
    first = next((c for c in map(unicodedata.bidirectional, text) if c in ("L", "R", "AL")), "L")
    return tuple(found if first == "L" else found[::-1])


@lru_cache(maxsize=4096)
def _face(letter: str, as_emoji: bool, cjk: int) -> Face:
    """The first face that has ``letter``; of an emoji that is also a symbol the emoji, where that is asked for."""
    faces = _faces(cjk)
    code = ord(letter)
    emoji = next(f for f in faces if "Emoji" in f.path)
    if as_emoji and emoji.covers(code):
        return emoji
    return next((f for f in faces if f.covers(code)), faces[0])


def _cjk_face(text: str) -> int:
    """Han characters look different by language; kana and hangul tell which it is."""
    if any(0x3040 <= ord(c) <= 0x30FF for c in text):
        return JAPANESE
    if any(0xAC00 <= ord(c) <= 0xD7AF or 0x1100 <= ord(c) <= 0x11FF for c in text):
        return KOREAN
    return CHINESE


@cache
def _coverage(path: str, index: int) -> tuple[tuple[int, int], ...]:
    """Ranges of characters that the face at ``index`` has, from its cmap (formats 4 and 12)."""
    data = Path(path).read_bytes()
    start = 0
    if data[:4] == b"ttcf":
        start = struct.unpack_from(">I", data, 12 + 4 * index)[0]
    count = struct.unpack_from(">H", data, start + 4)[0]
    for entry in range(count):
        tag, _, offset, _ = struct.unpack_from(">4sIII", data, start + 12 + 16 * entry)
        if tag == b"cmap":
            return _from_cmap(data, offset)
    return ()


def _from_cmap(data: bytes, cmap: int) -> tuple[tuple[int, int], ...]:
    best: tuple[int, int] | None = None
    for entry in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        platform, encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * entry)
        layout = struct.unpack_from(">H", data, cmap + offset)[0]
        unicode = platform == 0 or (platform == 3 and encoding in (1, 10))
        if unicode and layout in (4, 12) and (best is None or layout > best[0]):
            best = layout, cmap + offset
    if best is None:
        return ()
    layout, at = best
    ranges = []
    if layout == 12:
        for group in range(struct.unpack_from(">I", data, at + 12)[0]):
            low, high, _ = struct.unpack_from(">III", data, at + 16 + 12 * group)
            ranges.append((low, high))
    else:
        segments = struct.unpack_from(">H", data, at + 6)[0] // 2
        for segment in range(segments):
            high = struct.unpack_from(">H", data, at + 14 + 2 * segment)[0]
            low = struct.unpack_from(">H", data, at + 16 + 2 * segments + 2 * segment)[0]
            if low <= high and low != 0xFFFF:
                ranges.append((low, high))
    return tuple(sorted(ranges))
