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
from compressor.search import bench as benches
from compressor.search import ceiling, sample
from compressor.search.rehearsal import Glimpse

from . import media_made as made


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> benches.Bench:
    """The bench of a filmed-like clip of forty frames, of which nothing is encoded yet."""
    source = made.gif(tmp_path / "in.gif", made.scene(160, 120, 40, noise=12), 5)
    kept: list[benches.Bench] = []

    def within(stage: benches.Stage, limit: int) -> object:
        kept.append(benches.Bench(stage))
        raise KeyboardInterrupt

    job = engine.Job({"a": str(source)}, str(tmp_path / "o.mp4"), {"max_bytes": 90_000})
    monkeypatch.setattr(ceiling, "within", within)
    with pytest.raises(KeyboardInterrupt):
        engine.make(job, lambda event: None)
    return kept[0]


def test_a_glimpse_tells_the_bytes_and_the_looks_of_the_whole(bench: benches.Bench) -> None:
    plan = bench.codec.quick(bench.plan)
    assert plan is not None
    plans = [turned(bench.codec, plan, crf) for crf in (20.0, 32.0)]
    before = set(bench.stage.folder.iterdir())
    told = bench.sampler.glimpses(plans)
    assert set(bench.stage.folder.iterdir()) == before
    for plan, (weight, quality) in zip(plans, told, strict=True):
        alone = replace(plan, settings=plan.settings | {"threads": 1})
        whole = bench.encode(alone, tell=False)
        assert abs(math.log(weight / whole.bytes)) < 0.3
        looked = bench.look(whole).quality
        assert looked is not None
        assert abs(quality.mean - looked.mean) < 6
        whole.path.unlink()
    assert told[0][0] > told[1][0]
    assert told[0][1].mean > told[1][1].mean


def test_there_is_no_glimpse_of_what_is_short(bench: benches.Bench) -> None:
    assert Glimpse.of(bench, bench.plan, 26.0) is not None
    bench.shape = replace(bench.shape, frame_count=12)
    assert Glimpse.of(bench, bench.plan, 26.0) is None


def test_both_plans_can_be_glimpsed_at_once(bench: benches.Bench) -> None:
    quick = bench.codec.quick(bench.plan)
    assert quick is not None
    plain = turned(bench.codec, quick, 18.0)
    calm = replace(plain, settings=plain.settings | {"denoise": 1.0})
    (noisy, _), (quiet, _) = bench.sampler.glimpses([plain, calm])
    assert quiet < noisy


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
    assert [[f.at_us for f in run] for run in sample._runs(frames, 100, 12, 2)] == [[0, 10, 20, 30, 40, 50]]
    assert [len(run) for run in sample._runs(frames[:3], 100, 12, 2)] == [3]
    assert [len(run) for run in sample._runs(frames, 9, 4, 2)] == [2, 2]
