"""Two passes: the second comes out at the bytes that were asked for, and neither leaves anything behind."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import av
import pytest

from compressor import engine
from compressor.codecs.h264 import CODEC, WIDE_CRF, _level, options
from compressor.codecs.two_pass import Pass, Stats
from compressor.events import Tried
from compressor.goal import Plan
from compressor.search import encoder_session as benches
from compressor.search.glimpse import Runs

from . import media_made as made

TOLD = """#options: 64x48 fps=25/1 timebase=1/90000 bitdepth=8 bframes=3 rc=crf
in:0 out:0 type:I dur:18000 cpbdur:18000 q:41.23 aq:31.62 tex:43625 mv:10003 misc:244 imb:1 pmb:0 smb:0 d:- ref:;
in:2 out:1 type:P dur:3000 cpbdur:18000 q:41.23 aq:34.32 tex:4328 mv:2379 misc:565 imb:7 pmb:4 smb:1 d:- ref:0 ;
in:1 out:2 type:b dur:15000 cpbdur:18000 q:41.23 aq:34.32 tex:28 mv:79 misc:5 imb:7 pmb:4 smb:1 d:- ref:0 ;
"""


@pytest.fixture
def stats(tmp_path: Path) -> Stats:
    path = tmp_path / "stats"
    path.write_text(TOLD)
    (tmp_path / "stats.mbtree").write_bytes(b"tree")
    return Stats(path)


def test_what_was_counted_is_bytes(stats: Stats) -> None:
    assert stats.counted == (43625 + 10003 + 244 + 4328 + 2379 + 565 + 28 + 79 + 5) / 8


@pytest.mark.parametrize("size", [120, 1000, 3333, 50_000, 7_654_321])
def test_rate_and_told_time_come_to_the_bytes(stats: Stats, size: int) -> None:
    for _ in range(2):  # the second is not told from what the first wrote
        rate = stats.aim(size)
        told = [int(n) for n in re.findall(r"\bdur:(\d+)", stats.path.read_text())]
        assert len(told) == 3
        assert math.isclose(rate * 1000 / 8 * sum(told) / 90_000 / 2, size, rel_tol=2e-4)
        assert math.isclose(told[0] / told[1], 6, rel_tol=2e-3)
    assert stats.path.read_text().count("cpbdur:18000") == 3


def test_unevenness_is_of_the_times_that_matter(stats: Stats, tmp_path: Path) -> None:
    assert math.isclose(stats.unevenness, 0.805, abs_tol=0.001)  # 100, 16.7 and 83.3 ms
    long = tmp_path / "long"
    long.write_text(
        TOLD.replace("dur:3000", "dur:900000").replace("dur:15000", "dur:180000").replace("dur:18000", "dur:360000")
    )
    (tmp_path / "long.mbtree").write_bytes(b"tree")
    assert Stats(long).unevenness == 0  # a second and more are alike
    assert Stats(tmp_path / "none").unevenness == 0


def test_pictures_of_unlike_times_are_made_in_one_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[int] = []
    aim = Stats.aim
    monkeypatch.setattr(Stats, "aim", lambda self, size: rates.append(1) or aim(self, size))
    pictures = made.scene(240, 220, 40, noise=6)
    for name, holds in (("even", [5, 6]), ("uneven", [3, 3, 90])):
        source = made.gif(tmp_path / f"{name}.gif", pictures, [holds[n % len(holds)] for n in range(len(pictures))])
        goal = {"format": "mp4", "max_bytes": 60_000}
        engine.make(engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), goal), lambda event: None)
        assert bool(rates) == (name == "even")
        rates.clear()


def test_a_first_pass_that_told_nothing_is_not_followed(tmp_path: Path) -> None:
    nothing = Stats(tmp_path / "none")
    assert nothing.text == ""
    with pytest.raises(ValueError, match="nothing"):
        nothing.aim(1000)


def test_options_of_both_passes(tmp_path: Path) -> None:
    plan = Plan("mp4", 64, 48, None, {"crf": 20.0, "effort": "usual"})
    path = tmp_path / "a:b,c"  # a name is an option of its own, not a part of a list of them
    first = options(plan, "libx264", which=Pass(Stats(path)))
    second = options(plan, "libx264", which=Pass(Stats(path), 321))
    assert first["x264-params"].endswith(":pass=1")
    assert ":pass=2:" in second["x264-params"]
    assert (first["crf"], first.get("b"), second.get("crf"), second["b"]) == ("20.000", None, None, "321k")
    assert first["stats"] == second["stats"] == str(path)


@pytest.mark.parametrize(("drawn", "crf", "wide"), [(True, 35.0, True), (True, 20.0, False), (False, 35.0, False)])
def test_what_is_drawn_and_coded_coarsely_is_looked_for_farther_away(
    tmp_path: Path, drawn: bool, crf: float, wide: bool
) -> None:
    plan = CODEC.second(Plan("mp4", 64, 48, None, {"crf": crf, "effort": "usual"}), drawn)
    second = options(plan, "libx264", which=Pass(Stats(tmp_path / "stats"), 321))
    assert ("merange=32" in second["x264-params"]) == wide


def test_a_second_pass_of_what_is_drawn_looks_farther_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = made.gif(tmp_path / "in.gif", made.scene(240, 220, 40, noise=6), 5)
    chosen = Runs.of
    for drawn in (True, False):
        monkeypatch.setattr(Runs, "of", lambda *given, drawn=drawn: replace(chosen(*given), drawn=drawn))
        goal = {"format": "mp4", "max_bytes": 10_000}
        report = engine.make(engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), goal), lambda event: None).value
        found = [attempt["plan"]["settings"] for attempt in report["attempts"]]
        assert found[0]["crf"] > WIDE_CRF
        assert (found[0].get("motion") == "wide") == drawn


@pytest.mark.parametrize(
    ("size", "fps", "references", "rate", "level"),
    [
        ((320, 240), None, 4, 300, "3"),
        ((1280, 720), None, 4, 2000, "3.1"),
        ((1280, 720), 50.0, 4, 2000, "3.2"),
        ((1920, 1080), 30.0, 4, 5000, "4"),
        ((320, 240), None, 4, 20_000, "4.1"),
        ((1280, 720), None, 16, 2000, "5"),
        ((3840, 2160), 60.0, 4, 20_000, "5.2"),
        ((16_000, 9_000), 60.0, 4, 20_000, "6.2"),
    ],
)
def test_the_least_level_that_holds_it(
    size: tuple[int, int], fps: float | None, references: int, rate: int, level: str
) -> None:
    assert _level(Plan("mp4", *size, fps, {}), references, rate) == level


@pytest.mark.parametrize("holds", [[5], [8, 9, 12]], ids=["even pace", "uneven pace"])
@pytest.mark.parametrize("limit", [20_000, 60_000, 150_000])
def test_a_second_pass_comes_out_near_its_aim(tmp_path: Path, limit: int, holds: list[int]) -> None:
    pictures = made.scene(240, 220, 40, noise=6)
    source = made.gif(tmp_path / "in:a,b.gif", pictures, [holds[n % len(holds)] for n in range(len(pictures))])
    told: list[Tried] = []
    report = engine.make(
        engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), {"format": "mp4", "max_bytes": limit}),
        lambda event: told.append(event) if isinstance(event, Tried) else None,
    )
    assert report.fits
    assert 0.95 * limit < Path(report.path).stat().st_size <= limit
    assert len(told) <= 4
    assert {p.name for p in tmp_path.iterdir()} == {source.name, "o.mp4"}
    with av.open(report.path) as file:
        assert bytes(file.streams.video[0].codec_context.extradata or b"")[3] == 30  # level 3.0


def test_without_its_stats_the_lever_is_turned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[Pass | None] = []
    encode = benches.Bench.encode

    def kept(self: benches.Bench, plan: Plan, *, which: Pass | None = None, **more: object) -> benches.Made:
        passes.append(which)
        done = encode(self, plan, which=which, **more)  # type: ignore[arg-type]
        if which is not None:
            which.stats.path.unlink()
            which.stats.path.with_name(which.stats.path.name + ".mbtree").unlink()
        return done

    monkeypatch.setattr(benches.Bench, "encode", kept)
    source = made.gif(tmp_path / "in.gif", made.scene(240, 220, 40, noise=6), 5)
    goal = {"format": "mp4", "max_bytes": 60_000}
    report = engine.make(engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), goal), lambda event: None)
    assert report.fits
    assert not any(which is not None and which.rate for which in passes)
    assert 0.95 * 60_000 < Path(report.path).stat().st_size <= 60_000
