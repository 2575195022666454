"""Opens films and sounds by FFmpeg: one demuxer chosen by the bytes, an allow-list of decoders, files only.
Nothing here follows a playlist, an external reference or an address.
"""

from __future__ import annotations

import contextlib
import mmap
import re
import struct
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .. import orientation
from ..errors import UnreadableMedia, UnsupportedMedia
from ..formats import INPUTS
from ..input_limits import Limits
from ..media import HDR, MediaInfo
from . import completeness, interlacing
from .crop import Crop


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


# What cameras, phones, browsers, screen recorders and editors write. Text modes, game formats and the like stay out.
VIDEO_CODECS = _names("""
    h264 hevc av1 libdav1d vp8 vp9 libvpx libvpx-vp9 mpeg4 h263 mpeg2video mpeg1video mjpeg prores prores_raw dnxhd
    qtrle png rawvideo 8bps cinepak msvideo1 msrle rpza smc svq1 svq3 theora flv huffyuv ffvhuff ffv1 utvideo dvvideo
    msmpeg4 msmpeg4v1 msmpeg4v2 msmpeg4v3 wmv1 wmv2 vc1 cfhd hap v210 magicyuv lagarith tscc qdraw targa webp gif
""")
AUDIO_CODECS = _names("""
    aac aac_latm mp3 mp3float mp2 mp2float opus libopus vorbis flac alac ac3 eac3 amrnb amrwb libopencore_amrnb
    libopencore_amrwb pcm_s16le pcm_s16be pcm_s24le pcm_s24be pcm_s32le pcm_s32be pcm_u8 pcm_s8 pcm_f32le pcm_f32be
    pcm_f64le pcm_f64be pcm_alaw pcm_mulaw adpcm_ms adpcm_ima_wav adpcm_ima_qt gsm gsm_ms wmav1 wmav2 qdm2 mace3 mace6
""")
_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mp3,wav,w64,aac",
    "codec_whitelist": ",".join(sorted(VIDEO_CODECS | AUDIO_CODECS)),
    "enable_drefs": "0",
    "use_absolute_path": "0",
    "max_streams": "64",
}
_CLOCK = re.compile(r"(\d+):(\d+):(\d+\.?\d*)")  # Matroska's way to say how long a track is
_FIRST_FRAME_PACKETS = 600
LOOKED = interlacing.PLAIN + 1  # pictures of a film's beginning, which mostly show that it has no fields
ATTACHED = 0x400  # a cover picture, not a film


@contextlib.contextmanager
def opened(path: str | Path, kind: str) -> Iterator[InputContainer]:
    """The file opened with the demuxer for ``kind`` (a MediaInfo format); FFmpeg's errors become UnreadableMedia."""
    demuxer = INPUTS[kind].demuxer
    options = {k: v for k, v in _OPTIONS.items() if demuxer == "mov" or k not in ("enable_drefs", "use_absolute_path")}
    try:
        container = av.open(
            "file:" + str(Path(path).absolute()),
            mode="r",
            format=demuxer,
            options=options,
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise UnreadableMedia("The file is damaged or not complete.", detail=repr(error)) from error
    with container:
        yield container


def film_stream(container: InputContainer) -> VideoStream | None:
    """The stream that a player shows: the first that is marked as default, else the first; never a cover picture."""
    films = [s for s in container.streams.video if not int(s.disposition) & ATTACHED and s.codec_context is not None]
    return next((s for s in films if int(s.disposition) & 1), films[0] if films else None)


def sound_stream(container: InputContainer) -> Any:
    """The sound that a player plays, or None."""
    sounds = [s for s in container.streams.audio if s.codec_context is not None]
    return next((s for s in sounds if int(s.disposition) & 1), sounds[0] if sounds else None)


def orientation_of(frame: VideoFrame) -> int:
    """How a player turns and mirrors this frame, by its display matrix: one of EXIF's 1 to 8."""
    side: Any = frame.side_data
    matrix = side.get(Type.DISPLAYMATRIX)
    if matrix is None or matrix.buffer_size < 36:
        return orientation.UPRIGHT
    a, b, _, c, d, *_ = struct.unpack("<9i", bytes(matrix)[:36])
    return orientation.of_matrix(a, b, c, d)


def shown_size(stream: VideoStream, frame: VideoFrame, crop: Crop | None = None) -> tuple[int, int]:
    """Width and height of ``frame``, or of a part of it, in square pixels, after it was turned."""
    width, height = crop[:2] if crop else (frame.width, frame.height)
    aspect = stream.sample_aspect_ratio or Fraction(1)
    if aspect > 0 and aspect != 1 and Fraction(1, 20) < aspect < 20:
        width = max(1, round(width * aspect))
    return orientation.shown_size(width, height, orientation_of(frame))


def sequences(container: InputContainer) -> list[VideoStream]:
    """The tracks of an AVIF sequence, colours first, then perhaps alpha; its still is a stream of one frame."""
    return [stream for stream in container.streams.video if stream.frames > 1]


def arrived(path: Path) -> int:
    """How many frames of an AVIF sequence that was cut off are there."""
    with opened(path, "avif") as container:
        tracks = sequences(container)
        if not tracks:
            return 0
        try:
            end = arrived_bytes(container)
            return sum(1 for packet in container.demux(tracks[0]) if packet.size and not missing(packet, end))
        except av.error.FFmpegError:
            return 0


def arrived_bytes(container: InputContainer) -> int:
    """How many bytes of an open file are there, without zeros at its end."""
    path = Path(container.name.removeprefix("file:"))
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return completeness.filled(data)


def missing(packet: av.Packet, end: int) -> bool:
    """Whether a packet of a file that was cut off is not all there; ``end``: see ``arrived_bytes``."""
    return packet.is_corrupt or (packet.pos or 0) + packet.size > end


def see_through(stream: VideoStream, frame: VideoFrame | None = None) -> bool:
    """Whether the pictures have transparency; WebM says so in a tag, since its alpha is a second hidden stream."""
    if stream.metadata.get("alpha_mode") == "1" and stream.codec_context.codec.canonical_name in ("vp8", "vp9"):
        return True
    return frame is not None and any(c.is_alpha for c in frame.format.components)


def facts(
    path: Path,
    kind: str,
    size: int,
    limits: Limits,
    cut: bool = False,
    emptied: bool = False,
    ours: bool = False,
    crop: Crop | None = None,
) -> MediaInfo:
    """MediaInfo of a film or a sound: packets are counted and their times read; a few frames are decoded for its looks.
    ``cut``: the file ends early, so its index promises more than there is. ``emptied``: it ends in zeros where data
    should be. ``crop``: what its track shows of a picture.
    """
    with opened(path, kind) as container:
        stream = film_stream(container)
        sound = sound_stream(container)
        plain = (stream is not None and stream.codec_context.name == "rawvideo") or (
            sound is not None and sound.codec_context.name.startswith("pcm")
        )
        cut = cut or (emptied and not plain)  # black and silence are zeros too, where they are not coded
        try:
            if stream is not None:
                info, begins = _film(container, stream, sound, kind, size, limits, cut, crop, 1 if ours else LOOKED)
                return info if ours else _scanned(info, container, stream, begins)
            if sound is not None:
                return _sound(container, sound, kind, size)
        except av.error.FFmpegError as error:
            raise UnreadableMedia("The file is damaged or not complete.", detail=repr(error)) from error
    raise UnreadableMedia("There is neither a picture nor a sound in this file.")


def _film(
    container: InputContainer,
    stream: VideoStream,
    sound: Any,
    kind: str,
    size: int,
    limits: Limits,
    cut: bool,
    crop: Crop | None,
    looked: int,
) -> tuple[MediaInfo, list[VideoFrame]]:
    """The facts, and the first ``looked`` pictures or fewer; of what is never interlaced one."""
    codec = stream.codec_context
    if codec.name not in VIDEO_CODECS:
        raise UnsupportedMedia(
            f"Its picture is coded as {codec.codec.long_name}, which is not taken. H.264, HEVC, AV1, VP9, MPEG-4 and "
            "ProRes are, among others."
        )
    limits.check(MediaInfo(kind, "video", codec.name, size, codec.width or 1, codec.height or 1))
    interlacing.quick(codec)
    if not interlacing.captured(codec.name):
        looked = 1
    begins: list[VideoFrame] = []
    tries = packets = 0
    begin = end = None
    last_hold = 0
    base = stream.time_base or Fraction(1, 1000)
    there = arrived_bytes(container) if cut else 0
    for packet in container.demux(stream):
        if cut and missing(packet, there):
            continue
        if len(begins) < looked and tries < _FIRST_FRAME_PACKETS:
            tries += 1
            with contextlib.suppress(av.error.FFmpegError):
                begins += codec.decode(packet)
        if packet.size == 0 or packet.is_discard or _hidden_vp8(codec.name, packet):
            continue
        packets += 1
        if packets > limits.max_frames:
            break
        at = packet.pts if packet.pts is not None else packet.dts
        if at is not None:
            begin = at if begin is None else min(begin, at)
            if end is None or at >= end:
                end, last_hold = at, packet.duration or 0
    if not begins:
        raise UnreadableMedia("Not one picture of this video can be decoded.")
    first = begins[0]
    duration = Fraction(0)
    if begin is not None and end is not None:
        if not last_hold and packets > 1:
            last_hold = (end - begin) // (packets - 1)
        duration = (end - begin + last_hold) * base
    promised = stream.duration * stream.time_base if stream.duration and stream.time_base else Fraction(0)
    if kind in ("mp4", "mov") and not cut and begin is not None and end is not None and promised > (end - begin) * base:
        # With B-frames the picture shown last is not the last packet, and only the track knows how long it stays.
        duration = promised
    if duration <= 0:
        duration = Fraction(container.duration or 0, 1_000_000)
    width, height = shown_size(stream, first, crop)
    duration_ms = round(duration * 1000)
    info = MediaInfo(
        format=kind,
        kind="video",
        codec=codec.codec.canonical_name,
        bytes=size,
        width=width,
        height=height,
        frames=max(packets, 1),
        frames_exact=False,
        duration_ms=duration_ms,
        shown_ms=duration_ms,
        fps=round(float(packets / duration), 3) if duration > 0 else 0.0,
        has_alpha=see_through(stream, first),
        has_audio=sound is not None and sound.codec_context.name in AUDIO_CODECS,
        orientation=orientation_of(first),
        unread_sound=_unread(sound),
        crop=crop,
        sound_ms=0 if cut else _sound_end(container, sound, (begin or 0) * base),
        cut=cut,
        whole_ms=round((promised or Fraction(container.duration or 0, 1_000_000)) * 1000) if cut else 0,
        hdr=HDR.get(int(first.color_trc), ""),
    )
    return info, begins


def _scanned(info: MediaInfo, container: InputContainer, stream: VideoStream, begins: list[VideoFrame]) -> MediaInfo:
    """The same facts, with whether the film has fields; of a telecined one a fifth of the frames will go."""
    flagged = begins[0].interlaced_frame
    if not interlacing.worth_a_look(info.codec, info.fps, flagged) or interlacing.plain(begins):
        return info
    further = interlacing.sampled(container, stream, flagged)
    scan = interlacing.scan([further] if flagged else [begins, further], info.fps)
    if scan == interlacing.TELECINE:
        return replace(info, scan=scan, frames=info.frames * 4 // 5, fps=round(info.fps * 0.8, 3))
    return replace(info, scan=scan)


def _sound_end(container: InputContainer, sound: Any, begin: Fraction) -> int:
    """When the sound ends, in ms from the first picture on; 0 where nothing says it."""
    if sound is None:
        return 0
    length = Fraction(0)
    if sound.duration and sound.time_base:
        length = (sound.duration + (sound.start_time or 0)) * sound.time_base
    elif match := _CLOCK.fullmatch(str(sound.metadata.get("DURATION", ""))):
        hours, minutes, seconds = match.groups()
        length = int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    return max(0, round((length - begin) * 1000))


def _unread(sound: Any) -> str:
    """What a sound is coded as that is not taken; empty for what is."""
    if sound is None or sound.codec_context.name in AUDIO_CODECS:
        return ""
    return str(sound.codec_context.codec.long_name)


def _hidden_vp8(name: str, packet: av.Packet) -> bool:
    return name in ("vp8", "libvpx") and not bytes(memoryview(packet)[:1])[0] >> 4 & 1


def _sound(container: InputContainer, sound: Any, kind: str, size: int) -> MediaInfo:
    if sound.codec_context.name not in AUDIO_CODECS:
        raise UnsupportedMedia(
            f"Its sound is coded as {sound.codec_context.codec.long_name}, which is not taken. AAC, MP3, Opus, Vorbis, "
            "FLAC, AC-3 and PCM are."
        )
    units, decoded = 0, False
    for packet in container.demux(sound):
        if not decoded:
            with contextlib.suppress(av.error.FFmpegError):
                decoded = bool(sound.codec_context.decode(packet))
        units += packet.duration or 0
    if not decoded:
        raise UnreadableMedia("Nothing of this sound can be decoded.")
    duration = units * (sound.time_base or Fraction(0)) or Fraction(container.duration or 0, 1_000_000)
    return MediaInfo(
        format="m4a" if kind in ("mp4", "mov") else kind,
        kind="audio",
        codec=sound.codec_context.codec.canonical_name,
        bytes=size,
        duration_ms=round(duration * 1000),
        shown_ms=round(duration * 1000),
        has_audio=True,
    )
