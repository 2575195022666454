"""Reads the header of a JPEG."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from PIL import Image, UnidentifiedImageError

from ..errors import UnreadableMedia
from ..input_limits import Limits
from ..media import MediaInfo
from ..orientation import UPRIGHT, shown_size
from .sniff import Data

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
ORIENTATION = 0x0112


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))  # markers without a length
_SCAN, _END = 0xDA, 0xD9
MAX_SEGMENTS, MAX_STRAY = 2000, 4096
MAX_SCANNED = 2_000_000_000  # pixels of all scans together; encoders write up to twenty scans


def _check_segments(data: bytes) -> None:
    """Raise UnreadableMedia unless a frame's header and then a scan come within MAX_SEGMENTS. Pillow looks at each byte
    in between, which in a file of zeros takes a minute."""
    at, framed = 2, False
    for _ in range(MAX_SEGMENTS):
        at = data.find(b"\xff", at, at + MAX_STRAY) if at < len(data) else -1
        if at < 0 or at + 4 > len(data):
            break
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker == _SCAN and framed:
            return
        if marker in (_SCAN, _END):
            break
        framed = framed or marker in _FRAMES
        at += 2 if marker in _BARE or marker == 0 else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise UnreadableMedia("The JPEG is damaged.", detail="no frame and scan among its first segments")


def _ends(data: Data) -> tuple[bool, int]:
    """Whether the end of the picture is there, and its scans. What stands behind it (a film, more pictures) is not
    looked at."""
    at, scans = 2, 0
    for _ in range(MAX_SEGMENTS):
        if (found := _MARKER.search(data, at)) is None:
            break
        mark, at = found[0][1], found.end()
        if mark == _END:
            return True, scans
        scans += mark == _SCAN
        if mark != 1:  # the others have a length; a scan's pixels hold no marker but restarts
            at += int.from_bytes(data[at : at + 2], "big")
    return False, scans


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of a JPEG, as it is shown: turned by its EXIF orientation."""
    whole = bytes(data)
    _check_segments(whole)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our limits are checked right behind this
            with Image.open(io.BytesIO(whole), formats=["JPEG"]) as image:
                width, height = image.size
                said: Any = image.getexif().get(ORIENTATION)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableMedia("The JPEG is damaged.", detail=repr(error)) from error
    orientation = said if said in range(1, 9) else UPRIGHT
    width, height = shown_size(width, height, orientation)
    whole_there, scans = _ends(data)
    if scans * width * height > MAX_SCANNED:  # a scan of nothing is a few bytes, and each goes over the whole picture
        raise UnreadableMedia("The JPEG is damaged.", detail=f"{scans} scans")
    return MediaInfo(
        format="jpeg",
        kind="image",
        codec="jpeg",
        bytes=len(whole),
        width=width,
        height=height,
        frames=1,
        orientation=orientation,
        cut=not whole_there,
    )
