"""Instruments made of numpy: each gives one note or one stroke as mono float32 at 48 kHz.

A Tape is a circle: what rings on past its end comes in again at its start, and its echo and filters are circular too,
so that a loop has no seam.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RATE = 48_000
Wave = npt.NDArray[np.float32]


class Tape:
    """A stereo circle of about ``seconds``; ``seed`` decides all that is random on it. ``beat`` is one of ``beats``
    equal parts: the length is rounded to a number of samples that Fourier transforms are quick with."""

    def __init__(self, seconds: float, seed: int, beats: int = 1) -> None:
        self.length = _smooth(round(seconds * RATE))
        self.beat = self.length / RATE / beats
        self.data: npt.NDArray[np.float32] = np.zeros((2, self.length), np.float32)
        self.random = np.random.default_rng(seed)

    def put(self, wave: Wave, at_s: float, level: float = 1.0, pan: float = 0.0) -> None:
        """Adds ``wave`` at a time; ``pan`` -1 is left, 1 right, at the same power."""
        angle = (pan + 1) * math.pi / 4
        sides = level * math.sqrt(2) * math.cos(angle), level * math.sqrt(2) * math.sin(angle)
        start = round(at_s * RATE) % self.length
        while len(wave):
            room = min(len(wave), self.length - start)
            for side in (0, 1):
                self.data[side, start : start + room] += wave[:room] * np.float32(sides[side])
            wave, start = wave[room:], 0

    def echo(self, seconds: float, share: float, bright_hz: float = 5000) -> None:
        """A room: the circle convolved with noise that dies away, duller than the sound itself."""
        count = min(self.length, round(seconds * 3 * RATE))
        room = np.zeros_like(self.data)
        room[:, :count] = self.random.standard_normal((2, count), np.float32) * _dying(3 / seconds, count)
        room[:, : round(0.012 * RATE)] = 0
        spectrum = np.fft.rfft(room) * self._roll_off(bright_hz)
        wet = np.fft.irfft(np.fft.rfft(self.data) * spectrum, self.length)
        wet *= math.sqrt(float((self.data**2).mean()) / max(float((wet**2).mean()), 1e-20))
        self.data += wet * np.float32(share)

    def soften(self, hz: float) -> None:
        """Takes the highs away above ``hz``."""
        softer = np.fft.irfft(np.fft.rfft(self.data) * self._roll_off(hz), self.length)
        self.data = softer.astype(np.float32)

    def pump(self, beats_s: list[float], depth: float, seconds: float) -> None:
        """Ducks everything at each beat, as a compressor on the kick drum would."""
        gain = np.ones(self.length, np.float32)
        count = round(seconds * RATE)
        dip = 1 - np.float32(depth) * _dying(4 / seconds, count)
        for beat in beats_s:
            place = (round(beat * RATE) + np.arange(count)) % self.length
            gain[place] = np.minimum(gain[place], dip)
        self.data *= gain

    def finished(self, rms: float = 0.13, peak: float = 0.89) -> npt.NDArray[np.float32]:
        """At an even loudness, without rumble, peaks rounded off below full scale; shape (n, 2)."""
        hz = np.fft.rfftfreq(self.length, 1 / RATE)
        rumble = (hz**2 / (hz**2 + 30**2)).astype(np.float32)
        data = np.fft.irfft(np.fft.rfft(self.data) * rumble, self.length)
        data *= rms / math.sqrt(float((data**2).mean()))
        data = peak * np.tanh(data / np.float32(peak))
        data *= min(rms / math.sqrt(float((data**2).mean())), peak / float(np.abs(data).max()))
        return np.ascontiguousarray(data.T, np.float32)

    def _roll_off(self, hz: float) -> Wave:
        frequencies = np.fft.rfftfreq(self.length, 1 / RATE)
        return (1 / (1 + (frequencies / hz) ** 4) ** 0.5).astype(np.float32)


def _smooth(count: int) -> int:
    """The nearest number with no prime factor above 5."""
    return min(
        (2**a * 3**b * 5**c for a in range(5, 22) for b in range(8) for c in range(6)), key=lambda n: abs(n - count)
    )


def _dying(rate: float, count: int) -> Wave:
    return np.exp(np.arange(count, dtype=np.float32) * np.float32(-rate / RATE))


def hertz(note: float) -> float:
    """A MIDI note as a frequency: 69 is 440 Hz."""
    return 440.0 * 2 ** ((note - 69) / 12)


def _count(seconds: float) -> int:
    return max(1, round(seconds * RATE))


def _gate(count: int, attack: float, hold: float, release: float) -> Wave:
    """1, with a rounded rise at the start and a rounded fall after ``hold`` seconds."""
    gate = np.ones(count, np.float32)
    rise = np.linspace(0, 1, min(_count(attack), count), dtype=np.float32)
    gate[: len(rise)] = rise * rise * (3 - 2 * rise)
    start = min(_count(hold), count)
    fall = np.clip(1 - np.arange(count - start, dtype=np.float32) / (release * RATE), 0, 1)
    gate[start:] *= fall * fall * (3 - 2 * fall)
    return gate


def _turns(hz: float, count: int) -> npt.NDArray[np.float64]:
    """How far a tone of ``hz`` has come, in turns: in double precision, or high notes would hiss."""
    return np.arange(count, dtype=np.float64) * (hz / RATE)


def _sine(turns: npt.NDArray[np.floating]) -> Wave:
    return np.sin((turns % 1.0).astype(np.float32) * np.float32(2 * np.pi))


@lru_cache(maxsize=64)
def keys(note: float, seconds: float) -> Wave:
    """An electric piano: a sine that another one bends at the start, with a little tremolo."""
    count = _count(seconds + 0.4)
    tone = _turns(hertz(note), count)
    bell = _sine(tone * 2) * _dying(5, count) * np.float32(1.1) + _sine(tone * 14) * _dying(28, count) * np.float32(
        0.25
    )
    body = _sine(tone + bell / (2 * np.pi)) + _sine(tone * 2) * _dying(3, count) * np.float32(0.25)
    tremolo = 1 + np.float32(0.12) * _sine(_turns(4.6, count))
    return body * _dying(1.3, count) * _gate(count, 0.006, seconds, 0.35) * tremolo


@lru_cache(maxsize=64)
def piano(note: float, seconds: float, hard: float = 0.6) -> Wave:
    """Strings that are slightly out of tune with themselves; the higher partials die first."""
    base = hertz(note)
    count = _count(min(seconds + 1.2, 6.0))
    wave = np.zeros(count, np.float32)
    for n in range(1, 14):
        pitch = base * n * math.sqrt(1 + 0.00035 * n * n)
        if pitch > 12_000:
            break
        rate = 0.55 + 0.32 * n + base / 900
        audible = min(count, _count(8 / rate))  # beyond that it is 70 dB down
        strength = np.float32(hard ** (n - 1) / n**0.55)
        tone = _turns(pitch, audible)
        wave[:audible] += (
            (_sine(tone) + np.float32(0.5) * _sine(tone * 1.0009 + n / 6)) * _dying(rate, audible) * strength
        )
    return wave * _gate(count, 0.003, seconds, 0.9) * np.float32(0.55)


@lru_cache(maxsize=64)
def pluck(note: float, seconds: float) -> Wave:
    """Short and bright, somewhere between a marimba and a muted guitar."""
    count = _count(seconds + 0.5)
    tone = _turns(hertz(note), count)
    wave = np.zeros(count, np.float32)
    for n, strength in ((1, 1.0), (2, 0.45), (3, 0.3), (4, 0.16), (6, 0.08)):
        wave += _sine(tone * n) * _dying(4 + 5 * n, count) * np.float32(strength)
    return wave * _gate(count, 0.002, seconds + 0.2, 0.3)


_TABLE = 1 << 14


@lru_cache(maxsize=128)
def _saw(hz: float, bright: float) -> Wave:
    """One turn of a saw without its highest partials, to be read at any speed."""
    spectrum = np.zeros(_TABLE // 2 + 1, np.complex64)
    for n in range(1, 40):
        pitch = hz * n
        if pitch > 9000:
            break
        spectrum[n] = -0.5j * _TABLE / n / (1 + (pitch / bright) ** 3)
    return np.fft.irfft(spectrum, _TABLE).astype(np.float32)


@lru_cache(maxsize=64)
def strings(note: float, seconds: float, attack: float = 0.25, bright: float = 2600, voices: int = 5) -> Wave:
    """Several slightly different saws with vibrato, dull enough to lie behind everything."""
    base = hertz(note)
    count = _count(seconds + 0.9)
    table = _saw(base, bright)
    swell = np.clip(np.arange(count) / (0.8 * RATE), 0, 1) * (0.0016 * base / (2 * np.pi))
    wave = np.zeros(count, np.float32)
    for voice in range(voices):
        cents = (voice - (voices - 1) / 2) * 5.0
        wobble = _sine(_turns(4.4 + 0.23 * voice, count) + voice / 6) * swell
        turns = _turns(base * 2 ** (cents / 1200), count) + wobble + voice * 0.33
        wave += table[((turns % 1.0) * _TABLE).astype(np.int32)]
    return wave / np.float32(voices) * _gate(count, attack, seconds, 0.8) * np.float32(0.7)


@lru_cache(maxsize=64)
def bass(note: float, seconds: float, drive: float = 1.4) -> Wave:
    count = _count(seconds + 0.1)
    tone = _turns(hertz(note), count)
    wave = _sine(tone) + _sine(tone * 2) * _dying(4, count) * np.float32(0.3)
    wave += _sine(tone * 3) * _dying(9, count) * np.float32(0.1)
    return np.tanh(wave * np.float32(drive)) * _dying(0.8, count) * _gate(count, 0.008, seconds, 0.1)


@lru_cache(maxsize=16)
def kick(deep: float = 48, click: float = 0.25) -> Wave:
    count = _count(0.42)
    fall = _turns(deep, count) + 110 / 28 * (1 - _dying(28, count))
    body = _sine(fall) * _dying(8, count) + np.float32(click) * _dying(400, count)
    return np.tanh(body * np.float32(1.4)) * _gate(count, 0.001, 0.3, 0.1)


def snare(random: np.random.Generator, dull: float = 0.0) -> Wave:
    count = _count(0.3)
    noise = random.standard_normal(count, np.float32)
    noise = noise - np.convolve(noise, np.full(5, 0.2, np.float32), "same") * np.float32(1 - dull)
    tone = _sine(_turns(186, count)) * _dying(22, count)
    return (noise * _dying(20, count) * np.float32(0.5) + tone * np.float32(0.6)) * np.float32(0.7)


def hat(random: np.random.Generator, seconds: float = 0.05) -> Wave:
    count = _count(seconds * 4)
    noise = np.diff(random.standard_normal(count + 2, np.float32), n=2)
    return noise * _dying(1.6 / seconds, count) * _gate(count, 0.001, seconds * 3, seconds) * np.float32(0.25)


@lru_cache(maxsize=16)
def drum(deep: float, seconds: float = 1.1) -> Wave:
    """A large drum in a hall."""
    count = _count(seconds)
    fall = _turns(deep, count) + 26 / 18 * (1 - _dying(18, count))
    skin = _sine(fall) + _sine(fall * 1.59) * _dying(9, count) * np.float32(0.35)
    return skin * _dying(4.2, count) * _gate(count, 0.002, seconds * 0.7, seconds * 0.3)


def crackle(random: np.random.Generator, seconds: float) -> Wave:
    """The dust of an old record."""
    count = round(seconds * RATE)
    wave = random.standard_normal(count, np.float32) * np.float32(0.004)
    clicks = random.integers(0, count, round(seconds * 9))
    wave[clicks] += random.uniform(-0.25, 0.25, len(clicks)).astype(np.float32)
    return np.convolve(wave, np.array([0.3, 0.5, 0.3], np.float32), "same")


def forget() -> None:
    """Lets go of the notes that were kept because a loop plays them again and again."""
    for instrument in (keys, piano, pluck, strings, bass, kick, drum, _saw):
        instrument.cache_clear()
