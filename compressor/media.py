"""MediaInfo: the facts of a file. Frame: one decoded picture with its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    RGBA = npt.NDArray[np.uint8]
else:  # who only asks for a job to be done, in another process, need not load numpy for it
    RGBA = Any

HASTE_US = 10_000  # browsers do not show anything for so short a time
UNHURRIED_US = 100_000

HDR = {16: "PQ", 18: "HLG"}  # ITU-T H.273's transfer characteristics that are HDR

Rectangle = tuple[int, int, int, int]  # left, top, right, bottom, in pixels; right and bottom lie outside

Kind = Literal["video", "image", "audio"]  # an animated picture is "video", a one-frame one "image"


def shown_us(hold_us: int) -> int:
    """How long a browser shows a frame of a GIF, APNG, WebP or AVIF whose own delay is ``hold_us``.

    Delays of up to 10 ms (a GIF's 0 and 1) are shown for 100 ms: Blink, Gecko and WebKit agree on this.
    """
    return UNHURRIED_US if hold_us <= HASTE_US else hold_us


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """The facts of one file, found without decoding all of it.

    ``format`` is what the bytes say, never the name: gif png apng webp avif jpeg mp4 mov webm mkv avi mp3 wav m4a aac.
    ``width`` x ``height`` are as shown (``orientation`` applied). ``frames`` is exact for GIF, APNG and WebP, and may
    be an estimate for video (``frames_exact``). ``duration_ms`` is the file's own sum of delays; ``shown_ms`` is how
    long a browser takes to show it once (a GIF delay under 20 ms shows for 100 ms). ``loop``: 0 plays for ever, N
    plays N times, None where the format has no such thing. ``fps`` is the mean as shown.
    """

    format: str
    kind: Kind
    codec: str
    bytes: int
    width: int = 0
    height: int = 0
    frames: int = 0
    frames_exact: bool = True
    duration_ms: int = 0
    shown_ms: int = 0
    fps: float = 0.0
    loop: int | None = None
    has_alpha: bool = False
    has_audio: bool = False
    palette: bool = False  # a PNG or APNG whose pixels are numbers of colours
    unread_sound: str = ""  # what its sound is coded as, where that is not taken
    orientation: int = 1  # how the stored picture is turned and mirrored to be shown: EXIF's 1 to 8
    scan: str = ""  # tff or bff (interlaced, the upper or lower field first) or telecine; as stored
    cut: bool = False  # the file ends before it says that it ends
    whole_ms: int = 0  # how long a film that was cut off would have been; 0 where that is not known
    crop: tuple[int, int, int, int] | None = None  # width, height, left, top of what a film shows of its stored picture
    sound_ms: int = 0  # when the sound of a film ends; 0 where that is not known
    hdr: str = ""  # PQ or HLG, where pictures are brighter than SDR's white

    @property
    def animated(self) -> bool:
        return self.kind == "video"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> MediaInfo:
        names = {f.name for f in fields(cls)}
        known = {k: v for k, v in value.items() if k in names}
        return cls(**known | {"crop": tuple(known["crop"])} if known.get("crop") else known)


@dataclass(slots=True)
class Frame:
    """One shown picture: straight (not premultiplied) RGBA, shape (height, width, 4), uint8.

    ``at_us`` and ``hold_us`` are microseconds on the shown clock, exact and gapless: the next frame's ``at_us`` is this
    one's ``at_us + hold_us``. ``delay_cs`` is the source's own GIF delay in hundredths of a second, kept verbatim so
    that GIF to GIF changes no timing; None for other sources and after an edit of pace. ``changed``: the source says
    that outside of it this picture is as the one before.
    """

    rgba: RGBA
    at_us: int
    hold_us: int
    delay_cs: int | None = None
    changed: Rectangle | None = None


class Once:
    """A picture that is made when it is first asked for, and kept. What nobody looks at is never made; of several
    threads that ask, one makes it."""

    __slots__ = ("_lock", "_made", "_make")

    def __init__(self, make: Callable[[], RGBA]) -> None:
        self._make: Callable[[], RGBA] | None = make
        self._made: RGBA | None = None
        self._lock = threading.Lock()

    @property
    def made(self) -> RGBA | None:
        """What was made, if it was."""
        return self._made

    def __call__(self) -> RGBA:
        if self._made is None:
            with self._lock:
                if self._made is None:
                    assert self._make is not None
                    self._made = self._make()
                    self._make = None  # lets go of what it was made from
        return self._made


class Film(Protocol):
    """A film's picture as it was decoded, which can be had in other sizes and ways without the loss of a detour."""

    def rgba(self, size: tuple[int, int]) -> RGBA:
        """Scaled to ``size`` (width, height)."""

    def planes(self, size: tuple[int, int]) -> RGBA | None:
        """Limited-range BT.709 4:2:0 of ``size`` (even sides), shape (height * 3 / 2, width); None where only the way
        over RGB leads there."""


def split(yuv: RGBA, size: tuple[int, int]) -> tuple[RGBA, RGBA, RGBA]:
    """Luma and the two planes of colour of a film's ``planes`` of ``size`` (width, height), to be written into."""
    width, height = size
    flat, small = yuv.reshape(-1), width * height // 4
    u, v = (flat[start : start + small].reshape(height // 2, width // 2) for start in (4 * small, 5 * small))
    return flat[: width * height].reshape(height, width), u, v


class LazyFrame(Frame):
    """A Frame whose ``rgba`` is made when it is first read. ``film``: what it is made from, if it is just that."""

    __slots__ = ("film", "once")

    def __init__(
        self, once: Once, at_us: int, hold_us: int, delay_cs: int | None = None, film: Film | None = None
    ) -> None:
        self.once, self.film = once, film
        self.at_us, self.hold_us, self.delay_cs = at_us, hold_us, delay_cs

    @property
    def rgba(self) -> RGBA:  # type: ignore[override]
        return self.once()

    def __repr__(self) -> str:
        return f"LazyFrame({self.at_us}, {self.hold_us}, {self.delay_cs})"


def at_time(frame: Frame, at_us: int, hold_us: int, delay_cs: int | None = None) -> Frame:
    """The same picture shown at another time; one that is not made yet stays so."""
    if isinstance(frame, LazyFrame):
        return LazyFrame(frame.once, at_us, hold_us, delay_cs, frame.film)
    return Frame(frame.rgba, at_us, hold_us, delay_cs)
