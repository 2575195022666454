"""Writes a video file by FFmpeg's encoders and muxers: tags, exact times, sound, no metadata."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from .. import hardware
from ..errors import EncoderFailure
from ..formats import FormatSpec
from ..scaler import converted
from . import Tick
from .audio import SoundTrack
from .encoder_frames import Picture, Planes

if TYPE_CHECKING:
    from ..decode import AudioBlock

BT709, LIMITED = 1, 1
_SEI = 6


def write(
    out: Path,
    pictures: Planes,
    *,
    spec: FormatSpec,
    encoder: str,
    options: dict[str, str],
    tick: Tick | None = None,
    audio: Iterable[AudioBlock] | None = None,
    audio_bitrate: int | None = None,
    pixel_format: str = "yuv420p",
    threads: int | None = None,
) -> None:
    """One file with one film and perhaps one sound. Raises EncoderFailure for whatever the encoder or muxer says."""
    breaks_after = None
    if encoder in hardware.TRIALS:
        encoder, breaks_after = hardware.TRIALS[encoder]
    try:
        # bitexact: no names and versions of programs in the file
        with av.open(
            str(out),
            "w",
            format=spec.name,
            options=dict(spec.muxer_options),
            container_options={"fflags": "+bitexact"},
        ) as file:
            _write(
                file,
                pictures,
                spec,
                encoder,
                options,
                tick,
                audio,
                audio_bitrate,
                pixel_format,
                threads,
                breaks_after,
            )
    except (av.FFmpegError, ValueError, OSError) as error:
        raise EncoderFailure(f"The encoder {encoder} failed.", detail=repr(error), encoder=encoder) from error


def _write(
    file: Any,
    pictures: Planes,
    spec: FormatSpec,
    encoder: str,
    options: dict[str, str],
    tick: Tick | None,
    audio: Iterable[AudioBlock] | None,
    audio_bitrate: int | None,
    pixel_format: str,
    threads: int | None,
    breaks_after: int | None,
) -> None:
    clock = spec.clock
    stream = file.add_stream(encoder, rate=Fraction(25))
    context = stream.codec_context
    stream.width, stream.height, stream.pix_fmt = pictures.width, pictures.height, pixel_format
    context.time_base = stream.time_base = Fraction(1, clock)
    context.colorspace = context.color_primaries = context.color_trc = BT709
    context.color_range = LIMITED
    context.thread_count = threads or min(os.cpu_count() or 1, 8)
    context.thread_type = "FRAME"  # by slices, which is the default, nothing may be foretold from the slice above
    context.flags |= 1 << 23  # bitexact: no encoder's name in the stream
    stream.options = options
    sound = None
    if audio is not None and spec.sound is not None:
        sound = SoundTrack(file, spec.sound, audio, audio_bitrate or spec.sound.bitrates[0])
    holds: dict[int, int] = {}
    coded: list[Any] = []  # packets with decoding times wait for the last one: only then are their times known

    def mux(packets: list[Any]) -> None:
        for packet in packets:
            packet = _without_chatter(packet) if encoder == "libx264" else packet
            packet.duration = holds.get(packet.pts, 0)
            if spec.decode_times:
                coded.append(packet)
            else:
                file.mux(packet)

    done = 0
    for picture in pictures:
        if done == breaks_after:
            raise EncoderFailure("The encoder stopped.", encoder=encoder)
        frame = _frame(picture, pixel_format)
        at = _at(picture.at_us, clock)
        # Stamped anew for every attempt: encode() changes the frame's own clock in place.
        frame.pts, frame.time_base = at, Fraction(1, clock)
        holds[at] = frame.duration = _at(picture.at_us + picture.hold_us, clock) - at
        mux(stream.encode(frame))
        if not done:
            _check_options(encoder, options, context.options)
        if sound is not None:
            sound.until(picture.at_us + picture.hold_us)
        done += 1
        if tick is not None:
            tick(done)
    if not done:
        raise EncoderFailure("There is no frame to store.")
    mux(stream.encode(None))
    retime(coded, holds)
    for packet in coded:
        file.mux(packet)
    if sound is not None:
        sound.finish()


def _check_options(encoder: str, given: dict[str, str], left: dict[str, str]) -> None:
    """PyAV leaves in ``left`` what an encoder did not know, and says nothing: the lever might move nothing at all."""
    if unknown := sorted(given.keys() & left.keys()):
        raise EncoderFailure(f"The encoder {encoder} has no {', '.join(unknown)}.", encoder=encoder)


def retime(packets: list[Any], holds: dict[int, int]) -> None:
    """Give packets in decoding order the times with which an MP4 lasts exactly as long as its pictures.

    A track lasts as long as its decoding times do. With B-frames and irregular holds an encoder's own decoding times
    begin earlier than the first picture by whole holds, and end early; here a packet is decoded a tick before the
    first picture that needs it. Regular times are left as they are.
    """
    if not packets or any(p.pts is None or p.dts is None for p in packets):
        return
    if len(set(holds.values())) > 1:
        needed, after = packets[-1].pts + 1, 0
        times = []
        for packet in reversed(packets):
            after = after + 1 if packet.pts >= needed else 0
            needed = min(needed, packet.pts)
            times.append(needed - after)
        for packet, at in zip(packets, reversed(times), strict=True):
            packet.dts = at
    end = max(at + hold for at, hold in holds.items())
    packets[-1].duration = max(1, end + packets[0].dts - packets[-1].dts)


def _at(us: int, clock: int) -> int:
    return (us * clock + 500_000) // 1_000_000


def _frame(picture: Picture, pixel_format: str) -> Any:
    if pixel_format == "yuva420p":
        frame: Any = av.VideoFrame(picture.yuv.shape[1], picture.yuv.shape[0] * 2 // 3, "yuva420p")
        _fill(frame, picture)
    else:
        frame = av.VideoFrame.from_ndarray(picture.yuv, format="yuv420p")
        if pixel_format != "yuv420p":
            frame = converted(frame, format=pixel_format)
    with contextlib.suppress(AttributeError):
        frame.color_primaries = frame.color_trc = BT709
    frame.colorspace, frame.color_range = BT709, LIMITED
    return frame


def _fill(frame: Any, picture: Picture) -> None:
    height, width = picture.yuv.shape[0] * 2 // 3, picture.yuv.shape[1]
    half = height // 2 * (width // 2)
    flat = picture.yuv.reshape(-1)
    sides = [
        flat[: height * width].reshape(height, width),
        flat[height * width : height * width + half].reshape(height // 2, width // 2),
        flat[height * width + half :].reshape(height // 2, width // 2),
        picture.alpha if picture.alpha is not None else np.full((height, width), 255, np.uint8),
    ]
    for plane, pixels in zip(frame.planes, sides, strict=True):
        room = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)
        room[:, : pixels.shape[1]] = pixels


def _without_chatter(packet: Any) -> Any:
    """x264 writes its settings into the first frame: some 600 bytes that nobody plays."""
    if not packet.is_keyframe:
        return packet
    data = bytes(packet)
    start = 4 if data[:4] == b"\0\0\0\1" else 3 if data[:3] == b"\0\0\1" else 0
    if start:  # one unit lasts until the next start code
        end = data.find(b"\0\0\1", start)
        end = end - 1 if end > 0 and data[end - 1] == 0 else end
    else:
        start, end = 4, 4 + int.from_bytes(data[:4], "big")
    if not start < end < len(data) or data[start] & 31 != _SEI:
        return packet
    slim = av.Packet(data[end:])
    slim.pts, slim.dts, slim.time_base, slim.stream = packet.pts, packet.dts, packet.time_base, packet.stream
    slim.is_keyframe = True
    return slim
