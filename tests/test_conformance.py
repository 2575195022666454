"""The few kinds of `make conformance` that show a fault soonest, judged by programs that are not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from compressor.errors import UnsupportedMedia
from compressor.probe import probe
from tests.conformance import judge
from tests.conformance.__main__ import formats_of, run, table
from tests.conformance.kinds import Kind, all_kinds
from tests.needs import program
from tests.test_source_kinds import assert_shows

DECODED = (  # without their encodings, which are those of other kinds
    "avi-h264", "avi-packed-b-frames", "avi-b-frames", "mp4-unknown-box-between", "mp4-unknown-boxes",
    "mov-clean-aperture", "mkv-pixel-crop", "mkv-a-time-goes-back", "mp4-one-picture-for-90-s", "mov-metadata-track",
    "mp4-zeros-behind", "mp4-cover-picture", "mkv-second-is-default", "avif-clean-aperture", "avif-grid",
    "avif-12-bit-422", "mp4-grey",
)  # fmt: skip
FAST = [kind for kind in all_kinds() if kind.fast]


@pytest.fixture(autouse=True, scope="module")
def programs() -> None:
    for name in judge.PROGRAMS:
        program(name)


@pytest.mark.parametrize("kind", FAST, ids=lambda kind: kind.name)
def test_a_kind_comes_out_right(tmp_path: Path, kind: Kind) -> None:
    for format in sorted({"mp4", "gif"} & set(formats_of(kind))):
        assert run(kind, format, tmp_path) == "", format


@pytest.mark.parametrize("kind", [kind for kind in all_kinds() if kind.name in DECODED], ids=lambda kind: kind.name)
def test_what_a_muxer_wrote_is_decoded_right(tmp_path: Path, kind: Kind) -> None:
    assert kind.truth is not None
    assert_shows(kind.make(tmp_path / "in"), kind.truth(), kind.still)


def test_only_dolby_vision_is_refused(tmp_path: Path) -> None:
    kinds = {kind.name: kind for kind in all_kinds()}
    probe(kinds["mp4-dolby-vision-8"].make(tmp_path / "8"))
    with pytest.raises(UnsupportedMedia, match="Dolby"):
        probe(kinds["mp4-dolby-vision-5"].make(tmp_path / "5"))


def test_names_are_told_apart() -> None:
    names = [kind.name for kind in all_kinds()]
    assert len(names) == len(set(names))
    assert len(names) > 300


def test_the_judge_finds_what_is_wrong(tmp_path: Path) -> None:
    """A picture that is turned, shifted in colour or shown at another time is found."""
    kind = next(kind for kind in FAST if kind.name == "jpeg-6")
    right = judge.shown(kind.make(tmp_path / "a"))
    (frame,) = right.frames
    for wrong in (frame[:, ::-1], frame[::-1, ::-1], frame // 2 + 100):
        assert judge.apart(right, judge.Shown([wrong], [0.0], 0.1)) > 7
    assert judge.apart(right, right) == 0
    late = judge.Shown([frame, frame[:, ::-1]], [0.0, 0.5], 1.0)
    assert judge.apart(late, judge.Shown([frame, frame[:, ::-1]], [0.0, 0.9], 1.0)) > 7


def test_the_table_counts_and_lists() -> None:
    text = table([("a", "x", "mp4", ""), ("a", "y", "mp4", "refused: No."), ("a", "z", "mp4", "7.9 levels apart")])
    assert "| a | 2 of 3 |" in text
    assert "- refused: No. — y → mp4" in text
    assert "- 7.9 levels apart — z → mp4" in text
