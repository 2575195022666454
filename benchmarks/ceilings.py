#!/usr/bin/env python3
"""A ceiling in bytes: how much of it is used, how good is what fits, how long it takes, and what plain encoders do.

    ceilings.py [FOLDER] [--to mp4 mp4:av1 webp webm avif] [--share 0.5 0.2 0.05] [--max-mpx 12] [--only NAME] [--plain]

The ceiling is SHARE of the source's bytes, at least 6,000. With --plain the format's usual encoder, found by halving
its quality range, tries the same ceiling at the source's size: x264 (preset medium, CRF), SVT-AV1 (preset 4, CRF),
libvpx-vp9 (good, cpu-used 2, CRF), libwebp's animations (method 4), libavif as it comes. The last lines are medians by
format. Exit status 1 where a file is over its ceiling, does not decode, or no file was made and that was not said.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from benchmark_clips import clips
from measured_result import Point, Source, ours
from PIL import Image

from compressor.quality import on_grey


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--to", nargs="+", default=["mp4", "mp4:av1", "webp", "webm", "avif"], metavar="FORMAT[:CODEC]")
    p.add_argument("--share", type=float, nargs="+", default=[0.5, 0.2, 0.05])
    p.add_argument("--max-mpx", type=float, default=12.0)
    p.add_argument("--only", default="")
    p.add_argument("--plain", action="store_true")
    a = p.parse_args()
    rows: dict[str, list[tuple[float, float, float | None]]] = {kind: [] for kind in a.to}
    refused = dict.fromkeys(a.to, 0)
    bad = 0
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for path in clips(a.folder, work, a.only, a.max_mpx):
            source = Source(path)
            for kind in a.to:
                for share in a.share:
                    limit = max(6000, int(source.info.bytes * share))
                    format, _, codec = kind.partition(":")
                    out = work / f"out.{format}"
                    wishes = ["--format", format, "--max-bytes", str(limit), *(["--codec", codec] if codec else [])]
                    status, seconds, said = ours(path, out, *wishes)
                    head = f"{path.name:40} {kind:7} {share:5g}"
                    if status not in (0, 3) or not out.exists():
                        bad += 1
                        print(f"{head} status {status} {said[-90:]!r}", flush=True)
                        continue
                    point = source.point("ours", out, seconds)
                    out.unlink()
                    if status == 3:
                        refused[kind] += 1
                        print(f"{head} refused, the closest has {point.bytes / limit:.2f} of it", flush=True)
                        continue
                    bad += point.bytes > limit
                    peer = plain(source, kind, limit, work) if a.plain else None
                    gain = point.mean - peer.mean if peer is not None else None
                    rows[kind].append((point.bytes / limit, seconds, gain))
                    beside = "" if not a.plain else f"  plain {peer.mean:6.2f}" if peer else "  plain does not fit"
                    print(
                        f"{head} used {point.bytes / limit:5.3f}  mean {point.mean:6.2f}  worst {point.worst:6.2f}"
                        f"  {seconds:5.1f} s{beside}",
                        flush=True,
                    )
    for kind, found in rows.items():
        print(summary(kind, found, refused[kind]))
    return 1 if bad else 0


def summary(kind: str, found: list[tuple[float, float, float | None]], refused: int) -> str:
    if not found:
        return f"{kind}: nothing was made, {refused} refused"
    used, seconds = statistics.median(f[0] for f in found), statistics.median(f[1] for f in found)
    gains = [f[2] for f in found if f[2] is not None]
    text = f"{kind}: {len(found)} made, {refused} refused, used {used:.3f}, {seconds:.1f} s"
    if gains:
        text += f"; plain: {statistics.median(gains):+.2f} points, ahead on {sum(g > 0 for g in gains)} of {len(gains)}"
    return text


def plain(source: Source, kind: str, limit: int, work: Path) -> Point | None:
    """The best that the format's usual encoder makes within ``limit``; None where it does not fit, or is not known."""
    if kind not in PLAIN:
        return None
    coarsest, finest, make = PLAIN[kind]
    out = work / f"plain.{kind.partition(':')[0]}"
    begun = time.perf_counter()
    best: bytes | None = None
    fits, steps, sign = -1, abs(finest - coarsest), 1 if finest > coarsest else -1
    while fits < steps:
        middle = (fits + steps + 1) // 2
        make(source, coarsest + sign * middle, out)
        if out.stat().st_size <= limit:
            fits, best = middle, out.read_bytes()
        else:
            steps = middle - 1
    if best is None:
        return None
    out.write_bytes(best)
    return source.point("plain", out, time.perf_counter() - begun)


def film(encoder: str, options: dict[str, str]) -> Callable[[Source, int, Path], None]:
    def make(source: Source, crf: int, out: Path) -> None:
        with av.open(str(out), "w") as file:
            stream: Any = None
            for frame in source.frames:
                rgb = on_grey(frame.rgba)
                rgb = np.ascontiguousarray(rgb[: rgb.shape[0] // 2 * 2, : rgb.shape[1] // 2 * 2])
                if stream is None:
                    stream = file.add_stream(encoder)
                    stream.width, stream.height, stream.pix_fmt = rgb.shape[1], rgb.shape[0], "yuv420p"
                    stream.codec_context.time_base = Fraction(1, 1000)
                    stream.options = {"crf": str(crf), **options}
                picture = av.VideoFrame.from_ndarray(rgb, format="rgb24")
                picture.pts, picture.time_base = round(frame.at_us / 1000), Fraction(1, 1000)
                file.mux(stream.encode(picture))
            file.mux(stream.encode(None))

    return make


def _picture(name: str, **options: Any) -> Callable[[Source, int, Path], None]:
    def make(source: Source, quality: int, out: Path) -> None:
        images = [Image.fromarray(frame.rgba) for frame in source.frames]
        if all(int(frame.rgba[..., 3].min()) == 255 for frame in source.frames):
            images = [image.convert("RGB") for image in images]
        holds = [round(frame.hold_us / 1000) for frame in source.frames]
        images[0].save(
            out, name, save_all=True, append_images=images[1:], duration=holds, loop=0, quality=quality, **options
        )

    return make


PLAIN: dict[str, tuple[int, int, Callable[[Source, int, Path], None]]] = {
    "mp4": (51, 10, film("libx264", {"preset": "medium"})),
    "mp4:av1": (63, 4, film("libsvtav1", {"preset": "4"})),
    "webm": (63, 4, film("libvpx-vp9", {"b": "0", "deadline": "good", "cpu-used": "2"})),
    "webp": (0, 100, _picture("WEBP", method=4)),
    "avif": (0, 100, _picture("AVIF")),
}


if __name__ == "__main__":
    sys.exit(main())
