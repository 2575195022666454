"""The door: drafts over real files, decoded to what is seen."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from compressor import timeline
from compressor.compose import Composition, compose, composition
from compressor.compose import spool as spooling
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import Frame, MediaInfo
from compressor.probe import probe
from compressor.timeline import Draft, edits

from . import media_made as made

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 200, 40), (30, 40, 220), (250, 250, 250)
PALETTE = [RED, GREEN, BLUE, WHITE, (200, 200, 0), (0, 200, 200), (200, 0, 200), (90, 90, 90)]


class Room:
    """Files in a folder, by name, and drafts over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: dict[str, tuple[Path, MediaInfo]] = {}

    def add(self, name: str, path: Path) -> None:
        self.sources[name] = (path, probe(path))

    @property
    def infos(self) -> dict[str, MediaInfo]:
        return {key: info for key, (_, info) in self.sources.items()}

    def draft(self, name: str, *wishes: edits.Edit) -> Draft:
        draft = timeline.draft_for(name, self.infos[name], name)
        return timeline.apply_all(draft, list(wishes), self.infos).draft

    def shown(self, draft: Draft, goal: Goal | None = None, size: tuple[int, int] | None = None) -> Composition:
        return compose(draft, self.sources, goal or Goal(), size)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    room = Room(tmp_path)
    room.add("colours", made.gif(tmp_path / "c.gif", made.flat(64, 48, *PALETTE), [10, 20, 10, 10, 30, 10, 10, 50]))
    room.add("film", made.film(tmp_path / "f.mp4", made.flat(96, 64, *PALETTE[:4] * 5), fps=20, tone_ms=1000))
    return room


def colours(frames: list[Frame]) -> list[int]:
    """Which colour of PALETTE the middle of each frame has."""
    table = np.array(PALETTE)
    found = []
    for frame in frames:
        middle = frame.rgba[frame.rgba.shape[0] // 2, frame.rgba.shape[1] // 2, :3].astype(int)
        found.append(int(np.abs(table - middle).sum(1).argmin()))
    return found


def check_clock(frames: list[Frame]) -> int:
    at = 0
    for frame in frames:
        assert frame.at_us == at
        assert frame.hold_us > 0
        at += frame.hold_us
    return at


def test_nothing_asked_is_the_source_itself(room: Room) -> None:
    whole = room.shown(room.draft("colours"), Goal(format="gif"))
    assert whole.source == room.sources["colours"]
    frames = list(whole.frames())
    assert colours(frames) == list(range(8))
    assert [f.delay_cs for f in frames] == [10, 20, 10, 10, 30, 10, 10, 50]
    assert (whole.width, whole.height, whole.frame_count, whole.loop) == (64, 48, 8, 0)
    assert check_clock(frames) == whole.duration_us == 1_500_000
    assert not whole.has_audio
    assert whole.audio() is None


@pytest.mark.parametrize(
    "wish",
    [
        edits.Trim(end_ms=400), edits.Speed(2.0), edits.Reverse(), edits.Rotate(180), edits.Grayscale(),
        edits.AddText("x"), edits.SetMusic(loop_name="calm"), edits.Loop(4), edits.CropTo(0, 0, 60, 48),
        edits.Shape("1:1"), edits.AddClip("film"), edits.Flip("vertical"),
    ],
)  # fmt: skip
def test_any_edit_makes_it_another_film(room: Room, wish: edits.Edit) -> None:
    assert room.shown(room.draft("colours", wish)).source is None


@pytest.mark.parametrize("goal", [Goal(width=32), Goal(fps=4), Goal(keep_every=2), Goal(loop=2), Goal(grayscale=True)])
def test_any_wish_about_pixels_or_pace_makes_it_another_film(room: Room, goal: Goal) -> None:
    assert room.shown(room.draft("colours"), goal).source is None


def test_frames_can_be_read_again_and_again_and_half(room: Room) -> None:
    film = room.shown(room.draft("film"))
    first = film.frames()
    next(first)
    first.close()
    once = [(f.at_us, f.rgba.tobytes()) for f in film.frames()]
    assert [(f.at_us, f.rgba.tobytes()) for f in film.frames()] == once
    film.close()
    assert [(f.at_us, f.rgba.tobytes()) for f in film.frames()] == once


def test_trim_keeps_the_right_pictures_for_the_right_time(room: Room) -> None:
    film = room.shown(room.draft("colours", edits.Trim(start_ms=200, end_ms=1000)))
    frames = list(film.frames())
    assert colours(frames) == [1, 2, 3, 4, 5, 6]
    assert [f.hold_us for f in frames] == [100_000, 100_000, 100_000, 300_000, 100_000, 100_000]
    assert check_clock(frames) == film.duration_us == 800_000


def test_reverse_and_boomerang(room: Room) -> None:
    back = list(room.shown(room.draft("colours", edits.Reverse())).frames())
    assert colours(back) == list(range(7, -1, -1))
    assert [f.hold_us // 10_000 for f in back] == [50, 10, 10, 30, 10, 10, 20, 10]
    assert check_clock(back) == 1_500_000
    film = room.shown(room.draft("colours", edits.Boomerang()))
    there = list(film.frames())
    assert colours(there) == [*range(7), *range(7, -1, -1)]
    assert there[7].hold_us == 1_000_000
    assert check_clock(there) == film.duration_us == 3_000_000
    both = list(room.shown(room.draft("colours", edits.Boomerang(), edits.Reverse())).frames())
    assert colours(both) == [*range(7, 0, -1), *range(8)]


def test_speed_over_a_cut_and_rates(room: Room) -> None:
    film = room.shown(room.draft("film", edits.Trim(end_ms=800), edits.Speed(0.5)), Goal(format="mp4"))
    frames = list(film.frames())
    assert check_clock(frames) == 1_600_000
    assert len(frames) == 16
    halved = list(room.shown(room.draft("film"), Goal(fps=10)).frames())
    assert colours(halved) == [0, 2] * 5
    assert check_clock(halved) == 1_000_000
    assert len(list(room.shown(room.draft("film"), Goal(fps=60)).frames())) == 20
    third = list(room.shown(room.draft("film"), Goal(keep_every=3)).frames())
    assert [f.hold_us for f in third] == [150_000] * 6 + [100_000]
    fast = list(room.shown(room.draft("film", edits.Speed(8.0)), Goal(format="gif")).frames())
    assert min(f.hold_us for f in fast[:-1]) >= 20_000
    assert check_clock(fast) == 125_000


def test_two_clips_and_a_still_in_order_at_exact_times(room: Room) -> None:
    room.add("still", made.png(room.folder / "s.png", made.flat(40, 40, WHITE)[0]))
    draft = room.draft(
        "film", edits.Trim(end_ms=500), edits.AddClip("colours", "c"), edits.AddClip("still", "s", d_ms=700)
    )
    film = room.shown(draft, Goal(format="mp4"))
    frames = list(film.frames())
    assert (film.width, film.height) == (96, 64)
    assert all(f.rgba.shape == (64, 96, 4) for f in frames)
    assert check_clock(frames) == film.duration_us == 2_700_000
    starts = {f.at_us: c for f, c in zip(frames, colours(frames), strict=True)}
    assert starts[500_000] == 0
    assert starts[600_000] == 1
    assert starts[2_000_000] == 3
    assert frames[-1].hold_us == 700_000
    bars = frames[-1].rgba
    assert tuple(bars[32, 5]) == (0, 0, 0, 255)
    assert tuple(bars[32, 48, :3]) == WHITE


def test_a_declared_length_that_is_wrong_does_not_move_the_next_clip(room: Room) -> None:
    path, info = room.sources["film"]
    longer = MediaInfo.from_json(info.to_json() | {"shown_ms": 1400, "duration_ms": 1400})
    room.sources["film"] = (path, longer)
    film = room.shown(room.draft("film", edits.AddClip("colours")))
    frames = list(film.frames())
    assert check_clock(frames) == 2_900_000
    assert next(f.at_us for f, c in zip(frames, colours(frames), strict=True) if c == 4) == 1_400_000 + 500_000


def test_a_text_is_seen_in_its_time_and_not_after(room: Room) -> None:
    room.add("still", made.png(room.folder / "s.png", made.flat(320, 180, BLUE)[0]))
    text = edits.AddText("HELLO", start_ms=1000, end_ms=2000, position="center")
    frames = list(room.shown(room.draft("still", text)).frames())
    assert [(f.at_us, f.hold_us) for f in frames] == [(0, 1_000_000), (1_000_000, 1_000_000), (2_000_000, 1_000_000)]
    light = [int((f.rgba[..., :3].min(-1) > 240).sum()) for f in frames]
    assert light[0] == light[2] == 0
    assert light[1] > 300
    film = list(room.shown(room.draft("film", edits.AddText("A", end_ms=500, color="#ff00ff"))).frames())
    seen = [bool((np.abs(f.rgba[..., :3].astype(int) - (255, 0, 255)).sum(-1) < 60).any()) for f in film]
    assert seen == [f.at_us < 500_000 for f in film]


@pytest.mark.parametrize(
    ("natural", "goal", "size"),
    [
        ((1920, 1080), Goal(format="mp4"), (1280, 720)),
        ((1080, 1920), Goal(format="mp4"), (720, 1280)),
        ((640, 360), Goal(format="mp4"), (640, 360)),
        ((4000, 1000), Goal(format="mp4"), (1920, 480)),
        ((640, 360), Goal(format="mp4", short_side=720), (640, 360)),
        ((1920, 1080), Goal(format="gif", short_side=480), (853, 480)),
        ((1920, 1080), Goal(format="mp4", short_side=480), (854, 480)),
        ((640, 360), Goal(format="gif"), (640, 360)),
        ((640, 360), Goal(width=320), (320, 180)),
        ((640, 360), Goal(width=1280), (1280, 720)),
        ((640, 360), Goal(height=90), (160, 90)),
        ((640, 360), Goal(scale=0.5), (320, 180)),
        ((3840, 2160), Goal(format="mp4", scale=1.0), (3840, 2160)),
        ((640, 360), Goal(width=300, height=250), (300, 250)),
        ((1, 1), Goal(format="mp4"), (2, 2)),
        ((1, 1), Goal(format="gif"), (1, 1)),
        ((201, 101), Goal(format="gif"), (201, 101)),
        ((1, 500), Goal(format="mp4"), (2, 500)),
    ],
)
def test_sizes(tmp_path: Path, natural: tuple[int, int], goal: Goal, size: tuple[int, int]) -> None:
    info = MediaInfo("png", "image", "png", 1, *natural, 1, shown_ms=100, duration_ms=100)
    draft = timeline.draft_for("a", info, "a.png")
    film = compose(draft, {"a": (tmp_path / "a.png", info)}, goal)
    assert (film.width, film.height) == size
    again = compose(draft, {"a": (tmp_path / "a.png", info)}, goal, size)
    assert (again.width, again.height) == size


def test_odd_sides_become_even_for_video_and_every_frame_has_them(room: Room) -> None:
    for side in ((65, 33), (1, 1), (3, 70)):
        room.add("odd", made.gif(room.folder / "o.gif", made.flat(*side, *PALETTE[:3])))
        film = room.shown(room.draft("odd"), Goal(format="mp4"))
        assert film.width % 2 == film.height % 2 == 0
        frames = list(film.frames())
        assert all(f.rgba.shape == (film.height, film.width, 4) for f in frames)
        assert colours(frames) == [0, 1, 2]
        # No line of another colour at any edge.
        assert all(np.ptp(f.rgba.reshape(-1, 4), axis=0).max() <= 2 for f in frames)


def test_a_preview_is_the_same_film_made_small(room: Room) -> None:
    draft = room.draft("film", edits.AddText("Hi"), edits.Trim(end_ms=600))
    large, small = room.shown(draft), room.shown(draft, size=(48, 32))
    assert [(f.at_us, f.hold_us) for f in large.frames()] == [(f.at_us, f.hold_us) for f in small.frames()]
    assert (small.width, small.height) == (48, 32)


def test_transparency_is_kept_or_filled(room: Room) -> None:
    pictures = made.scene(64, 48, 4, alpha=True)
    room.add("clear", made.gif(room.folder / "t.gif", pictures))
    kept = room.shown(room.draft("clear"), Goal(format="gif"))
    assert kept.has_alpha
    assert next(iter(kept.frames())).rgba[-1, -1, 3] == 0
    video = room.shown(room.draft("clear"), Goal(format="mp4"))
    assert not video.has_alpha
    assert all((f.rgba[..., 3] == 255).all() for f in video.frames())
    filled = room.shown(room.draft("clear", edits.Background("#204060")), Goal(format="gif"))
    assert not filled.has_alpha
    assert tuple(next(iter(filled.frames())).rgba[-1, -1]) == (0x20, 0x40, 0x60, 255)
    refused = room.shown(room.draft("clear"), Goal(format="webp", transparent=False))
    assert not refused.has_alpha


def test_what_the_draft_lacks_is_said(room: Room) -> None:
    with pytest.raises(BadRequest, match="no picture"):
        room.shown(Draft())
    with pytest.raises(BadRequest, match="not there"):
        compose(room.draft("film"), {}, Goal())
    with pytest.raises(BadRequest, match="too large"):
        room.shown(room.draft("film"), Goal(width=60_000))


def test_memory_does_not_grow_with_the_length_of_the_film(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composition, "CACHE_BYTES", 250_000)
    pictures = made.scene(160, 120, 10, noise=20)
    raw = 160 * 120 * 4
    room.add("short", made.film(room.folder / "s.mp4", pictures * 2, fps=20))
    room.add("long", made.film(room.folder / "l.mp4", pictures * 8, fps=20))
    peaks = {}
    for name in ("short", "long"):
        for way, wishes in (("forth", []), ("back", [edits.Reverse()])):
            film = room.shown(room.draft(name, *wishes))
            film._spools[0] = spooling.Spool(room.folder, memory_bytes=500_000)
            tracemalloc.start()
            seen = sum(1 for _ in film.frames())
            peaks[name, way] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            film.close()
            assert seen == (20 if name == "short" else 80)
    assert peaks["long", "forth"] < peaks["short", "forth"] + 2 * raw
    assert peaks["long", "back"] < peaks["short", "back"] + 4 * raw
    assert not list(room.folder.glob("spool-*"))


def test_frames_are_kept_where_they_are_few_and_not_read_for_it_where_they_are_many(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.add("gif", made.gif(room.folder / "k.gif", made.scene(160, 120, 10)))
    few = room.shown(room.draft("gif"))
    kept = few.kept()
    assert kept is not None
    assert len(kept) == 10
    assert all(frame.once.made is not None for frame in kept)
    monkeypatch.setattr(composition, "CACHE_BYTES", 250_000)
    many = room.shown(room.draft("gif"))
    monkeypatch.setattr(many, "frames", lambda: pytest.fail("read for nothing"))
    assert many.kept() is None


def test_a_spool_on_disk_gives_back_every_pixel(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    frames = [Frame(rng.integers(0, 256, (40, 50, 4), dtype=np.uint8), n * 1000, 1000) for n in range(90)]
    kept = spooling.Spool(tmp_path, memory_bytes=50_000)
    kept.fill(iter(frames))
    assert list(tmp_path.glob("spool-*/*"))
    for there, original in zip(kept.forwards(), frames, strict=True):
        assert np.array_equal(there.rgba, original.rgba)
    for back, original in zip(kept.backwards(), reversed(frames), strict=True):
        assert np.array_equal(back.rgba, original.rgba)
        assert back.at_us == 89_000 - original.at_us
    kept.close()
    assert not list(tmp_path.glob("spool-*"))
