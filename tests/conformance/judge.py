"""What programs that are not ours show of a file, and how far apart two of those are.

FFmpeg decodes films and GIFs (HDR by zscale and tonemap, fields by bwdif and fieldmatch, alpha by libvpx), Pillow other
pictures, turned as EXIF says, avifdec AVIF stills. Frames are compared at the same moments, on grey, by means of
squares of BLOCK pixels: noise of a codec and dither do not count, anything that is turned, shifted, recoloured or shown
at another time does.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile, ImageOps

RGBA = npt.NDArray[np.uint8]
PROGRAMS = ("ffmpeg", "ffprobe", "avifdec")
BLOCK = 8
NEAR_S = 0.034
SEEN_S = 0.015  # a frame shown for less is not missed
PICTURES = (b"\x89PNG", b"RIFF", b"\xff\xd8\xff")  # what Pillow shows as browsers do; of a GIF it fills what is cleared
_HDR = "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=pc,"
_WIDE = "zscale=t=linear,format=gbrpf32le,zscale=p=bt709,zscale=t=bt709:m=bt709:r=pc,"


class Unjudged(Exception):
    """The other program shows nothing of it."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Frames (height, width, 4) and when each begins, in seconds; how long the picture and the sound last."""

    frames: list[RGBA]
    starts: list[float]
    seconds: float
    sound_s: float = 0.0

    def at(self, moment: float) -> RGBA:
        return self.frames[max(int(np.searchsorted(self.starts, moment + 1e-6, side="right")) - 1, 0)]

    @property
    def size(self) -> tuple[int, int]:
        return self.frames[0].shape[1], self.frames[0].shape[0]


def missing() -> list[str]:
    """Programs that are not here."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def shown(path: Path, reference: str = "") -> Shown:
    """What the other programs show; ``reference``: filters that FFmpeg needs for that. Raises Unjudged."""
    head = path.read_bytes()[:12]
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis", b"mif1", b"msf1"):
        return _avif(path)
    cut_apng = path.suffix == ".cut" and b"acTL" in path.read_bytes()[:200]  # Pillow goes on behind the cut
    if not (reference or cut_apng) and any(head.startswith(mark) for mark in PICTURES) and head[8:12] != b"AVI ":
        return _pillow(path)
    return _ffmpeg(path, reference)


def _pillow(path: Path) -> Shown:
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    frames, starts, at = [], [], 0.0
    try:
        with Image.open(path) as image:
            still = getattr(image, "n_frames", 1) == 1
            for number in range(getattr(image, "n_frames", 1)):
                try:
                    image.seek(number)
                    frame = ImageOps.exif_transpose(image) if still else image
                    deep = image.mode.startswith("I")
                    plain = Image.fromarray((np.asarray(image) / 257).astype(np.uint8)) if deep else frame
                    frames.append(np.array(plain.convert("RGBA")))
                except (OSError, EOFError, ValueError, SyntaxError):
                    break
                starts.append(at)
                hold = float(image.info.get("duration", 0)) / 1000
                at += 0.1 if hold <= 0.0101 else hold
    except (OSError, SyntaxError, ValueError) as error:
        raise Unjudged(str(error)) from error
    if not frames:
        raise Unjudged("no frame")
    return Shown(frames, starts, 0.1 if len(frames) == 1 else at)


def _avif(path: Path) -> Shown:
    """Stills by avifdec, which turns nothing but tells how; sequences by Pillow's libavif."""
    try:
        with Image.open(path) as image:
            if getattr(image, "n_frames", 1) > 1:
                return _pillow(path)
    except OSError:  # it was cut off
        return _ffmpeg(path, "")
    out = path.with_suffix(".judged.png")
    told = subprocess.run(["avifdec", str(path), str(out)], capture_output=True, text=True, check=False)
    if told.returncode:
        raise Unjudged(told.stderr.strip()[:200])
    pixels = Image.open(out).convert("RGBA")
    out.unlink()
    said = told.stdout
    if "irot (Rotation)" in said:
        pixels = pixels.rotate(90 * int(said.split("irot (Rotation)")[1].split(":")[1].split()[0]), expand=True)
    if "imir (Mirror)" in said:
        top = "top-to-bottom" in said
        pixels = pixels.transpose(Image.Transpose.FLIP_TOP_BOTTOM if top else Image.Transpose.FLIP_LEFT_RIGHT)
    return Shown([np.array(pixels)], [0.0], 0.1)


def _ffmpeg(path: Path, filters: str) -> Shown:
    facts = _facts(path)
    stream = next((s for s in facts.get("streams", []) if s.get("codec_type") == "video"), None)
    if stream is None:
        raise Unjudged("no picture")
    decoder = []
    if stream.get("tags", {}).get("alpha_mode") == "1":
        decoder = ["-c:v", "libvpx" if stream["codec_name"] == "vp8" else "libvpx-vp9"]
    if stream.get("color_transfer") in ("smpte2084", "arib-std-b67"):
        filters += _HDR
    elif stream.get("color_primaries") in ("bt2020", "smpte432"):
        filters += _WIDE
    filters += "scale=trunc(iw*sar+0.5):ih:flags=accurate_rnd+full_chroma_int,format=rgba,showinfo"
    command = ["ffmpeg", "-v", "info", "-nostdin", *decoder, "-i", str(path), "-map", "0:v:0", "-vf", filters]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    lines = [line for line in done.stderr.decode(errors="replace").splitlines() if " pts_time:" in line]
    times = [float(line.split("pts_time:")[1].split()[0]) for line in lines]
    if not times:
        raise Unjudged("FFmpeg shows no frame")
    sizes = [line.split(" s:")[1].split()[0] for line in lines]
    width, height = (int(side) for side in sizes[0].split("x"))
    frames = [
        np.frombuffer(done.stdout, np.uint8, width * height * 4, number * width * height * 4).reshape(height, width, 4)
        for number in range(min(len(times), len(done.stdout) // (width * height * 4)))
    ]
    starts = [time - times[0] for time in times[: len(frames)]]
    usual = (starts[-1] / (len(starts) - 1)) if len(starts) > 1 else 0.1
    whole = _whole(stream) - (0.0 if "duration" in stream else float(str(stream.get("start_time") or 0)))
    seconds = whole if whole > starts[-1] and path.suffix != ".cut" else starts[-1] + min(usual, 0.2)
    return Shown(frames, starts, seconds, _sound(path) - max(0.0, times[0]) if _heard(facts) else 0.0)


def _whole(stream: dict[str, object]) -> float:
    """How long a stream says that it takes; Matroska writes it as a tag."""
    tags = stream.get("tags")
    tag = str(tags.get("DURATION", "")) if isinstance(tags, dict) else ""
    hours, _, rest = tag.partition(":")
    minutes, _, seconds = rest.partition(":")
    said = float(hours) * 3600 + float(minutes) * 60 + float(seconds) if seconds else 0.0
    return float(str(stream.get("duration") or 0)) or said


def _facts(path: Path) -> dict[str, list[dict[str, object]]]:
    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(path)]
    facts: dict[str, list[dict[str, object]]] = json.loads(
        subprocess.run(command, capture_output=True, check=False).stdout or "{}"
    )
    return facts


def _heard(facts: dict[str, list[dict[str, object]]]) -> bool:
    return any(stream.get("codec_type") == "audio" for stream in facts.get("streams", []))


def _sound(path: Path) -> float:
    """When the last of what is heard ends, in seconds from the file's own zero."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a:0", "-af", "aresample=async=1:first_pts=0"]
    done = subprocess.run([*command, "-f", "f32le", "-ac", "1", "-ar", "8000", "-"], capture_output=True, check=False)
    return len(done.stdout) / 4 / 8000


def laid(picture: RGBA, size: tuple[int, int]) -> npt.NDArray[np.float64]:
    """On grey, at ``size``, as means of squares."""
    alpha = picture[..., 3:].astype(np.float64) / 255
    flat = picture[..., :3] * alpha + 128 * (1 - alpha)
    image = Image.fromarray(flat.round().astype(np.uint8))
    blocks = max(1, round(size[0] / BLOCK)), max(1, round(size[1] / BLOCK))
    return np.asarray(image.resize(size, Image.Resampling.BOX).resize(blocks, Image.Resampling.BOX)).astype(np.float64)


def apart(source: Shown, result: Shown, moments: int = 6) -> float:
    """The mean difference (0 to 255) of what both show, at the worst of ``moments`` spread over the time. A moment lies
    in the middle of a frame of the source; what either shows up to NEAR_S before or after will do."""
    worst = 0.0
    ends = [*source.starts[1:], source.seconds]
    steps = sorted({round(n) for n in np.linspace(0, len(source.frames) - 1, moments)})
    for number in steps:
        middle = (source.starts[number] + ends[number]) / 2
        if len(steps) > 1 and ends[number] - source.starts[number] < SEEN_S:
            continue
        seen = laid(source.frames[number], source.size)
        now = laid(result.at(middle), source.size)
        near = [laid(result.at(max(0.0, middle + shift)), source.size) for shift in (-NEAR_S, 0.0, NEAR_S)]
        others = [
            laid(f, source.size)
            for f, at in zip(source.frames, source.starts, strict=True)
            if abs(at - middle) < NEAR_S
        ]
        found = [float(np.abs(seen - picture).mean()) for picture in near]
        worst = max(worst, min(found + [float(np.abs(now - picture).mean()) for picture in others]))
    return worst
