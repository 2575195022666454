"""The GIF encoder at its door: what is shown, for how long, how often, in how many bytes."""

from __future__ import annotations

import importlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from compressor.codecs import Shape, gif, gif_codec, turned
from compressor.codecs.gif import colour_count, lzw, palette, palette_order
from compressor.errors import BadRequest, Cancelled
from compressor.goal import Goal, Plan
from compressor.media import Frame

Clip = Callable[[], Iterator[Frame]]


def clip(pictures: list[np.ndarray], delays: list[int]) -> Clip:
    def frames() -> Iterator[Frame]:
        at = 0
        for rgba, delay in zip(pictures, delays, strict=True):
            hold = delay if delay >= 2 else 10
            yield Frame(rgba, at * 10_000, hold * 10_000, delay)
            at += hold

    return frames


def moving(count: int = 6, colours: int = 40, alpha: bool = False) -> list[np.ndarray]:
    noise = np.random.default_rng(colours)
    table = noise.integers(0, 256, (colours, 3))
    base = table[noise.integers(0, colours // 2, (30, 44))]
    out = []
    for k in range(count):
        rgba = np.full((30, 44, 4), 255, np.uint8)
        rgba[..., :3] = base
        x = 3 * k % 30
        rgba[5 + k % 12 : 15 + k % 12, x : x + 9, :3] = table[noise.integers(colours // 2, colours, (10, 9))]
        if alpha:
            ys, xs = np.mgrid[:30, :44]
            rgba[(ys - 15) ** 2 + (xs - 10 - 4 * k) ** 2 > 120] = 0
        out.append(rgba)
    return out


def written(frames: Clip, settings: gif.Settings, tmp_path: Path, **more: object) -> tuple[gif.GifFile, gif.Stats]:
    path = tmp_path / "out.gif"
    stats = gif.encode(frames, settings, path, **more)  # type: ignore[arg-type]
    assert path.stat().st_size == stats.bytes
    return gif.read(path), stats


def every(file: gif.GifFile, cs: int) -> list[np.ndarray]:
    """What is on screen, once in ``cs`` hundredths of a second."""
    shown = [f.rgba for f in file.frames() for _ in range(f.hold_us // 10_000)]
    return shown[::cs]


@pytest.mark.parametrize("alpha", [False, True])
@pytest.mark.parametrize("colours", [2, 40, 254, 256, 300])
def test_lossless_shows_the_same_pixels(tmp_path: Path, colours: int, alpha: bool) -> None:
    pictures = moving(colours=colours, alpha=alpha)
    file, _ = written(clip(pictures, [5] * len(pictures)), gif.Settings(), tmp_path)
    for ours, wanted in zip(every(file, 5), pictures, strict=True):
        assert (ours == wanted).all()


def test_others_read_it_as_we_do(tmp_path: Path) -> None:
    pictures = moving(alpha=True)
    written(clip(pictures, [5] * 6), gif.Settings(), tmp_path)
    shown = []
    with Image.open(tmp_path / "out.gif") as theirs:
        for k in range(theirs.n_frames):  # type: ignore[attr-defined]
            theirs.seek(k)
            got = np.asarray(theirs.convert("RGBA")).copy()
            got[got[..., 3] == 0] = 0
            shown += [got] * (theirs.info["duration"] // 10)
    for ours, wanted in zip(shown[::5], pictures, strict=True):
        assert (ours == wanted).all()


@pytest.mark.parametrize("lam", [0.0, 0.05])
def test_where_there_is_time_only_what_goes_is_wiped(tmp_path: Path, lam: float) -> None:
    """A sprite before a picture that stays, both with nothing behind them: the picture is not drawn again and again."""
    table = np.random.default_rng(1).integers(0, 256, (30, 3))
    base = np.zeros((60, 60, 4), np.uint8)
    base[:40, 5:55] = 255
    base[:40, 5:55, :3] = table[np.random.default_rng(2).integers(0, 30, (40, 50))]
    pictures = []
    for k in range(8):
        rgba = base.copy()
        rgba[35:55, 6 * k : 6 * k + 12] = (250, 120, 0, 255)
        pictures.append(rgba)
    short, _ = written(clip(pictures, [3] * 8), gif.Settings(lambda_=lam), tmp_path)
    assert len(short.heads) == 8
    file, _ = written(clip(pictures, [5] * 8), gif.Settings(lambda_=lam), tmp_path)
    assert file.data.size < 0.5 * short.data.size
    assert min(head.delay_cs for head in file.heads) >= 2
    assert file.duration_cs == 40
    for cs in (5, 1):
        for k, ours in enumerate(every(file, cs)):
            assert (ours[..., 3] == pictures[k * cs // 5][..., 3]).all()
            assert lam or (ours == pictures[k * cs // 5]).all()
    most, _ = written(clip(pictures, [5] * 8), gif.Settings(lambda_=lam, max_frames=15), tmp_path)
    assert len(most.heads) == 8
    assert len(written(clip(pictures, [5] * 8), gif.Settings(lambda_=lam, max_frames=16), tmp_path)[0].heads) > 8


def test_delays_are_kept_verbatim_and_equal_frames_merge(tmp_path: Path) -> None:
    a, b, c = moving(3)
    file, stats = written(clip([a, a, b, c, c, c], [7, 3, 0, 2, 1, 9]), gif.Settings(), tmp_path)
    # c, c: the second has a delay under 2, which browsers show as 10: it must stay a frame of its own.
    assert [f.delay_cs for f in file.frames()] == [10, 0, 2, 1, 9]
    assert stats.source_frames == 6


def test_a_delay_too_long_for_one_frame_is_split_exactly(tmp_path: Path) -> None:
    a, b = moving(2)
    for total in (65_535, 65_536, 65_537, 200_000):
        file, _ = written(clip([a, a, b], [60_000, total - 60_000, 5]), gif.Settings(), tmp_path)
        delays = [f.delay_cs or 0 for f in file.frames()]
        assert sum(delays[:-1]) == total
        assert min(delays) >= 2


def test_times_that_are_no_centiseconds_keep_their_sum(tmp_path: Path) -> None:
    pictures = moving(20)

    def frames() -> Iterator[Frame]:
        for k, rgba in enumerate(pictures):
            yield Frame(rgba, k * 1_000_000 // 30, (k + 1) * 1_000_000 // 30 - k * 1_000_000 // 30)

    file, _ = written(frames, gif.Settings(), tmp_path)
    assert abs(file.duration_cs - 20 * 100 / 30) <= 1
    assert {f.delay_cs for f in file.frames()} == {3, 4}


def test_faster_than_a_gif_can_show_drops_pictures_not_time(tmp_path: Path) -> None:
    pictures = moving(30, colours=10)

    def frames() -> Iterator[Frame]:
        for k, rgba in enumerate(pictures):
            yield Frame(rgba, k * 8_000, 8_000)

    file, _ = written(frames, gif.Settings(), tmp_path)
    assert file.duration_cs == 24
    assert min(f.delay_cs or 0 for f in file.frames()) >= 2


@pytest.mark.parametrize(("loop", "said"), [(0, 0), (1, 1), (None, 1), (5, 5)])
def test_the_loop_count_comes_back(tmp_path: Path, loop: int | None, said: int) -> None:
    file, _ = written(clip(moving(2), [5, 5]), gif.Settings(), tmp_path, loop=loop)
    assert file.loop == said


def test_more_colours_than_a_palette_holds_come_out_near(tmp_path: Path) -> None:
    ys, xs = np.mgrid[:64, :64]
    rgba = np.full((64, 64, 4), 255, np.uint8)
    rgba[..., 0], rgba[..., 1], rgba[..., 2] = xs * 4, ys * 4, (xs + ys) * 2
    file, _ = written(clip([rgba], [5]), gif.Settings(), tmp_path)
    shown = next(iter(file.frames())).rgba.astype(int)
    assert np.abs(shown - rgba).mean() < 6


def test_fewer_colours_are_kept_to(tmp_path: Path) -> None:
    pictures = moving(colours=200)
    written(clip(pictures, [5] * 6), gif.Settings(colors=16), tmp_path)
    seen = {tuple(p) for f in gif.read(tmp_path / "out.gif").frames() for p in f.rgba.reshape(-1, 4)}
    assert len(seen) <= 16


def test_it_can_be_stopped(tmp_path: Path) -> None:
    def tick(done: int) -> None:
        if done == 2:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        gif.encode(clip(moving(), [5] * 6), gif.Settings(), io.BytesIO(), tick=tick)


def test_no_frames_and_one_shot_iterators_are_refused() -> None:
    with pytest.raises(BadRequest):
        gif.encode([], gif.Settings(), io.BytesIO())
    with pytest.raises(BadRequest):
        gif.encode(clip(moving(), [5] * 6)(), gif.Settings(), io.BytesIO())


@pytest.mark.parametrize("wrong", [{"lambda_": -1.0}, {"lambda_": float("nan")}, {"colors": 1}, {"colors": 257}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadRequest):
        gif.Settings(**wrong)  # type: ignore[arg-type]


def test_analysis_is_shared_by_encodes(tmp_path: Path) -> None:
    frames = clip(moving(), [5] * 6)
    found = gif.analyse(frames)
    for settings in (gif.Settings(), gif.Settings(lambda_=0.1), gif.Settings()):
        a, b = io.BytesIO(), io.BytesIO()
        gif.encode(frames, settings, a, analysis=found)
        gif.encode(frames, settings, b)
        assert a.getvalue() == b.getvalue()


def noisy(count: int = 8, size: tuple[int, int] = (48, 64)) -> list[np.ndarray]:
    """A still, smooth picture under film grain, with a disc moving over it."""
    noise = np.random.default_rng(11)
    ys, xs = np.mgrid[: size[0], : size[1]]
    out = []
    for k in range(count):
        rgba = np.full((*size, 4), 255, np.uint8)
        base = np.stack([xs * 3, ys * 4, 120 + 0 * xs], -1) + noise.normal(0, 4, (*size, 3))
        base[(ys - 20) ** 2 + (xs - 10 - 5 * k) ** 2 < 60] = (230, 40, 40)
        rgba[..., :3] = np.clip(base, 0, 255)
        out.append(rgba)
    return out


def error(file: gif.GifFile, pictures: list[np.ndarray]) -> float:
    return float(np.mean([np.abs(f.rgba.astype(int) - w).mean() for f, w in zip(file.frames(), pictures, strict=True)]))


def test_more_lambda_means_fewer_bytes_and_more_error(tmp_path: Path) -> None:
    pictures = noisy()
    seen = []
    for lam in (0.003, 0.03, 0.3):
        file, stats = written(clip(pictures, [5] * 8), gif.Settings(lambda_=lam), tmp_path)
        seen.append((stats.bytes, error(file, pictures)))
    assert seen[0][0] > seen[1][0] > seen[2][0]
    assert seen[0][1] < seen[1][1] < seen[2][1]
    assert seen[1][1] < 8


def test_lossy_leaves_no_trail(tmp_path: Path) -> None:
    pictures = noisy()
    file, _ = written(clip(pictures, [5] * 8), gif.Settings(lambda_=0.1), tmp_path)
    last = [f.rgba for f in file.frames()][-1].astype(int)
    red = last[..., 2] < 80
    true = pictures[-1][..., 2] == 40
    assert (red & ~true).sum() < 0.1 * true.sum()


def test_lossy_does_not_touch_what_is_still(tmp_path: Path) -> None:
    still = noisy(1)[0]
    pictures = []
    for k in range(6):
        rgba = still.copy()
        rgba[30:40, 5 * k : 5 * k + 10, :3] = (250, 250, 0)
        pictures.append(rgba)
    file, _ = written(clip(pictures, [5] * 6), gif.Settings(lambda_=0.1), tmp_path)
    shown = [f.rgba for f in file.frames()]
    for k in range(1, 6):
        same = (pictures[k] == pictures[k - 1]).all(-1)
        assert (shown[k][same] == shown[k - 1][same]).all()


def test_tiny_frames_are_coded_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = noisy(count=12, size=(24, 24))
    source = clip(pictures, [10] * 12)
    file, shorter = written(source, gif.Settings(lambda_=0.05), tmp_path)
    shown = every(file, 10)
    monkeypatch.setattr(importlib.import_module("compressor.codecs.gif.lossy"), "TINY", 0)
    file, usual = written(source, gif.Settings(lambda_=0.05), tmp_path)
    assert shorter.bytes < usual.bytes
    assert all(np.array_equal(one, other) for one, other in zip(shown, every(file, 10), strict=True))


def test_lossy_keeps_alpha_exactly(tmp_path: Path) -> None:
    pictures = moving(colours=300, alpha=True)
    file, _ = written(clip(pictures, [5] * 6), gif.Settings(lambda_=0.2), tmp_path)
    for ours, wanted in zip(every(file, 5), pictures, strict=True):
        assert (ours[..., 3] == wanted[..., 3]).all()


def test_lossy_keeps_time_whatever_it_leaves_out(tmp_path: Path) -> None:
    still = noisy(1)[0]
    nearly = still.copy()
    nearly[0, 0, 0] ^= 1
    delays = [4, 5, 6, 0, 7, 3]
    file, stats = written(clip([still, nearly] * 3, delays), gif.Settings(lambda_=0.5), tmp_path)
    assert file.shown_ms == 10 * (4 + 5 + 6 + 10 + 7 + 3)
    assert stats.frames == len(file.heads) == 3
    assert [f.delay_cs for f in file.frames()] == [15, 0, 10]


def test_true_colour_sources_need_no_palette_of_theirs(tmp_path: Path) -> None:
    pictures = noisy(4, (64, 96))
    file, _ = written(clip(pictures, [5] * 4), gif.Settings(lambda_=0.005), tmp_path)
    assert error(file, pictures) < 4


@pytest.mark.parametrize("lam", [0.0, 0.05])
def test_a_picture_that_disposal_brings_back_keeps_its_own_time(tmp_path: Path, lam: float) -> None:
    base = moving(1, colours=10, alpha=True)[0]
    more = base.copy()
    more[25:29, 36:42] = (255, 0, 0, 255)
    pictures = [base, more, base, more, base]
    file, _ = written(clip(pictures, [5] * 5), gif.Settings(lambda_=lam), tmp_path)
    shown = {f.at_us + k * 10_000: f.rgba for f in file.frames() for k in range(f.hold_us // 10_000)}
    for k, wanted in enumerate(pictures):
        assert (shown[k * 50_000][..., 3] == wanted[..., 3]).all()


def test_a_clip_is_told_by_what_newly_appears() -> None:
    grain = noisy(5, (40, 60))
    flat = [np.full((40, 60, 4), 255, np.uint8) for _ in range(5)]
    for k, rgba in enumerate(flat):
        rgba[10:20, 5 * k : 5 * k + 20, :3] = (20 * k, 90, 10)
    drawn = gif.analyse(clip(flat, [5] * 5))
    assert drawn.flat > 0.9
    assert drawn.moving < 0.5
    rng = np.random.default_rng(3)
    for rgba in grain:
        rgba[..., :3] = rng.integers(0, 8, (40, 60, 3)) * 30
    filmed = gif.analyse(clip(grain, [5] * 5))
    assert filmed.flat < 0.1
    assert filmed.moving > 0.9


def test_each_frame_may_have_few_colours_of_its_own(tmp_path: Path) -> None:
    pictures = []
    for k in range(6):
        rgba = np.full((64, 64, 4), 255, np.uint8)
        rgba[..., 0] = 30 * k + (np.arange(64) // 16)[None] * 12
        rgba[..., 1:3] = 250 - 40 * k
        pictures.append(rgba)
    common, _ = written(clip(pictures, [5] * 6), gif.Settings(lambda_=0.01, colors=4), tmp_path)
    off = error(common, pictures)
    own, _ = written(clip(pictures, [5] * 6), gif.Settings(lambda_=0.01, colors=16, local=True), tmp_path)
    assert error(own, pictures) < off
    assert max(head.palette_size for head in own.heads) <= 16


def test_times_that_follow_a_delay_that_browsers_stretch_keep_to_the_shown_clock() -> None:
    from compressor.codecs.gif import timing

    pictures = [np.full((4, 4, 4), 255 - 20 * k, np.uint8) for k in range(5)]
    clock = [(100_000, 1), (120_000, None), (100_000, 0), (80_000, None), (90_000, None)]
    at, frames = 0, []
    for rgba, (hold, delay) in zip(pictures, clock, strict=True):
        frames.append(Frame(rgba, at, hold, delay))
        at += hold
    assert [shown.delays for shown in timing.paced(frames)] == [[1], [12], [0], [8], [9]]


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("ahead", [0, 1, 3])
@pytest.mark.parametrize("colours", [3, 200])
@pytest.mark.parametrize("restarts", [False, True])
def test_every_way_of_coding_a_frame_shows_the_same(early: bool, ahead: int, colours: int, restarts: bool) -> None:
    """Whatever is looked ahead for and whenever the dictionary is cleared: drawn is what must be, or what is kept."""
    noise = np.random.default_rng(colours + ahead)
    indices = noise.integers(0, colours, 90_000).astype(np.uint8)
    indices[20_000:50_000] = indices[:30_000]
    keep = (noise.integers(0, 9, indices.size) // 7).astype(np.uint8)
    keep[noise.integers(0, indices.size, 500)] = 2
    out = np.empty(2 * indices.size + 1024, np.uint8)
    cuts = np.empty(indices.size // 900 + 2, np.int64)
    cuts = cuts[: lzw.restarts(indices, keep, colours, 8, 900, cuts)] if restarts else lzw.NO_CUTS
    assert bool(cuts.size) == restarts
    size = lzw.encode_exact(indices, keep, colours, 8, early, ahead, cuts, out)
    back = np.empty_like(indices)
    assert lzw.decode(out[:size], size, 8, back) == indices.size
    left = back == colours
    assert (back[~left] == indices[~left]).all()
    assert left[keep == 2].all()
    assert not left[keep == 0].any()


def test_the_dictionary_is_cleared_where_that_pays(tmp_path: Path) -> None:
    """Two patterns with nothing in common: what was learnt of the first is no help with the second."""
    noise = np.random.default_rng(4)
    indices = np.concatenate([noise.integers(0, 16, 9_000), noise.integers(16, 32, 9_000)]).astype(np.uint8)
    keep = np.zeros_like(indices)
    cuts = np.empty(indices.size // 100 + 2, np.int64)
    found = cuts[: lzw.restarts(indices, keep, 0, 5, 100, cuts)]
    out = np.empty(2 * indices.size, np.uint8)
    sizes = [lzw.encode_exact(indices, keep, 0, 5, False, 0, where, out) for where in (lzw.NO_CUTS, found)]
    assert found[-1] > indices.size
    assert any(8_000 < cut < 10_000 for cut in found)
    assert sizes[1] < sizes[0]


def test_noise_that_another_encoder_made_along_its_strings_costs_no_more_here(tmp_path: Path) -> None:
    """The dictionary is also tried cleared where others clear it: then their own strings are found again."""
    noise = np.random.default_rng(8)
    pictures = []
    for _ in range(2):
        rgba = np.full((200, 300, 4), 255, np.uint8)
        rgba[..., :3] = noise.integers(0, 6, (200, 300, 1)) * 40
        pictures.append(rgba)
    plain, _ = written(clip(pictures, [5] * 2), gif.Settings(), tmp_path)
    small, _ = written(clip(pictures, [5] * 2), gif.Settings(thorough=True), tmp_path)
    assert small.data.size <= plain.data.size
    for ours, wanted in zip(small.frames(), pictures, strict=True):
        assert (ours.rgba == wanted).all()


def test_small_frames_may_be_interlaced(tmp_path: Path) -> None:
    """Rows that are alike at a distance of eight, and not nearer."""
    noise = np.random.default_rng(4)
    rows = noise.integers(0, 200, (8, 96))
    rgba = np.full((96, 96, 4), 255, np.uint8)
    rgba[..., 0] = rows[np.arange(96) % 8]
    file, _ = written(clip([rgba], [5]), gif.Settings(thorough=True), tmp_path)
    assert file.heads[0].interlaced
    assert (next(file.frames()).rgba == rgba).all()
    with Image.open(tmp_path / "out.gif") as theirs:
        assert (np.asarray(theirs.convert("RGBA")) == rgba).all()


def test_threads_do_not_change_a_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("compressor.codecs.gif.encode"), "WORTH_PIXELS", 0)
    rng = np.random.default_rng(5)
    pictures = noisy(14, (48, 64))
    for k, rgba in enumerate(pictures):
        rgba[10:30, 4 * k : 4 * k + 9, :3] = rng.integers(0, 256, (20, min(9, 64 - 4 * k), 3))
    fewer = gif.Settings(lambda_=0.3, colors=16, local=True)
    for settings in (gif.Settings(lambda_=0.02), fewer, gif.Settings(thorough=True)):
        outs = []
        for threads in (1, 2, 2):
            out = io.BytesIO()
            gif.encode(clip(pictures, [5] * 14), settings, out, threads=threads)
            outs.append(out.getvalue())
        assert outs[0] == outs[1] == outs[2]


def test_an_encode_that_is_stopped_leaves_no_thread_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.import_module("compressor.codecs.gif.encode"), "WORTH_PIXELS", 0)

    def stop(done: int) -> None:
        if done == 3:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        gif.encode(clip(noisy(12), [5] * 12), gif.Settings(lambda_=0.05), io.BytesIO(), tick=stop, threads=2)
    assert not [t for t in threading.enumerate() if t.name.startswith("gif-")]


def test_the_finest_end_of_the_lever_is_the_file_without_loss(tmp_path: Path) -> None:
    pictures = moving(colours=60, alpha=True)
    codec = gif_codec.CODEC
    shape = Shape(44, 30, 6, 300_000, True, False, "gif")
    lossless = codec.plan(Goal(lossless=True), shape)
    lossy = codec.plan(Goal(), shape)
    lever = codec.lever(lossy)
    assert lever is not None
    frames = list(clip(pictures, [5] * 6)())
    for name, plan in (("a", lossless), ("b", turned(codec, lossy, lever.finest))):
        codec.encode(codec.prepare(frames, plan), plan, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_streams_are_coded_anew_and_show_the_same(tmp_path: Path) -> None:
    """Boxes, disposals, tables and times stay; a stream whose pixels are not all there stays as it is."""
    rows = [Image.fromarray(rgba).convert("P", palette=Image.Palette.ADAPTIVE) for rgba in moving(colours=60)]
    first, second = tmp_path / "a.gif", tmp_path / "b.gif"
    rows[0].save(first, save_all=True, append_images=rows[1:], duration=70, loop=3, disposal=2)
    data = first.read_bytes()
    second.write_bytes(gif.recoded(data))
    before, after = gif.read(first), gif.read(second)
    assert second.stat().st_size < first.stat().st_size
    assert [(h.x, h.y, h.width, h.height, h.delay_cs, h.disposal) for h in after.heads] == [
        (h.x, h.y, h.width, h.height, h.delay_cs, h.disposal) for h in before.heads
    ]
    assert before.loop == after.loop
    for one, other in zip(before.frames(), after.frames(), strict=True):
        np.testing.assert_array_equal(one.rgba, other.rgba)
    head = before.heads[-1]
    cut = data[: head.data_at + 1] + b"\x02\x44\x01\x00" + data[head.data_end :]
    assert gif.recoded(cut).endswith(cut[head.data_at :])


def test_a_picture_that_stays_and_then_goes_is_whole(tmp_path: Path) -> None:
    """Delays under 2 cs are not merged, so the second of two equal pictures is the one that is disposed of."""
    there = np.zeros((12, 12, 4), np.uint8)
    there[2:10, 2:10] = (200, 40, 30, 255)
    gone = np.zeros_like(there)
    gone[4:6, 4:6] = (20, 40, 230, 255)
    frames = [
        Frame(rgba, k * 100_000, 100_000, delay)
        for k, (rgba, delay) in enumerate([(there, 1), (there, 3), (gone, 1), (gone, 3), (there, 3)])
    ]
    for lambda_ in (0.0, 0.5, 20.0):
        gif.encode(frames, gif.Settings(lambda_=lambda_), tmp_path / "a.gif")
        found = gif.read(tmp_path / "a.gif")
        assert all(raw.decoded == raw.indices.size for raw in found.raw())
        shown = [frame.rgba[..., 3].sum() // 255 for frame in found.frames()]
        assert [shown[0], shown[-1]] == [64, 64]
        assert 4 in shown


def test_colours_that_are_drawn_together_stand_in_front() -> None:
    """Frames of few colours get short codes, whichever colours are used most; what stands there is a permutation."""
    noise = np.random.default_rng(3)
    table = noise.permutation(256 * 256)[:200].astype(np.uint32).view(np.uint8).reshape(-1, 4)[:, :3].copy()
    packed = colour_count.pack(table)
    sets = {np.sort(packed[k * 15 + 100 : k * 15 + 115]).tobytes(): 3 for k in range(4)}
    sets[np.sort(packed[50:130]).tobytes()] = 1
    sorted_ = palette_order.ordered(table, sets)
    place = {int(colour): k for k, colour in enumerate(colour_count.pack(sorted_))}
    assert sorted(place) == sorted(int(c) for c in packed)
    highest = [max(place[int(c)] for c in np.frombuffer(together, np.uint32)) for together in sets]
    assert min(highest) < 15
    assert sorted(highest)[3] < 63
    assert max(highest) < 127
    assert (palette_order.ordered(table, {}) == table).all()


def test_what_may_stay_is_not_drawn_where_that_needs_longer_codes(tmp_path: Path) -> None:
    """A background of many colours, over which pictures of three colours move: they have codes of three bits."""
    noise = np.random.default_rng(5)
    base = np.full((60, 60, 4), 255, np.uint8)
    base[..., :3] = noise.integers(0, 256, (200, 3))[noise.integers(0, 200, (60, 60))]
    pictures = [base]
    for _ in range(3):
        rgba = base.copy()
        rgba[10:30:2, 10:40:2, :3] = noise.integers(0, 256, (3, 3))[noise.integers(0, 3, (10, 15))]
        pictures.append(rgba)
    file, _ = written(clip(pictures, [5] * 4), gif.Settings(thorough=True), tmp_path)
    first, *others = [int(file.data[head.data_at]) for head in file.heads]
    assert first == 8
    assert max(others) <= 4
    for shown, wanted in zip(file.frames(), pictures, strict=True):
        assert (shown.rgba == wanted).all()


def test_tables_of_one_merge_are_those_of_merges_of_their_own() -> None:
    """A merge goes on from larger tables to smaller ones, whatever is asked for first."""
    noise = np.random.default_rng(3)
    for many, bins in ((400, 600), (900, 600), (9000, 2048)):
        rgb = np.unique(noise.integers(0, 256, (many, 3), np.uint8), axis=0)
        weights = noise.integers(1, 1000, len(rgb))
        merge = palette.Merge(rgb, weights, bins=bins)
        for count in (15, 255, 63, 2):
            table = merge.table(count)
            assert np.array_equal(table, palette.reduce(rgb, weights, count, bins=bins))
            assert len(table) <= count
            assert len(np.unique(np.concatenate([rgb, table]), axis=0)) == len(rgb)  # colours that occur


def test_the_merge_takes_the_cheapest_pair_each_time() -> None:
    points = np.random.default_rng(4).normal(0, 300, (60, 3))
    mass = np.random.default_rng(5).uniform(1, 50, 60)
    steps = palette._ward(np.ascontiguousarray(points.T), mass.copy())
    left = {k: (points[k], mass[k]) for k in range(60)}
    for kept, gone in steps.tolist():
        costs = {
            (a, b): ((left[a][0] - left[b][0]) ** 2).sum() * left[a][1] * left[b][1] / (left[a][1] + left[b][1])
            for a in left
            for b in left
            if a < b
        }
        assert costs[min(kept, gone), max(kept, gone)] == pytest.approx(min(costs.values()))
        (p, m), (q, n) = left[kept], left.pop(gone)
        left[kept] = (p * m + q * n) / (m + n), m + n
    assert len(left) == 1


@pytest.mark.parametrize(("many", "lambda_"), [(20, 0.05), (300, 0.05), (3000, 5.0)])
def test_a_plan_that_would_give_the_same_file_is_not_tried(tmp_path: Path, many: int, lambda_: float) -> None:
    """Fewer colours are no plan of their own where no more are used; where more are, they are."""
    noise = np.random.default_rng(many)
    table = noise.integers(0, 256, (many, 3))
    pictures = []
    for _ in range(3):
        rgba = np.full((60, 60, 4), 255, np.uint8)
        rgba[..., :3] = table[noise.integers(0, many, (60, 60))]
        pictures.append(rgba)
    codec = gif_codec.CODEC
    shape = Shape(60, 60, 3, 300_000, False, False, "gif")
    plan = turned(codec, codec.plan(Goal(), shape), lambda_)
    ready = codec.prepare(list(clip(pictures, [10] * 3)()), plan)

    def made(of: Plan) -> bytes:
        codec.encode(ready, of, tmp_path / "made.gif")
        return (tmp_path / "made.gif").read_bytes()

    idle = 0
    for variant in codec.variants(plan, Goal(), shape):
        if codec.idle(ready, plan, variant):
            idle += 1
            assert made(variant) == made(plan)
    assert idle == (2 if many == 20 else 0)  # 16 of 20 are fewer


def test_where_a_bit_more_a_pixel_leaps_over_a_ceiling_the_colours_stay_fewer(tmp_path: Path) -> None:
    """A plan of as many colours as it takes, at a finer λ, has more bytes than it and fewer than twice the colours."""
    noise = np.random.default_rng(4)
    pictures = [np.full((60, 60, 4), 255, np.uint8) for _ in range(3)]
    for rgba in pictures:
        rgba[..., :3] = np.clip(noise.normal(120, 30, (60, 60, 3)), 0, 255)
    codec = gif_codec.CODEC
    plan = turned(codec, codec.plan(Goal(), Shape(60, 60, 3, 300_000)), 1.0)
    ready = codec.prepare(list(clip(pictures, [10] * 3)()), plan)
    (filler,) = codec.fillers(ready, plan)

    def size(of: Plan, lambda_: float) -> int:
        codec.encode(ready, turned(codec, of, lambda_), tmp_path / "made.gif")
        return (tmp_path / "made.gif").stat().st_size

    assert filler.settings["colors"] < 256
    assert codec.fillers(ready, filler) == []
    assert size(plan, 1.0) < size(filler, 0.2) < size(plan, 0.2)
