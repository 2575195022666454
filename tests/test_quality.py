"""The judge: agrees with the reference package, sees what is shown when, and says shimmer only where nothing moved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from compressor.media import Frame
from compressor.quality import Judge, on_grey, picks, pixels, ssimulacra2, warm
from compressor.quality.ssimulacra2 import _features


def picture(seed: int, size: tuple[int, int], dark: bool = False) -> np.ndarray:
    """A smooth coloured noise with hard shapes on it, RGB (H, W, 3)."""
    rng = np.random.default_rng(seed)
    w, h = size
    small = rng.integers(0, 40 if dark else 256, (max(2, h // 16), max(2, w // 16), 3), dtype=np.uint8)
    a = np.array(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
    a[h // 4 : h // 3, w // 5 : w // 2] = (250, 40, 10)
    return a


def worse(a: np.ndarray, how: str) -> np.ndarray:
    if how == "blur":
        return np.array(Image.fromarray(a).filter(ImageFilter.GaussianBlur(1.2)))
    if how == "noise":
        noise = np.random.default_rng(9).normal(0, 6, a.shape)
        return np.clip(a + noise, 0, 255).astype(np.uint8)
    return np.array(Image.fromarray(a).quantize(16).convert("RGB"))


@pytest.mark.parametrize("size", [(320, 200), (257, 131), (116, 100), (40, 33), (9, 8)])
@pytest.mark.parametrize("how", ["blur", "noise", "colours"])
def test_agrees_with_the_reference_package(tmp_path: Path, size: tuple[int, int], how: str) -> None:
    from ssimulacra2.ssimulacra2 import compute_ssimulacra2

    a = picture(3, size, dark=how == "noise")
    b = worse(a, how)
    Image.fromarray(a).save(tmp_path / "a.png")
    Image.fromarray(b).save(tmp_path / "b.png")
    reference = compute_ssimulacra2(str(tmp_path / "a.png"), str(tmp_path / "b.png"))
    assert ssimulacra2(a, b) == pytest.approx(reference, abs=0.1)


def test_identical_is_100_and_tiny_pictures_do_not_fail() -> None:
    a = picture(1, (64, 48))
    assert ssimulacra2(a, a) == pytest.approx(100, abs=0.01)
    tiny = a[:4, :4]
    assert ssimulacra2(tiny, tiny) == 100
    assert ssimulacra2(tiny, 255 - tiny) < ssimulacra2(tiny, a[4:8, :4]) < 100, "tiny pictures are told apart too"
    with pytest.raises(ValueError, match="one size"):
        ssimulacra2(a, a[1:])


def clip(pictures: list[np.ndarray], holds_us: list[int]) -> list[Frame]:
    out, at = [], 0
    for rgb, hold in zip(pictures, holds_us, strict=True):
        out.append(Frame(np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)]), at, hold))
        at += hold
    return out


def test_result_with_merged_frames_is_seen_on_the_same_clock() -> None:
    a, b = picture(1, (64, 48)), picture(2, (64, 48))
    source = clip([a, a, b], [100_000, 50_000, 250_000])
    judge = Judge(lambda: source)
    merged = clip([a, b], [150_000, 250_000])
    assert judge.score(merged).mean == pytest.approx(100, abs=0.01)
    late = clip([a, b], [300_000, 100_000])
    assert judge.score(late).worst < 50


def test_shimmer_counts_only_where_the_source_is_still() -> None:
    a = picture(1, (64, 48))
    moving = a.copy()
    moving[:10] = 0
    source = clip([a, moving, moving], [100_000] * 3)
    judge = Judge(lambda: source)
    assert judge.score(source).shimmer == 0
    noisy = moving.copy()
    noisy[20:30] += 9
    assert judge.score(clip([a, moving, noisy], [100_000] * 3)).shimmer > 0


def test_quick_look_states_its_error_and_other_sizes_are_scaled() -> None:
    pictures = [picture(i, (64, 48)) for i in range(20)]
    source = clip(pictures, [40_000] * 20)
    judge = Judge(lambda: source)
    half = [np.array(Image.fromarray(p).resize((32, 24), Image.Resampling.LANCZOS)) for p in pictures]
    full = judge.score(clip(half, [40_000] * 20))
    quick = judge.score(clip(half, [40_000] * 20), samples=4)
    assert quick.samples == 4
    assert quick.error > 0
    assert abs(quick.mean - full.mean) < 6 * quick.error + 1


def test_picks_are_spread_over_time_not_over_frames() -> None:
    clock = [(0, 900), (900, 50), (950, 50)]
    assert picks(clock) == [0, 1] or picks(clock) == [0, 2] or picks(clock) == [0]
    assert picks([(0, 10)]) == [0]
    assert picks([]) == []


def test_on_grey_composites_straight_alpha() -> None:
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, 0] = (255, 0, 0, 255)
    rgba[0, 2] = (255, 255, 255, 51)
    assert on_grey(rgba).tolist() == [[[255, 0, 0], [128, 128, 128], [153, 153, 153]]]


def test_on_grey_is_the_formula_for_every_colour_and_alpha() -> None:
    colour, alpha = np.mgrid[0:256, 0:256].astype(np.uint8)
    every = np.stack([colour, 255 - colour, colour ^ 85, alpha], axis=-1)
    rng = np.random.default_rng(5)
    for size in [(1, 1), (7, 5), (33, 64), (48, 131)]:
        some = rng.integers(0, 256, (*size, 4), dtype=np.uint8)
        opaque = some.copy()
        opaque[..., 3] = 255
        rows = opaque.copy()
        rows[::3, -1, 3] = 254  # opaque ones stand beside others
        for rgba in (
            every,
            some,
            opaque,
            rows,
            some[:, ::-1],
            np.frombuffer(some.tobytes(), np.uint8).reshape(some.shape),
        ):
            a = rgba[..., 3:].astype(np.uint32)
            found = on_grey(rgba)
            assert np.array_equal(found, (rgba[..., :3] * a + 128 * (255 - a) + 127) // 255)
            assert found.flags.c_contiguous


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (64, 33), (131, 48)])
def test_what_is_the_same_and_how_far_the_rest_is_apart(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(6)
    one = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    other = np.where(rng.random((*size, 3)) < 0.2, rng.integers(0, 256, (*size, 3)), one).astype(np.uint8)
    mask = (one == other).all(axis=2)
    found = pixels.same(one, other)
    assert (found is None and not mask.any()) or np.array_equal(found, mask)
    assert pixels.same(one, one ^ 1) is None
    difference = np.abs(one.astype(int) - other)
    for where in (rng.random(size) < 0.5, np.ones(size, np.bool_)):
        if where.any():
            assert pixels.apart(one, other, where) == pytest.approx(difference[where].mean(), abs=1e-9)
    black, white = np.zeros_like(one), np.full_like(one, 255)
    assert pixels.apart(black, white, np.ones(size, np.bool_)) == 255


def test_no_picture_of_whatever_kind_has_a_kernel_compiled() -> None:
    warm()
    kernels = [_features, pixels._on_grey, pixels._same, pixels._apart]
    before = [len(kernel.signatures) for kernel in kernels]
    a, b = picture(1, (64, 48)), picture(2, (64, 48))
    kept = np.frombuffer(b.tobytes(), np.uint8).reshape(b.shape)  # as Pillow gives it
    whole = np.dstack([a, a[..., 0]])
    for other in (b, kept, np.flip(b, 1), np.asfortranarray(b)):
        ssimulacra2(a, other)
        ssimulacra2(other, a)
        pixels.same(a, other)
        pixels.apart(other, a, np.ones((48, 64), np.bool_))
    for rgba in (whole, np.frombuffer(whole.tobytes(), np.uint8).reshape(whole.shape), whole[::2], whole[:, ::-1]):
        on_grey(rgba)
    assert [len(kernel.signatures) for kernel in kernels] == before
