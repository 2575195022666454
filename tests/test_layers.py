"""Layers over the clips: in their place, in their time, as opaque as asked, and told in words."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from compressor import codecs, decode
from compressor.codecs import encoder_frames
from compressor.compose import Composition, compose, layers, lazy_frame
from compressor.decode import video
from compressor.errors import BadRequest
from compressor.goal import Goal
from compressor.media import LazyFrame, MediaInfo
from compressor.probe import probe
from compressor.timeline import Draft, Part, apply, draft_for, edits
from compressor.timeline.draft import media_ids
from compressor.timeline.layers import MOST

from . import media_made as made
from .needs import program

RED, BLUE, GREEN = (200, 30, 30), (20, 40, 200), (10, 180, 60)


class Bench:
    """A base clip and what is put over it."""

    def __init__(self, folder: Path, base: Path, **files: Path) -> None:
        self.paths = {"base": base, **files}
        self.infos: dict[str, MediaInfo] = {name: probe(path) for name, path in self.paths.items()}
        self.draft = draft_for("base", self.infos["base"], base.name)
        self.work = folder

    def add(self, media: str, **wish: Any) -> Draft:
        self.draft = apply(self.draft, edits.AddLayer(media, media, **wish), self.infos).draft
        return self.draft

    def composed(self, size: tuple[int, int] | None = None, **goal: Any) -> Composition:
        sources = {name: (self.paths[name], self.infos[name]) for name in media_ids(self.draft)}
        return compose(self.draft, sources, Goal(**{"format": "apng"} | goal), size, work=self.work)

    def frames(self, size: tuple[int, int] | None = None, **goal: Any) -> list[tuple[int, npt.NDArray[np.uint8]]]:
        return [(frame.at_us // 1000, frame.rgba) for frame in self.composed(size, **goal).frames()]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    base = made.gif(tmp_path / "base.gif", made.flat(200, 100, RED, BLUE, RED, BLUE), 25)
    logo = made.png(tmp_path / "logo.png", made.flat(80, 40, GREEN)[0])
    return Bench(tmp_path, base, logo=logo)


def box(frame: npt.NDArray[np.uint8], colour: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels near that colour."""
    near = np.abs(frame[..., :3].astype(int) - colour).max(axis=2) <= 3
    rows, columns = np.flatnonzero(near.any(1)), np.flatnonzero(near.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, (147, 72, 197, 97)),
        ({"position": "top-left"}, (3, 3, 53, 28)),
        ({"position": "center"}, (75, 38, 125, 63)),
        ({"position": "bottom-left", "margin": 0.0}, (0, 75, 50, 100)),
        ({"position": "top-right", "width_share": 0.4}, (117, 3, 197, 43)),
        ({"x_share": 0.25, "y_share": 0.5}, (25, 38, 75, 63)),
        ({"width_share": 2}, (0, 0, 200, 100)),
    ],
)
def test_a_layer_lies_where_it_was_put(bench: Bench, wish: dict[str, Any], expected: tuple[int, int, int, int]) -> None:
    bench.add("logo", **wish)
    for size in (None, (100, 50)):
        scale = 1.0 if size is None else 0.5
        found = box(bench.frames(size)[0][1], GREEN)
        assert np.abs(np.array(found) - np.array(expected) * scale).max() <= 1, (size, found)


def test_nothing_but_its_rectangle_changes(bench: Bench) -> None:
    plain = bench.frames()
    bench.add("logo")
    for (at, before), (when, after) in zip(plain, bench.frames(), strict=True):
        assert at == when
        changed = np.argwhere((before != after).any(axis=2))
        assert (changed.min(axis=0) >= (72, 147)).all()
        assert (changed.max(axis=0) <= (96, 196)).all()


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5, 1.0])
def test_opacity(bench: Bench, opacity: float) -> None:
    bench.add("logo", position="center", opacity=opacity)
    middle = bench.frames()[0][1][50, 100, :3].astype(float)
    expected = np.array(GREEN) * opacity + np.array(RED) * (1 - opacity)
    assert np.abs(middle - expected).max() <= 1


def test_it_comes_and_goes_in_its_time(bench: Bench) -> None:
    bench.add("logo", position="center", start_ms=250, end_ms=750)
    seen = [(at, tuple(frame[50, 100, :3]) == GREEN) for at, frame in bench.frames()]
    assert seen == [(0, False), (250, True), (500, True), (750, False)]


def test_over_a_still_a_film_plays_at_its_own_pace(tmp_path: Path) -> None:
    base = made.png(tmp_path / "base.png", made.flat(64, 64, RED)[0])
    clip = made.gif(tmp_path / "clip.gif", made.flat(32, 32, BLUE, GREEN, BLUE, GREEN), 10)
    bench = Bench(tmp_path, base, clip=clip)
    bench.add("clip", position="center", width_share=0.5, start_ms=1000, repeat=False)
    frames = bench.frames()
    assert [at for at, _ in frames] == [0, 1000, 1100, 1200, 1300]
    assert [tuple(frame[32, 32, :3]) for _, frame in frames] == [RED, BLUE, GREEN, BLUE, GREEN]
    repeated = Bench(tmp_path, base, clip=clip)
    repeated.add("clip", position="center", width_share=0.5)
    assert len(repeated.frames()) == 30


def test_of_two_films_of_one_rate_no_picture_is_split(tmp_path: Path) -> None:
    base = made.gif(tmp_path / "base.gif", made.flat(64, 64, *[RED, BLUE] * 5), 10)
    over = made.gif(tmp_path / "over.gif", made.flat(32, 32, *[GREEN, RED] * 4), 12)
    bench = Bench(tmp_path, base, over=over)
    bench.add("over")
    assert [at for at, _ in bench.frames()] == list(range(0, 1000, 100))


def test_it_fades_in_and_slides(bench: Bench, tmp_path: Path) -> None:
    still = Bench(tmp_path, made.png(tmp_path / "still.png", made.flat(100, 100, RED)[0]), logo=bench.paths["logo"])
    still.add("logo", position="center", fade_in_ms=400, fade_out_ms=400)
    shares = [(at, (float(frame[50, 50, 1]) - RED[1]) / (GREEN[1] - RED[1])) for at, frame in still.frames()]
    rising = [share for at, share in shares if at <= 400]
    assert len(rising) >= 9
    assert rising == sorted(rising)
    assert rising[0] < 0.1
    assert max(share for _, share in shares) > 0.99
    assert [share for at, share in shares if at >= 2600] == sorted((s for a, s in shares if a >= 2600), reverse=True)
    sliding = Bench(tmp_path, still.paths["base"], logo=bench.paths["logo"])
    sliding.add("logo", position="center", slide="left")
    lefts = [box(frame, GREEN)[2] for at, frame in sliding.frames() if at >= 40]
    assert lefts == sorted(lefts)
    assert lefts[0] < 60
    assert abs(lefts[-1] - 63) <= 1


def test_a_circle_has_a_soft_edge_and_is_round(bench: Bench, tmp_path: Path) -> None:
    square = made.png(tmp_path / "square.png", made.flat(300, 200, GREEN)[0])
    round_one = Bench(tmp_path, bench.paths["base"], square=square)
    round_one.add("square", position="center", shape="circle", width_share=0.3)
    frame = round_one.frames()[0][1][..., :3].astype(float)
    share = (frame[..., 1] - RED[1]) / (GREEN[1] - RED[1])
    assert abs(share.sum() - np.pi * 30**2) < 12
    assert ((share > 0.05) & (share < 0.95)).sum() > 100
    rounded = Bench(tmp_path, bench.paths["base"], square=square)
    rounded.add("square", position="center", shape="rounded", width_share=0.3)
    corner = rounded.frames()[0][1]
    left, top, _, _ = box(corner, GREEN)
    assert tuple(corner[top, left, :3]) != GREEN


def test_a_part_of_its_picture_is_shown(bench: Bench, tmp_path: Path) -> None:
    halves = made.flat(80, 40, GREEN)[0]
    halves[:, 40:] = (*BLUE, 255)
    bench.paths["halves"] = made.png(tmp_path / "halves.png", halves)
    bench.infos["halves"] = probe(bench.paths["halves"])
    bench.add("halves", position="center", width_share=0.2, part=Part(0, 0, 0.5, 1))
    assert box(bench.frames()[0][1], GREEN) == (80, 30, 120, 70)
    wish = edits.from_json({"edit": "change_layer", "number": 0, "part": {"x": 0.5, "y": 0.5, "w": 0.5, "h": 0.9}})
    bench.draft = apply(bench.draft, wish, bench.infos).draft
    assert bench.draft.to_json()["t"][1]["sg"][0]["crop"] == {"x": 0.5, "y": 0.5, "w": 0.5, "h": 0.5}
    assert Draft.from_json(bench.draft.to_json()) == bench.draft
    assert box(bench.frames((100, 50))[0][1], BLUE) == (40, 20, 60, 30)
    bench.draft = apply(bench.draft, edits.ChangeLayer(0, part=Part(0, 0, 1, 1)), bench.infos).draft
    assert bench.draft.layers[0].crop is None
    for wrong in ({"x": 1, "w": 1, "h": 1}, {"w": 0, "h": 1}, {"w": 1}, 5):
        with pytest.raises(BadRequest):
            edits.from_json({"edit": "change_layer", "number": 0, "part": wrong})


def test_transparent_results_keep_their_transparency_under_a_layer(tmp_path: Path) -> None:
    clear = made.png(tmp_path / "clear.png", made.flat(60, 60, (*RED, 0))[0])
    half = made.png(tmp_path / "half.png", made.flat(40, 40, (*GREEN, 128))[0])
    bench = Bench(tmp_path, clear, half=half)
    bench.add("half", position="center", width_share=0.5)
    frame = bench.frames()[0][1]
    assert frame[2, 2, 3] == 0
    assert np.abs(frame[30, 30].astype(int) - (*GREEN, 128)).max() <= 1


@pytest.mark.parametrize("kind", ["gif", "webp", "apng", "avif", "webm"])
def test_every_format_with_transparency_keeps_it_under_a_layer(tmp_path: Path, kind: str) -> None:
    clear = made.webp(tmp_path / "clear.webp", made.scene(64, 48, 4, alpha=True), lossless=True)
    logo = made.png(tmp_path / "logo.png", made.flat(40, 40, GREEN)[0])
    bench = Bench(tmp_path, clear, logo=logo)
    bench.add("logo", position="bottom-left", width_share=0.25, margin=0)
    composed = bench.composed(format=kind)
    assert composed.has_alpha
    codec = codecs.by_format(kind)
    plan = codec.plan(Goal(format=kind), codecs.Shape(64, 48, 4, composed.duration_us, has_alpha=True))
    out = tmp_path / f"out.{kind}"
    codec.encode(codec.prepare([*composed.frames()], plan), plan, out, loop=0)
    found = [frame.rgba.copy() for frame in decode.frames(out, probe(out))]
    assert len(found) >= 4  # a GIF may clear what was there by a frame of its own
    for frame in found:
        assert frame[2, 60, 3] <= 16
        assert np.abs(frame[40, 8].astype(int) - (*GREEN, 255)).max() <= 24


def test_odd_layers_are_drawn_and_too_many_are_refused(bench: Bench, tmp_path: Path) -> None:
    bench.paths["film"] = made.film(tmp_path / "film.mp4", made.scene(64, 48, 10))
    bench.infos["film"] = probe(bench.paths["film"])
    wishes: list[dict[str, Any]] = [
        {"width_share": 0.005}, {"width_share": 2.0, "angle": 45}, {"part": Part(0.99, 0.99, 0.01, 0.01)},
        {"from_ms": 99_000}, {"end_ms": 99_000}, {"fade_in_ms": 99_000, "fade_out_ms": 99_000, "slide": "top"},
    ]  # fmt: skip
    for wish in wishes:
        bench.add("film", **wish)
    composed = bench.composed((101, 51))
    assert composed.frame_count <= 10
    assert sum(frame.hold_us for frame in composed.frames()) == 1_000_000
    for _ in range(MOST - len(wishes)):
        bench.add("logo")
    assert bench.frames()[0][1].shape == (100, 200, 4)
    assert Draft.from_json(bench.draft.to_json()) == bench.draft
    with pytest.raises(BadRequest, match="40 layers"):
        bench.add("logo")


def test_a_single_moment_of_a_film_stands_still(bench: Bench, tmp_path: Path) -> None:
    bench.paths["film"] = made.film(tmp_path / "film.mp4", made.scene(64, 48, 10))
    bench.infos["film"] = probe(bench.paths["film"])
    bench.add("film", from_ms=300, to_ms=310)
    assert [at for at, _ in bench.frames()] == [0, 250, 500, 750]


def test_a_turned_layer_keeps_its_middle_and_its_colour(bench: Bench) -> None:
    bench.add("logo", position="center", angle=45)
    frame = bench.frames()[0][1]
    left, top, right, bottom = box(frame, GREEN)
    assert abs((left + right) / 2 - 100) <= 1
    assert abs((top + bottom) / 2 - 50) <= 1
    assert abs((right - left) - (50 + 25) / np.sqrt(2)) <= 4


@pytest.mark.parametrize("wish", [{}, {"shape": "circle"}, {"opacity": 0.5}, {"shape": "rounded", "fade_in_ms": 400}])
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.503, 0.51), (0.02, 0.98)])
def test_a_film_over_a_film_goes_from_planes_to_planes(
    tmp_path: Path, place: tuple[float, float], wish: dict[str, Any]
) -> None:
    bench = films(tmp_path, made.scene(160, 720, 5), made.scene(120, 90, 5, noise=10))
    bench.add("over", x_share=place[0], y_share=place[1], width_share=0.37, **wish)
    for planes, (_, rgba) in zip(film_planes(bench), bench.frames(format="mp4"), strict=True):
        difference = np.abs(planes.astype(int) - encoder_frames.to_yuv(rgba))
        assert difference[:720].mean() <= 0.7
        assert difference[720:].mean() <= 1.5


def test_a_film_that_hides_the_clip_keeps_its_own_planes(tmp_path: Path) -> None:
    bench = films(tmp_path, made.scene(160, 120, 5), made.scene(160, 120, 5, noise=10))
    bench.add("over", width_share=1.0, margin=0.0, position="center")
    decoded = decode.frames(bench.paths["over"], bench.infos["over"])
    own = [frame.film.planes((160, 120)) for frame in decoded if isinstance(frame, LazyFrame) and frame.film]
    assert len(own) == 5
    for planes, stored in zip(film_planes(bench), own, strict=True):
        assert stored is not None
        np.testing.assert_array_equal(planes, stored)


def test_a_layered_film_at_another_size_is_the_same_picture_scaled(tmp_path: Path) -> None:
    bench = films(tmp_path, made.flat(160, 120, BLUE, BLUE), made.flat(160, 120, GREEN, GREEN))
    bench.add("over", width_share=0.5, margin=0.0, position="bottom-right")
    frame = next(iter(bench.composed(format="mp4").frames()))
    small = lazy_frame.scaled(frame, (80, 60), alpha=False)
    left, top, right, bottom = box(small.rgba, GREEN)
    assert (left, top, right, bottom) == pytest.approx((40, 30, 80, 60), abs=1)
    assert isinstance(small, LazyFrame)
    assert small.film is not None
    assert small.film.planes((80, 60)) is None


def films(folder: Path, base: Any, over: Any) -> Bench:
    """Two films in BT.709."""
    below, above = (made.film(folder / f"{n}.mp4", scene, matrix=1) for n, scene in (("base", base), ("over", over)))
    return Bench(folder, below, over=above)


def film_planes(bench: Bench) -> list[npt.NDArray[np.uint8]]:
    frames = [frame for frame in bench.composed(format="mp4").frames() if isinstance(frame, LazyFrame)]
    found = [
        frame.film.planes((bench.infos["base"].width, bench.infos["base"].height)) for frame in frames if frame.film
    ]
    return [planes for planes in found if planes is not None]


@pytest.mark.parametrize("place", [(0.5, 0.5), (0.503, 0.51), (0.02, 0.98)])
def test_over_a_film_the_planes_are_those_of_the_picture(tmp_path: Path, place: tuple[float, float]) -> None:
    base = made.film(tmp_path / "base.mp4", made.scene(160, 720, 5))  # from 720 lines on BT.709
    over = made.film(tmp_path / "over.mp4", made.scene(80, 60, 5, noise=10))
    logo = made.png(tmp_path / "logo.png", made.scene(64, 48, 1, alpha=True)[0])
    bench = Bench(tmp_path, base, over=over, logo=logo)
    bench.add("over", x_share=place[0], y_share=place[1], opacity=0.7, shape="circle")
    bench.add("logo", position="top-right")
    plain = [
        frame.film.planes((160, 720))
        for frame in bench.composed(format="mp4").frames()
        if isinstance(frame, LazyFrame) and frame.film
    ]
    assert len(plain) == 5
    for planes, (_, rgba) in zip(plain, bench.frames(format="mp4"), strict=True):
        difference = np.abs(planes.astype(int) - encoder_frames.to_yuv(rgba))
        assert difference[:720].mean() <= 0.5
        assert difference[:720].max() <= 8  # the way over RGB cuts off colours that a film can have
        assert difference[720:].mean() <= 1


def test_a_layer_sounds_unless_it_is_muted(tmp_path: Path) -> None:
    base = made.film(tmp_path / "base.mp4", made.scene(64, 48, 10))
    film = made.film(tmp_path / "over.mp4", made.scene(64, 48, 10), tone_ms=500)
    bench = Bench(tmp_path, base, film=film)
    assert not bench.composed(format="mp4").has_audio
    bench.add("film")
    heard = bench.composed(format="mp4").audio()
    assert heard is not None
    assert np.abs(np.concatenate(list(heard))).max() > 0.01
    bench.draft = apply(bench.draft, edits.ChangeLayer(0, volume=0), bench.infos).draft
    assert not bench.composed(format="mp4").has_audio


def test_edits_say_what_they_did_and_refuse_what_is_not_there(bench: Bench) -> None:
    applied = apply(bench.draft, edits.AddLayer("logo", "logo.png", opacity=0.5, start_ms=100, end_ms=400), bench.infos)
    assert applied.sentence == (
        "Put logo over the picture, at the bottom right, 25 % wide, 50 % opaque, from 0.1 s to 0.4 s."
    )
    draft = applied.draft
    assert draft.summary({"base": "base.gif", "logo": "logo.png"}) == (
        "Timeline (2 tracks): 1. Video: base (0-1s) 2. Layer: logo (bottom right, 0.1-0.4s)"
    )
    again = Draft.from_json(draft.to_json())
    assert again == draft
    changed = apply(draft, edits.ChangeLayer(0, position="top", width_share=0.5), bench.infos).draft
    assert (changed.layers[0].position, changed.layers[0].width, changed.layers[0].d_ms) == ("top", 0.5, 300)
    two = apply(changed, edits.AddLayer("base", "base.gif"), bench.infos).draft
    moved = apply(two, edits.MoveLayer(1, 0), bench.infos).draft
    assert [layer.media for layer in moved.layers] == ["base", "logo"]
    assert len(moved.clips) == 1
    assert not apply(moved, edits.RemoveLayer(), bench.infos).draft.layers
    for wish in (edits.ChangeLayer(5, opacity=1), edits.RemoveLayer(3), edits.AddLayer("nothing")):
        with pytest.raises(BadRequest):
            apply(moved, wish, bench.infos)
    with pytest.raises(BadRequest):
        apply(draft, edits.AddLayer("logo", start_ms=5000), bench.infos)


def test_cutting_the_clip_moves_its_layers(bench: Bench) -> None:
    bench.add("logo", start_ms=500, end_ms=900)
    cut = apply(bench.draft, edits.Trim(250, 750), bench.infos).draft
    assert [(layer.at_ms, layer.d_ms) for layer in cut.layers] == [(250, 250)]
    assert not apply(bench.draft, edits.Trim(0, 250), bench.infos).draft.layers


def test_a_text_fades_and_slides(tmp_path: Path) -> None:
    base = made.png(tmp_path / "base.png", made.flat(120, 80, (0, 0, 0))[0])
    bench = Bench(tmp_path, base)
    bench.draft = apply(
        bench.draft, edits.AddText("HELLO", position="center", outline="none", fade_in_ms=400), bench.infos
    ).draft
    bright = [int(frame[..., 0].max()) for at, frame in bench.frames() if at <= 400]
    assert bright == sorted(bright)
    assert bright[0] < 40
    assert bright[-1] > 240
    bench.draft = apply(bench.draft, edits.ChangeText(0, slide="bottom"), bench.infos).draft
    tops = [int(np.flatnonzero((f[..., 0] > 200).any(1))[0]) for at, f in bench.frames() if at >= 80]
    assert tops == sorted(tops, reverse=True)
    assert tops[0] > tops[-1]


def test_the_same_pixels_as_ffmpegs_overlay(tmp_path: Path) -> None:
    base = made.png(tmp_path / "base.png", made.scene(160, 120, 1, noise=20)[0])
    over = made.png(tmp_path / "over.png", made.scene(80, 60, 1, alpha=True)[0])
    bench = Bench(tmp_path, base, over=over)
    bench.add("over", position="top-left", margin=0.0, width_share=0.5, opacity=0.6)
    ours = bench.frames()[0][1][..., :3].astype(float)
    graph = "[1]format=rgba,colorchannelmixer=aa=0.6[o];[0]format=gbrp[b];[b][o]overlay=0:0:format=gbrp,format=rgb24"
    inputs = ["-i", base, "-i", over, "-filter_complex", graph]
    command = [program("ffmpeg"), "-v", "error", *inputs, "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    theirs = np.frombuffer(raw[: 160 * 120 * 3], np.uint8).reshape(120, 160, 3).astype(float)
    assert np.abs(ours - theirs).mean() <= 2


def test_what_hides_the_clip_is_drawn_alone_and_what_lies_over_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = made.film(tmp_path / "base.mp4", made.scene(160, 120, 4))
    over = made.jpeg(tmp_path / "over.jpg", made.flat(80, 60, GREEN)[0])
    mark = made.png(tmp_path / "mark.png", made.flat(40, 30, BLUE)[0])
    bench = Bench(tmp_path, base, over=over, mark=mark)
    bench.add("over", width_share=1.5, position="center")
    bench.add("mark", width_share=0.25, position="top-left", margin=0.0)
    drawn = []
    monkeypatch.setattr(video, "picture", lambda *args, **how: drawn.append(args))
    for _, frame in bench.frames():
        assert box(frame, BLUE) == (0, 0, 40, 30)
        assert box(frame[60:], GREEN) == (0, 0, 160, 60)
        assert (frame[..., 3] == 255).all()
    assert not drawn


def test_a_film_at_a_quarter_of_its_size_is_as_ffmpeg_scales_it(tmp_path: Path) -> None:
    base = made.png(tmp_path / "base.png", made.scene(160, 120, 1, noise=20)[0])
    film = made.film(tmp_path / "film.mp4", made.scene(320, 240, 3))
    bench = Bench(tmp_path, base, film=film)
    bench.add("film", position="top-left", margin=0.0, width_share=0.5)
    ours = bench.frames()[0][1][:60, :80, :3].astype(float)
    scaling = "scale=80:60:flags=bicubic+accurate_rnd+full_chroma_int:out_range=pc,format=rgb24"
    command = [program("ffmpeg"), "-v", "error", "-i", film, "-vf", scaling, "-frames:v", "1", "-f", "rawvideo", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    theirs = np.frombuffer(raw[: 80 * 60 * 3], np.uint8).reshape(60, 80, 3).astype(float)
    assert np.abs(ours - theirs).mean() <= 2


def test_over_a_long_still_no_more_pictures_are_decoded_than_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = made.png(tmp_path / "base.png", made.flat(64, 64, RED)[0])
    clip = made.gif(tmp_path / "clip.gif", made.flat(32, 32, *[BLUE, GREEN] * 30), 5)
    bench = Bench(tmp_path, base, clip=clip)
    bench.draft = apply(bench.draft, edits.StillLength(60_000), bench.infos).draft
    bench.add("clip")
    decoded = []
    real = layers.decode.frames

    def counted(*args: Any) -> Any:
        for frame in real(*args):
            decoded.append(frame)
            yield frame

    monkeypatch.setattr(layers.decode, "frames", counted)
    frames = bench.composed().frames()
    for _ in range(5):
        next(frames)
    assert len(decoded) < 25


def test_a_sound_is_no_layer(bench: Bench, tmp_path: Path) -> None:
    bench.paths["tone"] = made.sound(tmp_path / "tone.wav")
    bench.infos["tone"] = probe(bench.paths["tone"])
    track = {"tt": 0, "sg": [{"media": "tone"}]}
    draft = bench.draft.to_json()
    bench.draft = Draft.from_json({**draft, "t": [*draft["t"], track]})
    with pytest.raises(BadRequest):
        bench.composed()
