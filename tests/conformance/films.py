"""Films as cameras, phones, recorders and editors write them: codecs, pixels, tracks and clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from tests import media_made as made

from . import boxes
from .kind import Kind, clip, coded, corner, ffmpeg, film, shows

X264 = "-c:v libx264 -crf 4 -preset veryfast -pix_fmt yuv420p"
_X265 = "libx265 -x265-params log-level=none:crf=6"
_VP9 = "libvpx-vp9 -crf 8 -b:v 0 -cpu-used 5"
_CODECS = {  # muxer: name: encoder and its options
    "mov": {
        "prores-422": "prores_ks -profile:v 2 -pix_fmt yuv422p10le",
        "prores-4444": "prores_ks -profile:v 4 -pix_fmt yuv444p10le",
        "mjpeg-full-range": "mjpeg -q:v 2 -pix_fmt yuvj420p",
        "mjpeg-422": "mjpeg -q:v 2 -pix_fmt yuvj422p",
        "qtrle-opaque": "qtrle -pix_fmt rgb24",
        "qtrle-grey": "qtrle -pix_fmt gray",
        "png-opaque": "png -pix_fmt rgb24",
        "v210": "v210 -pix_fmt yuv422p10le",
        "uyvy": "rawvideo -pix_fmt uyvy422",
        "hap": "hap",
        "cinepak": "cinepak",
        "mpeg4": "mpeg4 -q:v 2",
        "hevc": f"{_X265} -tag:v hvc1",
    },
    "mp4": {
        "hevc-10-bit": f"{_X265} -pix_fmt yuv420p10le -tag:v hvc1",
        "hevc-hev1": f"{_X265} -tag:v hev1",
        "av1": "libsvtav1 -preset 10 -crf 12",
        "vp9": _VP9,
        "mpeg4": "mpeg4 -q:v 2",
        "mpeg2": "mpeg2video -q:v 2 -r 25",
        "grey": "libx264 -crf 4 -pix_fmt gray",
        "full-range": "libx264 -crf 4 -pix_fmt yuvj420p",
        "10-bit-422": "libx264 -crf 4 -pix_fmt yuv422p10le",
        "rgb": "libx264rgb -crf 4 -pix_fmt rgb24",
        "nv12": "libx264 -crf 4 -pix_fmt nv12",
    },
    "avi": {
        "mjpeg": "mjpeg -q:v 2 -pix_fmt yuvj422p",
        "rgb24": "rawvideo -pix_fmt bgr24",
        "huffyuv": "huffyuv -pix_fmt yuv422p",
        "utvideo-rgb": "utvideo -pix_fmt gbrp",
        "magicyuv": "magicyuv -pix_fmt gbrp",
        "xvid": "libxvid -q:v 2",
        "msmpeg4v3": "msmpeg4 -q:v 2 -vtag DIV3",
        "wmv2": "wmv2 -q:v 2",
        "h264": "libx264 -crf 4 -pix_fmt yuv420p",
        "16-bit": "ffv1 -pix_fmt yuv420p16le",
        "yuv410": "ffv1 -pix_fmt yuv410p",
        "yuv411": "ffv1 -pix_fmt yuv411p",
        "yuv440": "ffv1 -pix_fmt yuv440p",
    },
    "matroska": {
        "ffv1": "ffv1 -pix_fmt bgr0",
        "theora": "libtheora -q:v 10 -pix_fmt yuv420p",
        "mpeg2": "mpeg2video -q:v 2 -r 25",
        "mjpeg": "mjpeg -q:v 2 -pix_fmt yuvj444p",
        "rgb48": "ffv1 -pix_fmt gbrp16le",
        "grey16": "ffv1 -pix_fmt gray16le",
    },
    "webm": {
        "vp8": "libvpx -crf 4 -b:v 4M -auto-alt-ref 0 -pix_fmt yuv420p",
        "vp9-444": f"{_VP9} -pix_fmt yuv444p",
        "vp9-10-bit": f"{_VP9} -pix_fmt yuv420p10le",
        "vp9-rgb": f"{_VP9} -pix_fmt gbrp",
        "av1": "libsvtav1 -preset 10 -crf 12",
    },
}
_GREY = ("grey", "qtrle-grey", "grey16")
_COARSE = ("cinepak", "hap", "yuv410", "yuv411")  # judged by what FFmpeg shows of them
_REFUSED = {  # name: muxer and encoder
    "avi-snow": "avi -c:v snow -strict -2",
    "mov-jpeg-2000": "mov -c:v jpeg2000",
    "avi-zmbv": "avi -c:v zmbv",
    "mpeg-ts": "mpegts -c:v libx264",
    "m2ts": "mpegts -c:v libx264 -mpegts_m2ts_mode 1",
    "mpeg-ps": "mpeg -c:v mpeg2video -r 25",
    "flv": "flv -c:v flv",
    "ogv": "ogg -c:v libtheora",
    "wmv": "asf -c:v wmv2",
    "y4m": "yuv4mpegpipe -pix_fmt yuv420p",
    "mxf": "mxf -c:v mpeg2video -r 25",
    "nut": "nut -c:v mpeg4",
    "h264-bare": "h264 -c:v libx264",
    "hevc-bare": f"hevc -c:v {_X265}",
    "ivf": f"ivf -c:v {_VP9}",
    "bmp": "image2pipe -frames:v 1 -c:v bmp",
    "tiff": "image2pipe -frames:v 1 -c:v tiff",
    "jpeg-xl": "image2pipe -frames:v 1 -c:v libjxl",
    "jpeg-2000": "image2pipe -frames:v 1 -c:v jpeg2000",
    "tga": "image2pipe -frames:v 1 -c:v targa",
    "realmedia": "rm -c:v rv10",
    "swf": "swf -c:v flv",
    "dv": "dv -c:v dvvideo -s 720x576 -pix_fmt yuv420p -r 25",
}
_SOUNDS = {
    "m4a": "-c:a aac -f ipod",
    "mp4-sound": "-c:a aac -f mp4",
    "mov-sound": "-c:a pcm_s16le -f mov",
    "webm-sound": "-c:a libopus -f webm",
    "mkv-sound": "-c:a flac -f matroska",
    "avi-sound": "-c:a pcm_s16le -f avi",
    "mp3": "-c:a libmp3lame -f mp3",
    "wav": "-c:a pcm_s16le -f wav",
    "aac": "-c:a aac -f adts",
    "ogg": "-c:a libvorbis -f ogg",
    "flac": "-c:a flac -f flac",
    "aiff": "-c:a pcm_s16be -f aiff",
    "wma": "-c:a wmav2 -f asf",
}


def kinds() -> Iterator[Kind]:
    yield from _codecs()
    yield from _tracks()
    yield from _clocks()
    yield from _recorders()
    yield from _frames()
    yield from _not_taken()


def _grey(pictures: Sequence[made.Picture]) -> list[made.Picture]:
    out = []
    for picture in pictures:
        luma = picture[..., :3] @ np.array([0.299, 0.587, 0.114])
        out.append(np.dstack([luma, luma, luma, np.full(luma.shape, 255.0)]).round().astype(np.uint8))
    return out


def _codecs() -> Iterator[Kind]:
    for muxer, codecs in _CODECS.items():
        for name, words in codecs.items():
            make = partial(coded, pictures=clip(), muxer=muxer, options=f"-c:v {words}")
            truth = None if name in _COARSE or "-r 25" in words else shows(_grey(clip()) if name in _GREY else clip())
            yield Kind(f"codecs and pixels, {muxer.upper()}", f"{muxer}-{name}", make, truth=truth)
    small = clip(10, 176, 144)
    make = partial(coded, pictures=small, muxer="3gp", options="-c:v h263 -q:v 2")
    yield Kind("codecs and pixels, 3GP", "3gp-h263", make)


def _tracks() -> Iterator[Kind]:
    group, truth = "tracks", shows(clip())
    for name, muxer, options in (
        ("mov-timecode", "mov", "-timecode 01:00:00:00"),
        ("mov-prores-timecode", "mov", "-c:v prores_ks -pix_fmt yuv422p10le -timecode 01:00:00:00"),
        ("mp4-timecode", "mp4", "-timecode 01:00:00:00"),
        ("mp4-two-films", "mp4", "-filter_complex [0:v]split[a][b];[b]negate[c] -map [a] -map [c]"),
        ("mkv-two-films", "matroska", "-filter_complex [0:v]split[a][b];[b]negate[c] -map [a] -map [c]"),
        (
            "mov-second-track-not-taken",
            "mov",
            "-filter_complex [0:v]split[a][b] -map [a] -map [b] -c:v:1 jpeg2000 -pix_fmt:v:1 rgb24",
        ),
        (
            "mkv-second-is-default",
            "matroska",
            "-filter_complex [0:v]split[a][b];[b]negate[c] -map [c] -map [a] "
            "-disposition:v:0 0 -disposition:v:1 default",
        ),
    ):
        yield Kind(group, name, partial(coded, pictures=clip(), muxer=muxer, options=f"{X264} {options}"), truth=truth)
    for muxer, codec in (("mp4", "mov_text"), ("matroska", "srt"), ("webm", "webvtt")):
        yield Kind(group, f"{muxer}-subtitles", partial(_with_text, muxer=muxer, codec=codec), truth=truth)
    for muxer in ("mp4", "mov"):
        yield Kind(group, f"{muxer}-chapters", partial(_with_chapters, muxer=muxer), truth=truth)
    for muxer in ("mp4", "matroska"):
        yield Kind(group, f"{muxer}-cover-picture", partial(_with_cover, muxer=muxer), truth=truth)
    make = partial(
        boxes.changed, make=partial(coded, pictures=clip(), muxer="mov", options=f"{X264} -timecode 01:00:00:00")
    )
    yield Kind(group, "mov-metadata-track", partial(make, change=boxes.metadata_track), truth=truth)


def _with_text(path: Path, muxer: str, codec: str) -> Path:
    text = path.with_suffix(".srt")
    text.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello\n")
    plain = coded(path.with_suffix(".plain"), clip(), "matroska", _vpx(muxer))
    _run(f"-i {plain} -i {text} -map 0 -map 1 -c:v copy -c:s {codec} -f {muxer} {path}")
    return path


def _vpx(muxer: str) -> str:
    return f"-c:v {_VP9}" if muxer == "webm" else X264


def _with_chapters(path: Path, muxer: str) -> Path:
    told = path.with_suffix(".txt")
    told.write_text(
        ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=500\ntitle=a\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=500\nEND=1000\ntitle=b\n"
    )
    plain = coded(path.with_suffix(".plain"), clip(), "mp4", X264)
    _run(f"-i {plain} -i {told} -map 0 -map_chapters 1 -c copy -f {muxer} {path}")
    return path


def _with_cover(path: Path, muxer: str) -> Path:
    cover = made.jpeg(path.with_suffix(".jpg"), corner(200, 200))
    plain = coded(path.with_suffix(".plain"), clip(), "mp4", X264)
    if muxer == "matroska":
        _run(f"-i {plain} -map 0 -c copy -attach {cover} -metadata:s:t mimetype=image/jpeg -f {muxer} {path}")
    else:
        _run(f"-i {cover} -i {plain} -map 0 -map 1 -c copy -disposition:v:0 attached_pic -f {muxer} {path}")
    return path


def _run(words: str) -> None:
    ffmpeg("-v", "error", "-y", *words.split())


def _clocks() -> Iterator[Kind]:
    group = "clocks"
    for muxer in ("mp4", "mov", "matroska", "webm"):
        options = f"{_vpx(muxer)} -output_ts_offset 90000"
        make = partial(coded, pictures=clip(), muxer=muxer, options=options)
        yield Kind(group, f"{muxer}-begins-at-25-hours", make, truth=shows(clip()))
    for kind in ("mp4", "mkv", "webm"):
        slow = clip(4)
        at = [0, 100, 90_000, 90_100]
        truth = shows(slow, [t / 1000 for t in at], 90.2)
        yield Kind(
            group, f"{kind}-one-picture-for-90-s", partial(film, pictures=slow, kind=kind, at_ms=at), truth=truth
        )
    at = [0, 100, 1_300_000, 1_300_100]
    make = partial(film, pictures=clip(4), kind="mkv", at_ms=at)
    yield Kind(group, "mkv-one-picture-for-21-minutes", make, truth=shows(clip(4), [t / 1000 for t in at], 1300.2))
    for muxer in ("mp4", "matroska"):
        yield Kind(group, f"{muxer}-cut-in-without-coding", partial(_trimmed, muxer=muxer))
    make = partial(boxes.changed, make=partial(coded, pictures=clip(), muxer="mp4", options=f"{X264} -bf 0"))
    truth = shows([clip()[n] for n in (0, 1, 4, 5, 6, 7, 8, 9)])
    yield Kind(group, "mp4-frames-of-no-time", partial(make, change=boxes.frames_of_no_time), truth=truth)
    yield Kind(group, "mp4-last-frame-of-no-time", partial(make, change=boxes.last_of_no_time))
    make = partial(boxes.changed, make=partial(coded, pictures=clip(), muxer="mp4", options=f"{X264} -bf 2"))
    make = partial(make, change=boxes.far_negative_offset)  # the edit list begins behind that picture
    truth = shows(clip()[1:], seconds=1.0)
    yield Kind(group, "mp4-first-offset-far-negative", make, truth=truth, fast=True)
    make = partial(boxes.backwards, make=partial(coded, pictures=clip(), muxer="matroska", options=f"{X264} -bf 0"))
    left = [n for n in range(10) if n != 5]
    truth = shows([clip()[n] for n in left], [n / 10 for n in left], 1.0)
    yield Kind(group, "mkv-a-time-goes-back", make, truth=truth)
    for kind, tone in (("mp4", "aac"), ("matroska", "libopus"), ("mov", "pcm_s16le")):
        for name, seconds in (("longer", 3.0), ("shorter", 0.5)):
            make = partial(coded, pictures=clip(), muxer=kind, options=f"{X264} -c:a {tone}", tone_s=seconds)
            said = ("sound_cut",) if name == "longer" else ()
            yield Kind(group, f"{kind}-sound-{name}", make, said=said)
    make = partial(coded, pictures=clip(1), muxer="mp4", options=f"{X264} -c:a aac", tone_s=3.0)
    yield Kind(group, "mp4-one-picture-and-3-s-of-sound", make, said=("sound_cut",))
    yield Kind(group, "mp4-sound-begins-later", partial(_late_sound, muxer="mp4"))
    yield Kind(group, "matroska-sound-begins-later", partial(_late_sound, muxer="matroska"))


def _trimmed(path: Path, muxer: str) -> Path:
    """From 0.45 s on, without coding anew: pictures before it are there for decoding, and are not shown."""
    plain = coded(path.with_suffix(".plain"), clip(), "mp4", f"{X264} -g 250 -c:a aac", tone_s=1.0)
    _run(f"-ss 0.45 -i {plain} -c copy -f {muxer} {path}")
    return path


def _late_sound(path: Path, muxer: str) -> Path:
    plain = coded(path.with_suffix(".plain"), clip(20), "mp4", f"{X264} -c:a aac", tone_s=1.0)
    _run(f"-i {plain} -itsoffset 0.7 -i {plain} -map 0:v -map 1:a -c copy -f {muxer} {path}")
    return path


def _recorders() -> Iterator[Kind]:
    group, truth = "recorders", shows(clip())
    for name, muxer, options in (
        ("webm-of-a-browser", "webm", f"-c:v {_VP9} -live 1"),
        ("webm-vp8-of-a-browser", "webm", "-c:v libvpx -crf 4 -b:v 4M -auto-alt-ref 0 -pix_fmt yuv420p -live 1"),
        ("mkv-h264-of-a-browser", "matroska", f"{X264} -bf 0 -live 1"),
        ("mp4-of-a-browser", "mp4", f"{X264} -movflags frag_every_frame+empty_moov+default_base_moof"),
        ("mp4-fragments-with-sidx", "mp4", f"{X264} -g 5 -movflags dash+delay_moov"),
        ("mp4-fragments-cmaf", "mp4", f"{X264} -g 5 -movflags cmaf+delay_moov+frag_keyframe"),
        ("mov-fragments", "mov", f"{X264} -g 5 -movflags frag_keyframe"),
        ("mp4-index-in-front", "mp4", f"{X264} -movflags +faststart"),
        ("mp4-hinted", "mp4", f"{X264} -movflags rtphint"),
        ("mp4-timescale-100-million", "mp4", f"{X264} -video_track_timescale 100000000"),
        ("mp4-timescale-10", "mp4", f"{X264} -video_track_timescale 10"),
        ("mp4-no-edit-list", "mp4", f"{X264} -bf 2 -use_editlist 0"),
        ("mp4-open-gop", "mp4", f"{X264} -bf 2 -x264-params open-gop=1:keyint=5"),
        ("mp4-ipod", "ipod", X264),
        ("mp4-f4v", "f4v", X264),
        ("mov-ismv", "ismv", X264),
        ("3g2", "3g2", X264),
        ("avi-b-frames", "avi", "-c:v mpeg4 -q:v 2 -bf 2"),
        ("avi-h264-b-frames", "avi", f"{X264} -bf 2"),
        ("avi-no-index", "avi", "-c:v mpeg4 -q:v 2 -flags +bitexact -write_channel_mask 0 -reserve_index_space 0"),
        ("mkv-clusters-of-one", "matroska", f"{X264} -cluster_time_limit 1"),
        ("mkv-cues-in-front", "matroska", f"{X264} -cues_to_front 1 -reserve_index_space 4096"),
    ):
        yield Kind(group, name, partial(coded, pictures=clip(), muxer=muxer, options=options), truth=truth)
    plain = partial(coded, pictures=clip(), muxer="mp4", options=X264)
    for change in boxes.CHANGES:
        name = "mp4-" + change.__name__.replace("_", "-")
        yield Kind("boxes of MP4 and MOV", name, partial(boxes.changed, make=plain, change=change), truth=truth)
    yield Kind(group, "webm-two-in-one-file", _two_in_one)
    packed = partial(coded, pictures=clip(), muxer="avi", options="-c:v mpeg4 -q:v 2 -bf 1")
    yield Kind(group, "avi-packed-b-frames", partial(boxes.packed, make=packed), truth=truth)


def _two_in_one(path: Path) -> Path:
    a = coded(path.with_suffix(".a"), clip(20)[:10], "webm", f"-c:v {_VP9} -live 1")
    b = coded(path.with_suffix(".b"), clip(20)[10:], "webm", f"-c:v {_VP9} -live 1 -output_ts_offset 1.0")
    path.write_bytes(a.read_bytes() + b.read_bytes())
    return path


def _frames() -> Iterator[Kind]:
    group = "what is shown of a frame"
    plain = partial(coded, pictures=clip(), muxer="mov", options=X264)
    cropped = [picture[8:56, 16:80] for picture in clip()]
    yield Kind(
        group,
        "mov-clean-aperture",
        partial(boxes.changed, make=plain, change=boxes.clean_aperture),
        truth=shows(cropped),
    )
    tagged = "-color_primaries bt709 -color_trc bt709 -colorspace smpte170m -color_range tv"
    make = partial(boxes.pixel_crop, make=partial(coded, pictures=clip(), muxer="matroska", options=f"{X264} {tagged}"))
    yield Kind(group, "mkv-pixel-crop", make, truth=shows(cropped))
    for turn in (6, 8):
        flat = partial(coded, pictures=clip(), muxer="mp4", options=f"{X264} -aspect 3:1")
        yield Kind(group, f"mp4-turned-{turn}-and-anamorphic", partial(_turned, make=flat, turn=turn))
    yield Kind(group, "mp4-turned-movie", partial(boxes.changed, make=plain, change=boxes.movie_turned))
    # Of a turn that is no quarter the nearest is shown; FFmpeg turns the picture inside its frame and cuts it off.
    make = partial(boxes.changed, make=plain, change=boxes.turned_45)
    yield Kind(group, "mp4-turned-45-degrees", make, truth=shows(clip()))
    yield Kind(
        group,
        "mp4-dolby-vision-8",
        partial(boxes.changed, make=partial(_hlg), change=boxes.dolby_vision(8)),
        said=("tone_mapped",),
    )
    yield Kind(
        group,
        "mp4-dolby-vision-5",
        partial(boxes.changed, make=partial(_hlg), change=boxes.dolby_vision(5)),
        refused=True,
    )
    for name, options in (
        ("mp4-psf-flagged", f"{X264} -x264-params tff=1:fake-interlaced=1"),
        ("mkv-mpeg2-flagged", "-c:v mpeg2video -q:v 2 -r 25 -flags +ildct+ilme"),
    ):
        make = partial(
            coded, pictures=clip(20, 160, 120), muxer="mp4" if "mp4" in name else "matroska", options=options
        )
        yield Kind(group, name, make)
    for name, codes in (
        ("bt470bg", "bt470bg:bt470bg:gamma28"), ("smpte240m", "smpte240m:smpte240m:smpte240m"),
        ("fcc", "fcc:bt470m:gamma22"), ("srgb", "smpte170m:bt709:iec61966-2-1"), ("linear", "smpte170m:bt709:linear"),
        ("ycgco", "ycgco:bt709:bt709"),
    ):  # fmt: skip
        space, primaries, transfer = codes.split(":")
        options = f"-vf scale=out_color_matrix={space} " if space in ("bt470bg", "smpte240m", "fcc") else ""
        options += f"{X264} -colorspace {space} -color_primaries {primaries} -color_trc {transfer}"
        truth = None if space == "ycgco" else shows(clip())
        yield Kind(
            "colours of films",
            f"mp4-{name}",
            partial(coded, pictures=clip(), muxer="mp4", options=options),
            truth=truth,
        )


def _turned(path: Path, make: partial[Path], turn: int) -> Path:
    return made.turned(make(path), turn)


def _hlg(path: Path) -> Path:
    tags = "-color_primaries bt2020 -color_trc arib-std-b67 -colorspace bt2020nc"
    return coded(path, clip(), "mp4", f"-c:v {_X265} -pix_fmt yuv420p10le -tag:v hvc1 {tags}")


def _not_taken() -> Iterator[Kind]:
    for name, words in _REFUSED.items():
        muxer, _, options = words.partition(" ")
        make = partial(coded, pictures=clip(4, 176, 144), muxer=muxer, options=options)
        yield Kind("not taken", name, make, refused=True)
    for name, options in _SOUNDS.items():
        yield Kind("not taken", name, partial(_sound, options=options), refused=True)
    for name in ("mp3", "m4a"):
        yield Kind("not taken", f"{name}-with-cover", partial(_sound, options=_SOUNDS[name], cover=True), refused=True)


def _sound(path: Path, options: str, cover: bool = False) -> Path:
    source = "-f lavfi -i sine=440:duration=1"
    if cover:
        source += (
            f" -i {made.jpeg(path.with_suffix('.jpg'), corner())} -map 0 -map 1 -c:v copy -disposition:v attached_pic"
        )
    _run(f"{source} {options} {path}")
    return path
