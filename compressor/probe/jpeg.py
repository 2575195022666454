"""Reads the header of a JPEG."""

from __future__ import annotations

import io
import warnings
from typing import Any

from PIL import Image, UnidentifiedImageError

from ..errors import UnreadableMedia
from ..limits import Limits
from ..media import MediaInfo
from ..orientation import UPRIGHT, shown_size
from .sniff import Data

ORIENTATION = 0x0112


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
        cut=bytes(data).rfind(b"\xff\xd9") < bytes(data).rfind(b"\xff\xda"),
    )
