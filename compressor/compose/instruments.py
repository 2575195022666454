"""Instruments made of numpy: each gives one note or one stroke as mono float32 at 48 kHz.

A Tape is a circle: what rings on past its end comes in again at its start, and its echo and filters are circular too,
so that a loop has no seam.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

RATE = 48_000
Wave = npt.NDArray[np.float32]


class Tape:
    """A stereo circle of ``seconds``; ``seed`` decides all that is random on it."""

    def __init__(self, seconds: float, seed: int) -> None:
        self.length = round(seconds * RATE)
        self.data = np.zeros((self.length, 2), np.float64)
        self.random = np.random.default_rng(seed)

    def put(self, wave: Wave, at_s: float, level: float = 1.0, pan: float = 0.0) -> None:
        """Adds ``wave`` at a time; ``pan`` -1 is left, 1 right, at the same power."""
        angle = (pan + 1) * np.pi / 4
        sides = level * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)
        start = round(at_s * RATE) % self.length
        while len(wave):
            room = min(len(wave), self.length - start)
            self.data[start : start + room] += wave[:room, None] * sides
            wave, start = wave[room:], 0

    def echo(self, seconds: float, share: float, bright_hz: float = 5000) -> None:
        """A room: the circle convolved with noise that dies away, duller than the sound itself."""
        count = min(self.length, round(seconds * 3 * RATE))
        time = np.arange(count) / RATE
        tail = self.random.standard_normal((count, 2)) * np.exp(-time / seconds * 3)[:, None]
        tail[: round(0.012 * RATE)] = 0
        room = np.zeros((self.length, 2))
        room[:count] = tail
        spectrum = np.fft.rfft(room, axis=0) * self._roll_off(bright_hz)[:, None]
        spectrum /= np.sqrt((np.abs(spectrum) ** 2).mean())
        wet = np.fft.irfft(np.fft.rfft(self.data, axis=0) * spectrum, self.length, axis=0)
        wet *= np.sqrt((self.data**2).mean() / max((wet**2).mean(), 1e-12))
        self.data += wet * share

    def soften(self, hz: float) -> None:
        """Takes the highs away above ``hz``."""
        spectrum = np.fft.rfft(self.data, axis=0) * self._roll_off(hz)[:, None]
        self.data = np.fft.irfft(spectrum, self.length, axis=0)

    def pump(self, beats_s: list[float], depth: float, seconds: float) -> None:
        """Ducks everything at each beat, as a compressor on the kick drum would."""
        gain = np.ones(self.length)
        time = np.arange(round(seconds * RATE)) / RATE
        dip = 1 - depth * np.exp(-time / seconds * 4)
        for beat in beats_s:
            place = (round(beat * RATE) + np.arange(len(dip))) % self.length
            gain[place] = np.minimum(gain[place], dip)
        self.data *= gain[:, None]

    def finished(self, rms: float = 0.13, peak: float = 0.89) -> npt.NDArray[np.float32]:
        """At an even loudness, without rumble, peaks rounded off below full scale."""
        spectrum = np.fft.rfft(self.data, axis=0)
        hz = np.fft.rfftfreq(self.length, 1 / RATE)
        spectrum *= (hz**2 / (hz**2 + 30**2))[:, None]
        data = np.fft.irfft(spectrum, self.length, axis=0)
        data *= rms / np.sqrt((data**2).mean())
        data = peak * np.tanh(data / peak)
        data *= min(rms / np.sqrt((data**2).mean()), peak / np.abs(data).max())
        return data.astype(np.float32)

    def _roll_off(self, hz: float) -> npt.NDArray[np.float64]:
        frequencies = np.fft.rfftfreq(self.length, 1 / RATE)
        return 1 / (1 + (frequencies / hz) ** 4) ** 0.5


def hertz(note: float) -> float:
    """A MIDI note as a frequency: 69 is 440 Hz."""
    return 440.0 * 2 ** ((note - 69) / 12)


def _time(seconds: float) -> npt.NDArray[np.float64]:
    return np.arange(max(1, round(seconds * RATE))) / RATE


def _gate(time: npt.NDArray[np.float64], attack: float, hold: float, release: float) -> npt.NDArray[np.float64]:
    rise = np.clip(time / attack, 0, 1)
    fall = np.clip(1 - (time - hold) / release, 0, 1)
    return rise * rise * (3 - 2 * rise) * fall * fall * (3 - 2 * fall)


def keys(note: float, seconds: float) -> Wave:
    """An electric piano: a sine that another one bends at the start, with a little tremolo."""
    time = _time(seconds + 0.4)
    tone = 2 * np.pi * hertz(note) * time
    bell = np.sin(tone * 2) * np.exp(-time * 5) * 1.1 + np.sin(tone * 14) * np.exp(-time * 28) * 0.25
    body = np.sin(tone + bell) + 0.25 * np.sin(tone * 2) * np.exp(-time * 3)
    shape = np.exp(-time * 1.3) * _gate(time, 0.006, seconds, 0.35) * (1 + 0.12 * np.sin(2 * np.pi * 4.6 * time))
    return (body * shape).astype(np.float32)


def piano(note: float, seconds: float, hard: float = 0.6) -> Wave:
    """Strings that are slightly out of tune with themselves; the higher partials die first."""
    time = _time(min(seconds + 1.2, 7.0))
    base = hertz(note)
    wave = np.zeros_like(time)
    for n in range(1, 14):
        pitch = base * n * np.sqrt(1 + 0.00035 * n * n)
        if pitch > 12_000:
            break
        strength = hard ** (n - 1) / n**0.55
        dying = np.exp(-time * (0.55 + 0.32 * n + base / 900))
        wave += (
            strength * dying * (np.sin(2 * np.pi * pitch * time) + 0.5 * np.sin(2 * np.pi * pitch * 1.0009 * time + n))
        )
    return (wave * _gate(time, 0.003, seconds, 0.9)).astype(np.float32) * np.float32(0.55)


def pluck(note: float, seconds: float) -> Wave:
    """Short and bright, somewhere between a marimba and a muted guitar."""
    time = _time(seconds + 0.5)
    base = hertz(note)
    wave = np.zeros_like(time)
    for n, strength in ((1, 1.0), (2, 0.45), (3, 0.3), (4, 0.16), (6, 0.08)):
        wave += strength * np.sin(2 * np.pi * base * n * time) * np.exp(-time * (4 + 5 * n))
    return (wave * _gate(time, 0.002, seconds + 0.2, 0.3)).astype(np.float32)


def strings(note: float, seconds: float, attack: float = 0.25, bright: float = 2600, voices: int = 5) -> Wave:
    """Several slightly different saws with vibrato, dull enough to lie behind everything."""
    time = _time(seconds + 0.9)
    base = hertz(note)
    wave = np.zeros_like(time)
    for voice in range(voices):
        cents = (voice - (voices - 1) / 2) * 5.0
        wobble = 0.0016 * np.sin(2 * np.pi * (4.4 + 0.23 * voice) * time + voice) * np.clip(time / 0.8, 0, 1)
        turn = 2 * np.pi * base * 2 ** (cents / 1200) * time + wobble * base + voice * 2.1
        for n in range(1, 40):
            pitch = base * n
            if pitch > 9000:
                break
            strength = 1 / n / (1 + (pitch / bright) ** 3)
            if strength < 0.004:
                break
            wave += strength * np.sin(n * turn)
    return (wave / voices * _gate(time, attack, seconds, 0.8)).astype(np.float32) * np.float32(0.7)


def bass(note: float, seconds: float, drive: float = 1.4) -> Wave:
    time = _time(seconds + 0.1)
    tone = 2 * np.pi * hertz(note) * time
    wave = np.sin(tone) + 0.3 * np.sin(2 * tone) * np.exp(-time * 4) + 0.1 * np.sin(3 * tone) * np.exp(-time * 9)
    return (np.tanh(wave * drive) * np.exp(-time * 0.8) * _gate(time, 0.008, seconds, 0.1)).astype(np.float32)


def kick(deep: float = 48, click: float = 0.25) -> Wave:
    time = _time(0.42)
    fall = deep * time + 110 / 28 * (1 - np.exp(-time * 28))
    body = np.sin(2 * np.pi * fall) * np.exp(-time * 8)
    return (np.tanh((body + click * np.exp(-time * 400)) * 1.4) * _gate(time, 0.001, 0.3, 0.1)).astype(np.float32)


def snare(random: np.random.Generator, dull: float = 0.0) -> Wave:
    time = _time(0.3)
    noise = random.standard_normal(len(time))
    noise = noise - np.convolve(noise, np.ones(5) / 5, "same") * (1 - dull)
    tone = np.sin(2 * np.pi * 186 * time) * np.exp(-time * 22)
    return (0.5 * noise * np.exp(-time * 20) + 0.6 * tone).astype(np.float32) * np.float32(0.7)


def hat(random: np.random.Generator, seconds: float = 0.05) -> Wave:
    time = _time(seconds * 4)
    noise = np.diff(random.standard_normal(len(time) + 2), n=2)
    return (noise * np.exp(-time / seconds * 1.6) * np.clip(time / 0.001, 0, 1)).astype(np.float32) * np.float32(0.25)


def drum(deep: float, seconds: float = 1.1) -> Wave:
    """A large drum in a hall."""
    time = _time(seconds)
    fall = deep * time + 26 / 18 * (1 - np.exp(-time * 18))
    skin = np.sin(2 * np.pi * fall) + 0.35 * np.sin(2 * np.pi * fall * 1.59) * np.exp(-time * 9)
    return (skin * np.exp(-time * 4.2) * _gate(time, 0.002, seconds * 0.7, seconds * 0.3)).astype(np.float32)


def crackle(random: np.random.Generator, seconds: float) -> Wave:
    """The dust of an old record."""
    count = round(seconds * RATE)
    wave = random.standard_normal(count) * 0.004
    clicks = random.integers(0, count, round(seconds * 9))
    wave[clicks] += random.uniform(-0.25, 0.25, len(clicks))
    return np.convolve(wave, np.array([0.3, 0.5, 0.3]), "same").astype(np.float32)
