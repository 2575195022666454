"""The built-in music: short loops, synthesised by ``instruments`` when first used.

Each is the same samples on every machine up to rounding, has no seam, and is equally loud (RMS 0.13 of full scale,
peaks under 0.89). The names are those of ``timeline.music_names``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from . import instruments as play
from .instruments import Tape


@lru_cache(maxsize=2)
def loop(name: str) -> npt.NDArray[np.float32]:
    """One round of the loop ``name``: stereo float32 (n, 2) at 48 kHz. Do not write into it. KeyError if unknown."""
    try:
        return _LOOPS[name]()
    finally:
        play.forget()


def names() -> list[str]:
    return list(_LOOPS)


def _lo_fi() -> npt.NDArray[np.float32]:
    """76 beats a minute, swung; ii-V-I-vi in sevenths and ninths on an electric piano, dusty."""
    bars = 8
    tape = Tape(bars * 4 * 60 / 76, 7, beats=bars * 4)
    beat = tape.beat
    chords = [(50, 53, 57, 60, 64), (43, 53, 59, 62, 64), (48, 52, 55, 59, 62), (45, 55, 60, 64, 67)]
    tune = [
        (0, 76, 1),
        (1.5, 74, 0.5),
        (2, 72, 1.5),
        (6, 71, 0.5),
        (6.5, 74, 1.5),
        (9, 67, 1),
        (10, 71, 1.5),
        (13.5, 72, 2),
    ]
    for bar in range(bars):
        at = bar * 4 * beat
        chord = chords[bar % 4]
        for number, note in enumerate(chord[1:]):
            tape.put(play.keys(note, 1.8 * beat), at + number * 0.012, 0.24, -0.3 + 0.2 * number)
            tape.put(play.keys(note, 1.2 * beat), at + (2.5 + 0.08) * beat + number * 0.01, 0.17, -0.3 + 0.2 * number)
        root = chord[0] - 12
        for place, length in ((0, 1.4), (1.66, 0.3), (2.5, 1.2)):
            tape.put(play.bass(root, length * beat), at + place * beat, 0.4)
    for start in (0, 16):
        for place, note, length in tune:
            tape.put(play.keys(note, length * beat), (start + place) * beat, 0.16 if start else 0.2, 0.25)
    tape.soften(5200)
    kicks = []
    for bar in range(bars):
        at = bar * 4 * beat
        for place in (0, 2.5, 2.84) if bar % 2 else (0, 1.66, 2.5):
            tape.put(play.kick(46, 0.1), at + place * beat, 0.62)
            kicks.append(at + place * beat)
        for place in (1, 3):
            tape.put(play.snare(tape.random, 0.6), at + place * beat + 0.012, 0.3, 0.05)
        for eighth in range(8):
            late = 0.16 * beat if eighth % 2 else 0
            level = 0.1 if eighth % 2 else 0.16
            tape.put(play.hat(tape.random, 0.035), at + eighth * beat / 2 + late, level, 0.2)
    tape.pump(kicks, 0.22, 0.3)
    tape.echo(0.5, 0.16, 3500)
    tape.put(play.crackle(tape.random, tape.length / play.RATE), 0, 0.16)
    return tape.finished()


def _upbeat() -> npt.NDArray[np.float32]:
    """118 beats a minute in C: I-V-vi-IV, plucks, claps and four on the floor."""
    bars = 8
    tape = Tape(bars * 4 * 60 / 118, 11, beats=bars * 4)
    beat = tape.beat
    chords = [(48, 64, 67, 72), (43, 62, 67, 71), (45, 64, 69, 72), (41, 65, 69, 72)]
    riff = [0, 2, 1, 3, 2, 1, 3, 2]
    lead: dict[int, list[tuple[float, int]]] = {
        0: [(0, 79), (0.5, 76), (1.5, 79), (2, 84), (3, 83)],
        1: [(0, 79), (1, 74), (2, 79), (3, 78)],
        2: [(0, 76), (0.5, 72), (1.5, 76), (2, 81), (3, 79)],
        3: [(0, 77), (1, 81), (2, 79), (3, 74)],
    }
    kicks = []
    for bar in range(bars):
        at = bar * 4 * beat
        chord = chords[bar % 4]
        for eighth, step in enumerate(riff):
            note = chord[1:][step % 3] + (12 if step == 3 else 0)
            tape.put(play.pluck(note, beat / 2), at + eighth * beat / 2, 0.34, 0.35 if eighth % 2 else -0.35)
        for place in (0.5, 1.5, 2.5, 3.5):
            for note in chord[1:]:
                tape.put(play.keys(note, 0.3 * beat), at + place * beat, 0.11, -0.15)
        for place in (0, 0.75, 1.5, 2, 2.75, 3.5):
            tape.put(play.bass(chord[0] - 12 + (12 if place == 2.75 else 0), 0.4 * beat), at + place * beat, 0.4)
        if bar >= 4:
            for place, note in lead[bar % 4]:
                tape.put(play.pluck(note, 0.6 * beat), at + place * beat, 0.36, 0.1)
        for quarter in range(4):
            tape.put(play.kick(52, 0.3), at + quarter * beat, 0.6)
            kicks.append(at + quarter * beat)
            tape.put(play.hat(tape.random, 0.05), at + (quarter + 0.5) * beat, 0.24, 0.2)
            tape.put(play.hat(tape.random, 0.02), at + (quarter + 0.25) * beat, 0.1, -0.2)
            tape.put(play.hat(tape.random, 0.02), at + (quarter + 0.75) * beat, 0.1, -0.2)
        for place in (1, 3):
            tape.put(play.snare(tape.random, 0.1), at + place * beat, 0.34)
    tape.pump(kicks, 0.18, 0.2)
    tape.echo(0.35, 0.12, 6000)
    return tape.finished()


def _calm() -> npt.NDArray[np.float32]:
    """Slow chords that breathe, and single notes over them."""
    tape = Tape(27, 23, beats=6)
    bar = tape.beat
    chords = [
        (41, 57, 60, 64, 67),
        (45, 55, 60, 64, 71),
        (38, 53, 57, 60, 64),
        (43, 55, 59, 62, 69),
        (48, 55, 59, 64, 67),
        (43, 53, 59, 62, 67),
    ]
    drops = [
        (0.2, 76),
        (1.7, 79),
        (3.1, 72),
        (5.0, 83),
        (6.6, 76),
        (9.4, 72),
        (11.2, 77),
        (13.6, 74),
        (15.4, 79),
        (18.3, 76),
        (20.0, 71),
        (22.7, 74),
        (24.4, 67),
        (25.6, 71),
    ]
    for number, chord in enumerate(chords):
        for voice, note in enumerate(chord):
            wave = play.strings(note, bar, attack=1.6, bright=1300, voices=4)
            tape.put(wave, number * bar - 0.5, 0.3 if voice else 0.34, (voice - 2) * 0.3)
    for at, note in drops:
        tape.put(play.keys(note, 2.2), at, 0.2, 0.4 if note % 2 else -0.4)
        tape.put(play.keys(note + 12, 1.2), at + 0.75, 0.045, -0.4 if note % 2 else 0.4)
    tape.soften(4200)
    tape.echo(1.6, 0.5, 3200)
    return tape.finished()


def _epic() -> npt.NDArray[np.float32]:
    """i-VI-III-VII in D minor: strings in eighths, horns that rise, drums in a hall."""
    bars = 8
    tape = Tape(bars * 4 * 60 / 92, 31, beats=bars * 4)
    beat = tape.beat
    chords = [(38, 62, 65, 69), (34, 62, 65, 70), (41, 60, 65, 69), (36, 60, 64, 67)]
    horns = [(0, 74, 3), (3, 77, 1), (4, 77, 2), (6, 74, 2), (8, 72, 3), (11, 77, 1), (12, 76, 2), (14, 79, 2)]
    for bar in range(bars):
        at = bar * 4 * beat
        chord = chords[bar % 4]
        for eighth in range(8):
            accent = 1.0 if eighth in (0, 3, 6) else 0.6
            for voice, note in enumerate(chord[1:]):
                wave = play.strings(note - 12, 0.24 * beat, attack=0.015, bright=2400, voices=3)
                tape.put(wave, at + eighth * beat / 2, 0.24 * accent, (voice - 1) * 0.4)
        for voice, note in enumerate((chord[0] - 12, chord[0], *chord[1:])):
            tape.put(play.strings(note, 3.9 * beat, attack=0.3, bright=1500), at, 0.3, (voice - 2) * 0.25)
        for place, level in ((0, 1.0), (1.5, 0.55), (2, 0.8), (3, 0.5), (3.5, 0.65)):
            tape.put(play.drum(50), at + place * beat, 0.75 * level, -0.1)
        if bar % 4 == 3:
            for step in range(6):
                tape.put(play.drum(72, 0.6), at + (2.5 + step / 4) * beat, 0.2 + 0.07 * step, 0.3)
    for place, note, length in horns:
        for octave, level in ((0, 0.3), (-12, 0.26)):
            wave = play.strings(note + octave, length * beat, attack=0.09, bright=1900, voices=3)
            tape.put(wave, (16 + place) * beat, level, 0.15)
    tape.echo(1.3, 0.34, 4200)
    return tape.finished()


def _piano() -> npt.NDArray[np.float32]:
    """Alone and slow: broken chords in the left hand, a tune in the right."""
    bars = 8
    tape = Tape(bars * 4 * 60 / 66, 41, beats=bars * 4)
    beat = tape.beat
    chords = [(45, 52, 57, 60), (41, 48, 53, 57), (48, 52, 55, 60), (43, 50, 55, 59)] * 2
    chords[6:] = [(38, 45, 50, 53), (40, 47, 52, 56)]
    tune = [
        (0, 76, 2),
        (2, 72, 1),
        (3, 74, 1),
        (4, 72, 3),
        (7, 69, 1),
        (8, 67, 2),
        (10, 72, 1),
        (11, 76, 1),
        (12, 74, 3.5),
        (16, 76, 1.5),
        (17.5, 77, 0.5),
        (18, 76, 2),
        (20, 72, 2),
        (22, 69, 2),
        (24, 69, 1),
        (25, 72, 1),
        (26, 74, 2),
        (28, 71, 2),
        (30, 68, 2),
    ]
    for bar, chord in enumerate(chords):
        for eighth, step in enumerate((0, 1, 2, 3, 2, 1, 2, 1)):
            slip = float(tape.random.uniform(0, 0.012))
            tape.put(play.piano(chord[step], 1.6 * beat, 0.42), (bar * 4 + eighth / 2) * beat + slip, 0.3, -0.25)
    for at, note, length in tune:
        slip = float(tape.random.uniform(0, 0.01))
        tape.put(play.piano(note, length * beat + 0.4, 0.5), at * beat + slip, 0.55, 0.2)
    tape.soften(6500)
    tape.echo(0.9, 0.22, 4000)
    return tape.finished()


def _electronic() -> npt.NDArray[np.float32]:
    """122 beats a minute, minor: kick, off-beat hats, a bass in octaves, saws that pump."""
    bars = 8
    tape = Tape(bars * 4 * 60 / 122, 53, beats=bars * 4)
    beat = tape.beat
    chords = [(33, 57, 60, 64), (29, 57, 60, 65), (36, 55, 60, 64), (31, 55, 59, 62)]
    kicks = [quarter * beat for quarter in range(bars * 4)]
    for bar in range(bars):
        at = bar * 4 * beat
        chord = chords[bar % 4]
        for voice, note in enumerate(chord[1:]):
            tape.put(play.strings(note, 3.8 * beat, 0.03, 3200, 5), at, 0.3, (voice - 1) * 0.5)
        for sixteenth in range(16):
            step = chord[1:][(sixteenth * 2 + sixteenth // 3) % 3] + 12
            tape.put(play.pluck(step, beat / 4), at + sixteenth * beat / 4, 0.16, 0.5 if sixteenth % 2 else -0.5)
        for eighth in range(8):
            if eighth % 2:
                tape.put(play.bass(chord[0], 0.4 * beat, 2.4), at + eighth * beat / 2, 0.42)
            else:
                tape.put(play.bass(chord[0] + 12, 0.2 * beat, 2.4), at + (eighth / 2 + 0.25) * beat, 0.22)
    tape.pump(kicks, 0.7, 0.36)
    for number, at in enumerate(kicks):
        tape.put(play.kick(50, 0.35), at, 0.75)
        tape.put(play.hat(tape.random, 0.07), at + beat / 2, 0.26, 0.1)
        if number % 2:
            tape.put(play.snare(tape.random, 0.0), at, 0.3)
    tape.echo(0.5, 0.1, 6000)
    return tape.finished()


_LOOPS: dict[str, Callable[[], npt.NDArray[np.float32]]] = {
    "lo-fi": _lo_fi,
    "upbeat": _upbeat,
    "calm": _calm,
    "epic": _epic,
    "piano": _piano,
    "electronic": _electronic,
}
