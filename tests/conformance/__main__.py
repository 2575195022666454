"""Run every kind through every format and write docs/conformance.md.

    python -m tests.conformance [--resume] [WORD …]

WORD: only kinds with it in their group or name; then nothing is written. ``--resume``: go on behind the last kind of a
run that was stopped (its rows are in var/conformance.jsonl). Takes about 2 s of one core for each of the kinds.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from compressor import engine
from compressor.errors import CompressorError
from compressor.events import Event, Said
from compressor.probe import probe

from . import judge
from .kinds import Kind, all_kinds

FORMATS = ("mp4", "webm", "gif", "webp", "apng", "avif")
GOALS = {name: {"format": name, "fps": 60.0, "lossless": True} for name in FORMATS}  # one encoding each, no search
FAR = 7.0  # of 255, of squares of 8 pixels: more is another picture
ONE_BIT_FAR = 12.0  # glass is dithered in a GIF
SOUNDING = ("mp4", "webm")
LATE_S, SOUND_S = 0.09, 0.15
KEPT = Path(__file__).resolve().parents[2] / "var" / "conformance.jsonl"
RESUME = "--resume"
Row = tuple[str, str, str, str]  # group, name of the kind, format, what is wrong
OUT = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


def run(kind: Kind, format: str, folder: Path) -> str:
    """Nothing where all is right, else what is wrong; "refused: …" where the input is not to be taken."""
    source = folder / f"in{'.cut' if kind.cut else ''}"
    if not source.exists():
        kind.make(source)
    told: list[Event] = []
    try:
        info = probe(source)
        path = Path(engine.make(engine.Job({"a": str(source)}, str(folder / "out"), GOALS[format]), told.append).path)
    except CompressorError as error:
        if error.exit_status == 1:
            return f"our fault: {error.message} {error.detail}"[:200]
        return f"refused: {error.message}" if kind.refused or kind.cut else f"wrongly refused: {error.message}"
    if kind.refused:
        return "taken, though it cannot be right"
    wanted = set(kind.said) - (set() if format in SOUNDING else {"sound_cut"})
    if unsaid := wanted - {event.code for event in told if isinstance(event, Said)}:
        return f"not said: {', '.join(unsaid)}"
    try:
        before = kind.truth() if kind.truth else _shown(source, kind.reference)
    except judge.Unjudged:
        return "" if kind.cut else "unjudged"
    after = judge.shown(path)
    return _compared(kind, format, before, after, info.has_audio)


@lru_cache(1)
def _shown(source: Path, reference: str) -> judge.Shown:
    return judge.shown(source, reference)


def _compared(kind: Kind, format: str, before: judge.Shown, after: judge.Shown, sound: bool) -> str:
    ratio = (before.size[0] / before.size[1]) / (after.size[0] / after.size[1])
    if before.size != after.size and not 0.9 < ratio < 1.12:
        return f"size {after.size} instead of {before.size}"
    still = kind.still or len(before.frames) == 1
    if not still and abs(before.seconds - after.seconds) > max(LATE_S, 0.25 if kind.cut else 0):
        return f"takes {after.seconds:.3f} s instead of {before.seconds:.3f}"
    if max(before.size) < 8 and format in ("mp4", "webm", "avif"):
        return ""  # a codec of blocks has hardly a sample of colour for so few pixels
    if kind.cut and len(before.frames) > 1:  # FFmpeg makes up what is missing of the last picture, we leave it out
        before = judge.Shown(before.frames[:-1], before.starts[:-1], before.starts[-1])
    far = judge.apart(before, after)
    if far > (ONE_BIT_FAR if kind.group == "transparency" and format == "gif" else FAR):
        return f"{far:.1f} levels apart"
    if sound and format in SOUNDING:
        if not after.sound_s:
            return "no sound"
        least = min(before.sound_s, before.seconds) - SOUND_S
        most = before.seconds + SOUND_S  # silence fills up what is missing at the end
        if not least < after.sound_s < most and not kind.cut:
            return f"sound of {after.sound_s:.2f} s instead of {before.sound_s:.2f}"
    return ""


def _one(kind: Kind) -> list[Row]:
    found = []
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        for format in formats_of(kind):
            try:
                wrong = run(kind, format, Path(folder))
            except Exception as error:
                wrong = f"not judged: {error!r}"[:200]
            found.append((kind.group, kind.name, format, wrong))
    return found


def formats_of(kind: Kind) -> tuple[str, ...]:
    """A cut file is read in the same way whatever is made of it, and one that is not taken becomes nothing."""
    return ("gif",) if kind.cut or kind.refused else FORMATS


def main(arguments: Iterable[str]) -> int:
    if missing := judge.missing():
        print(f"Not here: {', '.join(missing)} (Debian: ffmpeg, libavif-bin).", file=sys.stderr)
        return 2
    groups = [word for word in arguments if word != RESUME]
    wanted = [kind for kind in all_kinds() if not groups or any(g in f"{kind.group}: {kind.name}" for g in groups)]
    done = _kept() if RESUME in arguments else {}
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    begun = time.perf_counter()
    with KEPT.open("a" if done else "w") as kept:
        for number, kind in enumerate(wanted, 1):
            if kind.name not in done:
                done[kind.name] = _one(kind)
                kept.write(json.dumps([kind.name, done[kind.name]]) + "\n")
                kept.flush()
                for _, name, format, wrong in done[kind.name]:
                    if wrong:
                        print(f"{name} → {format}: {wrong}", flush=True)
            print(f"{number}/{len(wanted)}, {time.perf_counter() - begun:.0f} s", end="\r", file=sys.stderr)
    rows = [row for kind in wanted for row in done[kind.name]]
    if not groups:
        OUT.write_text(table(rows))
    return int(any(wrong and not wrong.startswith("refused") for _, _, _, wrong in rows))


def _kept() -> dict[str, list[Row]]:
    """What an earlier run came to, kind by kind."""
    if not KEPT.exists():
        return {}
    lines = [json.loads(line) for line in KEPT.read_text().splitlines()]
    return {name: [tuple(row) for row in rows] for name, rows in lines}


def table(rows: list[Row]) -> str:
    """The document: what came out right of what was tried, and each that did not with its reason."""
    cells: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for group, _, format, wrong in rows:
        cells[group][format].append(wrong)
    lines = [
        "# Conformance",
        "",
        "Written by `make conformance`: every kind of input that `tests/conformance/kinds.py` makes, into every",
        "format, judged by FFmpeg, Pillow and avifdec (`tests/conformance/judge.py`): size, turning, colours, time and",
        "sound. A cell is how many of a kind's files come out right; what is refused in plain words counts, and is",
        "listed below.",
        "",
        "| kind | " + " | ".join(FORMATS) + " |",
        "|---|" + "---|" * len(FORMATS),
    ]
    for group, by_format in cells.items():
        shown = []
        for format in FORMATS:
            tried = by_format.get(format)
            shown.append(
                "" if tried is None else f"{sum(not w or w.startswith('refused') for w in tried)} of {len(tried)}"
            )
        lines.append(f"| {group} | " + " | ".join(shown) + " |")
    reasons: dict[str, list[str]] = defaultdict(list)
    for _, name, format, wrong in rows:
        if wrong:
            reasons[wrong].append(f"{name} → {format}")
    lines += ["", "## Refused, or not right", ""]
    if not reasons:
        lines.append("Nothing.")
    for wrong, names in sorted(reasons.items(), key=lambda item: (not item[0].startswith("refused"), item[0])):
        some = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        lines.append(f"- {wrong} — {some}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
