"""Reads the header of a JPEG."""

from __future__ import annotations

import io
import re
import warnings
from typing import Any

from PIL import Image, UnidentifiedImageError

from ..errors import UnreadableMedia
from ..limits import Limits
from ..media import MediaInfo
from ..orientation import UPRIGHT, shown_size
from .sniff import Data

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)
_END = 0xD9
ORIENTATION = 0x0112


def _ends(data: Data) -> bool:
    """Whether the end of the picture is there. What stands behind it (a film, more pictures) is not looked at."""
    at = 2
    while found := _MARKER.search(data, at):
        mark, at = found[0][1], found.end()
        if mark == _END:
            return True
        if mark != 1:  # the others have a length; a scan's pixels hold no marker but restarts
            at += int.from_bytes(data[at : at + 2], "big")
    return False


def facts(data: Data, limits: Limits) -> MediaInfo:
    """MediaInfo of a JPEG, as it is shown: turned by its EXIF orientation."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # our limits are checked right behind this
            with Image.open(io.BytesIO(bytes(data)), formats=["JPEG"]) as image:
                width, height = image.size
                said: Any = image.getexif().get(ORIENTATION)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableMedia("The JPEG is damaged.", detail=repr(error)) from error
    orientation = said if said in range(1, 9) else UPRIGHT
    width, height = shown_size(width, height, orientation)
    return MediaInfo(
        format="jpeg",
        kind="image",
        codec="jpeg",
        bytes=len(data),
        width=width,
        height=height,
        frames=1,
        orientation=orientation,
        cut=not _ends(data),
    )
