"""What lies between two clips: cuts, cross-fades and fades through a colour, in picture, sound, length and words."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from compressor.compose import Composition, compose, video_track
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.probe import probe
from compressor.timeline import Draft, apply, apply_all, done, draft_for, edits, taken_back

from . import media_made as made
from .needs import program

RED, BLUE, GREEN = (200, 30, 30), (20, 40, 200), (10, 180, 60)


class Reel:
    """Clips one after the other."""

    def __init__(self, folder: Path, **files: Path) -> None:
        self.paths, self.work = files, folder
        self.infos: dict[str, MediaInfo] = {name: probe(path) for name, path in files.items()}
        first, *others = files
        self.draft = draft_for(first, self.infos[first], f"{first}.gif")
        self.edit(*(edits.AddClip(name, f"{name}.gif") for name in others))

    def edit(self, *wishes: edits.Edit) -> Draft:
        self.draft = apply_all(self.draft, list(wishes), self.infos).draft
        return self.draft

    def composed(self, size: tuple[int, int] | None = None, **goal: Any) -> Composition:
        sources = {name: (path, self.infos[name]) for name, path in self.paths.items()}
        return compose(self.draft, sources, Goal(**{"format": "apng"} | goal), size, work=self.work)

    def frames(self, size: tuple[int, int] | None = None, **goal: Any) -> list[tuple[int, int, npt.NDArray[np.uint8]]]:
        return [(f.at_us // 1000, f.hold_us // 1000, f.rgba) for f in self.composed(size, **goal).frames()]


@pytest.fixture
def reel(tmp_path: Path) -> Reel:
    one = made.gif(tmp_path / "one.gif", made.flat(60, 40, *[RED] * 20), 5)
    two = made.gif(tmp_path / "two.gif", made.flat(60, 40, *[BLUE] * 20), 5)
    return Reel(tmp_path, one=one, two=two)


def share(frame: npt.NDArray[np.uint8]) -> float:
    """How much of blue there is over red, 0 to 1."""
    return (float(frame[20, 30, 2]) - RED[2]) / (BLUE[2] - RED[2])


def test_a_cross_fade_overlaps_the_clips_and_mixes_them_evenly(reel: Reel) -> None:
    reel.edit(edits.SetTransition("crossfade", 0, 400))
    assert reel.draft.d_ms == 1600
    for size in (None, (30, 20)):
        frames = reel.frames(size)
        assert [at for at, _, _ in frames] == list(range(0, 1600, 50))
        shown = [share(f if size is None else f.repeat(2, 0).repeat(2, 1)) for _, _, f in frames]
        assert np.allclose(shown, [0] * 12 + [n / 8 for n in range(8)] + [1] * 12, atol=0.01)
    composed = reel.composed()
    estimate = composed.frame_count
    assert sum(hold for _, hold in composed.clock()) == composed.duration_us == 1_600_000
    assert estimate == composed.frame_count == 32


def test_a_fade_through_a_colour_keeps_the_length(reel: Reel) -> None:
    reel.edit(edits.SetTransition("fade", 0, 800, "lime"))
    frames = reel.frames()
    assert reel.draft.d_ms == 2000
    assert [at for at, _, _ in frames][:6] == [0, 50, 100, 150, 200, 250]
    at = {at: frame[20, 30, :3].astype(int) for at, _, frame in frames}
    assert tuple(at[600]) == RED
    assert np.abs(at[800] - np.array([RED, (0, 255, 0)]).mean(0)).max() <= 1
    assert tuple(at[1000]) == (0, 255, 0)
    assert tuple(at[1400]) == BLUE
    greens = [int(at[time][1]) for time in range(600, 1050, 50)]
    assert greens == sorted(greens)


def test_stills_cross_smoothly_and_on_time(tmp_path: Path) -> None:
    files = {n: made.png(tmp_path / f"{n}.png", made.flat(40, 40, c)[0]) for n, c in (("a", RED), ("b", BLUE))}
    reel = Reel(tmp_path, **files)
    reel.edit(edits.SetTransition("crossfade", d_ms=1000))
    frames = reel.frames()
    assert frames[-1][0] + frames[-1][1] == reel.draft.d_ms == 5000
    mixed = [(at, share(np.broadcast_to(f[:1, :1], (40, 40, 4)))) for at, _, f in frames if 2000 <= at < 3000]
    assert len(mixed) == 25
    assert max(abs(part - (at - 2000) / 1000) for at, part in mixed) < 0.02


def test_a_quick_and_a_slow_clip_keep_the_quicker_clock(tmp_path: Path) -> None:
    slow = made.gif(tmp_path / "slow.gif", made.flat(40, 40, *[RED, GREEN] * 5), 20)
    quick = made.gif(tmp_path / "quick.gif", made.flat(40, 40, *[BLUE] * 50), 4)
    for files in ({"slow": slow, "quick": quick}, {"quick": quick, "slow": slow}):
        reel = Reel(tmp_path, **files)
        reel.edit(edits.SetTransition("crossfade", d_ms=520))
        times = [at for at, _, _ in reel.frames()]
        lap = reel.draft.clips[0].d_ms - 520
        assert [at for at in times if lap <= at < lap + 520] == list(range(lap, lap + 520, 40))


def test_of_no_clip_more_than_half_is_used(reel: Reel) -> None:
    applied = apply(reel.draft, edits.SetTransition("crossfade", 0, 5000), reel.infos)
    assert applied.draft.d_ms == 1500
    assert "0.5 s, for which there is room of the 5 s" in applied.sentence
    reel.draft = applied.draft
    assert sum(hold for _, hold, _ in reel.frames()) == 1500


def test_transparent_clips_cross_without_a_dark_seam(tmp_path: Path) -> None:
    one = made.png(tmp_path / "one.png", made.flat(20, 20, (*RED, 255))[0])
    two = made.png(tmp_path / "two.png", made.flat(20, 20, (*BLUE, 0))[0])
    reel = Reel(tmp_path, one=one, two=two)
    reel.edit(edits.SetTransition("crossfade", d_ms=1000))
    half = next(frame for at, _, frame in reel.frames() if at == 2520)
    assert np.abs(half[10, 10].astype(int) - (*RED, 122)).max() <= 1
    assert reel.composed().has_alpha


def test_sound_crosses_at_an_even_loudness_and_is_as_long_as_the_picture(tmp_path: Path) -> None:
    files = {n: made.film(tmp_path / f"{n}.mp4", made.scene(64, 48, 50), tone_ms=2000) for n in ("a", "b")}
    reel = Reel(tmp_path, **files)
    whole = np.concatenate(list(reel.composed(format="mp4").audio() or []))
    reel.edit(edits.SetTransition("crossfade", d_ms=500))
    crossed = np.concatenate(list(reel.composed(format="mp4").audio() or []))
    assert len(whole) - len(crossed) == 24_000
    lap = len(whole) // 2 - 24_000
    assert np.array_equal(crossed[:lap], whole[:lap])
    position = np.arange(24_000) / 24_000
    fallen, risen = np.cos(position * np.pi / 2), np.sin(position * np.pi / 2)
    expected = whole[lap : lap + 24_000] * fallen[:, None] + whole[len(whole) // 2 :][:24_000] * risen[:, None]
    assert np.abs(crossed[lap : lap + 24_000] - expected).max() < 1e-3
    assert np.array_equal(crossed[lap + 24_000 :], whole[len(whole) // 2 + 24_000 :])
    reel.edit(edits.SetTransition("fade", d_ms=1000))
    faded = np.concatenate(list(reel.composed(format="mp4").audio() or []))
    assert len(faded) == len(whole)
    middle = len(whole) // 2
    assert np.abs(faded[middle - 100 : middle + 100]).max() < 0.02
    assert np.array_equal(faded[: middle - 24_000], whole[: middle - 24_000])


@pytest.mark.parametrize("cut", [(0, 950), (700, 1600), (650, 1500), (820, 1600), (0, 780), (790, 810), (200, 1300)])
def test_a_trimmed_timeline_is_exactly_as_long_as_said(reel: Reel, cut: tuple[int, int]) -> None:
    reel.edit(edits.SetTransition("crossfade", 0, 400))
    before = {at: share(f) for at, _, f in reel.frames()}  # 50 ms each
    reel.edit(edits.Trim(*cut))
    frames = reel.frames()
    assert reel.draft.d_ms == cut[1] - cut[0]
    assert frames[-1][0] + frames[-1][1] == cut[1] - cut[0]
    ends = before[cut[0] // 50 * 50], before[(cut[1] - 1) // 50 * 50]
    assert abs(share(frames[0][2]) - ends[0]) <= 0.5
    assert abs(share(frames[-1][2]) - ends[1]) <= 0.5


def test_three_clips_with_their_order_turned_and_one_removed(reel: Reel, tmp_path: Path) -> None:
    reel.paths["three"] = made.gif(tmp_path / "three.gif", made.flat(60, 40, *[GREEN] * 20), 5)
    reel.infos["three"] = probe(reel.paths["three"])
    reel.edit(edits.AddClip("three", "three.gif"), edits.SetTransition("crossfade", 0, 200))
    reel.edit(edits.SetTransition("fade", 1, 300, "white"))
    assert [d.key for d in done(reel.draft)] == ["transition:0", "transition:1"]
    turned = reel.edit(edits.Reverse())
    kinds = [(c.media, c.transition.kind if c.transition else "cut") for c in turned.clips]
    assert kinds == [("three", "fade"), ("two", "crossfade"), ("one", "cut")]
    assert len(reel.frames()) == 56
    back = taken_back(turned, "transition:0", reel.infos)
    assert [c.transition is None for c in back.clips] == [True, False, True]
    fewer = reel.edit(edits.RemoveClip(2))
    assert fewer.clips[-1].transition is None
    assert fewer.summary({}) == "Timeline (1 track): 1. Video: one (0-2s, fade through #ffffff)"
    every = reel.edit(edits.Reverse(on=False), edits.SetTransition("crossfade", d_ms=100))
    assert [d.key for d in done(every)] == ["transition"]
    assert not done(taken_back(every, "transition", reel.infos))[1:]


def test_words_refuse_what_cannot_be_and_old_drafts_are_as_before(reel: Reel) -> None:
    assert "transition" not in str(reel.draft.to_json())
    for wish in (edits.SetTransition("crossfade", 1), edits.SetTransition("fade", 7)):
        with pytest.raises(BadRequest, match="No clip comes after"):
            apply(reel.draft, wish, reel.infos)
    with pytest.raises(BadRequest, match="two clips"):
        apply(apply(reel.draft, edits.RemoveClip(1), reel.infos).draft, edits.SetTransition("fade"), reel.infos)
    with pytest.raises(BadRequest):
        edits.from_json({"edit": "set_transition", "transition": "wipe"})
    said = apply(reel.draft, edits.SetTransition("crossfade", 0), reel.infos)
    assert said.sentence == "Between clips 1 and 2: cross-fade over 0.5 s. It lasts 1.5 s in all."
    value = said.draft.to_json()
    assert [clip["at"] for clip in value["t"][0]["sg"]] == [0, 500]
    assert value["d"] == 1500
    assert Draft.from_json(value) == said.draft
    plain = apply(said.draft, edits.SetTransition("cut"), reel.infos)
    assert plain.draft == reel.draft
    for wrong in ({"kind": "wipe", "d": 5}, {"kind": "fade"}, {"kind": "fade", "d": 99_999}, 5):
        value["t"][0]["sg"][0]["transition"] = wrong
        with pytest.raises(BadRequest):
            Draft.from_json(value)


def test_no_more_is_decoded_than_the_moment_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {n: made.gif(tmp_path / f"{n}.gif", made.flat(32, 32, *[RED, BLUE] * 30), 5) for n in ("a", "b")}
    reel = Reel(tmp_path, **files)
    reel.edit(edits.SetTransition("crossfade", d_ms=1000))
    decoded = []
    real = video_track.decode.frames

    def counted(*args: Any) -> Any:
        for frame in real(*args):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(video_track.decode, "frames", counted)
    moments = reel.composed()._timed([])
    for number, moment in enumerate(moments, 1):
        lapped = max(0, min(moment.at_us // 50_000 - 39, 20))
        assert len(decoded) <= number + lapped + 5


@pytest.mark.parametrize("kind", ["crossfade", "fade"])
def test_the_same_pictures_as_ffmpegs(tmp_path: Path, kind: str) -> None:
    pictures = {"a": made.scene(96, 64, 25, noise=20), "b": made.scene(96, 64, 25, noise=20)[::-1]}
    files = {n: made.apng(tmp_path / f"{n}.png", p, 40) for n, p in pictures.items()}
    reel = Reel(tmp_path, **files)
    reel.edit(edits.SetTransition(kind, d_ms=480, color="#203040"))
    ours = np.stack([f[..., :3] for _, _, f in reel.frames()]).astype(float)
    if kind == "crossfade":
        graph = "[0]format=gbrp[a];[1]format=gbrp[b];[a][b]xfade=transition=fade:duration=0.48:offset=0.52,format=rgb24"
    else:
        out, into = "fade=out:st=0.76:d=0.24:c=0x203040", "fade=in:st=0:d=0.24:c=0x203040"
        graph = f"[0]format=rgb24,{out}[a];[1]format=rgb24,{into}[b];[a][b]concat,format=rgb24"
    given = [x for path in files.values() for x in ("-f", "apng", "-r", "25", "-i", str(path))]
    command = [program("ffmpeg"), "-v", "error", *given, "-filter_complex", graph, "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    theirs = np.frombuffer(raw, np.uint8).reshape(-1, 64, 96, 3).astype(float)
    assert len(ours) == len(theirs)
    assert max(np.abs(one - other).mean() for one, other in zip(ours, theirs, strict=True)) <= 2
    assert all(np.abs(one - other).mean() > 0 for one, other in pairwise(ours))
