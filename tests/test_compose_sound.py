"""What is heard: measured levels, pitches and lengths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from compressor.compose import music, sound
from compressor.probe import probe
from compressor.timeline import Layer, edits, music_names

from . import media_made as made
from .test_compose import PALETTE, Room

RATE = 48_000


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    pictures = made.flat(32, 32, *PALETTE)
    room.add("film", made.film(tmp_path / "f.mov", pictures * 5, fps=20, kind="mov", tone_ms=2000))
    room.add("silent", made.gif(tmp_path / "s.gif", pictures, 25))
    room.add("song", made.sound(tmp_path / "s.wav", tone_ms=600))
    return room


def heard(room: Room, name: str, *wishes: edits.Edit) -> np.ndarray:
    blocks = room.shown(room.draft(name, *wishes)).audio()
    assert blocks is not None
    found = list(blocks)
    assert all(b.dtype == np.float32 and b.ndim == 2 and b.shape[1] == 2 for b in found)
    return np.concatenate(found)


def level(wave: np.ndarray, start: float = 0, end: float | None = None) -> float:
    part = wave[round(start * RATE) : None if end is None else round(end * RATE), 0]
    return float(np.sqrt((part.astype(float) ** 2).mean()))


def pitch(wave: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(wave[:, 0] * np.hanning(len(wave))))
    return float(spectrum.argmax() * RATE / len(wave))


def test_the_clips_own_sound(room: Room) -> None:
    own = heard(room, "film")
    assert len(own) == 2 * RATE
    assert level(own, 0.2, 1.8) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    assert pitch(own) == pytest.approx(440, abs=2)
    assert level(heard(room, "film", edits.Volume(0.35)), 0.2, 1.8) == pytest.approx(
        level(own, 0.2, 1.8) * 0.35, rel=0.02
    )


def test_it_follows_trim_and_speed_at_its_own_pitch(room: Room) -> None:
    assert len(heard(room, "film", edits.Trim(start_ms=500, end_ms=1250))) == 0.75 * RATE
    for speed in (2.0, 0.5, 0.3):
        wave = heard(room, "film", edits.Speed(speed))
        assert len(wave) == round(2 / speed * 1000) * 48
        assert pitch(wave) == pytest.approx(440, abs=6)
        assert level(wave, 0.2, 0.8) > 0.25


def test_backwards(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    forwards = heard(room, "film")
    backwards = heard(room, "film", edits.Reverse())
    assert np.allclose(backwards, forwards[::-1], atol=1e-6)
    both = heard(room, "film", edits.Boomerang())
    assert np.allclose(both, np.concatenate([forwards, forwards[::-1]]), atol=1e-6)
    monkeypatch.setattr(sound, "HELD_SAMPLES", 10_000)
    assert np.allclose(heard(room, "film", edits.Boomerang()), both, atol=1e-3)


def test_each_clip_is_heard_while_it_is_seen(room: Room) -> None:
    wave = heard(room, "silent", edits.AddClip("film"), edits.AddClip("silent"))
    assert len(wave) == 6 * RATE
    assert level(wave, 0, 1.99) < 1e-4
    assert level(wave, 2.05, 3.95) > 0.3
    assert level(wave, 4.05, 6) < 1e-4


def test_muted_and_silent_say_so(room: Room) -> None:
    for draft in (room.draft("film", edits.Mute()), room.draft("film", edits.Volume(0)), room.draft("silent")):
        film = room.shown(draft)
        assert not film.has_audio
        assert film.audio() is None
    assert room.shown(room.draft("film")).has_audio
    assert room.shown(room.draft("film", edits.Mute(), edits.SetMusic(loop_name="calm"))).has_audio


def test_uploaded_music_starts_again_and_fades_out(room: Room) -> None:
    wave = heard(room, "silent", edits.SetMusic(media="song", volume=0.5, fade_out_ms=500))
    assert len(wave) == 2 * RATE
    assert level(wave, 0.1, 1.4) == pytest.approx(0.25 / np.sqrt(2), rel=0.05)
    assert level(wave, 0.7, 1.1) == pytest.approx(0.25 / np.sqrt(2), rel=0.05)
    assert level(wave, 1.95, 2) < 0.1 * level(wave, 1.0, 1.4)
    assert level(wave, 1.7, 1.8) == pytest.approx(0.5 * level(wave, 1, 1.4), rel=0.15)


def test_built_in_music_is_at_the_volume_that_was_said(room: Room) -> None:
    full = heard(room, "silent", edits.SetMusic(loop_name="electronic", fade_out_ms=0))
    part = heard(room, "silent", edits.SetMusic(loop_name="electronic", volume=0.35, fade_out_ms=0))
    assert np.allclose(part, full * np.float32(0.35), atol=1e-6)
    over = heard(room, "film", edits.SetMusic(loop_name="electronic", volume=0.35, fade_out_ms=0))
    own = heard(room, "film")
    assert np.allclose(over, np.clip(own + part[: len(own)], -1, 1), atol=1e-5)


def test_what_is_too_loud_stays_within_full_scale(room: Room) -> None:
    wave = heard(room, "film", edits.Volume(4.0))
    assert np.abs(wave).max() <= 1


@pytest.mark.parametrize("name", music.names())
def test_a_built_in_loop_is_even_and_has_no_seam(name: str) -> None:
    wave = music.loop(name)
    assert wave.dtype == np.float32
    assert wave.shape[1] == 2
    assert 10 * RATE < len(wave) < 40 * RATE
    assert float(np.sqrt((wave.astype(float) ** 2).mean())) == pytest.approx(0.13, rel=0.03)
    assert np.abs(wave).max() <= 0.9
    # From its last sample to its first is no larger a step than there are within it.
    steps = np.abs(np.diff(wave, axis=0))
    assert np.abs(wave[0] - wave[-1]).max() <= np.percentile(steps, 99.9)
    # It never falls silent for a second, and nowhere is a second much louder than all of it.
    seconds = [level(wave, at, at + 1) for at in range(len(wave) // RATE)]
    assert min(seconds) > 0.03
    assert max(seconds) < 0.3


def test_the_same_loop_is_the_same_sound_every_time_and_has_its_name_on_the_timeline() -> None:
    first = music.loop("upbeat").copy()
    music.loop.cache_clear()
    assert np.array_equal(music.loop("upbeat"), first)
    assert set(music.names()) == set(music_names.TITLES)
    assert music_names.find("Lo-Fi music") == "lo-fi"
    assert music_names.find("cinematic") == "epic"
    assert music_names.find("polka") is None


def test_a_layer_that_takes_no_time_is_silent(tmp_path: Path) -> None:
    """A film whose one picture says no length: its sound was begun again without end, for all of a job's time."""
    path = made.film(tmp_path / "a.mp4", made.scene(32, 32, 3), tone_ms=300)
    info = replace(probe(path), duration_ms=0, shown_ms=0)
    heard = list(sound._layer(Layer("a"), {"a": (path, info)}, 1000))
    assert sum(map(len, heard)) == 1000
    assert not any(block.any() for block in heard)
