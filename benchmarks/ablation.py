#!/usr/bin/env python3
"""What each heuristic of the search brings: one of them off at a time, over a fixed set of clips.

    ablation.py [FOLDER] [--to mp4 gif webp] [--share 0.5 0.2 0.05] [--quality 80] [--max-mpx 3] [--only NAME]
                [--off NAME …] [--set module.CONSTANT=VALUE …] [--list]

Each clip is searched to SHARE of its bytes (at least 6,000) and to QUALITY as the search is, then with each heuristic
of HEURISTICS off, or with each constant of --set at another value ("candidates.STEP=0.9": in the module that reads
it). A row says what is lost without it: points of SSIMULACRA2 (median, mean, most and least), times of the bytes and of
the CPU seconds. A heuristic that brings less than 0.1 points, or 2 % of bytes or time, has no reason to stay. Seconds
mean something on a quiet machine only. Without FOLDER clips are drawn.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from benchmark_clips import clips
from measured_result import Source

from compressor import compile_kernels, engine
from compressor.errors import CompressorError

Patch = tuple[str, Any]  # "module:attribute" below compressor, what stands there instead


def _second(*given: Any, **named: Any) -> Any:
    return given[1]


def _nothing(*given: Any, **named: Any) -> None:
    return None


# What can be off: what the search does without it, in words, and what stands in the place of its code.
HEURISTICS: dict[str, tuple[str, list[Patch]]] = {
    "shapes": ("no other size or rate is tried", [("search.ceiling_search:_smaller", lambda at, limit: (at, at))]),
    "sizes": ("no smaller size is tried, rates are", [("search.candidates:Sizes.after", _nothing)]),
    "rates": ("no lower rate is tried, sizes are", [("search.candidates:Rates.after", _nothing)]),
    "leap": ("sizes go down step by step", [("search.candidates:LEAP", 0.75)]),
    "size bound": (
        "smaller sizes are tried although they could not look better without any loss",
        [("search.candidates:Sizes.bound", lambda row, found: 1000.0)],
    ),
    "rate bound": ("the same of rates", [("search.candidates:Rates.bound", lambda row, found: 1000.0)]),
    "size is worth": ("any gain makes it smaller", [("search.candidates:Sizes.worth", 0.0)]),
    "variants": ("the codec's other plans are not tried", [("search.encoder_session:Bench.variants", lambda *a: [])]),
    "spared films": ("a film that is coded finely gets other shapes too", [("search.ceiling_search:COARSE", 0.0)]),
    "first sight": ("what looks far worse is looked into as well", [("search.ceiling_search:FAR", 1000.0)]),
    "sample": ("no glimpses: the guess, and films predicted whole", [("search.estimates:SAMPLE_PIXELS", 1 << 60)]),
    "events": ("a glimpse's runs are spread evenly", [("search.glimpse:changes", _nothing)]),
    "guess": ("levers begin at their usual start", [("codecs:Codec.guess", _nothing)]),
    "two passes": ("a film's lever is turned", [("search.ceiling_search:Fit._in_two_passes", _nothing)]),
    "wide motion": ("drawn films look no farther", [("codecs.h264:H264.second", _second)]),
    "refill": ("what is left of a ceiling stays", [("search.ceiling_search:_filled", _second)]),
    "corrections": (
        "an estimate is not corrected by what came out",
        [("search.ceiling_search:Fit._following", lambda fit, value, made: fit.secant.next())],
    ),
    "worst frames": ("no frame gets more bytes than another", [("search.quality_search:evened", _second)]),
    "even sides by looks": ("odd sides are stretched unseen", [("compose:edge", lambda frames, count: "stretch")]),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    mean: float
    bytes: int
    seconds: float  # of CPU


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("folder", type=Path, nargs="?")
    p.add_argument("--to", nargs="+", default=["mp4", "gif", "webp"])
    p.add_argument("--share", type=float, nargs="+", default=[0.5, 0.2, 0.05])
    p.add_argument("--quality", type=float, nargs="*", default=[80.0])
    p.add_argument("--max-mpx", type=float, default=3.0)
    p.add_argument("--only", default="")
    p.add_argument("--off", nargs="+", default=list(HEURISTICS), choices=list(HEURISTICS), metavar="NAME")
    p.add_argument("--set", nargs="+", default=[], metavar="module.CONSTANT=VALUE")
    p.add_argument("--list", action="store_true", help="name the heuristics and do nothing")
    a = p.parse_args()
    if a.list:
        for name, (without, _) in HEURISTICS.items():
            print(f"{name:24} off: {without}")
        return 0
    rows = {text: [constant(text)] for text in a.set} or {name: HEURISTICS[name][1] for name in a.off}
    for _ in compile_kernels.parts():
        pass
    found: dict[str, list[tuple[Outcome, Outcome]]] = {name: [] for name in rows}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for path in clips(a.folder, work, a.only, a.max_mpx):
            source = Source(path)
            for kind in a.to:
                goals = [{"max_bytes": max(6000, int(source.info.bytes * share))} for share in a.share]
                for goal in [*goals, *({"quality": quality} for quality in a.quality)]:
                    usual = searched(source, kind, goal, work)
                    if usual is None:
                        continue
                    for name, patches in rows.items():
                        with off(patches):
                            without = searched(source, kind, goal, work)
                        if without is not None:
                            found[name].append((usual, without))
                            lost, times = usual.mean - without.mean, without.bytes / usual.bytes
                            head = f"{path.name:40} {kind:5} {goal}"
                            print(f"{head:80} {name:24} lost {lost:+6.2f}  times of bytes {times:5.3f}", flush=True)
    for name, pairs in found.items():
        print(row(name, pairs))
    return 0


def constant(text: str) -> Patch:
    """ "candidates.STEP=0.9" as a patch."""
    place, _, value = text.partition("=")
    module, _, name = place.rpartition(".")
    return f"search.{module}:{name}", ast.literal_eval(value)


@contextmanager
def off(patches: list[Patch]) -> Iterator[None]:
    """While this lasts each place holds its other value. Raises AttributeError for a place that is not there."""
    with ExitStack() as stack:
        for place, value in patches:
            module, _, name = place.partition(":")
            *inner, last = name.split(".")
            owner = import_module(f"compressor.{module}")
            for one in inner:
                owner = getattr(owner, one)
            stack.enter_context(mock.patch.object(owner, last, value))
        yield


def searched(source: Source, kind: str, goal: dict[str, Any], work: Path) -> Outcome | None:
    """What a search comes to; None where nothing was made."""
    out = work / f"o.{kind}"
    begun = time.process_time()
    try:
        engine.make(engine.Job({"a": str(source.path)}, str(out), {"format": kind, **goal}), _nothing)
    except CompressorError:
        return None
    seconds = time.process_time() - begun
    point = source.point(kind, out, seconds)
    return Outcome(point.mean, point.bytes, seconds)


def row(name: str, pairs: list[tuple[Outcome, Outcome]]) -> str:
    if not pairs:
        return f"{name:24} nothing was made"
    lost = [usual.mean - without.mean for usual, without in pairs]
    times = statistics.median(without.seconds / max(usual.seconds, 1e-3) for usual, without in pairs)
    bytes = statistics.median(without.bytes / usual.bytes for usual, without in pairs)
    return (
        f"{name:24} {len(pairs):3} cases  lost {statistics.median(lost):+6.2f} (mean {statistics.mean(lost):+6.2f},"
        f" most {max(lost):+6.2f}, least {min(lost):+6.2f})  times of bytes {bytes:5.3f}  of CPU {times:5.2f}"
    )


if __name__ == "__main__":
    sys.exit(main())
