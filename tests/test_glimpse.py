"""A dozen frames tell what a film will weigh, and nothing of it is left behind."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from compressor import engine
from compressor.codecs import turned
from compressor.media import Frame
from compressor.search import ceiling_search, estimates, glimpse
from compressor.search import encoder_session as benches
from compressor.search.candidates import Candidate
from compressor.search.estimates import Glimpse, Proxy, ladder

from . import media_made as made


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> benches.Bench:
    """The bench of a filmed-like clip of forty frames."""
    return _bench(tmp_path, monkeypatch, made.scene(160, 120, 40, noise=12))


def _bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pictures: list[made.Picture]) -> benches.Bench:
    """The bench of a search of which nothing is encoded yet."""
    source = made.gif(tmp_path / "in.gif", pictures, 5)
    kept: list[benches.Bench] = []

    def within(stage: benches.Stage, limit: int) -> object:
        kept.append(benches.Bench(stage))
        raise KeyboardInterrupt

    job = engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), {"max_bytes": 90_000})
    monkeypatch.setattr(ceiling_search, "within", within)
    with pytest.raises(KeyboardInterrupt):
        engine.make(job, lambda event: None)
    return kept[0]


def test_a_glimpse_tells_the_bytes_and_the_looks_of_the_whole(bench: benches.Bench) -> None:
    assert not bench.sampler.runs.drawn
    plan = bench.codec.quick(bench.plan)
    assert plan is not None
    folder = bench.stage.workspace.file().path.parent
    before = set(folder.iterdir())
    told: list[tuple[float, float]] = []
    for crf in (20.0, 32.0):
        turn = turned(bench.codec, plan, crf)
        weight, path = bench.sampler.encode(turn)
        quality = bench.sampler.glance(turn, path.path)
        del path  # its file goes with it
        assert set(folder.iterdir()) == before
        whole = bench.encode(turn, tell=False)
        assert abs(math.log(weight / whole.bytes)) < 0.3
        looked = bench.look(whole).quality
        assert looked is not None
        assert abs(quality.mean - looked.mean) < 6
        del whole
        told.append((weight, quality.mean))
    assert told[0] > told[1]


def test_a_glimpse_is_looked_at_when_that_is_asked_for_and_leaves_nothing(
    bench: benches.Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Path] = []
    real = glimpse.Sampler.glance
    monkeypatch.setattr(glimpse.Sampler, "glance", lambda self, plan, out: looked.append(out) or real(self, plan, out))
    folder = bench.stage.workspace.file().path.parent
    before = set(folder.iterdir())
    far = Candidate(bench, bench.plan, 45.0)  # from where it will be
    seen = ceiling_search.estimated(far, Glimpse, 12_000)
    assert seen.estimate is not None
    assert len(seen.estimate.seen) > 1
    assert not looked
    assert seen.quality > 0
    assert len(looked) < len(seen.estimate.seen)
    seen.close()
    assert set(folder.iterdir()) == before


def _screen(count: int) -> list[made.Picture]:
    """A ground of noise on which nothing happens but for a few bursts of writing."""
    rng = np.random.default_rng(3)
    picture = np.full((96, 160, 4), 255, np.uint8)
    picture[:, :, :3] = rng.integers(0, 2, (96, 160, 1)) * 90
    pictures = []
    for number in range(count):
        picture = picture.copy()
        if number in (7, 8, 9) or number > count - 4:
            picture[8:88, 8:152, :3] = rng.integers(0, 2, (80, 144, 1)) * 255
        picture[2, number % 100] = (255, 0, 0, 255)
        pictures.append(picture)
    return pictures


def test_where_little_happens_a_glimpse_is_of_what_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = _bench(tmp_path, monkeypatch, _screen(60))
    assert screen.sampler.runs.drawn
    plan = screen.codec.quick(screen.plan)
    assert plan is not None
    told = []
    for crf in (24.0, 36.0):
        turn = turned(screen.codec, plan, crf)
        weight, path = screen.sampler.encode(turn)
        del path
        whole = screen.encode(turn, tell=False)
        told.append(abs(math.log(weight / whole.bytes)))
    assert max(told) < 0.5


def test_runs_are_where_much_happens_and_stay_within() -> None:
    change = np.zeros(100)
    change[40:44] = change[90] = 1.0
    assert glimpse.eventful(change, 6, 2) == [38, 44]
    assert glimpse.eventful(np.r_[1.0, np.zeros(99)], 6, 3) == [0, 6, 12]
    assert glimpse.eventful(np.ones(5), 6, 3) == [0, 0, 0]
    assert glimpse.eventful(np.r_[np.zeros(99), 1.0], 6, 3) == [82, 88, 94]
    even = glimpse.following(100, 10, None, [], 6)
    assert even == glimpse.following(100, 10, np.ones(100), [10, 40], 6) == pytest.approx(9.9)
    assert glimpse.following(100, 10, change, [38, 44], 6) == pytest.approx(5 / 4, rel=0.05)


def test_there_is_no_glimpse_of_what_is_short_or_small(bench: benches.Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ladder(bench, bench.plan) == [Proxy]
    monkeypatch.setattr(estimates, "SAMPLE_PIXELS", bench.pixels - 1)
    assert ladder(bench, bench.plan) == [Glimpse, Proxy]
    bench.shape = replace(bench.shape, frame_count=12)
    assert ladder(bench, bench.plan) == [Proxy]


def test_both_plans_can_be_glimpsed(bench: benches.Bench) -> None:
    quick = bench.codec.quick(bench.plan)
    assert quick is not None
    plain = turned(bench.codec, quick, 18.0)
    calm = replace(plain, settings=plain.settings | {"denoise": 1.0})
    assert bench.sampler.encode(calm)[0] < bench.sampler.encode(plain)[0]


def test_a_film_that_is_cut_off_is_made_all_the_same(tmp_path: Path) -> None:
    whole = made.film(tmp_path / "whole.mp4", made.scene(320, 240, 100, noise=30), fps=20, options={"crf": "8"})
    kept = tmp_path / "moved.mp4"
    with av.open(str(whole)) as source, av.open(str(kept), "w", options={"movflags": "+faststart"}) as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(kept.read_bytes()[: kept.stat().st_size // 8])
    report = engine.make(
        engine.Job({"a": str(cut)}, str(tmp_path / "o.mp4"), {"format": "mp4", "max_bytes": 60_000}), lambda event: None
    )
    assert report.fits
    assert Path(report.path).stat().st_size <= 60_000
    assert 0 < report.value["output"]["frames"] < 25


def test_runs_of_fewer_frames_than_were_promised() -> None:
    frames = [Frame(np.zeros((2, 2, 4), np.uint8), 10 * i, 10) for i in range(9)]
    far = glimpse.evenly(100, 6, 2)
    assert [[f.at_us for f in run] for run in glimpse._runs(frames, 100, 6, far)] == [[0, 10, 20, 30, 40, 50]]
    assert [len(run) for run in glimpse._runs(frames[:3], 100, 6, far)] == [3]
    assert [len(run) for run in glimpse._runs(frames, 9, 2, glimpse.evenly(9, 2, 2))] == [2, 2]
