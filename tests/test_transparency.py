"""What is transparent stays so where nobody asked for anything else, and what is lost is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from compressor import decode, engine, events
from compressor.codecs import one_bit_alpha
from compressor.goal import Goal
from compressor.media import MediaInfo
from compressor.probe import probe
from compressor.timeline import apply_all, edits
from compressor.timeline.draft import draft_for
from gifweb.studio.words_to_request import with_defaults

from . import media_made as made


def glass(width: int = 96, height: int = 64, count: int = 5) -> list[made.Picture]:
    """A solid square wanders over a bar of glass on nothing."""
    pictures = made.scene(width, height, count, alpha=True)
    for picture in pictures:
        bar = picture[height // 2 : height // 2 + 16, 8 : width - 8]
        bar[bar[..., 3] == 0] = (20, 160, 90, 128)
    return pictures


def run(source: Path, **goal: Any) -> tuple[engine.Report, list[events.Said]]:
    told: list[events.Event] = []
    report = engine.make(engine.Job({"a": str(source)}, str(source.with_name("out")), goal), told.append)
    return report, [e for e in told if isinstance(e, events.Said)]


def source(tmp_path: Path, kind: str) -> Path:
    if kind == "webm":
        return made.film(
            tmp_path / "in",
            glass(),
            kind="webm",
            pixels="yuva420p",
            options={"crf": "10", "b": "0", "auto-alt-ref": "0"},
        )
    if kind == "mov":
        return made.film(tmp_path / "in", glass(), kind="mov", codec="qtrle", pixels="argb")
    return getattr(made, kind)(tmp_path / "in", glass() if kind != "gif" else made.scene(96, 64, 5, alpha=True))


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [("gif", "gif"), ("webp", "webp"), ("apng", "webp"), ("avif", "avif"), ("webm", "webm"), ("mov", "webm")],
)
@pytest.mark.parametrize("limit", [None, 60_000])
def test_without_a_format_transparency_is_kept(tmp_path: Path, kind: str, becomes: str, limit: int | None) -> None:
    report, said = run(source(tmp_path, kind), **({"max_bytes": limit} if limit else {}))
    found = probe(report.path)
    assert (found.format, found.has_alpha) == (becomes, True)
    assert not {"transparency_lost", "one_bit_alpha"} & {s.code for s in said}
    frame = next(decode.frames(report.path))
    assert frame.rgba[2, -3, 3] == 0
    assert frame.rgba[8, 8, 3] > 240


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_what_is_opaque_becomes_mp4(tmp_path: Path, kind: str) -> None:
    path = getattr(made, kind)(tmp_path / "in", made.scene(96, 64, 5))
    assert probe(run(path)[0].path).format == "mp4"  # an empty alpha channel is no transparency
    assert probe(run(source(tmp_path, kind), transparent=False)[0].path).format == "mp4"


def test_a_wish_that_forbids_it_says_the_loss_before_and_after(tmp_path: Path) -> None:
    told: list[events.Event] = []
    path = source(tmp_path, "webp")
    report = engine.make(engine.Job({"a": str(path)}, str(tmp_path / "o"), {"format": "mp4"}), told.append)
    codes = [e.code if isinstance(e, events.Said) else e.kind for e in told]
    assert codes.index("transparency_lost") < codes.index("tried")
    (warning,) = report.value["warnings"]
    assert "MP4 has no transparency" in warning


def test_nothing_shows_through_beneath_a_layer(tmp_path: Path) -> None:
    paths = {"a": made.gif(tmp_path / "a.gif", made.scene(96, 64, 5)), "logo": source(tmp_path, "webp")}
    infos = {name: probe(path) for name, path in paths.items()}
    draft = apply_all(draft_for("a", infos["a"], ""), [edits.AddLayer("logo")], infos).draft
    told: list[events.Event] = []
    job = engine.Job({name: str(path) for name, path in paths.items()}, str(tmp_path / "o"), draft=draft.to_json())
    assert probe(engine.make(job, told.append).path).format == "mp4"
    assert "transparency_lost" not in [e.code for e in told if isinstance(e, events.Said)]


def test_no_loss_is_told_where_a_ground_was_asked_for(tmp_path: Path) -> None:
    _, said = run(source(tmp_path, "webp"), format="mp4", transparent=False)
    assert "transparency_lost" not in [s.code for s in said]


@pytest.mark.parametrize("kind", ["webp", "webm", "avif"])
def test_glass_in_a_gif_is_dithered_and_said(tmp_path: Path, kind: str) -> None:
    path = source(tmp_path, kind)
    report, said = run(path, format="gif")
    assert "one_bit_alpha" in [s.code for s in said]
    assert any("half-transparent" in warning for warning in report.value["warnings"])
    first, shown = next(decode.frames(path)).rgba, next(decode.frames(report.path)).rgba
    bar = shown[34:46, 44:84]
    assert set(np.unique(bar[..., 3])) == {0, 255}
    assert abs((bar[..., 3] == 255).mean() - first[34:46, 44:84, 3].mean() / 255) < 0.08
    for ground in (0, 255):  # as the eye sees it from afar, on dark and on light
        assert np.abs(_laid(bar, ground).mean((0, 1)) - _laid(first[34:46, 44:84], ground).mean((0, 1))).max() < 14


def _laid(picture: made.Picture, ground: int) -> Any:
    alpha = picture[..., 3:] / 255
    return picture[..., :3] * alpha + ground * (1 - alpha)


def test_soft_edges_are_cut_not_dithered() -> None:
    y, x = np.mgrid[0:120, 0:120]
    far = np.hypot(x - 60, y - 60)
    picture = made.flat(120, 120, (240, 180, 20))[0]
    picture[..., 3] = (255 * np.clip(50.5 - far, 0, 1)).astype(np.uint8)
    assert one_bit_alpha.share(picture) == 0
    assert np.array_equal(one_bit_alpha.dithered(picture)[..., 3] == 255, picture[..., 3] >= 128)


def test_alpha_is_all_or_nothing_and_the_pattern_stands_still() -> None:
    first, second = glass()[0], glass()[1]
    one, other = one_bit_alpha.dithered(first), one_bit_alpha.dithered(second)
    assert set(np.unique(one[..., 3])) == {0, 255}
    far = (first == second).all(axis=2)
    far[:, :60] = False
    assert (one[far] == other[far]).all()
    opaque = made.scene(40, 30, 1)[0]
    assert one_bit_alpha.dithered(opaque) is opaque


def test_a_gif_stays_as_it_is(tmp_path: Path) -> None:
    report, said = run(source(tmp_path, "gif"), format="gif", lossless=True)
    assert not said or "one_bit_alpha" not in [s.code for s in said]
    for mine, theirs in zip(decode.frames(report.path), decode.frames(tmp_path / "in"), strict=True):
        assert np.array_equal(mine.rgba[..., 3], theirs.rgba[..., 3])


@pytest.mark.parametrize("goal", [{"lossless": True}, {"quality": 60.0}, {"max_bytes": 900}])
def test_other_programs_see_through_a_gif_of_ours_too(tmp_path: Path, goal: dict[str, Any]) -> None:
    """Pillow, like FFmpeg, fills what no frame draws with a colour, unless a frame says which colour is none."""
    report, _ = run(source(tmp_path, "gif"), format="gif", **goal)
    with Image.open(report.path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            assert (np.asarray(image.convert("RGBA"))[..., 3] == 0).mean() > 0.8


@pytest.mark.parametrize(
    ("format", "alpha", "wish", "becomes"),
    [
        ("gif", True, {}, "gif"),
        ("apng", True, {}, "webp"),
        ("webm", True, {}, "webm"),
        ("gif", False, {}, "mp4"),
        ("gif", True, {"format": "mp4"}, "mp4"),
        ("gif", True, {"transparent": True}, "webp"),
    ],
)
def test_the_site_keeps_it_where_no_format_is_asked(
    format: str, alpha: bool, wish: dict[str, Any], becomes: str
) -> None:
    info = MediaInfo.from_json(
        {"format": format, "kind": "video", "codec": format, "bytes": 9000, "width": 64, "height": 64}
        | {"has_alpha": alpha, "duration_ms": 500, "shown_ms": 500, "frames": 5, "fps": 10.0}
    )
    draft = draft_for("m1", info, f"a.{format}")
    assert with_defaults(Goal.from_json(wish), draft, {"m1": info}).format == becomes
