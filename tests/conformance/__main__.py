"""Run every kind through every format and write docs/conformance.md: ``python -m tests.conformance [GROUP …]``."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from compressor import engine
from compressor.errors import CompressorError
from compressor.probe import probe

from . import judge
from .kinds import Kind, all_kinds

FORMATS = ("mp4", "webm", "gif", "webp", "apng", "avif")
CUT_FORMATS = ("gif",)  # a cut file is read in the same way whatever is made of it
GOALS = {
    name: {"format": name, "fps": 60.0} | ({"lossless": True} if name in ("gif", "webp", "apng") else {"quality": 88})
    for name in FORMATS
}
FAR = 7.0  # of 255, of squares of 8 pixels: more is another picture
ONE_BIT_FAR = 12.0  # glass is dithered in a GIF
LATE_S, SOUND_S = 0.09, 0.15
OUT = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


def run(kind: Kind, format: str, folder: Path) -> str:
    """Nothing where all is right, else what is wrong; "refused: …" where the input is not taken."""
    source = kind.make(folder / f"in{'.cut' if kind.cut else ''}")
    try:
        info = probe(source)
        job = engine.Job({"a": str(source)}, str(folder / "out"), GOALS[format])
        path = Path(engine.make(job, lambda event: None).path)
    except CompressorError as error:
        if error.exit_status == 1:
            return f"our fault: {error.message} {error.detail}"[:200]
        return f"refused: {error.message}"
    try:
        before = judge.shown(source, kind.reference)
    except judge.Unjudged:
        return "" if kind.cut else "unjudged"
    after = judge.shown(path)
    return _compared(kind, format, before, after, info.has_audio)


def _compared(kind: Kind, format: str, before: judge.Shown, after: judge.Shown, sound: bool) -> str:
    ratio = (before.size[0] / before.size[1]) / (after.size[0] / after.size[1])
    if before.size != after.size and not 0.9 < ratio < 1.12:
        return f"size {after.size} instead of {before.size}"
    still = kind.still or len(before.frames) == 1
    if not still and abs(before.seconds - after.seconds) > max(LATE_S, 0.25 if kind.cut else 0):
        return f"takes {after.seconds:.3f} s instead of {before.seconds:.3f}"
    if max(before.size) < 8 and format in ("mp4", "webm", "avif"):
        return ""  # a codec of blocks has hardly a sample of colour for so few pixels
    far = judge.apart(before, after)
    if far > (ONE_BIT_FAR if kind.group == "transparency" and format == "gif" else FAR):
        return f"{far:.1f} levels apart"
    if sound and format in ("mp4", "webm"):
        if not after.sound_s:
            return "no sound"
        if abs(after.sound_s - min(before.sound_s, before.seconds)) > SOUND_S and not kind.cut:
            return f"sound of {after.sound_s:.2f} s instead of {before.sound_s:.2f}"
    return ""


def _one(kind_name: str) -> list[tuple[str, str, str, str]]:
    kind = next(kind for kind in all_kinds() if kind.name == kind_name)
    found = []
    for format in CUT_FORMATS if kind.cut else FORMATS:
        with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
            try:
                wrong = run(kind, format, Path(folder))
            except Exception as error:
                wrong = f"not judged: {error!r}"[:200]
            found.append((kind.group, kind.name, format, wrong))
    return found


def main(groups: Iterable[str]) -> int:
    if missing := judge.missing():
        print(f"Not here: {', '.join(missing)} (Debian: ffmpeg, libavif-bin).", file=sys.stderr)
        return 2
    wanted = [kind.name for kind in all_kinds() if not groups or any(group in kind.group for group in groups)]
    begun = time.perf_counter()
    rows: list[tuple[str, str, str, str]] = []
    with ProcessPoolExecutor(1) as pool:
        for number, found in enumerate(pool.map(_one, wanted), 1):
            rows += found
            for _, name, format, wrong in found:
                if wrong:
                    print(f"{name} → {format}: {wrong}", flush=True)
            print(f"{number}/{len(wanted)}, {time.perf_counter() - begun:.0f} s", end="\r", file=sys.stderr)
    if not groups:
        OUT.write_text(table(rows))
    return int(any(wrong and not wrong.startswith("refused") for _, _, _, wrong in rows))


def table(rows: list[tuple[str, str, str, str]]) -> str:
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
