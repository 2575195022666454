"""One picture onto the canvas: the right pixels in the right place, no fringes, and words that can be read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from compressor.compose import fonts, text
from compressor.compose.draw import Backdrop, Fitting, grey, resized
from compressor.media import RGBA, MediaInfo
from compressor.timeline import Clip, Crop, Draft, Meta, Title, Track

from . import media_made as made

BLACK = Backdrop((0, 0, 0), None)


def quarters(width: int = 80, height: int = 40) -> RGBA:
    """Red, green over blue, white."""
    picture = np.empty((height, width, 4), np.uint8)
    picture[..., 3] = 255
    h, w = height // 2, width // 2
    picture[:h, :w, :3], picture[:h, w:, :3] = (255, 0, 0), (0, 255, 0)
    picture[h:, :w, :3], picture[h:, w:, :3] = (0, 0, 255), (255, 255, 255)
    return picture


def info(picture: RGBA, alpha: bool = False) -> MediaInfo:
    return MediaInfo("png", "image", "png", 1, picture.shape[1], picture.shape[0], 1, has_alpha=alpha)


def corners(picture: RGBA) -> str:
    names = {(255, 0, 0): "R", (0, 255, 0): "G", (0, 0, 255): "B", (255, 255, 255): "W", (0, 0, 0): "-"}
    return "".join(names[tuple(int(v) for v in picture[y, x, :3])] for y in (1, -2) for x in (1, -2))


@pytest.mark.parametrize(
    ("clip", "size", "seen"),
    [
        (Clip("a", 1), (80, 40), "RGBW"),
        (Clip("a", 1, rotate=90), (40, 80), "BRWG"),
        (Clip("a", 1, rotate=180), (80, 40), "WBGR"),
        (Clip("a", 1, rotate=270), (40, 80), "GWRB"),
        (Clip("a", 1, flip=True), (80, 40), "GRWB"),
        (Clip("a", 1, flip=True, rotate=180), (80, 40), "BWRG"),
        (Clip("a", 1, crop=Crop(40, 0, 40, 40)), (40, 40), "GGWW"),
        (Clip("a", 1, crop=Crop(40, 0, 40, 20), rotate=90), (20, 40), "GGGG"),
    ],
)
def test_crop_flip_and_turn(clip: Clip, size: tuple[int, int], seen: str) -> None:
    picture = quarters()
    got = Fitting(clip, info(picture), size, "pad", BLACK)(picture)
    assert got.shape == (size[1], size[0], 4)
    assert corners(got) == seen
    assert (got[..., 3] == 255).all()


def test_of_a_picture_that_is_scaled_not_a_part_of_a_line_is_cut_off() -> None:
    """Cropped by half a line, everything would lie beside its place."""
    rows = np.repeat(np.linspace(0, 255, 178).astype(np.uint8)[:, None], 454, axis=1)
    picture = np.dstack([rows, rows, rows, np.full_like(rows, 255)])
    small = Fitting(Clip("a", 1), info(picture), (340, 134), "pad", BLACK)(picture)  # 133.3 would be exact
    whole = np.asarray(Image.fromarray(picture[..., :3]).resize((340, 134), Image.Resampling.LANCZOS))
    assert np.abs(small[..., :3].astype(int) - whole).max() <= 1


def test_fits() -> None:
    picture = quarters()
    bars = Fitting(Clip("a", 1), info(picture), (80, 80), "pad", BLACK)(picture)
    assert corners(bars) == "----"
    assert np.array_equal(bars[20:60], picture)
    filled = Fitting(Clip("a", 1), info(picture), (40, 40), "crop", BLACK)(picture)
    assert np.array_equal(filled, picture[:, 20:60])
    blurred = Fitting(Clip("a", 1), info(picture), (80, 80), "blur", BLACK)(picture)
    assert np.array_equal(blurred[20:60], picture)
    assert blurred[2, 2, 0] > 100
    assert blurred[2, 2, 0] < 255
    clear = Fitting(Clip("a", 1), info(picture), (80, 80), "pad", Backdrop(None, None))(picture)
    assert clear[0, 0, 3] == 0


def test_scaling_keeps_what_is_flat_flat_and_colours_where_they_are() -> None:
    for side in ((33, 17), (160, 80), (7, 3), (1, 1)):
        flat = made.flat(80, 40, (13, 200, 77))[0]
        small = resized(flat, side, (0, 0, 80, 40), False)
        assert np.abs(small.astype(int) - (13, 200, 77, 255)).max() <= 1
    got = Fitting(Clip("a", 1), info(quarters()), (40, 20), "pad", BLACK)(quarters())
    assert corners(got) == "RGBW"


def test_no_dark_fringe_around_what_is_transparent() -> None:
    picture = np.zeros((64, 64, 4), np.uint8)
    picture[16:48, 16:48] = (255, 255, 255, 255)
    small = resized(picture, (23, 23), (0, 0, 64, 64), True)
    seen = small[small[..., 3] > 24]
    assert seen[:, :3].min() >= 250


def test_pixel_art_stays_sharp_at_whole_factors_and_photographs_do_not_get_blocks() -> None:
    art = np.kron(np.random.default_rng(1).integers(0, 2, (8, 8, 1)), np.ones((1, 1, 4))).astype(np.uint8) * 255
    art[..., 3] = 255
    big = Fitting(Clip("a", 1), info(art), (32, 32), "pad", BLACK)(art)
    assert np.array_equal(big, art.repeat(4, 0).repeat(4, 1))
    photo = np.random.default_rng(2).integers(0, 256, (20, 20, 4), dtype=np.uint8)
    photo[..., 3] = 255
    smooth = Fitting(Clip("a", 1), info(photo), (40, 40), "pad", BLACK)(photo)
    assert not np.array_equal(smooth[::2, ::2], smooth[1::2, 1::2])


def test_grey_is_grey_and_as_light() -> None:
    picture = made.scene(40, 30, 1)[0]
    got = grey(picture)
    assert np.array_equal(got[..., 0], got[..., 1])
    assert np.array_equal(got[..., 1], got[..., 2])
    assert abs(float(got[..., 0].mean()) - float((picture[..., :3] @ [0.299, 0.587, 0.114]).mean())) < 1


# ---------------------------------------------------------------------------------------------------------------- words


def written(title: Title, width: int = 640, height: int = 360, ground: tuple[int, int, int] = (40, 90, 160)) -> RGBA:
    draft = Draft((Track(0, (Clip("a", 3000),)), Track(7, (title,))), Meta())
    picture = made.flat(width, height, ground)[0]
    for lettering in text.letterings(draft, (width, height), (width, height), 3_000_000):
        picture = lettering.at(0, (width, height), 3_000_000).on(picture)
    return picture


def box(picture: RGBA, ground: tuple[int, int, int] = (40, 90, 160)) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all that is not ground."""
    other = np.abs(picture[..., :3].astype(int) - ground).sum(-1) > 30
    rows, columns = np.flatnonzero(other.any(1)), np.flatnonzero(other.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize("vertical", ["top", "", "bottom"])
@pytest.mark.parametrize("horizontal", ["left", "", "right"])
def test_the_nine_anchors(vertical: str, horizontal: str) -> None:
    position = "-".join(w for w in (vertical, horizontal) if w) or "center"
    left, top, right, bottom = box(written(Title("Hello", position=position)))
    x, y = (left + right) / 2 / 640, (top + bottom) / 2 / 360
    assert {"left": x < 0.35, "": 0.47 < x < 0.53, "right": x > 0.65}[horizontal]
    assert {"top": y < 0.25, "": 0.44 < y < 0.56, "bottom": y > 0.75}[vertical]
    assert left > 2
    assert top > 2
    assert right < 638
    assert bottom < 358


def test_x_and_y_win_and_stay_on_the_picture() -> None:
    left, top, right, bottom = box(written(Title("Hi", x=0.25, y=0.75)))
    assert abs((left + right) / 2 - 160) < 6
    assert abs((top + bottom) / 2 - 270) < 12
    assert box(written(Title("Hi there", x=0.0, y=0.0)))[2] > 60


@pytest.mark.parametrize(
    "words",
    [
        "The quick brown fox jumps over the lazy dog " * 4,
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 2,
        "今天天气真不错，我们一起去公园散步吧！记得带上你的相机和好心情。" * 3,
        "👩‍👩‍👧🎉" * 30,
        "a\nb\nc\nd",
    ],
)
@pytest.mark.parametrize("size", [(640, 360), (64, 64), (25, 25), (90, 400), (1, 1)])
def test_words_of_any_length_stay_inside(words: str, size: tuple[int, int]) -> None:
    picture = written(Title(words.strip()), *size)
    assert picture.shape == (size[1], size[0], 4)
    if min(size) > 50:
        left, top, right, bottom = box(picture)
        assert right - left <= size[0]
        assert 0 <= top < bottom <= size[1]
        if min(size) > 300:
            assert (bottom - top) <= 0.5 * size[1]
            assert left > 5
            assert right < size[0] - 5


def test_what_does_not_fit_at_all_ends_with_an_ellipsis() -> None:
    size, lines = text._fitted(Title("今天天气真不错，我们一起去公园散步吧！" * 10), (64, 64), 1)
    assert lines[-1].endswith("…")
    assert size * text.LINE_HEIGHT * len(lines) <= 64


def test_a_size_is_a_size() -> None:
    heights = []
    for size in (20, 40, 80):
        _, top, _, bottom = box(written(Title("H", size=size, outline="none")))
        heights.append(bottom - top)
    assert heights[0] == pytest.approx(20 * 0.714, abs=2)
    assert heights[2] == pytest.approx(4 * heights[0], abs=4)
    draft = Draft((Track(7, (Title("H", size=40),)),), Meta())
    (small,) = text.letterings(draft, (1280, 720), (640, 360), 1000)
    (large,) = text.letterings(draft, (1280, 720), (1280, 720), 1000)
    assert large.alpha.shape[0] == pytest.approx(2 * small.alpha.shape[0], rel=0.15)


@pytest.mark.parametrize("ground", [(255, 255, 255), (0, 0, 0), (128, 128, 128), (255, 255, 0)])
@pytest.mark.parametrize("color", ["#ffffff", "#000000", "#ff0000", "#ffcc00"])
def test_it_can_be_read_on_any_ground(ground: tuple[int, int, int], color: str) -> None:
    picture = written(Title("Read me", color=color), ground=ground)[..., :3].astype(int)
    light = picture @ [0.299, 0.587, 0.114]
    left, top, right, bottom = box(written(Title("Read me", color=color), ground=ground), ground)
    inside = light[top:bottom, left:right]
    assert inside.max() - inside.min() > 75


@pytest.mark.parametrize(
    ("words", "font"),
    [
        ("Hello", "NotoSans["),
        ("你好", "CJK"),
        ("안녕", "CJK"),
        ("🎉", "Emoji"),
        ("❤️", "Emoji"),
        ("नमस्ते", "Devanagari"),
        ("שלום", "Hebrew"),
    ],
)
def test_each_script_has_its_font_and_no_empty_boxes(words: str, font: str) -> None:
    runs = fonts.runs(words)
    assert font in runs[0][0].path
    for face, part in runs:
        assert all(face.covers(ord(c)) for c in part if ord(c) not in (0x200D, 0xFE0F))
    nothing = np.asarray(written(Title("\U000f1234", size=60)))
    assert not np.array_equal(written(Title(words, size=60)), nothing)


def test_a_family_joined_by_joiners_is_one_picture() -> None:
    assert len(fonts.runs("👩‍👩‍👧")) == 1
    one = text._width("👩‍👩‍👧", 40)
    assert one < 1.6 * text._width("👩", 40)


def test_no_line_starts_with_a_full_stop_and_none_is_left_alone() -> None:
    lines, _ = text._wrapped("今天天气真不错，我们一起去公园散步吧！", 40, 7.5 * 40)
    assert not any(line[0] in "，！。" for line in lines)
    _, fitted = text._fitted(Title("50% OFF — this weekend only"), (1280, 720), 1)
    widths = [text._width(line, 70) for line in fitted]
    assert min(widths) > 0.6 * max(widths)


def test_words_over_transparent_pixels_are_opaque_there() -> None:
    clear = np.zeros((120, 200, 4), np.uint8)
    draft = Draft((Track(7, (Title("Hi", size=60, position="center"),)),), Meta())
    (lettering,) = text.letterings(draft, (200, 120), (200, 120), 1000)
    got = lettering.at(0, (200, 120), 1000).on(clear)
    assert got[..., 3].max() == 255
    assert got[0, 0, 3] == 0
    assert not clear.any()
    Image.fromarray(got)
