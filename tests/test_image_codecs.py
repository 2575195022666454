"""WebP, APNG, PNG and AVIF as we write them: what is seen was meant, times are exact, bytes follow the lever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from compressor import codecs
from compressor.decode import frames
from compressor.errors import Cancelled, EncoderFailure
from compressor.goal import Goal
from compressor.media import Frame, MediaInfo
from compressor.probe import probe
from compressor.verify import Promise, check

from . import media_made as made

MOVING = ["webp", "apng", "avif"]
EXACT = ["webp", "apng"]
STILL = ["png", "jpeg"]


def clip(pictures: Sequence[made.Picture], holds_ms: int | Sequence[int] = 50) -> list[Frame]:
    holds = [holds_ms] * len(pictures) if isinstance(holds_ms, int) else holds_ms
    at, found = 0, []
    for picture, hold in zip(pictures, holds, strict=True):
        found.append(Frame(picture, at * 1000, hold * 1000))
        at += hold
    return found


def encoded(
    out: Path, kind: str, source: Sequence[Frame], goal: Goal | None = None, loop: int | None = 0, **settings: Any
) -> tuple[MediaInfo, list[Frame]]:
    """The file's facts and frames after it passed the last look."""
    codec = codecs.by_format(kind)
    height, width = source[0].rgba.shape[:2]
    alpha = any((f.rgba[..., 3] < 255).any() for f in source)
    end = source[-1].at_us + source[-1].hold_us
    plan = codec.plan(goal or Goal(), codecs.Shape(width, height, len(source), end, has_alpha=alpha))
    plan = replace(plan, settings=plan.settings | settings)
    codec.encode(source, plan, out, loop=loop)
    info = probe(out)
    check(out, Promise(kind if info.format != "png" else "png", width, height))
    return info, list(frames(out, info))


def seen_at(found: Sequence[Frame], at_us: int) -> made.Picture:
    return next(f.rgba for f in found if f.at_us <= at_us < f.at_us + f.hold_us)


def apart(a: made.Picture, b: made.Picture) -> float:
    over = [p[..., :3].astype(float) * (p[..., 3:] / 255.0) + 128 * (1 - p[..., 3:] / 255.0) for p in (a, b)]
    return float(np.abs(over[0] - over[1]).mean())


def soft(width: int, height: int, count: int) -> list[made.Picture]:
    """A disc with a soft edge that moves over nothing."""
    y, x = np.mgrid[0:height, 0:width]
    pictures = []
    for number in range(count):
        far = np.hypot(x - 10 - 4 * number, y - height / 2)
        picture = np.zeros((height, width, 4), np.uint8)
        picture[..., 0], picture[..., 1] = 200, 5 * number
        picture[..., 3] = np.clip((12 - far) * 40, 0, 255)
        pictures.append(picture)
    return pictures


CLIPS = {
    "scene": made.scene(70, 50, 6),
    "noise": made.scene(33, 21, 4, noise=60),
    "sticker": made.scene(48, 48, 5, alpha=True),
    "soft": soft(64, 40, 5),
    "flat": made.flat(17, 9, (1, 2, 3), (4, 5, 6), (4, 5, 6), (250, 0, 0)),
    "vanishing": made.flat(20, 20, (200, 0, 0), (0, 0, 0, 0), (0, 200, 0), (0, 200, 0, 90)),
    "grey": made.flat(8, 8, (0, 0, 0), (255, 255, 255), (128, 128, 128)),
    "one pixel": made.flat(1, 1, (9, 8, 7), (7, 8, 9)),
}


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("kind", EXACT)
def test_lossless_is_exact(tmp_path: Path, kind: str, name: str) -> None:
    source = clip(CLIPS[name])
    info, found = encoded(tmp_path / "x", kind, source, Goal(lossless=True))
    for frame in source:
        shown = seen_at(found, frame.at_us)
        assert (shown[..., 3] == frame.rgba[..., 3]).all()
        visible = frame.rgba[..., 3] > 0
        assert (shown[visible] == frame.rgba[visible]).all()
    assert info.shown_ms == (source[-1].at_us + source[-1].hold_us) // 1000


@pytest.mark.parametrize("name", CLIPS)
@pytest.mark.parametrize("kind", MOVING)
def test_lossy_looks_alike(tmp_path: Path, kind: str, name: str) -> None:
    source = clip(CLIPS[name])
    _, found = encoded(tmp_path / "x", kind, source)
    for frame in source:
        assert apart(seen_at(found, frame.at_us), frame.rgba) < (24 if name == "noise" else 8)


@pytest.mark.parametrize("kind", MOVING)
def test_times_are_exact(tmp_path: Path, kind: str) -> None:
    holds = [20, 33, 1000, 11, 40, 70_000, 17, 250]
    source = clip(made.scene(40, 30, 8), holds)
    info, found = encoded(tmp_path / "x", kind, source)
    starts = {round(f.at_us / 1000) for f in found}
    assert {round(f.at_us / 1000) for f in source} <= starts
    assert info.shown_ms == sum(holds)


@pytest.mark.parametrize("kind", MOVING)
def test_thirds_of_a_second_do_not_drift(tmp_path: Path, kind: str) -> None:
    at = [round(n * 1_000_000 / 30) for n in range(31)]
    source = [Frame(p, at[n], at[n + 1] - at[n]) for n, p in enumerate(made.scene(32, 32, 30))]
    info, found = encoded(tmp_path / "x", kind, source)
    assert info.shown_ms == 1000
    assert max(abs(f.at_us - at[n]) for n, f in enumerate(found)) <= 500


@pytest.mark.parametrize("kind", MOVING)
def test_frames_too_short_to_be_shown_give_their_time_away(tmp_path: Path, kind: str) -> None:
    source = clip(made.scene(32, 32, 20), 5)
    info, found = encoded(tmp_path / "x", kind, source)
    assert info.shown_ms == info.duration_ms == 100
    assert all(f.hold_us > 10_000 for f in found)


@pytest.mark.parametrize("kind", MOVING)
def test_equal_frames_are_stored_once(tmp_path: Path, kind: str) -> None:
    red, blue = made.flat(20, 20, (255, 0, 0), (0, 0, 255))
    info, _ = encoded(tmp_path / "x", kind, clip([red, red, red, blue, blue, red]))
    assert (info.frames, info.duration_ms) == (3, 300)


@pytest.mark.parametrize("loop", [0, 1, 2, 7])
@pytest.mark.parametrize("kind", MOVING)
def test_the_loop_is_kept(tmp_path: Path, kind: str, loop: int) -> None:
    assert encoded(tmp_path / "x", kind, clip(made.scene(32, 32, 3)), loop=loop)[0].loop == loop


@pytest.mark.parametrize("kind", [*MOVING, "png"])
def test_one_frame_makes_a_still(tmp_path: Path, kind: str) -> None:
    for name in ("scene", "sticker", "soft"):
        info, found = encoded(tmp_path / "x", kind, clip(CLIPS[name][:1]))
        assert (info.kind, info.frames, len(found)) == ("image", 1, 1)
        assert apart(found[0].rgba, CLIPS[name][0]) < 8


@pytest.mark.parametrize("kind", STILL)
def test_a_still_takes_the_first_frame_alone(tmp_path: Path, kind: str) -> None:
    info, found = encoded(tmp_path / "x", kind, clip(CLIPS["scene"]), Goal(lossless=True))
    assert (info.format, len(found)) == (kind, 1)
    assert apart(found[0].rgba, CLIPS["scene"][0]) <= (0 if kind == "png" else 1)


@pytest.mark.parametrize("kind", EXACT)
def test_what_stands_still_stays_still(tmp_path: Path, kind: str) -> None:
    """Away from the square not a single pixel may change from frame to frame, however coarse the coding is."""
    source = clip(made.scene(160, 96, 8, noise=0))
    settings = {"quality": 20} if kind == "webp" else {"colors": 16}
    _, found = encoded(tmp_path / "x", kind, source, **settings)
    for before, after, old, new in zip(found, found[1:], source, source[1:], strict=False):
        still = (old.rgba == new.rgba).all(axis=-1)
        blocks = still[:96, :160].reshape(6, 16, 10, 16).all(axis=(1, 3)).repeat(16, 0).repeat(16, 1)
        assert (before.rgba[blocks] == after.rgba[blocks]).all()


@pytest.mark.parametrize("kind", MOVING)
def test_the_lever_moves_bytes_one_way(tmp_path: Path, kind: str) -> None:
    codec = codecs.by_format(kind)
    source = clip(made.scene(120, 90, 5, noise=25))
    plan = codec.plan(Goal(), codecs.Shape(120, 90, 5, 250_000))
    lever = codec.lever(plan)
    assert lever is not None
    low, high = lever.coarsest, lever.finest
    sizes = []
    for share in (0.0, 0.3, 0.6, 0.9):
        value = low * (high / low) ** share if lever.log else low + (high - low) * share
        codec.encode(source, codecs.turned(codec, plan, value), tmp_path / "x")
        sizes.append((tmp_path / "x").stat().st_size)
    assert sizes == sorted(sizes)
    assert sizes[-1] > 2 * sizes[0]


@pytest.mark.parametrize("kind", [*MOVING, *STILL])
def test_lossless_has_no_lever_and_variants_are_plans(kind: str) -> None:
    codec = codecs.by_format(kind)
    shape = codecs.Shape(40, 30, 3, 300_000)
    assert codec.lever(codec.plan(Goal(lossless=True), shape)) is None
    plan = codec.plan(Goal(), shape)
    for other in codec.variants(plan, Goal(), shape):
        assert (other.format, other.width, other.height) == (plan.format, plan.width, plan.height)
        assert other.settings != plan.settings


@pytest.mark.parametrize("kind", MOVING)
def test_threads_do_not_change_the_file(tmp_path: Path, kind: str) -> None:
    if kind == "avif":
        pytest.skip("libaom's own threads")
    source = clip(made.scene(80, 60, 9, noise=9))
    for threads in (1, 3):
        encoded(tmp_path / str(threads), kind, source, threads=threads)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "3").read_bytes()


@pytest.mark.parametrize("kind", MOVING)
def test_it_tells_its_progress_and_can_be_stopped(tmp_path: Path, kind: str) -> None:
    codec = codecs.by_format(kind)
    source = clip(made.scene(32, 32, 6))
    plan = codec.plan(Goal(), codecs.Shape(32, 32, 6, 300_000))
    told: list[int] = []
    codec.encode(source, plan, tmp_path / "x", tick=told.append)
    assert told == [1, 2, 3, 4, 5, 6]

    def stop(count: int) -> None:
        if count == 3:
            raise Cancelled("It was stopped.")

    with pytest.raises(Cancelled):
        codec.encode(source, plan, tmp_path / "y", tick=stop)


@pytest.mark.parametrize("kind", [*MOVING, *STILL])
def test_wrong_sizes_and_nothing_are_refused(tmp_path: Path, kind: str) -> None:
    codec = codecs.by_format(kind)
    plan = codec.plan(Goal(), codecs.Shape(32, 32, 2, 100_000))
    with pytest.raises(EncoderFailure):
        codec.encode([], plan, tmp_path / "x")
    with pytest.raises(EncoderFailure, match="size"):
        codec.encode(clip(made.scene(33, 32, 2)), plan, tmp_path / "x")


def test_a_size_that_changes_never_reaches_an_encoder(tmp_path: Path) -> None:
    for kind in MOVING:
        codec = codecs.by_format(kind)
        plan = codec.plan(Goal(), codecs.Shape(32, 32, 2, 100_000))
        mixed = clip([*made.scene(32, 32, 1), *made.scene(64, 64, 1)])
        with pytest.raises(EncoderFailure, match="size"):
            codec.encode(mixed, plan, tmp_path / "x")


def test_a_webp_mixes_lossy_and_lossless(tmp_path: Path) -> None:
    photo = made.scene(128, 96, 2, noise=50)
    drawing = made.flat(128, 96, (255, 0, 0), (0, 0, 255))
    out = tmp_path / "x"
    encoded(out, "webp", clip([photo[0], drawing[0], photo[1], drawing[1]]), quality=60)
    data = out.read_bytes()
    assert b"VP8 " in data
    assert b"VP8L" in data


def test_a_webp_stores_noise_of_few_colours_without_loss(tmp_path: Path) -> None:
    """zlib makes little of it, libwebp's palettes do: lossy needs more bytes and looks far worse."""
    drawn = np.random.default_rng(5).integers(0, 12, (3, 40, 60))
    palette = np.concatenate([np.random.default_rng(6).integers(0, 256, (12, 3)), np.full((12, 1), 255)], axis=1)
    source = clip(list(palette.astype(np.uint8)[drawn]))
    info, found = encoded(tmp_path / "exact.webp", "webp", source, quality=40)
    assert info.bytes < encoded(tmp_path / "lossy.webp", "webp", source, quality=40, mixed=False)[0].bytes
    assert all(apart(a.rgba, b.rgba) == 0 for a, b in zip(found, source, strict=True))


@pytest.mark.parametrize(("colors", "bits"), [(2, 1), (4, 2), (16, 4), (200, 8)])
def test_an_apng_takes_no_more_bits_than_it_needs(tmp_path: Path, colors: int, bits: int) -> None:
    picture = np.zeros((20, 40, 4), np.uint8)
    picture[..., 0] = (np.arange(800).reshape(20, 40) * 7) % colors
    picture[..., 3] = 255
    out = tmp_path / "x"
    _, found = encoded(out, "apng", clip([picture, picture[::-1].copy()]), Goal(lossless=True))
    assert out.read_bytes()[24:26] in (bytes([bits, 3]), bytes([{2: 2, 4: 4, 16: 8, 200: 8}[colors], 3]))
    assert (found[0].rgba == picture).all()


def test_other_programs_read_the_same(tmp_path: Path) -> None:
    """Pillow's own readers, which share no line with ours, see the same pictures."""
    source = clip(made.scene(70, 50, 6))
    for kind in EXACT:
        _, found = encoded(tmp_path / "x", kind, source, Goal(lossless=True))
        with Image.open(tmp_path / "x") as image:
            assert image.n_frames == len(found)  # type: ignore[attr-defined]
            for number, frame in enumerate(found):
                image.seek(number)
                assert (np.array(image.convert("RGBA")) == frame.rgba).all()


def test_a_webp_of_a_noisy_clip_spends_its_bytes_on_what_moves(tmp_path: Path) -> None:
    """Noise that changes in every picture is not worth its bytes at a low quality; the square that moves is."""
    source = clip(made.scene(160, 96, 8, noise=25))
    plain = [Image.fromarray(frame.rgba[..., :3]) for frame in source]
    plain[0].save(tmp_path / "p.webp", save_all=True, append_images=plain[1:], duration=50, quality=20, method=4)
    _, found = encoded(tmp_path / "x", "webp", source, quality=20)
    assert (tmp_path / "x").stat().st_size < (tmp_path / "p.webp").stat().st_size
    for frame in source:
        assert apart(seen_at(found, frame.at_us), frame.rgba) < 24


def test_every_value_of_the_avif_lever_is_another_file(tmp_path: Path) -> None:
    source = clip(made.scene(64, 48, 2, noise=25))
    sizes = []
    for value in range(10, 18):
        encoded(tmp_path / "x", "avif", source, quantizer=value)
        sizes.append((tmp_path / "x").stat().st_size)
    assert sizes == sorted(set(sizes), reverse=True)


def test_a_webp_goes_on_moving_however_coarse_it_is(tmp_path: Path) -> None:
    for pictures in (made.scene(48, 48, 40), made.scene(48, 48, 40, alpha=True), made.scene(48, 48, 2)):
        source = clip(pictures)
        info, found = encoded(tmp_path / "x", "webp", source, quality=-30)
        assert info.frames > 1
        assert info.shown_ms == 50 * len(source)
        assert all(f.hold_us <= 600_000 for f in found)


def test_outlines_of_a_webp_wait_little_by_little(tmp_path: Path) -> None:
    """Just below 0 nearly all of a see-through clip is still there: no ceiling falls into a hole of its lever."""
    source = clip(made.scene(24, 24, 40, alpha=True))
    sizes = [encoded(tmp_path / "x", "webp", source, quality=q)[0].bytes for q in (0, -1, -20)]
    assert sizes[1] > 0.9 * sizes[0]
    assert sizes[2] < 0.5 * sizes[0]
