"""The one table of formats: what we take (``INPUTS``) and what we make (``OUTPUTS``), a frozen row for each.

Whoever asks what a format can do reads its row: composition, sizes, checks, search, copying, sniffing, sentences, pages
and APIs. A new format is a row here, a codec module, tests and a line of documentation; a new codec inside a format is
a ``Coding`` in the format's row and a codec module. Nothing here loads more than the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Alpha = Literal["none", "one bit", "full"]
Colour = Literal["palette", "palette or direct", "direct", "4:2:0", "4:4:4"]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """A kind of file that is taken; ``name`` is MediaInfo's ``format``.

    ``demuxer`` is FFmpeg's name of what opens it, empty where our own readers do. ``as_output`` is the output that is
    of the same kind, where its name is another. ``keeps_alpha_as`` is what a moving picture with transparent pixels
    becomes where nobody asks for a format. ``heavy``: films of the same look are far smaller.
    """

    name: str
    label: str
    mime: str
    media: Literal["picture", "film", "sound"]
    suffixes: tuple[str, ...]
    demuxer: str = ""
    as_output: str = ""
    keeps_alpha_as: str = "webm"
    alpha: Alpha = "full"
    heavy: bool = False
    in_contract: bool = True  # its suffixes are in the list of the agent API, which is fixed


@dataclass(frozen=True, slots=True)
class Coding:
    """A codec that a format may hold: ``name`` as MediaInfo has it, ``module`` of ``compressor.codecs`` and the
    ``constant`` there, ``encoder`` as reports name the software that does it."""

    name: str
    label: str
    module: str
    encoder: str = ""
    constant: str = "CODEC"


@dataclass(frozen=True, slots=True)
class SoundSpec:
    """How a film's sound is coded: FFmpeg's ``encoder``, the usual bits a second and what is left of them when there is
    no room, and below how many it is coded as one channel."""

    encoder: str
    bitrates: tuple[int, ...]
    mono_below: int


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The largest size of a result that nobody gave a size: pixels of the short side where no short side was asked
    for, and of both sides."""

    short: int
    long: int
    broad: int


@dataclass(frozen=True, slots=True)
class Lightened:
    """With what a result begins that is made of a film without a size or rate: pixels of the longest side, frames a
    second, pixels of all frames together."""

    longest: int
    fps: float
    pixels: int


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """A format that is made.

    ``name``: the goal's word; ``suffix`` ends the names of results, ``suffixes`` say the format when they end OUT on
    the command line. ``alpha``, ``sound`` (None: no sound) and ``even_sides``: what the file can hold.
    ``step_us``: how far a duration may be from what was composed, a step of the clock and what players round.
    ``least_us``: the shortest time for which browsers show a frame as told; 0: any.
    ``most_plays``: the largest number of plays that the file can say; 0: it does not say how often it plays.
    ``exact``: the very pixels can be kept. ``codings``: the first is the usual one.
    ``written_by``, ``read_by``, ``plays_in``: for documents and people.
    """

    name: str
    label: str
    mime: str
    media: Literal["picture", "film"]
    suffix: str
    suffixes: tuple[str, ...]
    codings: tuple[Coding, ...]
    alpha: Alpha
    colour: Colour
    step_us: int
    written_by: str
    read_by: str
    plays_in: str
    animated: bool = True
    even_sides: bool = False
    exact: bool = False
    sound: SoundSpec | None = None
    clock: int = 1000  # ticks a second
    muxer_options: tuple[tuple[str, str], ...] = ()
    decode_times: bool = False  # packets say when they are decoded, and that decides how long a track lasts
    least_us: int = 0
    most_plays: int = 0
    ceiling: Ceiling | None = None
    lightened: Lightened | None = None
    still: str = ""  # the output that the same is when there is one frame
    moving: str = ""  # the output that a file with the same suffix is when it may move
    offered: bool = False  # beside a result, as what else could be made

    @property
    def film(self) -> bool:
        return self.media == "film"

    @property
    def has_alpha(self) -> bool:
        return self.alpha != "none"

    @property
    def loops(self) -> bool:
        """The file itself says how often it plays."""
        return self.most_plays > 0

    def coding(self, codec: str | None) -> Coding | None:
        """The coding of that name, or the usual one; None where this format does not hold it."""
        return next((c for c in self.codings if c.name == codec), None) if codec else self.codings[0]


# In the order in which a list of what is taken names them.
INPUTS: dict[str, InputSpec] = {
    row.name: row
    for row in (
        InputSpec("mp4", "MP4", "video/mp4", "film", ("mp4",), "mov"),
        InputSpec("mov", "MOV", "video/quicktime", "film", ("mov",), "mov", as_output="mp4"),
        InputSpec("avi", "AVI", "video/x-msvideo", "film", ("avi",), "avi"),
        InputSpec("webm", "WebM", "video/webm", "film", ("webm",), "matroska"),
        InputSpec("mkv", "MKV", "video/x-matroska", "film", ("mkv",), "matroska"),
        InputSpec("jpeg", "JPEG", "image/jpeg", "picture", ("jpg", "jpeg"), alpha="none"),
        InputSpec("png", "PNG", "image/png", "picture", ("png",), as_output="apng", heavy=True),
        InputSpec("apng", "APNG", "image/apng", "picture", ("apng",), keeps_alpha_as="webp", heavy=True),
        InputSpec("gif", "GIF", "image/gif", "picture", ("gif",), keeps_alpha_as="gif", alpha="one bit", heavy=True),
        InputSpec("webp", "WebP", "image/webp", "picture", ("webp",), keeps_alpha_as="webp"),
        InputSpec("avif", "AVIF", "image/avif", "picture", ("avif",), "mov", keeps_alpha_as="avif", in_contract=False),
        InputSpec("mp3", "MP3", "audio/mpeg", "sound", ("mp3",), "mp3"),
        InputSpec("wav", "WAV", "audio/wav", "sound", ("wav",), "wav"),
        InputSpec("m4a", "M4A", "audio/mp4", "sound", ("m4a",), "mov"),
        InputSpec("aac", "AAC", "audio/aac", "sound", ("aac",), "aac"),
    )
}

_AAC = SoundSpec("aac", (128_000, 96_000, 64_000, 48_000, 32_000, 24_000), mono_below=64_000)
_OPUS = SoundSpec("libopus", (96_000, 64_000, 48_000, 32_000, 24_000, 16_000), mono_below=0)
_BROWSERS = "every browser"

# In the order in which pages and the command line offer them; the first is the usual one.
OUTPUTS: dict[str, FormatSpec] = {
    row.name: row
    for row in (
        FormatSpec(
            "mp4", "MP4", "video/mp4", "film", "mp4", ("mp4", "m4v"),
            (Coding("h264", "H.264", "h264", "libx264"), Coding("av1", "AV1", "av1", "libsvtav1")),
            alpha="none", colour="4:2:0", step_us=20_000,
            written_by="FFmpeg's muxer, x264, SVT-AV1", read_by="FFmpeg",
            plays_in="everything (H.264); browsers, Discord, recent phones (AV1)",
            even_sides=True, sound=_AAC, clock=90_000, muxer_options=(("movflags", "+faststart"),), decode_times=True,
            ceiling=Ceiling(720, 1920, 1080), offered=True,
        ),
        FormatSpec(
            "gif", "GIF", "image/gif", "picture", "gif", ("gif",),
            (Coding("gif", "GIF", "gif_codec"),),
            alpha="one bit", colour="palette", step_us=10_000,
            written_by="our own encoder", read_by="our own reader", plays_in="everything that shows pictures",
            # Browsers show 10 ms and less for 100 ms, and a GIF can only say hundredths. 65,535 and one plays are what
            # many programs write for "for ever".
            exact=True, least_us=19_500, most_plays=65_536, lightened=Lightened(640, 15.0, 60_000_000), offered=True,
        ),
        FormatSpec(
            "webm", "WebM", "video/webm", "film", "webm", ("webm",),
            (Coding("vp9", "VP9", "webm", "libvpx-vp9"),),
            alpha="full", colour="4:2:0", step_us=20_000,
            written_by="FFmpeg's muxer, libvpx", read_by="FFmpeg", plays_in=_BROWSERS,
            even_sides=True, sound=_OPUS,
        ),
        FormatSpec(
            "webp", "WebP", "image/webp", "picture", "webp", ("webp",),
            (Coding("webp", "WebP", "webp"),),
            alpha="full", colour="4:2:0", step_us=1_000,
            written_by="libwebp (Pillow), our own container", read_by="libwebp (Pillow)", plays_in=_BROWSERS,
            exact=True, least_us=11_000, most_plays=65_535, lightened=Lightened(720, 20.0, 80_000_000), offered=True,
        ),
        FormatSpec(
            "apng", "APNG", "image/apng", "picture", "png", ("apng",),
            (Coding("png", "PNG", "apng"),),
            alpha="full", colour="palette or direct", step_us=1_000,
            written_by="our own encoder", read_by="our own reader", plays_in=_BROWSERS,
            exact=True, least_us=11_000, most_plays=(1 << 31) - 1, lightened=Lightened(640, 15.0, 60_000_000),
            still="png",
        ),
        FormatSpec(
            "avif", "AVIF", "image/avif", "picture", "avif", ("avif",),
            (Coding("av1", "AV1", "avif", "libaom"),),
            alpha="full", colour="4:4:4", step_us=1_000,
            written_by="libavif and libaom (Pillow)", read_by="libavif and dav1d (Pillow)", plays_in=_BROWSERS,
            least_us=11_000, most_plays=1 << 20, lightened=Lightened(720, 20.0, 80_000_000),
        ),
        FormatSpec(
            "png", "PNG", "image/png", "picture", "png", ("png",),
            (Coding("png", "PNG", "apng", constant="STILL"),),
            alpha="full", colour="palette or direct", step_us=1_000,
            written_by="our own encoder", read_by="our own reader", plays_in="everything that shows pictures",
            animated=False, exact=True, moving="apng",
        ),
        FormatSpec(
            "jpeg", "JPEG", "image/jpeg", "picture", "jpg", ("jpg", "jpeg"),
            (Coding("jpeg", "JPEG", "jpeg", "libjpeg-turbo"),),
            alpha="none", colour="4:2:0", step_us=1_000,
            written_by="libjpeg-turbo (Pillow)", read_by="libjpeg-turbo (Pillow)",
            plays_in="everything that shows pictures",
            animated=False,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherSpec:
    """A format that people ask for and that is not made: its ``label``, and the output that serves ``instead``."""

    name: str
    label: str
    instead: str
    suffixes: tuple[str, ...] = ()
    sound: bool = False  # it holds no picture, and ``instead`` keeps the sound
    codec: bool = False  # no format by itself: "HEVC as MP4"


_OTHERS = (
    OtherSpec("wmv", "WMV", "mp4"), OtherSpec("flv", "FLV", "mp4"), OtherSpec("mpeg", "MPEG", "mp4", ("mpg",)),
    OtherSpec("3gp", "3GP", "mp4"), OtherSpec("ogv", "Ogg video", "webm"), OtherSpec("gifv", "GIFV", "mp4"),
    OtherSpec("hevc", "HEVC", "mp4", codec=True), OtherSpec("prores", "ProRes", "mp4", codec=True),
    OtherSpec("heic", "HEIC", "jpeg", ("heif",)), OtherSpec("tiff", "TIFF", "png", ("tif",)),
    OtherSpec("bmp", "BMP", "png"), OtherSpec("jxl", "JPEG XL", "jpeg"), OtherSpec("ico", "ICO", "png"),
    OtherSpec("svg", "SVG", "png"), OtherSpec("psd", "Photoshop", "png"), OtherSpec("pdf", "PDF", "png"),
    OtherSpec("ogg", "Ogg", "mp4", ("oga",), sound=True), OtherSpec("flac", "FLAC", "mp4", sound=True),
    OtherSpec("opus", "Opus", "mp4", sound=True), OtherSpec("wma", "WMA", "mp4", sound=True),
    OtherSpec("sound", "MP3, M4A", "mp4", sound=True),
)  # fmt: skip
OTHERS: dict[str, OtherSpec] = {
    row.name: row
    for row in (
        *(
            OtherSpec(row.name, row.label, row.as_output or "mp4", row.suffixes, row.media == "sound")
            for row in INPUTS.values()
            if row.name not in OUTPUTS
        ),
        *_OTHERS,
    )
}

NAMES = tuple(OUTPUTS)
USUAL = NAMES[0]  # of what moves, where no format is asked for
STILL = "png"  # of what stands still
COMPARED = ("mp4", "webm", "webp", "avif", "gif")  # what "all formats" means, where somebody compares them
FILMS = frozenset(row.name for row in INPUTS.values() if row.media == "film")
SOUNDS = frozenset(row.name for row in INPUTS.values() if row.media == "sound")
SUFFIXES = {f".{suffix}": row.name for row in OUTPUTS.values() for suffix in row.suffixes}
_CALLED = {name: row.name for row in OTHERS.values() for name in (row.name, *row.suffixes)}
_CALLED |= {name: row.name for row in OUTPUTS.values() for name in (row.name, *row.suffixes)}
CODECS = {coding.name: coding.label for row in OUTPUTS.values() for coding in row.codings} | {"hevc": "HEVC"}
CODEC_CHOICES = tuple(dict.fromkeys(c.name for row in OUTPUTS.values() if row.film for c in row.codings))


def named(text: str) -> str:
    """The format, made or not, that ``text`` calls by its name or its ending, in any case; else ``text`` as it is."""
    return _CALLED.get(text.lower().removeprefix("."), text)


def kin(name: str) -> str:
    """The output that is asked for in the same words as the format or codec ``name``."""
    name = OTHERS[name].instead if name in OTHERS else name
    if name not in OUTPUTS:
        return holder(name)
    return name if OUTPUTS[name].animated else STILL


def output(name: str | None) -> FormatSpec | None:
    """The row of an output; None where there is none of that name."""
    return OUTPUTS.get(name or "")


def holds(name: str | None, codec: str | None) -> bool:
    """Whether an output may hold a codec that is asked for; None: nothing is asked."""
    row = output(name)
    return row is None or row.coding(codec) is not None


def holder(codec: str) -> str:
    """The first output that may hold a codec."""
    return next(row.name for row in OUTPUTS.values() if row.film and row.coding(codec) is not None)


def label(name: str) -> str:
    """How people write the name of an input or an output."""
    row = OUTPUTS.get(name) or INPUTS.get(name)
    return row.label if row is not None else name.upper()


def mime(name: str) -> str | None:
    """The type on the wire of an input or an output; None for anything else."""
    row = OUTPUTS.get(name) or INPUTS.get(name)
    return row.mime if row is not None else None


def as_output(name: str) -> str:
    """The output that is of the same kind as an input of that name; the name itself where they are called alike."""
    row = INPUTS.get(name)
    return (row.as_output or row.name) if row is not None else name


def same_kind(source: str, made: str) -> bool:
    """Whether a source of that format and a result of the other are of one kind."""
    return made in (source, as_output(source))


def listed(names: list[str], last: str = "and") -> str:
    """ "GIF, WebP and AVIF", as sentences name formats."""
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def taken(last: str = "or") -> str:
    """The labels of what is taken as a picture or film, for a sentence; the pictures first."""
    order = sorted((row for row in INPUTS.values() if row.media != "sound"), key=lambda row: row.media != "picture")
    return listed([row.label for row in order], last)


def with_alpha(full: bool = False) -> list[str]:
    """The labels of moving outputs that keep transparency; ``full``: half-transparent pixels too."""
    rows = [row for row in OUTPUTS.values() if row.animated and row.has_alpha]
    return [row.label for row in rows if row.alpha == "full" or not full]
